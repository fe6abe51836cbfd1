//! Who hears that a grant was taken back? Guards in this process, at once; anybody else from the store.

use std::{task::Poll, time::Duration};

use serde_json::Value;
use warded_core::{Clock as _, jose::base64url};
use warded_store::{GRANT_CLAIM, GrantMark, Revocations, RevokedGrants as _, Users as _};

use crate::stage::{NOTES, Stage, with};

/// The grant that a token comes from; none where it comes from none.
fn grant_of(token: &str) -> Option<GrantMark> {
    let claims = base64url::decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    claims.get(GRANT_CLAIM).map(|claim| GrantMark::parse(claim.as_str().unwrap()).unwrap())
}

impl Stage {
    pub(crate) fn knows_of(&self, token: &str) -> bool {
        self.revocations
            .is_revoked(self.server.issuer(), &grant_of(token).unwrap(), self.clock.now())
            .unwrap()
    }
}

#[tokio::test]
async fn a_stolen_refresh_token_ends_the_access_tokens_of_its_grant_and_no_others() {
    let stage = Stage::open().await;
    let (token, first) = stage.tokens(NOTES).await;
    let (bystander, _) = stage.tokens(NOTES).await;
    let refreshed = stage.token(&stage.refreshing(&first)).await;
    let (newer, _second) = (refreshed.text("access_token"), refreshed.text("refresh_token"));
    assert_eq!(grant_of(&token), grant_of(&newer));
    assert_ne!(grant_of(&token), grant_of(&bystander));
    assert!(!stage.knows_of(&token));

    assert_eq!(stage.token(&stage.refreshing(&first)).await.error(), (400, "invalid_grant".into()));
    assert!(stage.knows_of(&token) && stage.knows_of(&newer) && !stage.knows_of(&bystander));
}

#[tokio::test]
async fn a_replayed_code_ends_the_access_tokens_of_its_grant() {
    let stage = Stage::open().await;
    let code = stage.code(NOTES).await;
    let token = stage.token(&stage.redemption(&code)).await.text("access_token");
    let replay = with(&stage.redemption(&code), "code_verifier", "x");
    assert_eq!(stage.token(&replay).await.error(), (400, "invalid_grant".into()));
    assert!(stage.knows_of(&token));
}

#[tokio::test]
async fn whoever_races_for_one_refresh_token_ends_the_grant_for_everybody() {
    let stage = Stage::open().await;
    let (token, first) = stage.tokens(NOTES).await;
    let form = stage.refreshing(&first);
    let (one, other, third) = tokio::join!(stage.token(&form), stage.token(&form), stage.token(&form));
    let statuses = [one.status, other.status, third.status];
    assert_eq!(statuses.iter().filter(|status| status.is_success()).count(), 1, "{statuses:?}");
    assert!(stage.knows_of(&token));
}

#[tokio::test]
async fn what_another_process_takes_back_is_learnt_from_the_store() {
    let stage = Stage::open().await;
    let (token, _) = stage.tokens(NOTES).await;
    let ada = stage.store.user_named("ada").await.unwrap().unwrap();
    assert!(stage.store.remove_user(&ada.id).await.unwrap());
    let elsewhere = Revocations::default();
    elsewhere.follow(stage.server.issuer());
    elsewhere.look(&*stage.store, stage.clock.now()).await.unwrap();
    let grant = grant_of(&token).unwrap();
    assert_eq!(elsewhere.is_revoked(stage.server.issuer(), &grant, stage.clock.now()), Ok(true));
}

/// A thief who sees that it comes too late would rather that nobody noticed.
#[tokio::test]
async fn whoever_hangs_up_in_the_middle_of_a_replay_ends_the_grant_all_the_same() {
    let stage = Stage::open().await;
    let (token, first) = stage.tokens(NOTES).await;
    let form = stage.refreshing(&first);
    let second = stage.token(&form).await.text("refresh_token");
    // Cut off as soon as it was noticed, before the store can have answered.
    let mut replay = Box::pin(stage.token(&form));
    while !stage.knows_of(&token) {
        let polled = std::future::poll_fn(|context| Poll::Ready(replay.as_mut().poll(context)));
        assert!(polled.await.is_pending());
        tokio::task::yield_now().await;
    }
    drop(replay);
    let mut noted = vec![];
    let written = async {
        while noted.is_empty() {
            noted = stage.store.revoked_since(0).await.unwrap();
        }
    };
    // However busy the machine is: a bound for a test that fails, not for one that passes.
    tokio::time::timeout(Duration::from_mins(1), written).await.unwrap();
    assert_eq!(noted.iter().map(|noted| Some(noted.grant)).collect::<Vec<_>>(), [grant_of(&token)]);
    assert_eq!(stage.token(&stage.refreshing(&second)).await.error(), (400, "invalid_grant".into()));
}
