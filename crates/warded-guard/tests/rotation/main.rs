//! Keys in trouble under five hundred requests a second, over real sockets: an issuer that rotates, is flooded and goes
//! away, and a guard in front of an axum server. No bad token is admitted, and no good one is answered with 401.
//!
//! The clock of the test runs ten times as fast as the world's, so that the half minute between two looks lasts three
//! seconds; the load does not. `cargo test -p warded-guard --test rotation -- --nocapture` prints the figures.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot set its stage has failed, and this one has figures to show"
)]

use std::sync::Arc;

use axum::{Router, routing::post};
use warded_client::{
    fetch::{Fetch, Reach},
    keys::Keys,
};
use warded_core::{Clock, Fleet, IssuerRules, IssuerSpec, Mode, ResourceUri, Server, ServerSpec};
use warded_guard::{Guard, Memory};

mod clock;
mod issuer;
mod load;

use clock::Swift;
use issuer::{HERE, Pair, Rotating};
use load::{Load, Round, Shot};

/// What lies between two looks that strangers cause, and ten seconds more: one of ours, for a machine that is busy.
const LOOK: i64 = 40;
/// Tokens that are used again and again, of each key.
const POOL: usize = 50;

struct Stage {
    clock: Arc<Swift>,
    issuer: Rotating,
    memory: Arc<Memory>,
    load: Load,
    looks: usize,
    since: i64,
}

/// A key, and tokens of it that their clients keep.
struct Signer {
    pair: Arc<Pair>,
    kept: Vec<String>,
}

