//! What do fifty callers get who present the same thing at once, at two nodes that share nothing but the store? The stated
//! outcome, and no other, round after round.

use std::sync::Arc;

use http::{Request, StatusCode, header};
use warded_client::fetch::{Fetch, Reach};
use warded_core::Issuer;
use warded_issuer::{AuthorizationServer, IssuerSetup};
use warded_store::Grants as _;

use super::{assertions, holder::Holder};
use crate::stage::{Answer, Browser, ISSUER, NOTES, Stage, WEB, encoded, random, registered, with};

const CALLERS: usize = 50;

/// So many rounds as `WARDED_ROUNDS` says, or so many as show what goes wrong often.
fn rounds() -> u32 {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever wants a thousand rounds says so on the command line"
    )]
    let said = std::env::var("WARDED_ROUNDS");
    said.map_or(20, |text| text.parse().unwrap())
}

/// A browser in which somebody is logged in and has agreed, so that each visit gives a code; the stage's portal is whom
/// it is for.
struct Portal {
    /// The node that it visits; races are at all of them.
    stage: Arc<Stage>,
    nodes: Vec<Arc<Stage>>,
    browser: Browser,
}

/// Two nodes at one store, where a client that lost the answer to a refresh may ask again for so many seconds.
async fn nodes(retry: u32) -> Vec<Arc<Stage>> {
    let first = Stage::with(ISSUER, |setup| setup.policy.retry = retry).await;
    let mut setup = IssuerSetup::new("default", Issuer::parse(ISSUER).unwrap(), registered());
    setup.policy.retry = retry;
    let store = Arc::new(first.another_store().await);
    let (fetch, clock) = (Fetch::new(Reach::public()).unwrap(), Arc::clone(&first.clock));
    let random = Arc::new(random());
    let server =
        AuthorizationServer::open(setup, Arc::clone(&store) as _, fetch, clock, random).await.unwrap();
    let others = Stage::with(ISSUER, |_| ()).await;
    let (editor, portal, robot) = (first.editor.clone(), first.portal.clone(), first.robot.clone());
    let clock = Arc::clone(&first.clock);
    let second = Stage { router: server.served(), server, store, clock, editor, portal, robot, ..others };
    vec![Arc::new(first), Arc::new(second)]
}

impl Portal {
    async fn enter(retry: u32) -> Self {
        let nodes = nodes(retry).await;
        let mut portal = Self { stage: Arc::clone(&nodes[0]), nodes, browser: Browser::default() };
        let stage = Arc::clone(&portal.stage);
        let page = portal.browser.log_in(&stage, &question(&stage)).await;
        let agreed = portal.browser.decide(&stage, &page, "allow").await;
        // Nobody wants this one, and its family would be counted.
        let code = agreed.sent()["code"].clone();
        for status in [StatusCode::OK, StatusCode::BAD_REQUEST] {
            assert_eq!(portal.sends(portal.redemption(&code)).await.status, status);
        }
        portal
    }

    async fn code(&self) -> String {
        let answer = self.browser.clone().ask(&self.stage, &question(&self.stage)).await;
        answer.sent().get("code").unwrap_or_else(|| panic!("no code: {answer:?}")).clone()
    }

    /// A code of the next round. Nobody agrees more than 200 times in a quarter of an hour.
    async fn next_code(&self) -> String {
        self.stage.clock.pass(5);
        self.code().await
    }

    /// What the client sends for its code.
    fn redemption(&self, code: &str) -> String {
        self.as_portal(&with(&self.stage.redemption(code), "redirect_uri", WEB))
    }

    /// What the client sends for its refresh token.
    fn refreshing(&self, token: &str) -> String {
        self.as_portal(&self.stage.refreshing(token))
    }

    fn as_portal(&self, form: &[(&str, &str)]) -> String {
        let (id, secret) = &self.stage.portal;
        encoded(&with(&with(form, "client_id", id), "client_secret", secret))
    }

    /// Sends this.
    async fn sends(&self, form: String) -> Answer {
        self.stage.post("token", "application/x-www-form-urlencoded", form).await
    }

