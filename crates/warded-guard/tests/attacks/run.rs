//! Makes every attack of a table, in every way, with the good token before and after it.

use http::Method;

use crate::{
    expected::Expected,
    row::Row,
    stage::{Scene, Seen, THERE_PATH},
    wire::Outgoing,
};

/// Every row at a strict server.
pub(crate) async fn hold(rows: Vec<Row>) {
    hold_at(&Scene::strict().await, rows).await;
}

pub(crate) async fn hold_at(scene: &Scene, rows: Vec<Row>) {
    let mut wrong = Vec::new();
    for row in rows {
        for method in row.methods {
            for revision in row.revisions() {
                let run = Run { scene, row: &row, method, revision: *revision };
                for (state, outcome) in [("cold", run.cold().await), ("warm", run.warm().await)] {
                    if let Err(flaw) = outcome {
                        wrong.push(format!(
                            "{} {} ({method}, {revision:?}, {state})\n{flaw}",
                            row.case, row.name
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} attacks:\n{}", wrong.len(), wrong.join("\n\n"));
}

struct Run<'a> {
    scene: &'a Scene,
    row: &'a Row,
    method: &'static Method,
    revision: Option<&'static str>,
}

impl Run<'_> {
    /// The attack is the first thing that a guard ever sees; one like it has admitted the good token.
    async fn cold(&self) -> Result<(), String> {
        self.scene.anew();
        self.control("before").await?;
        self.scene.anew();
        self.attack(self.row.cold, 1).await?;
        self.control("after").await
    }

    /// The guard has admitted the good token, and remembers whatever it remembers; the attack is made twice.
    async fn warm(&self) -> Result<(), String> {
        self.scene.anew();
        self.control("before").await?;
        if self.row.opens_neighbour {
            let request = self.request().to(THERE_PATH);
            self.admitted(&request, "bob").await.map_err(|flaw| format!("the neighbour: {flaw}"))?;
        }
        self.scene.forward(self.row.pause);
        self.attack(self.row.warm, 2).await?;
        self.control("after").await
    }

    async fn control(&self, when: &str) -> Result<(), String> {
        let good = self.honest().bearer(&self.scene.good().text());
        self.admitted(&good, "alice").await.map_err(|flaw| format!("the good token {when}: {flaw}"))
    }

    async fn attack(&self, expected: Expected, times: usize) -> Result<(), String> {
        let request = self.request();
        if let Some(seconds) = self.row.was_good {
            self.admitted(&request, "alice").await.map_err(|flaw| format!("while it was good: {flaw}"))?;
            self.scene.forward(seconds);
        }
        for _ in 0..times {
            if expected == Expected::Admitted {
                self.admitted(&request, "alice").await?;
            } else {
                self.refused(&request, expected).await?;
            }
        }
        Ok(())
    }

    async fn refused(&self, request: &Outgoing, expected: Expected) -> Result<(), String> {
        let answer = self.scene.send(request).await;
        let reached = self.scene.reached();
        if !reached.is_empty() {
            return Err(format!("it got through: {reached:?}"));
        }
        expected.flaw(&answer).map_or(Ok(()), Err)?;
        // Who could be sent to an address by a token would be a tool of whoever wrote it.
        if self.scene.catcher.caught() == 0 {
            Ok(())
        } else {
            Err("somebody was asked who should not be".into())
        }
    }

    /// It is answered by the server, which has seen one request, of this caller and without a credential.
    async fn admitted(&self, request: &Outgoing, caller: &str) -> Result<(), String> {
        let answer = self.scene.send(request).await;
        let reached = self.scene.reached();
        Expected::Admitted.flaw(&answer).map_or(Ok(()), Err)?;
        // What nobody judged does not go on: only a POST has a message.
        let has_message = *self.method == Method::POST;
        match &reached[..] {
            [one]
                if is_quiet(one)
                    && one.subject.as_deref() == Some(caller)
                    && one.has_message == has_message =>
            {
                Ok(())
            }
            other => Err(format!("reached: {other:?}")),
        }
    }

    fn honest(&self) -> Outgoing {
        Outgoing::honest(self.method, self.revision)
    }

    fn request(&self) -> Outgoing {
        (self.row.sent)(self.scene, self.honest())
    }
}

/// Nothing in it says who the caller is: no token, nothing that speaks for one.
fn is_quiet(seen: &Seen) -> bool {
    let text = seen.text.to_ascii_lowercase();
    !["eyj", "authorization", "mallory"].iter().any(|word| text.contains(word))
}
