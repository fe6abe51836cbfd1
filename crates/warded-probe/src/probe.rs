//! In which order does everything happen? Both servers are surveyed, then every case runs at A, then at B.

use rustls::ClientConfig;

use crate::{
    audience::{Audience, Audiences},
    case::Case,
    cases::CASES,
    control::Control,
    ground::Ground,
    party::{Party, Side},
    report::{Report, Seen},
    send::{Pace, Reach, Sender},
};

/// Two servers, a token for each, and leave to attack them.
#[derive(Debug)]
pub struct Probe {
    sender: Sender,
    a: Party,
    b: Party,
}

/// Why two servers cannot be probed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unprobed {
    /// A token of a server is meant for that server.
    #[error("both URLs are the same server; cross-use takes two")]
    OneServer,
    /// There is nothing to confuse.
    #[error("both tokens are the same; get one for each server, with `resource` set to its URL")]
    OneToken,
    /// Nobody attacks other people's servers.
    #[error("server {0} is not on this machine; say `--i-own-this` if both servers are yours to attack")]
    NotLoopback(Side),
}

/// How far the probe is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// How many steps are done.
    pub done: usize,
    /// How many there are.
    pub of: usize,
    /// The server that comes next.
    pub at: Side,
    /// The case that comes next.
    pub case: &'static Case,
}

impl Probe {
    /// Two servers to be probed.
    pub fn new(a: Party, b: Party, tls: ClientConfig, reach: Reach, pace: Pace) -> Result<Self, Unprobed> {
        if a.url == b.url {
            return Err(Unprobed::OneServer);
        }
        if a.tokens.access == b.tokens.access {
            return Err(Unprobed::OneToken);
        }
        for (side, party) in [(Side::A, &a), (Side::B, &b)] {
            if !reach.covers(&party.url) {
                return Err(Unprobed::NotLoopback(side));
            }
        }
        Ok(Self { sender: Sender::new(tls, reach, pace), a, b })
    }

    /// Runs every case at both servers.
    pub async fn run(&self, tell: &mut (dyn FnMut(Progress) + Send)) -> Report {
        let audiences = Audiences::read(&self.a, &self.b);
        let (at_a, at_b) = (self.control(Side::A), self.control(Side::B));
        let surveys = [at_a.survey().await, at_b.survey().await];
        let [on_a, on_b] = surveys.each_ref().map(|survey| survey.as_ref());
        let is_one_address = match (&on_a, &on_b) {
            (Ok(a), Ok(b)) => a.peer == b.peer,
            _ => false,
        };
        let mut outcomes = Vec::new();
        let of = CASES.len() * 2;
        for (control, survey, from) in [(at_a, on_a, 0), (at_b, on_b, CASES.len())] {
            let ground = Ground { control, survey, audiences: &audiences, is_one_address };
            let introduced = ground.introduced().await;
            for (number, case) in CASES.iter().enumerate() {
                tell(Progress { done: from + number, of, at: control.at, case });
                outcomes.extend(ground.run(case, introduced.as_ref()).await);
            }
        }
        let trouble = |index: usize| surveys.get(index).and_then(|survey| survey.as_ref().err());
        let servers = [(Side::A, &self.a, 0), (Side::B, &self.b, 1)].map(|(side, party, index)| {
            let survey = surveys.get(index).and_then(|survey| survey.as_ref().ok());
            Seen {
                side,
                url: party.url.to_string(),
                audience: match audiences.of(side) {
                    Audience::Opaque => None,
                    Audience::Named(values) => Some(values.clone()),
                },
                revision: survey.and_then(|survey| survey.dialect.revision()).map(str::to_owned),
                has_sessions: survey.is_some_and(|survey| survey.has_sessions),
                has_stream: survey.is_some_and(|survey| survey.stream.is_ok()),
                trouble: trouble(index).map(ToString::to_string),
            }
        });
        Report { servers, outcomes }
    }

    const fn control(&self, at: Side) -> Control<'_> {
        let (own, neighbour) = match at {
            Side::A => (&self.a, &self.b),
            Side::B => (&self.b, &self.a),
        };
        Control { sender: &self.sender, at, own, neighbour }
    }
}