    /// Ends a grant: a person has a hundred of one client, and no room for the codes of the next round otherwise.
    async fn gives_back(&self, answer: &Answer) {
        let form = self.as_portal(&[("token", &answer.text("refresh_token"))]);
        let given = self.stage.post("revoke", "application/x-www-form-urlencoded", form).await;
        assert_eq!(given.status, StatusCode::OK);
    }

    /// Sends each of these at once.
    async fn race(&self, forms: impl IntoIterator<Item = String>) -> Vec<Answer> {
        race(&self.nodes, forms.into_iter().map(|form| (form, None))).await
    }

    /// One of them won, the others were refused as proven reuse is, and what the winner got is dead.
    async fn one_won_and_the_family_is_dead(&self, answers: &[Answer], round: u32) {
        let (won, lost): (Vec<_>, Vec<_>) =
            answers.iter().partition(|answer| answer.status == StatusCode::OK);
        assert_eq!((won.len(), lost.len()), (1, CALLERS - 1), "round {round}");
        for lost in lost {
            assert_eq!(lost.error(), (400, "invalid_grant".into()), "round {round}");
        }
        assert_eq!(self.stage.store.count_grants().await.unwrap(), 0, "round {round}: the family lives");
        let dead = self.sends(self.refreshing(&won[0].text("refresh_token"))).await;
        assert_eq!(dead.error(), (400, "invalid_grant".into()), "round {round}");
    }
}

