//! Does somebody repeat what they were sent? An issuer that explains why it gives no token may put our own secret, or the
//! caller's token, into its words, and those words end in a log (invariant *Quiet*).

use std::{fmt, sync::OnceLock};

use zeroize::Zeroizing;

use crate::token::traces;

/// Something secret that was sent to somebody. It can be looked for in what they say, and nothing else.
pub struct Sent(Zeroizing<String>, OnceLock<traces::Encoded>);

impl Sent {
    /// Remembers what was sent.
    pub fn new(text: Zeroizing<String>) -> Self {
        Self(text, OnceLock::new())
    }

    /// Whether it stands in `bytes`: as it is, JSON-escaped, percent-encoded, or in base64 at any offset. Other encodings
    /// are out of reach.
    ///
    /// ```
    /// use warded_core::Sent;
    ///
    /// let sent = Sent::new("s3cret/of+mine".to_owned().into());
    /// assert!(sent.occurs_in(b"the client said s3cret%2Fof%2Bmine"));
    /// assert!(!sent.occurs_in(b"the client is not known"));
    /// ```
    pub fn occurs_in(&self, bytes: &[u8]) -> bool {
        let text = self.0.as_bytes();
        traces::occurs(text, || self.1.get_or_init(|| traces::Encoded::of(text)), bytes)
    }
}

/// Says that something was sent, never what.
impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sent")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_found_and_never_said() {
        let sent = Sent::new("s3:cret %&+=/".to_owned().into());
        for said in
            ["s3:cret %&+=/", "no: s3%3Acret%20%25%26%2B%3D%2F", r"s3:cret \u0025&+=\/", "czM6Y3JldCAlJis9Lw"]
        {
            assert!(sent.occurs_in(said.as_bytes()), "{said}");
        }
        assert!(!sent.occurs_in(b"s3:cret") && !Sent::new(String::new().into()).occurs_in(b"anything"));
        assert!(!format!("{sent:?}").contains("s3"));
    }
}
