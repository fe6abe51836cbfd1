//! What is run for a server behind, and within which bounds?

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use zeroize::Zeroizing;

/// What is run for one server. Two that are equal are the same: what runs for one goes on for the other.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "whoever reads a configuration writes all of it")]
pub struct Definition {
    /// The name of the server.
    pub server: String,
    /// The program, found as `PATH` among the variables says.
    pub program: String,
    /// What follows it.
    pub arguments: Vec<String>,
    /// The whole environment of the process, and nothing else is in it.
    pub variables: Vec<(String, Zeroizing<String>)>,
    /// Which of the values are secrets: they are kept out of answers and the log.
    pub secrets: Vec<Zeroizing<String>>,
    /// The folder that it works in.
    pub folder: PathBuf,
    /// Most processes at a time.
    pub max_children: usize,
    /// How long a process is kept that nobody uses.
    pub idle: Duration,
}

/// Says neither the arguments nor the environment: both may hold secrets.
impl fmt::Debug for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Definition").field("server", &self.server).finish_non_exhaustive()
    }
}

/// What is too short to be a secret stands in answers by chance.
const SHORTEST: usize = 8;

/// The secrets that a process was given, to be kept out of what it says (invariant *No passage*).
#[derive(Clone)]
pub(super) struct Secrets {
    /// As they are and as JSON writes them, the longest first: one may be the beginning of another.
    whole: Forms,
    /// The lines of those that have several. The log is read line by line; in a message, lines stand by chance.
    lines: Forms,
}

type Forms = Arc<[Zeroizing<Vec<u8>>]>;

impl Secrets {
    pub(super) fn of(definition: &Definition) -> Self {
        let long = || definition.secrets.iter().filter(|secret| secret.len() >= SHORTEST);
        let lines = long().flat_map(|secret| secret.lines());
        // Around a key in PEM stands what is no secret.
        let lines = lines.map(str::trim).filter(|line| line.len() >= SHORTEST && !line.starts_with("-----"));
        Self {
            whole: longest_first(long().flat_map(|secret| written(secret)).collect()),
            lines: longest_first(lines.map(|line| Zeroizing::new(line.as_bytes().to_vec())).collect()),
        }
    }

    /// Asterisks in place of every secret; they keep the length.
    pub(super) fn blot(&self, text: &mut [u8]) {
        blot(&self.whole, text);
    }

    /// The same for a line that is no message.
    pub(super) fn blot_line(&self, line: &mut [u8]) {
        blot(&self.whole, line);
        blot(&self.lines, line);
    }

    /// How long the longest one is.
    pub(super) fn longest(&self) -> usize {
        let longest = |forms: &Forms| forms.first().map_or(0, |form| form.len());
        longest(&self.whole).max(longest(&self.lines))
    }
}

/// A secret in each form that is looked for: as it is, as JSON writes it, so with its slashes escaped, and as JSON writes
/// it in a text that is JSON itself.
fn written(secret: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let plain = Zeroizing::new(secret.to_owned());
    let once = in_json(&plain);
    let slashes = Zeroizing::new(once.replace('/', "\\/"));
    let twice = in_json(&once);
    [plain, once, slashes, twice].iter().map(|form| Zeroizing::new(form.as_bytes().to_vec())).collect()
}

fn in_json(text: &str) -> Zeroizing<String> {
    let quoted = Zeroizing::new(serde_json::Value::from(text).to_string());
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    Zeroizing::new(inner.unwrap_or_default().to_owned())
}

fn longest_first(mut forms: Vec<Zeroizing<Vec<u8>>>) -> Forms {
    forms.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    forms.dedup();
    forms.into()
}

fn blot(forms: &Forms, text: &mut [u8]) {
    for secret in forms.iter() {
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| memchr::memmem::find(rest, secret)) {
            let end = from + at + secret.len();
            if let Some(found) = text.get_mut(from + at..end) {
                found.fill(b'*');
            }
            from = end;
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::stdio) fn definition(program: &str, arguments: &[&str]) -> Definition {
        Definition {
            server: "notes".to_owned(),
            program: program.to_owned(),
            arguments: arguments.iter().map(ToString::to_string).collect(),
            variables: vec![("PATH".to_owned(), Zeroizing::new("/usr/local/bin:/usr/bin:/bin".to_owned()))],
            secrets: Vec::new(),
            folder: "/".into(),
            max_children: 8,
            idle: Duration::from_mins(15),
        }
    }

    #[test]
    fn secrets_are_blotted_out_as_they_are_and_as_json_writes_them() {
        let mut with = definition("x", &[]);
        with.secrets =
            ["s3cr\"et-key", "plain-secret", "short"].map(|text| Zeroizing::new(text.to_owned())).into();
        let mut text = br#"{"a":"s3cr\"et-key","b":"plain-secret","c":"short"} s3cr"et-key"#.to_vec();
        Secrets::of(&with).blot(&mut text);
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text, r#"{"a":"************","b":"************","c":"short"} ***********"#);
        assert!(!format!("{with:?}").contains("secret"));
    }

    fn secrets(all: &[&str]) -> Secrets {
        let mut with = definition("x", &[]);
        with.secrets = all.iter().map(|text| Zeroizing::new((*text).to_owned())).collect();
        Secrets::of(&with)
    }

    fn blotted(all: &[&str], text: &str, is_line: bool) -> String {
        let mut text = text.as_bytes().to_vec();
        let secrets = secrets(all);
        if is_line {
            secrets.blot_line(&mut text);
        } else {
            secrets.blot(&mut text);
        }
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_secret_that_begins_like_another_hides_nothing_of_it() {
        for all in [["password", "password-of-root"], ["password-of-root", "password"]] {
            assert_eq!(blotted(&all, "password-of-root password", false), "**************** ********");
        }
    }

    #[test]
    fn other_spellings_of_json_are_known() {
        let all = ["se\"cret/of+mine"];
        for text in [r#"{"a":"se\"cret\/of+mine"}"#, r#"{"a":"{\"b\":\"se\\\"cret/of+mine\"}"}"#] {
            assert!(!blotted(&all, text, false).contains("mine"), "{text}");
        }
    }

    #[test]
    fn no_line_of_a_key_is_logged() {
        let key =
            "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n";
        let said = "cannot read MIIEvQIBADANBgkq after -----BEGIN PRIVATE KEY-----";
        assert_eq!(
            blotted(&[key], said, true),
            "cannot read **************** after -----BEGIN PRIVATE KEY-----"
        );
        assert_eq!(blotted(&[key], said, false), said, "in a message the whole of it is looked for");
        let quoted = format!("{{\"a\":{}}}", serde_json::Value::from(key));
        assert!(!blotted(&[key], &quoted, false).contains("MII"));
    }
}
