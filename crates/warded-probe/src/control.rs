//! Is the right token admitted? Without that, a refusal says nothing: the control before and after each case.

use bytes::Bytes;
use http::{HeaderValue, StatusCode};

use crate::{
    aim::{Aim, NotAimed, SESSION},
    case::{Ask, Attempt, Bearing, Expect, Form, Piece, Revision, Session, Token},
    dialogue::{Dialect, Reply, initialized, reply},
    party::{Party, Side},
    send::{Answer, Read, SendFailed, Sender},
    verdict::{Meaning, meaning},
};

/// Why the right token does not get in. Everything else waits for that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAdmitted {
    #[error("{0}")]
    Send(#[from] SendFailed),
    #[error("{0}")]
    Aim(#[from] NotAimed),
    #[error("{ask} with the right token is answered {status}")]
    Refused { ask: &'static str, status: u16 },
    #[error("{ask} with the right token: {why}")]
    Unclear { ask: &'static str, why: String },
    #[error("the server opened a session once and now does not")]
    Sessionless,
}

/// What a server has, as the right token finds it.
#[derive(Clone, Debug)]
pub(crate) struct Survey {
    pub(crate) dialect: Dialect,
    pub(crate) has_sessions: bool,
    /// Why attempts on its stream are left out.
    pub(crate) stream: Result<(), String>,
    /// Why attempts to end a session are left out.
    pub(crate) end: Result<(), String>,
    /// Who answered.
    pub(crate) peer: std::net::SocketAddr,
}

/// A conversation that the right token opened.
pub(crate) struct Standing {
    pub(crate) session: Option<HeaderValue>,
}

/// The right token at one server.
#[derive(Clone, Copy)]
pub(crate) struct Control<'a> {
    pub(crate) sender: &'a Sender,
    pub(crate) at: Side,
    pub(crate) own: &'a Party,
    pub(crate) neighbour: &'a Party,
}

const RIGHT: &[Bearing] =
    &[Bearing::Header("authorization", &[Piece::Text("Bearer "), Piece::Token(Token::Own(Form::Genuine))])];

const fn asking(ask: Ask, session: Session) -> Attempt {
    Attempt { ask, session, revision: Revision::Spoken, bears: RIGHT, expect: Expect::Admitted }
}

impl<'a> Control<'a> {
    pub(crate) const fn aim(&self, dialect: &'a Dialect, session: Option<&'a HeaderValue>) -> Aim<'a> {
        Aim { at: self.at, own: self.own, neighbour: self.neighbour, dialect, session }
    }

    /// Finds out what the server has.
    pub(crate) async fn survey(&self) -> Result<Survey, NotAdmitted> {
        let (dialect, opened) = self.greet().await?;
        let session = opened.headers.get(SESSION).cloned();
        let standing = Standing { session };
        self.settle(&dialect, &standing).await?;
        self.list(&dialect, &standing).await?;
        let stream = self.has(&dialect, &standing, Ask::Stream).await?;
        let end = match &standing.session {
            Some(_) => self.has(&dialect, &standing, Ask::End).await?,
            None => Err("the server opens no sessions".to_owned()),
        };
        let has_sessions = standing.session.is_some();
        Ok(Survey { dialect, has_sessions, stream, end, peer: opened.peer })
    }

    /// The control before a case: a new conversation.
    pub(crate) async fn open(&self, survey: &Survey) -> Result<Standing, NotAdmitted> {
        let opened = self.ask(&survey.dialect, None, Ask::Open).await?;
        admitted(Ask::Open, &survey.dialect, &opened)?;
        let standing = Standing { session: opened.headers.get(SESSION).cloned() };
        // Without its id, what is meant to be asked in the session would be asked outside.
        if survey.has_sessions && standing.session.is_none() {
            return Err(NotAdmitted::Sessionless);
        }
        self.settle(&survey.dialect, &standing).await?;
        self.list(&survey.dialect, &standing).await?;
        Ok(standing)
    }

    /// The control after a case: the conversation still stands.
    pub(crate) async fn list(&self, dialect: &Dialect, standing: &Standing) -> Result<(), NotAdmitted> {
        let listed = self.ask(dialect, standing.session.as_ref(), Ask::List).await?;
        admitted(Ask::List, dialect, &listed)
    }

    /// Ends the conversation, where the server has such a thing. How that goes changes nothing.
    pub(crate) async fn close(&self, survey: &Survey, standing: &Standing) {
        if survey.end.is_ok() && standing.session.is_some() {
            self.ask(&survey.dialect, standing.session.as_ref(), Ask::End).await.ok();
        }
    }

    /// Revisions with `initialize` first; a server that knows no such call may know the one without.
    async fn greet(&self) -> Result<(Dialect, Answer), NotAdmitted> {
        let unsettled = Dialect::Initialize(None);
        let answer = self.ask(&unsettled, None, Ask::Open).await?;
        if let Some(Reply::Result(result)) =
            reply(&answer.headers, &answer.body).filter(|_| answer.status.is_success())
        {
            let revision = result.get("protocolVersion").and_then(serde_json::Value::as_str);
            // It goes into a header: what is no date is not repeated.
            let is_date =
                |text: &&str| text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
            return Ok((Dialect::Initialize(revision.filter(is_date).map(str::to_owned)), answer));
        }
        let refusal = admitted(Ask::Open, &unsettled, &answer)
            .err()
            .unwrap_or(NotAdmitted::Unclear { ask: "initialize", why: "the answer is no result".to_owned() });
        if [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&answer.status) {
            return Err(refusal);
        }
        let stateless = self.ask(&Dialect::Stateless, None, Ask::Open).await?;
        match admitted(Ask::Open, &Dialect::Stateless, &stateless) {
            Ok(()) => Ok((Dialect::Stateless, stateless)),
            Err(_) => Err(refusal),
        }
    }

    /// Says that `initialize` is over.
    async fn settle(&self, dialect: &Dialect, standing: &Standing) -> Result<(), NotAdmitted> {
        if *dialect == Dialect::Stateless {
            return Ok(());
        }
        let attempt = asking(Ask::List, Session::Own);
        let mut request = self.aim(dialect, standing.session.as_ref()).request(&attempt)?;
        request.body = Bytes::from(initialized().to_string());
        let answer = self.sender.send(request, Read::Whole).await?;
        match answer.status {
            status if status.is_success() => Ok(()),
            status => Err(NotAdmitted::Refused { ask: "notifications/initialized", status: status.as_u16() }),
        }
    }

    /// Whether the right token gets an answer to this ask at all.
    async fn has(
        &self,
        dialect: &Dialect,
        standing: &Standing,
        ask: Ask,
    ) -> Result<Result<(), String>, NotAdmitted> {
        let answer = self.ask(dialect, standing.session.as_ref(), ask).await?;
        Ok(match meaning(ask, &answer) {
            Meaning::Admitted => Ok(()),
            Meaning::Refused(status) => {
                Err(format!("the server answers {ask} with {} to the right token", status.as_u16()))
            }
            Meaning::Unclear(why) => Err(format!("{ask} with the right token: {why}")),
        })
    }

    async fn ask(
        &self,
        dialect: &Dialect,
        session: Option<&HeaderValue>,
        ask: Ask,
    ) -> Result<Answer, NotAdmitted> {
        let attempt = asking(ask, Session::Own);
        let request = self.aim(dialect, session).request(&attempt)?;
        Ok(self.sender.send(request, Aim::read(&attempt)).await?)
    }
}

fn admitted(ask: Ask, dialect: &Dialect, answer: &Answer) -> Result<(), NotAdmitted> {
    let name = dialect.method(ask).unwrap_or("the request");
    match meaning(ask, answer) {
        Meaning::Admitted => Ok(()),
        Meaning::Refused(status) => Err(NotAdmitted::Refused { ask: name, status: status.as_u16() }),
        Meaning::Unclear(why) => Err(NotAdmitted::Unclear { ask: name, why }),
    }
}
