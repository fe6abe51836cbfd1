//! What is left of codes and refresh tokens when the issuer is killed at a point that nobody chose? Nothing is issued
//! twice, and no family is left with nothing that its client could present.

use std::time::Duration;

use http::StatusCode;

use crate::{
    place::Place,
    visit::{Known, Secret, Visit, successor},
};

const CLIENTS: usize = 6;

/// So many kills as `WARDED_KILLS` says, or so many as show what goes wrong often.
fn kills() -> u32 {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever wants two hundred kills says so on the command line"
    )]
    let said = std::env::var("WARDED_KILLS");
    said.map_or(20, |text| text.parse().unwrap())
}

/// What a client may do that lost the answer to a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Retry {
    Never,
    Once,
}

/// What became of what was in doubt.
#[derive(Debug, Default)]
struct Outcome {
    /// It had not been spent, or its answer was given again.
    was_good: u32,
    /// It had been spent, and its family is dead.
    was_spent: u32,
    codes: u32,
    tokens: u32,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_killed_while_it_issues_issues_nothing_twice() {
    let outcome = killed_again_and_again(Retry::Never).await;
    println!("{} kills: {outcome:?}", kills());
    assert!(outcome.was_good + outcome.was_spent > 0, "nothing was shown: {outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_killed_while_it_issues_strands_nobody_who_may_ask_again() {
    let outcome = killed_again_and_again(Retry::Once).await;
    println!("{} kills: {outcome:?}", kills());
    assert!(outcome.was_good > 0, "nothing was shown: {outcome:?}");
    assert!(outcome.was_spent <= outcome.codes, "a client has nothing left to present: {outcome:?}");
}

async fn killed_again_and_again(retry: Retry) -> Outcome {
    let mut place = Place::set_up(if retry == Retry::Once { "60s" } else { "0s" }).await;
    let mut outcome = Outcome::default();
    for kill in 0..kills() {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let visit = place.visit();
                tokio::spawn(async move { visit.until_nobody_answers().await })
            })
            .collect();
        // Points that are spread over what they do, whatever the machine does meanwhile.
        tokio::time::sleep(Duration::from_micros(u64::from(20_000 + kill * 7_919 % 60_000))).await;
        place = place.killed_and_started().await;
        for client in clients {
            let known = client.await.unwrap();
            looked_at(&place, &known, retry, kill, &mut outcome).await;
        }
    }
    assert!(outcome.tokens > 0, "nobody got anything");
    outcome
}

/// What is in the hands of the client after a restart.
async fn looked_at(place: &Place, known: &Known, retry: Retry, kill: u32, outcome: &mut Outcome) {
    let visit = place.visit();
    outcome.tokens += known.tokens;
    let Some(held) = &known.held else { return };
    let at = || format!("kill {kill}: {known:?}\n{}", place.log());
    let is_code = matches!(held, Secret::Code(_));
    let answer = visit.present(held).await.unwrap();
    if known.is_in_doubt {
        outcome.codes += u32::from(is_code);
        if answer.status != StatusCode::OK && (is_code || retry == Retry::Never) {
            // It was spent and its answer is lost: whoever presents it again has shown that two may hold it.
            assert_eq!(answer.member("error").as_deref(), Some("invalid_grant"), "{answer:?} {}", at());
            outcome.was_spent += 1;
            return;
        }
        outcome.was_good += 1;
    }
    assert_eq!(answer.status, StatusCode::OK, "{answer:?} {}", at());
    let next = successor(&answer);
    if retry == Retry::Once && !is_code {
        // As often as it asks, it is the same one, and never a second.
        assert_eq!(successor(&visit.present(held).await.unwrap()), next, "{}", at());
        let last = successor(&visit.present(&next).await.unwrap());
        refused(&visit, held, &at).await;
        refused(&visit, &last, &at).await;
    } else {
        // What was never presented, or never arrived, is good; once.
        refused(&visit, held, &at).await;
        refused(&visit, &next, &at).await;
    }
    // What was answered before the kill was answered for good.
    for answered in &known.answered {
        refused(&visit, answered, &at).await;
    }
}

async fn refused(visit: &Visit, secret: &Secret, at: &impl Fn() -> String) {
    let answer = visit.present(secret).await.unwrap();
    assert_eq!(answer.member("error").as_deref(), Some("invalid_grant"), "{answer:?} {}", at());
}
