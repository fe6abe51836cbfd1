//! The configurations of MCP clients: which servers they call, and with which secrets.
//!
//! Secrets are looked for here, so nothing in these modules can print one: what holds a text of a file has no `Debug`,
//! and [`judge`] looks through everything it says once more before it gives it away.

pub(crate) mod address;
pub(crate) mod bridge;
pub(crate) mod check;
mod code;
mod hide;
mod kind;
pub(crate) mod mend;
mod name;
mod place;
mod product;
mod read;
pub(crate) mod refer;
pub(crate) mod secret;
pub(crate) mod server;
mod shell;
pub(crate) mod text;
pub(crate) mod tree;
pub(crate) mod words;

#[cfg(test)]
mod tests;

use std::{fmt, path::PathBuf, sync::Arc};

pub use code::blanked_code;
pub use hide::blanked;
pub use place::{Os, Place, expand, is_config, token_stores, user_files};
pub(crate) use product::Format;
pub use product::{Product, products};

use crate::{
    finding::{Finding, Spot, Unseen, Why},
    rule::Rule,
    rules::CONFIG_CHECKS,
};

/// How large a configuration may be.
const LARGEST: usize = 4 << 20;

/// The configuration of a client, as it was read.
#[expect(clippy::exhaustive_structs, reason = "a plain description, made by whoever reads the file")]
pub struct File {
    /// Beneath what was scanned, with `/` between its parts. What is given twice is looked at once.
    pub path: Arc<str>,
    /// Whose it is.
    pub product: &'static Product,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Who may read it, as Unix tells; nothing where that is not known or says nothing, as in a checkout.
    pub mode: Option<u32>,
}

/// What is in the file is not shown.
impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("path", &self.path)
            .field("product", &self.product.name())
            .field("bytes", &self.bytes.len())
            .field("mode", &self.mode)
            .finish()
    }
}

/// What is wrong in configurations, and what could not be read of them.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a plain description, read by whoever renders it")]
pub struct Judged {
    /// In the order of the files, and of the places in them.
    pub findings: Vec<Finding>,
    /// In the order of the files.
    pub unseen: Vec<Unseen>,
    /// Where secrets stand, in the order of the files and of the places in them. Whoever shows a part of a file shows it
    /// [`blanked`].
    pub secrets: Vec<Spot>,
}

/// The rules about configurations.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    CONFIG_CHECKS.iter().map(|check| check.rule)
}

/// Everything that is wrong in these files. They are judged together: whether a secret is given to two servers shows
/// only then.
pub fn judge(files: &[File]) -> Judged {
    let mut files: Vec<_> = files.iter().collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files.dedup_by(|one, other| one.path == other.path);
    let mut judged = Judged::default();
    let mut looked = Vec::new();
    for file in files {
        let mut unseen =
            |span, why| judged.unseen.push(Unseen { path: PathBuf::from(&*file.path), span, why });
        if file.bytes.len() > LARGEST {
            unseen(None, Why::Large);
            continue;
        }
        let Ok(source) = std::str::from_utf8(&file.bytes) else {
            unseen(None, Why::Binary);
            continue;
        };
        let read = read::read(source, file.product.format);
        if let Some((start, why)) = read.broken {
            unseen(Some(start..source.len()), why);
        }
        let end = read.broken.map_or(source.len(), |(start, _)| start);
        looked.push(check::Looked::new(file, source, read.root, end));
    }
    judged.findings = CONFIG_CHECKS.iter().flat_map(|check| (check.find)(&looked)).collect();
    hide::hide(&mut judged.findings, &looked);
    judged.secrets = hide::places(&looked);
    judged.findings.sort_by(|one, other| {
        let place = |finding: &Finding| (finding.spot.path.clone(), finding.spot.span.start, finding.rule.id);
        place(one).cmp(&place(other))
    });
    judged
}