impl Stage {
    async fn set(first: &Pair) -> Self {
        let clock = Swift::start();
        let issuer = Rotating::start(&clock).await;
        issuer.publishes(&[first]);
        let world: Arc<dyn Clock> = clock.clone();
        let keys = Keys::new(Fetch::new(Reach::public()).unwrap(), Arc::clone(&world), [issuer.issuer()]);
        assert_eq!(keys.warm().await, []);
        let memory = Memory::of(Memory::TOKENS);
        let guard = Guard::at(server(&issuer), keys).clock(world).memory(Arc::clone(&memory)).build();
        let app = Router::new().route("/notes/mcp", post(async || r#"{"jsonrpc":"2.0","id":1,"result":{}}"#));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app.layer(guard)).await });
        let load = Load::on(address, &clock).await;
        let (looks, since) = (issuer.asked().0, clock.elapsed());
        Self { clock, issuer, memory, load, looks, since }
    }

    fn signer(&self) -> Signer {
        let pair = Pair::fresh();
        let kept = (0..POOL).map(|number| self.issuer.token(&pair, number)).collect();
        Signer { pair, kept }
    }

    /// A new token or one that was used before, by turns.
    fn good(&self, signer: &Signer, number: usize) -> String {
        if number.is_multiple_of(2) {
            self.issuer.token(&signer.pair, POOL + number)
        } else {
            signer.kept[number / 2 % POOL].clone()
        }
    }

    /// Prints what a round came to. Strangers cause one look in half a minute by names and one by signatures, whatever
    /// they send.
    fn tells(&mut self, what: &str, round: &Round) {
        let (looks, now) = (self.issuer.asked().0, self.clock.elapsed());
        let (these, passed) = (looks - self.looks, now - self.since);
        let Round { tally, rate, waited: (median, longest) } = round;
        println!(
            "{what}: {rate}/s, {passed} s by the test's clock, {these} looks; {median} ms, at most {longest} ms"
        );
        for ((kind, status), count) in tally {
            println!("    {kind:<24} {status} {count:>6}");
        }
        assert!(i64::try_from(these).unwrap() <= 2 * (passed / 30 + 1), "{these} looks in {passed} s");
        (self.looks, self.since) = (looks, now);
    }

    /// Fires for so many seconds, and tells.
    async fn fires(&mut self, what: &str, seconds: i64, shot: impl Fn(&Self, usize) -> Shot) -> Round {
        let round = self.load.run(seconds, |number| shot(self, number)).await;
        self.tells(what, &round);
        round
    }
}

fn server(issuer: &Rotating) -> Server {
    let spec = ServerSpec {
        name: "notes".into(),
        resource: ResourceUri::parse(HERE).unwrap(),
        aliases: vec![],
        issuers: vec![0],
        tier: "default".into(),
        mode: Mode::Strict,
    };
    let neighbour = ServerSpec {
        name: "files".into(),
        resource: ResourceUri::parse("https://mcp.example.com/files/mcp").unwrap(),
        ..spec.clone()
    };
    let url = issuer.issuer();
    let issuer = IssuerSpec { url, rules: IssuerRules::default(), audiences: vec![], across_tiers: vec![] };
    Fleet::prove(vec![spec, neighbour], vec![issuer]).unwrap().server("notes").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_bad_token_is_admitted_and_no_good_one_called_bad_whatever_becomes_of_the_keys() {
    let first = Pair::fresh();
    let mut stage = Stage::set(&first).await;
    let kept = (0..POOL).map(|number| stage.issuer.token(&first, number)).collect();
    let mut old = Signer { pair: first, kept };

    for number in 1..=3 {
        // Half a minute after the last look: strangers had none of it.
        let calm = stage.fires("before a rotation", LOOK, |stage, n| ("good", stage.good(&old, n))).await;
        assert_eq!(calm.but("good", &[200]), 0);
        let new = stage.signer();
        stage.issuer.publishes(&[&old.pair, &new.pair]);
        let what = format!("overlapping rotation {number}");
        let round = stage.fires(&what, 10, |stage, n| match n % 2 {
            0 => ("by the new key", stage.good(&new, n / 2)),
            _ => ("by the old key", stage.good(&old, n / 2)),
        });
        let round = round.await;
        assert_eq!(round.but("by the new key", &[200]) + round.but("by the old key", &[200]), 0);
        old = new;
    }

    // A stranger takes the look, and a moment later nothing is as it was.
    stage.fires("half a minute later", LOOK, |stage, n| ("good", stage.good(&old, n))).await;
    let stranger = stage.fires("a forged name", 1, |stage, n| ("forged", stage.issuer.forged(n))).await;
    assert_eq!(stranger.of("forged", 200), 0);
    let new = stage.signer();
    stage.issuer.publishes(&[&new.pair]);
    let sudden = stage.fires("a rotation without overlap", LOOK, |stage, n| match n % 4 {
        0 => ("bad", stage.issuer.bad(&new.pair, n / 4)),
        1 => ("withdrawn", stage.good(&old, n / 4)),
        _ => ("good", stage.good(&new, n / 4)),
    });
    let sudden = sudden.await;
    assert_eq!(sudden.but("good", &[200, 503]), 0, "our fault, never the caller's");
    assert_eq!(sudden.of("bad", 200), 0);
    let settled = stage.fires("after the look", 5, |stage, n| match n % 2 {
        0 => ("withdrawn", stage.good(&old, n / 2)),
        _ => ("good", stage.good(&new, n / 2)),
    });
    let settled = settled.await;
    assert_eq!(settled.but("good", &[200]), 0);
    assert_eq!(settled.but("withdrawn", &[401]), 0, "what is withdrawn is forgotten, however warm it was");
    old = new;

    // Strangers take every look there is. What an issuer publishes half a minute ahead is here all the same.
    let new = stage.signer();
    stage.issuer.publishes(&[&old.pair, &new.pair]);
    let ahead = stage.fires("a flood, and a key published ahead", LOOK, |stage, n| match n % 2 {
        0 => ("forged", stage.issuer.forged(n)),
        _ => ("good", stage.good(&old, n / 2)),
    });
    let ahead = ahead.await;
    assert_eq!((ahead.of("forged", 200), ahead.but("good", &[200])), (0, 0));
    let flooded = stage.fires("a flood, and the key is used", 10, |stage, n| match n % 2 {
        0 => ("forged", stage.issuer.forged(100_000 + n)),
        _ => ("good", stage.good(&new, n / 2)),
    });
    let flooded = flooded.await;
    assert_eq!((flooded.of("forged", 200), flooded.but("good", &[200])), (0, 0));
    // One that signs with a key before anybody could know it keeps its clients waiting, and calls none of them bad.
    let hasty = stage.signer();
    stage.issuer.publishes(&[&new.pair, &hasty.pair]);
    let flooded = stage.fires("a flood, and a key used at once", LOOK, |stage, n| match n % 2 {
        0 => ("forged", stage.issuer.forged(200_000 + n)),
        _ => ("good", stage.good(&hasty, n / 2)),
    });
    let flooded = flooded.await;
    assert_eq!((flooded.of("forged", 200), flooded.but("good", &[200, 503])), (0, 0));
    old = hasty;

    stage.issuer.goes(true);
    let mix = |stage: &Stage, new: &Signer, n: usize| match n % 5 {
        0 => ("bad", stage.issuer.bad(&old.pair, n / 5)),
        1 => ("forged", stage.issuer.forged(300_000 + n)),
        2 => ("by a key never seen", stage.good(new, n / 5)),
        _ => ("good", stage.good(&old, n / 5)),
    };
    let new = stage.signer();
    let outage = stage.fires("twenty seconds without an issuer", 200, |stage, n| mix(stage, &new, n)).await;
    assert_eq!(outage.but("good", &[200]), 0, "the keys at hand serve");
    assert_eq!(outage.but("by a key never seen", &[503]), 0);
    assert_eq!(outage.but("bad", &[401, 503]), 0, "an outage makes no bad token better");
    assert_eq!(outage.of("forged", 200), 0);
    stage.issuer.publishes(&[&old.pair, &new.pair]);
    stage.issuer.goes(false);
    let back = stage.fires("the issuer is back", LOOK, |stage, n| mix(stage, &new, n)).await;
    assert_eq!(back.but("good", &[200]) + back.but("by a key never seen", &[200, 503]), 0);
    assert_eq!(back.of("bad", 200) + back.of("forged", 200), 0);
    let after = stage.fires("half a minute after that", 5, |stage, n| ("good", stage.good(&new, n))).await;
    assert_eq!(after.but("good", &[200]), 0);

    let (looks, key_sets) = stage.issuer.asked();
    println!("{looks} looks in all, {key_sets} key sets; {} tokens remembered", stage.memory.tokens());
}