/// Sends each of these at once, in turns to each node, with its proof where there is one.
async fn race(nodes: &[Arc<Stage>], sent: impl IntoIterator<Item = (String, Option<String>)>) -> Vec<Answer> {
    let tasks: Vec<_> = sent
        .into_iter()
        .zip(nodes.iter().cycle())
        .map(|((form, proof), stage)| {
            let stage = Arc::clone(stage);
            let mut request = Request::post(format!("{}/token", stage.base))
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            request = proof.iter().fold(request, |request, proof| request.header("DPoP", proof));
            tokio::spawn(async move { stage.call(request.body(form.into()).unwrap()).await })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

fn question(stage: &Stage) -> Vec<(&str, &str)> {
    with(&with(&stage.question(NOTES), "client_id", &stage.portal.0), "redirect_uri", WEB)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_who_redeem_one_code_one_gets_a_token_and_its_family_dies() {
    let portal = Portal::enter(0).await;
    for round in 0..rounds() {
        let form = portal.redemption(&portal.next_code().await);
        let answers = portal.race(vec![form; CALLERS]).await;
        portal.one_won_and_the_family_is_dead(&answers, round).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_who_refresh_with_one_token_one_gets_a_token_and_its_family_dies() {
    let portal = Portal::enter(0).await;
    for round in 0..rounds() {
        let refresh = portal.sends(portal.redemption(&portal.next_code().await)).await.text("refresh_token");
        let answers = portal.race(vec![portal.refreshing(&refresh); CALLERS]).await;
        portal.one_won_and_the_family_is_dead(&answers, round).await;
    }
}

/// A client that lost an answer asks again, at the same time as often as it likes: each time it is the same answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_who_refresh_with_one_token_where_they_may_ask_again_all_get_the_same_one() {
    let portal = Portal::enter(30).await;
    for round in 0..rounds() {
        let refresh = portal.sends(portal.redemption(&portal.next_code().await)).await.text("refresh_token");
        let answers = portal.race(vec![portal.refreshing(&refresh); CALLERS]).await;
        let got = |answer: &Answer| {
            assert_eq!(answer.status, StatusCode::OK, "round {round}: {answer:?}");
            (answer.text("access_token"), answer.text("refresh_token"))
        };
        let first = got(&answers[0]);
        assert!(answers.iter().all(|answer| got(answer) == first), "round {round}: two successors");
        let next = portal.sends(portal.refreshing(&first.1)).await;
        assert_eq!(next.status, StatusCode::OK, "round {round}: {next:?}");
        // Its successor was used: from now on whoever has it is a second one.
        assert_eq!(portal.sends(portal.refreshing(&refresh)).await.error(), (400, "invalid_grant".into()));
        assert_eq!(portal.stage.store.count_grants().await.unwrap(), 0, "round {round}: the family lives");
    }
}

/// Among those who may ask again is a thief, who is another client: whoever comes first, nothing is good in the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_client_among_those_who_may_ask_again_ends_what_they_share() {
    let portal = Portal::enter(30).await;
    for round in 0..rounds() {
        let first = portal.sends(portal.redemption(&portal.next_code().await)).await.text("refresh_token");
        let second = portal.sends(portal.refreshing(&first)).await.text("refresh_token");
        let thief = encoded(&portal.stage.refreshing(&first));
        let mut forms = vec![portal.refreshing(&first); CALLERS - 1];
        forms.push(thief);
        let answers = portal.race(forms).await;
        assert_eq!(answers[CALLERS - 1].error(), (400, "invalid_grant".into()), "round {round}");
        let dead = portal.sends(portal.refreshing(&second)).await;
        assert_eq!(dead.error(), (400, "invalid_grant".into()), "round {round}");
        assert_eq!(portal.stage.store.count_grants().await.unwrap(), 0, "round {round}: the family lives");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_who_present_one_assertion_one_is_the_client() {
    let (nodes, holder) = (nodes(0).await, Holder::new());
    let stage = &nodes[0];
    assertions::signer(stage, "signer", &holder).await;
    for round in 0..rounds() {
        let assertion = holder.assertion(stage, "signer", &[]);
        let form = encoded(&assertions::asking(&assertion));
        let answers = race(&nodes, vec![(form, None); CALLERS]).await;
        let (won, lost): (Vec<_>, Vec<_>) =
            answers.iter().partition(|answer| answer.status == StatusCode::OK);
        assert_eq!(won.len(), 1, "round {round}");
        for lost in lost {
            assert_eq!(lost.error(), (401, "invalid_client".into()), "round {round}");
        }
    }
}

/// What is refused for its proof burns nothing: of fifty codes presented with one proof, those that lost are good.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_codes_with_one_proof_one_is_redeemed_and_the_others_stay_good() {
    let (portal, holder) = (Portal::enter(0).await, Holder::new());
    for round in 0..rounds().div_ceil(10) {
        portal.stage.clock.pass(230);
        let nonce = portal.stage.nonce().await;
        let mut codes = Vec::new();
        for _ in 0..CALLERS {
            codes.push(portal.code().await);
        }
        let proof = holder.proof(&portal.stage, &nonce);
        let sent = codes.iter().map(|code| (portal.redemption(code), Some(proof.clone())));
        let answers = race(&portal.nodes, sent).await;
        let won = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
        assert_eq!(won, 1, "round {round}");
        for (answer, code) in answers.iter().zip(&codes).filter(|(answer, _)| answer.status != StatusCode::OK)
        {
            assert_eq!(answer.error(), (400, "invalid_dpop_proof".into()), "round {round}");
            let proof = holder.proof(&portal.stage, &nonce);
            let again = race(&portal.nodes, [(portal.redemption(code), Some(proof))]).await;
            assert_eq!(again[0].status, StatusCode::OK, "round {round}: {:?}", again[0]);
            portal.gives_back(&again[0]).await;
        }
        for won in answers.iter().filter(|answer| answer.status == StatusCode::OK) {
            portal.gives_back(won).await;
        }
    }
}

/// A thief's replay among good refreshes, each of which would be answered alone: whoever comes first, nothing that was
/// given is good in the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_among_good_refreshes_leaves_nothing_that_works() {
    let portal = Portal::enter(0).await;
    for round in 0..rounds() {
        let first = portal.sends(portal.redemption(&portal.next_code().await)).await.text("refresh_token");
        let second = portal.sends(portal.refreshing(&first)).await.text("refresh_token");
        let forms = [first, second].map(|token| portal.refreshing(&token));
        let answers = portal.race(forms).await;
        assert_eq!(answers[0].error(), (400, "invalid_grant".into()), "round {round}: the replay");
        if answers[1].status == StatusCode::OK {
            let third = portal.sends(portal.refreshing(&answers[1].text("refresh_token"))).await;
            assert_eq!(third.error(), (400, "invalid_grant".into()), "round {round}");
        }
        assert_eq!(portal.stage.store.count_grants().await.unwrap(), 0, "round {round}: the family lives");
    }
}
