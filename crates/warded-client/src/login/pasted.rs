//! How does the answer of a login come from a browser on another machine? The person brings the URL that their browser was
//! sent to: it shows an error there, since nobody listens, and has the answer in its address bar.

use std::{fmt, sync::Arc, thread};

use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::{LoginFailed, Notice, TRIES, Tell};
use crate::obtain::{Authorization, Code};

/// Reads a line of a person's; it may block. What it returns as an error is shown.
type Read = dyn Fn() -> Result<Zeroizing<String>, String> + Send + Sync;

/// Who is asked for the URL.
#[derive(Clone)]
pub struct Pasted(Arc<Read>);

impl Pasted {
    /// Asks by this function, on a thread of its own. It should show nothing of what is typed: there is a code in it.
    pub fn by(read: Arc<Read>) -> Self {
        Self(read)
    }

    /// Waits for the answer to one authorization request.
    pub(crate) async fn wait(&self, authorization: &Authorization, tell: &Tell) -> Result<Code, LoginFailed> {
        for _ in 0..TRIES {
            tell(Notice::Paste { redirect_uri: authorization.redirect_uri().to_owned() });
            let line = self.line().await.map_err(|reason| LoginFailed::NoTerminal { reason })?;
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

    /// A thread that nobody waits for when the answer has come by another way, or the process ends.
    async fn line(&self) -> Result<Zeroizing<String>, String> {
        let (send, line) = oneshot::channel();
        let read = Arc::clone(&self.0);
        let reader = thread::Builder::new().name("pasted".to_owned()).spawn(move || send.send(read()).ok());
        reader.map_err(|error| error.to_string())?;
        line.await.unwrap_or_else(|_| Err("nothing came".to_owned()))
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
