//! Leaks that were seen in other clients, each as an attack. Two authorization servers and two servers write down all that
//! they are sent; whatever becomes of a request, nobody has seen what was neither given by them nor for them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod attacks;
mod endpoints;
mod files;
mod issuers;
mod neighbours;
#[path = "../stage/mod.rs"]
mod stage;
mod together;
mod who;

use stage::{Stage, call};
use warded_client::session::{Asked, Session};

/// What makes the token at hand due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Refused,
    Ending,
    Expired,
    Restarted,
    RestartedLater,
}

impl Due {
    const ALL: [Self; 5] =
        [Self::Refused, Self::Ending, Self::Expired, Self::Restarted, Self::RestartedLater];

    /// The session that goes on.
    fn comes(self, stage: &Stage, session: Session, asked: &Asked) -> Session {
        if self != Self::Ending {
            stage.server.forget_tokens();
        }
        match self {
            Self::Refused | Self::Restarted => {}
            Self::Ending => stage.clock.forward(3_560),
            Self::Expired | Self::RestartedLater => stage.clock.forward(4_000),
        }
        match self {
            Self::Restarted | Self::RestartedLater => stage.session_as(asked.clone()),
            Self::Refused | Self::Ending | Self::Expired => session,
        }
    }
}

/// Somebody who is logged in.
async fn logged_in(stage: &Stage, asked: &Asked) -> Session {
    let session = stage.session_as(asked.clone());
    let answer = session.send(&call("ping")).await.unwrap();
    assert_eq!(answer.status, 200);
    session
}

/// Whether a new process gets through.
async fn works(stage: &Stage, asked: &Asked) {
    stage.clock.forward(31);
    let answer = stage.session_as(asked.clone()).send(&call("ping")).await.unwrap();
    assert_eq!(answer.status, 200);
}
