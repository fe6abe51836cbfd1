//! What does one case say about one server? Control, attempts, control.

use http::header::WWW_AUTHENTICATE;

use crate::{
    aim::{Aim, SESSION, authority_of},
    audience::Audiences,
    case::{Ask, Attempt, Case, Does, Expect, Revision, Session},
    control::{Control, NotAdmitted, Standing, Survey},
    credential::masked,
    dialogue::Dialect,
    introduction::Introduced,
    party::Side,
    report::{Came, Outcome, Tried},
    send::{Answer, Read},
    verdict::{Judged, Meaning, judge, meaning},
};

/// Longest challenge that is repeated, in characters.
const SHOWN_OF_CHALLENGE: usize = 300;

/// Where cases are run: one server, and what is known before.
pub(crate) struct Ground<'a> {
    pub(crate) control: Control<'a>,
    pub(crate) survey: Result<&'a Survey, &'a NotAdmitted>,
    pub(crate) audiences: &'a Audiences,
    /// Whether both servers are reached at one address.
    pub(crate) is_one_address: bool,
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
    pub(crate) async fn introduced(&self) -> Option<Introduced> {
        let unsettled = Dialect::Initialize(None);
        let dialect = self.survey.map_or(&unsettled, |survey| &survey.dialect);
        let stranger = self.control.aim(dialect, None).request(&STRANGER).ok()?;
        let introduced = Introduced::read(self.control.sender, self.control.own, stranger).await;
        if let (Some(answer), Ok(survey)) = (introduced.to_stranger(), self.survey) {
            self.end(&STRANGER, survey, answer).await;
        }
        Some(introduced)
    }

    pub(crate) async fn run(&self, case: &'static Case, introduced: Option<&Introduced>) -> Option<Outcome> {
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
        let is_admitted = meaning == Meaning::Admitted;
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
