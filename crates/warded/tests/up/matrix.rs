//! Nothing that belongs to one caller at one server is of use to another caller or at another server: every pair, over
//! every way in, to servers behind of every kind, by every method, cold and warm, and after a restart. `notes` and
//! `files` have hosts of their own, and both know alice and bob.

use http::Method;

use crate::caller::Answer;

mod attack;
mod behind;
mod scene;
mod tls;

use attack::{ATTACKS, Address, Attack, NO_EVENT, NO_SESSION, Notes, Of, attack};
use behind::{Behind, Kind};
use scene::{Matrix, SETTINGS, Setting};

impl Matrix {
    fn heard(&self) -> usize {
        self.notes.heard() + self.files.heard()
    }

    /// Whether that is how an attack is answered.
    fn is_refused(&self, attack: &Attack, status: u16, code: &str) -> bool {
        // Which of two things that are wrong is told is a matter of order.
        let is_either = self.setting.behind == Kind::Stdio && attack.event.is_some();
        let either = [NO_SESSION, NO_EVENT, (400, "session-missing")];
        let is_one = is_either && either.contains(&attack.answer) && either.contains(&(status, code));
        is_one || (status, code) == attack.answer
    }

    /// Every attack is refused, and nothing of it is heard behind.
    async fn refuses(&self, when: &str) -> usize {
        let heard = self.heard();
        let mut tried = 0;
        for front in &self.fronts {
            for attack in ATTACKS {
                for method in [Method::POST, Method::GET, Method::DELETE] {
                    for revision in [None, Some("2025-06-18"), Some("2025-11-25")] {
                        let mut asked = self.armed(attack, &method);
                        if let Some(revision) = revision {
                            asked.headers.insert("mcp-protocol-version", revision.parse().unwrap());
                        }
                        let answer = Answer::read(front.send(self.to(), &asked).await).await;
                        let (status, code) = (answer.status.as_u16(), answer.code());
                        let is_refused = self.is_refused(attack, status, &code);
                        assert!(
                            is_refused,
                            "{:?}, {when}: {front:?} {asked:?}: {status} {code}",
                            self.setting
                        );
                        tried += 1;
                    }
                }
            }
        }
        assert_eq!(self.heard(), heard, "{:?}, {when}: something was heard behind", self.setting);
        tried
    }

    /// Everybody uses what is theirs.
    async fn serves(&self, when: &str) {
        for (front, held) in
            self.fronts.iter().flat_map(|front| self.held.iter().map(move |held| (front, held)))
        {
            let Of(_, server) = held.of;
            let behind = if server == Notes { &self.notes } else { &self.files };
            for method in [Method::POST, Method::GET, Method::DELETE] {
                let own = Some(held.of);
                let (event, methods) = match behind {
                    Behind::Http(_) => (own, 3),
                    // Its end is the end of a process, and whoever listens is told by nobody which event was the last.
                    Behind::Stdio(_) => (None, 2),
                };
                if methods == 2 && method == Method::DELETE {
                    continue;
                }
                let asked = self.armed(&attack(Address::Plain(server), own, own, event, (200, "")), &method);
                let answer = front.send(self.to(), &asked).await;
                assert!(answer.status().is_success(), "{:?}, {when}: {:?} {answer:?}", self.setting, held.of);
            }
            if let Behind::Http(behind) = behind {
                assert_eq!(behind.last().headers["last-event-id"], "1");
            }
        }
    }

    async fn restart(mut self) -> Self {
        self.gateway = self.gateway.restart().await;
        if self.setting.behind == Kind::Stdio {
            // The processes are gone, and so is every session: nobody's is anybody else's now.
            for held in &self.held {
                let (Of(_, server), own) = (held.of, Some(held.of));
                let asked =
                    self.armed(&attack(Address::Plain(server), own, own, None, NO_SESSION), &Method::POST);
                let answer = Answer::read(self.fronts[0].send(self.to(), &asked).await).await;
                assert_eq!((answer.status.as_u16(), answer.code().as_str()), NO_SESSION);
            }
            self.obtain_all().await;
        }
        self
    }
}

/// How many attacks were tried.
async fn holds(setting: Setting) -> usize {
    let mut matrix = Matrix::start(setting).await;
    let mut tried = 0;
    for run in ["at first", "after a restart"] {
        tried += matrix.refuses(&format!("{run}, cold")).await;
        matrix.serves(run).await;
        tried += matrix.refuses(&format!("{run}, warm")).await;
        matrix = matrix.restart().await;
    }
    tried
}

#[tokio::test]
async fn nothing_of_one_caller_at_one_server_is_of_use_to_another_or_elsewhere() {
    for setting in SETTINGS {
        let tried = holds(setting).await;
        println!("{setting:?}: {tried} attacks were refused, and nothing of them was heard behind");
    }
}
