//! In which order does everything happen? Survey, control, attempts, control; first at A, then at B.

use http::header::WWW_AUTHENTICATE;
use rustls::ClientConfig;

use crate::{
    aim::{Aim, SESSION, authority_of},
    audience::{Audience, Audiences},
    case::{Ask, Attempt, Case, Does, Expect, Revision, Session},
    cases::CASES,
    control::{Control, Standing, Survey},
    credential::masked,
    dialogue::Dialect,
    introduction::Introduced,
    party::{Party, Side},
    report::{Came, Outcome, Report, Seen, Tried},
    send::{Answer, Pace, Reach, Read, Sender},
    verdict::{Judged, judge, meaning},
};

/// Longest challenge that is repeated, in characters.
const SHOWN_OF_CHALLENGE: usize = 300;

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
            if reach == Reach::Loopback && !is_loopback(party) {
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

/// RFC 6761 §6.3: what never leaves the machine. The addresses themselves are looked at again before each request.
fn is_loopback(party: &Party) -> bool {
    let host = party.url.origin().split_once("://").map_or("", |(_, authority)| authority);
    let host = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or_default() };
    host == "localhost"
        || host.ends_with(".localhost")
        || host.starts_with("[::1]")
        || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// Where cases are run: one server, and what is known before.
struct Ground<'a> {
    control: Control<'a>,
    survey: Result<&'a Survey, &'a crate::control::NotAdmitted>,
    audiences: &'a Audiences,
    /// Whether both servers are reached at one address.
    is_one_address: bool,
}

/// A first call without a token.
const STRANGER: Attempt = Attempt {
    ask: Ask::Open,
    session: Session::None,
    revision: Revision::Spoken,
    bears: &[],
    expect: Expect::Refused(&[401]),
};

