//! How does the answer of a login come from a browser on another machine? The person brings the URL that their browser was
//! sent to: it shows an error there, since nobody listens, and has the answer in its address bar.

use std::{fmt, pin::Pin, sync::Arc};

use zeroize::Zeroizing;

use super::{LoginFailed, Notice, TRIES, Tell};
use crate::obtain::{Authorization, Code};

/// A line of a person's. What it ends with as an error is shown. It is dropped where the answer has come by another way: a
/// terminal that was changed for it has to be then as it was before.
pub type Line = Pin<Box<dyn Future<Output = Result<Zeroizing<String>, String>> + Send>>;

type Read = dyn Fn() -> Line + Send + Sync;

/// Who is asked for the URL.
#[derive(Clone)]
pub struct Pasted(Arc<Read>);

impl Pasted {
    /// Asks by this function. It should show nothing of what is typed: there is a code in it.
    pub fn by(read: Arc<Read>) -> Self {
        Self(read)
    }

    /// Waits for the answer to one authorization request.
    pub(crate) async fn wait(&self, authorization: &Authorization, tell: &Tell) -> Result<Code, LoginFailed> {
        for _ in 0..TRIES {
            tell(Notice::Paste { redirect_uri: authorization.redirect_uri().to_owned() });
            let line = (self.0)().await.map_err(|reason| LoginFailed::NoTerminal { reason })?;
            // What is not the answer to this question is turned away, as at the listener: `state` and `iss` are looked at.
            if let Some(query) = query(&line, authorization.redirect_uri())
                && let Ok(settled) = authorization.accept(query)
            {
                return Ok(settled?);
            }
            tell(Notice::NotPasted);
        }
        Err(LoginFailed::NotPasted)
    }
}

/// The query of a URL, if it is the one that the issuer sends people back to.
fn query<'a>(line: &'a str, redirect_uri: &str) -> Option<&'a str> {
    let query = line.trim().strip_prefix(redirect_uri)?.strip_prefix('?')?;
    query.split('#').next()
}

impl fmt::Debug for Pasted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pasted")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_url_that_people_are_sent_back_to_holds_an_answer() {
        let redirect_uri = "http://127.0.0.1:4000/callback";
        let found = |line| query(line, redirect_uri);
        assert_eq!(found(" http://127.0.0.1:4000/callback?code=a&state=b \n"), Some("code=a&state=b"));
        assert_eq!(found("http://127.0.0.1:4000/callback?code=a#_=_"), Some("code=a"));
        for other in [
            "",
            "code=a&state=b",
            "http://127.0.0.1:4000/callback",
            "http://127.0.0.1:4001/callback?code=a",
            "http://127.0.0.1:4000/callback/x?code=a",
            "https://login.example.com/authorize?client_id=me",
        ] {
            assert_eq!(found(other), None, "{other}");
        }
    }
}
