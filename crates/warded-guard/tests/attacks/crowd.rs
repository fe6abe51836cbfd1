//! Good callers and bad ones, all at once: nobody gets another's verdict.

use futures_util::future::join_all;
use http::Method;

use crate::{
    expected::{
        Expected::{self, Admitted},
        bad_token, no_token,
    },
    stage::{Scene, THERE_PATH},
    wire::{Answer, Outgoing},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_crowd_everybody_is_answered_for_itself() {
    let scene = Scene::strict().await;
    let (good, theirs) = (scene.good(), scene.theirs());
    let old = good.clone().claim("exp", scene.now() - 60);
    // Of one caller, all but for the token; the last is shown to the neighbour, whose verdict it is.
    let callers: [(Option<String>, Option<&str>, Expected); 7] = [
        (Some(good.text()), None, Admitted),
        (Some(theirs.text()), None, bad_token("audience-elsewhere")),
        (Some(good.clone().by_attacker().text()), None, bad_token("signature-invalid")),
        (Some(old.text()), None, bad_token("expired")),
        (Some(good.no_claim("aud").text()), None, bad_token("audience-missing")),
        (None, None, no_token("token-absent")),
        (Some(theirs.text()), Some(THERE_PATH), Admitted),
    ];
    // The first crowd meets guards that have no keys yet.
    for round in 0..4 {
        let crowd =
            (0..12).flat_map(|_| &callers).zip([Method::POST, Method::GET, Method::DELETE].iter().cycle());
        let answers = crowd.map(async |((token, place, expected), method)| {
            let request = Outgoing::honest(method, None).to(place.unwrap_or(crate::stage::HERE_PATH));
            let request = token.iter().fold(request, |request, token| request.bearer(token));
            (*expected, scene.send(&request).await)
        });
        let answers: Vec<(Expected, Answer)> = join_all(answers).await;
        for (expected, answer) in &answers {
            let flaw = expected.flaw(answer);
            assert!(flaw.is_none(), "round {round}: {flaw:?}");
        }
        let reached = scene.reached();
        let of = |subject| reached.iter().filter(|seen| seen.subject.as_deref() == Some(subject)).count();
        assert_eq!((of("alice"), of("bob"), reached.len()), (12, 12, 24), "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_letter_of_a_token_can_be_changed_left_out_or_doubled() {
    let scene = Scene::strict().await;
    for kind in ["ed", "ec", "rsa"] {
        let good = scene.good().with(kind).text();
        let whole = Outgoing::honest(&Method::POST, None).bearer(&good);
        assert!(Admitted.flaw(&scene.send(&whole).await).is_none());
        assert_eq!(scene.reached().len(), 1);
        let changed = (0..good.len()).flat_map(|at| {
            let (before, rest) = good.split_at(at);
            let (own, after) = rest.split_at(1);
            let other = if own == "A" { "B" } else { "A" };
            [
                format!("{before}{other}{after}"),
                format!("{before}{after}"),
                format!("{before}{own}{own}{after}"),
            ]
        });
        for some in changed.collect::<Vec<_>>().chunks(64) {
            let answers = some
                .iter()
                .map(async |token| scene.send(&Outgoing::honest(&Method::POST, None).bearer(token)).await);
            for (token, answer) in some.iter().zip(join_all(answers).await) {
                // Under another key's name it may be a newer key's, for all that anybody knows.
                let is_in_doubt = answer.status == 503 && answer.code() == Some("keys-missing");
                assert!(answer.status == 401 || is_in_doubt, "{token}: {}", answer.text);
            }
        }
        assert_eq!(scene.reached().len(), 0);
    }
}