impl Ground<'_> {
    async fn introduced(&self) -> Option<Introduced> {
        let unsettled = Dialect::Initialize(None);
        let dialect = self.survey.map_or(&unsettled, |survey| &survey.dialect);
        let stranger = self.control.aim(dialect, None).request(&STRANGER).ok()?;
        let introduced = Introduced::read(self.control.sender, self.control.own, stranger).await;
        if let (Some(answer), Ok(survey)) = (introduced.to_stranger(), self.survey) {
            self.end(&STRANGER, survey, answer).await;
        }
        Some(introduced)
    }

    async fn run(&self, case: &'static Case, introduced: Option<&Introduced>) -> Option<Outcome> {
        let at = self.control.at;
        match case.does {
            // The tokens say the same wherever they are sent.
            Does::ReadAudiences if at == Side::A => {
                Some(Outcome::judged(case, None, self.audiences.judge(case.severity)))
            }
            Does::ReadAudiences => None,
            Does::ReadIntroduction(what) => {
                let judged = introduced.map_or_else(
                    || Judged::unclear("the request cannot be written"),
                    |introduced| introduced.judge(what, case.severity),
                );
                Some(Outcome::judged(case, Some(at), judged))
            }
            Does::Try(attempts) => Some(self.attack(case, attempts).await),
        }
    }

    async fn attack(&self, case: &'static Case, attempts: &'static [Attempt]) -> Outcome {
        let at = self.control.at;
        let survey = match self.survey {
            Ok(survey) => survey,
            Err(why) => return Outcome::judged(case, Some(at), Judged::unclear(why.to_string())),
        };
        let left_out: Vec<_> = attempts.iter().map(|attempt| self.left_out(attempt, survey)).collect();
        if left_out.iter().all(Option::is_some) {
            let aim = self.control.aim(&survey.dialect, None);
            let tried = attempts
                .iter()
                .zip(left_out)
                .filter_map(|(attempt, judged)| Some(Tried::new(attempt, &aim, None, judged?)));
            return Outcome::of(case, at, tried.collect());
        }
        let standing = match self.control.open(survey).await {
            Ok(standing) => standing,
            Err(why) => return Outcome::judged(case, Some(at), Judged::unclear(format!("beforehand {why}"))),
        };
        let mut tried = Vec::new();
        // Whether an attempt ended what it should not have been able to end. It is the last one of its case.
        let mut is_over = false;
        for (attempt, left_out) in attempts.iter().zip(left_out) {
            if let Some(judged) = left_out {
                tried.push(Tried::new(attempt, &self.control.aim(&survey.dialect, None), None, judged));
                continue;
            }
            let (one, admitted) = self.attempt(case, attempt, survey, &standing).await;
            is_over |= admitted && attempt.ask == Ask::End;
            tried.push(one);
        }
        let mut outcome = Outcome::of(case, at, tried);
        let after = if is_over {
            self.control.open(survey).await.map(Some)
        } else {
            self.control.list(&survey.dialect, &standing).await.map(|()| None)
        };
        match after {
            Ok(fresh) => self.control.close(survey, fresh.as_ref().unwrap_or(&standing)).await,
            Err(why) => outcome.shaken(&why.to_string()),
        }
        outcome
    }

    /// Makes one attempt; also whether it was let in.
    async fn attempt(
        &self,
        case: &Case,
        attempt: &Attempt,
        survey: &Survey,
        standing: &Standing,
    ) -> (Tried, bool) {
        let aim = self.control.aim(&survey.dialect, standing.session.as_ref());
        let request = match aim.request(attempt) {
            Ok(request) => request,
            Err(why) => return (Tried::new(attempt, &aim, None, Judged::skipped(why.to_string())), false),
        };
        let answer = match self.control.sender.send(request, Aim::read(attempt)).await {
            Ok(answer) => answer,
            Err(why) => return (Tried::new(attempt, &aim, None, Judged::unclear(why.to_string())), false),
        };
        let meaning = meaning(attempt.ask, &answer);
        let is_admitted = meaning == crate::verdict::Meaning::Admitted;
        let judged = if is_admitted && self.is_one_address && attempt.may_reach_neighbour() {
            Judged::unclear("both servers are at one address, and the request may have reached the other one")
        } else {
            judge(attempt, case.severity, meaning)
        };
        if is_admitted && attempt.ask == Ask::Open {
            self.end(attempt, survey, &answer).await;
        }
        (Tried::new(attempt, &aim, Some(self.came(&answer)), judged), is_admitted)
    }

    /// Ends the session that an attempt opened, in the way in which it opened it.
    async fn end(&self, attempt: &Attempt, survey: &Survey, opened: &Answer) {
        let (Some(session), Ok(())) = (opened.headers.get(SESSION), &survey.end) else { return };
        let end = Attempt { ask: Ask::End, session: Session::Own, ..*attempt };
        if let Ok(request) = self.control.aim(&survey.dialect, Some(session)).request(&end) {
            self.control.sender.send(request, Read::Head).await.ok();
        }
    }

    /// Why an attempt is not made, or cannot be judged.
    fn left_out(&self, attempt: &Attempt, survey: &Survey) -> Option<Judged> {
        if attempt.is_cross() && self.audiences.are_shared_at(self.control.at) {
            let why =
                "the issuer named this server in the other server's token, so that admitting it says nothing";
            return Some(Judged::unclear(why));
        }
        if attempt.may_reach_neighbour()
            && authority_of(self.control.own) == authority_of(self.control.neighbour)
        {
            return Some(Judged::skipped("both servers have the same host, so that it names nobody else"));
        }
        match (attempt.session, attempt.ask) {
            (Session::Own, _) if !survey.has_sessions => {
                Some(Judged::skipped("the server opens no sessions"))
            }
            (Session::None, Ask::List | Ask::Stream) if survey.has_sessions => {
                Some(Judged::skipped("the server answers this in sessions only"))
            }
            (_, Ask::Stream) => survey.stream.clone().err().map(Judged::skipped),
            (_, Ask::End) => survey.end.clone().err().map(Judged::skipped),
            _ => self
                .control
                .aim(&survey.dialect, None)
                .request(attempt)
                .err()
                .map(|why| Judged::skipped(why.to_string())),
        }
    }

    fn came(&self, answer: &Answer) -> Came {
        let challenge = answer.headers.get(WWW_AUTHENTICATE).map(|value| {
            let said = String::from_utf8_lossy(value.as_bytes());
            let tokens = self.control.own.tokens.all().chain(self.control.neighbour.tokens.all());
            masked(&said, &tokens).chars().take(SHOWN_OF_CHALLENGE).collect()
        });
        Came { status: answer.status.as_u16(), challenge }
    }
}
