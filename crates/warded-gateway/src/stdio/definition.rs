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
pub(super) struct Secrets(Arc<[Zeroizing<Vec<u8>>]>);

impl Secrets {
    pub(super) fn of(definition: &Definition) -> Self {
        let long = definition.secrets.iter().filter(|secret| secret.len() >= SHORTEST);
        let forms = long.flat_map(|secret| {
            // In a message it stands as JSON writes it, in the log as it is.
            let quoted = Zeroizing::new(serde_json::Value::from(secret.as_str()).to_string().into_bytes());
            let inner = quoted.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
            let inner = Zeroizing::new(inner.unwrap_or_default().to_vec());
            let plain = Zeroizing::new(secret.as_bytes().to_vec());
            if *inner == *plain { vec![plain] } else { vec![plain, inner] }
        });
        Self(forms.collect())
    }

    /// Asterisks in place of every secret; they keep the length.
    pub(super) fn blot(&self, text: &mut [u8]) {
        for secret in self.0.iter() {
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
}
