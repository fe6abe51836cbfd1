//! Whatever happens in whatever order, each server receives only ever its own token, and each issuer only what it gave.
//!
//! Sequences of changed metadata, restarts, ends of tokens, revocations, step-ups, accounts, servers, crashes between a
//! refresh and its save, obstacles, and hands in the folder of tokens. In the end all is in order again, and everybody gets
//! in: who never sends anything would leak nothing, too. `WARDED_SEQUENCES=n` runs n of them; `WARDED_SEQUENCES_SEED`
//! repeats those of a seed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod stage;

use std::{
    collections::HashMap,
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    test_runner::{RngAlgorithm, TestError, TestRng, TestRunner},
};
use stage::{Obstacle, Server, Stage, Wants, call};
use tokio::{
    runtime::{Builder, Runtime},
    sync::Notify,
};
use warded_client::session::{Asked, Session, SessionFailed};
use warded_core::ResourceUri;

/// How many sequences there are where nobody says.
const SEQUENCES: u32 = 40;
/// How long one is at most.
const LENGTH: usize = 24;

/// Which of two.
type One = bool;

/// Who sends something where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Whose {
    other: One,
    account: Option<&'static str>,
    process: u8,
}

#[derive(Clone, Debug)]
enum Event {
    Send(Whose, &'static str),
    /// Two processes that have just begun send at once.
    Together(Whose, Whose),
    /// All processes end.
    Restart,
    Pass(i64),
    /// The servers know no token any more.
    Forget,
    /// The issuer ends all of its logins.
    Revoke(One),
    /// A server names another issuer.
    Names(One, One),
    /// A server calls itself by the name of its origin, or by its own.
    Widens(One, bool),
    Describes(One, bool),
    Proofs(One, Wants),
    /// The issuer has another token endpoint.
    Moves(One),
    /// A server wants more for a call.
    Needs(One, &'static str),
    /// A process is killed when the issuer has used up its refresh token, before the answer is there.
    Crash(Whose),
    InTheWay(Party, &'static str, Way),
    Clear,
    /// Somebody copies one file of the store over another.
    Copy(Index, Index),
    /// Files are lost.
    Lose(Index),
}

#[derive(Clone, Copy, Debug)]
enum Party {
    Issuer(One),
    Server(One),
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Status(u16),
    ToIssuer(u16, One),
    ToServer(u16, One),
}

fn whose() -> impl Strategy<Value = Whose> {
    let account = select(vec![None, Some("work")]);
    (any::<bool>(), account, 0..2u8).prop_map(|(other, account, process)| Whose { other, account, process })
}

fn way() -> impl Strategy<Value = Way> {
    let redirect = || select(vec![302, 307, 308]);
    prop_oneof![
        select(vec![404, 410, 500, 503]).prop_map(Way::Status),
        (redirect(), any::<bool>()).prop_map(|(status, to)| Way::ToIssuer(status, to)),
        (redirect(), any::<bool>()).prop_map(|(status, to)| Way::ToServer(status, to)),
    ]
}

fn in_the_way() -> impl Strategy<Value = Event> {
    let of_issuer = select(vec!["/.well-known/oauth-authorization-server", "/register", "/token", "/moved"]);
    let of_server = select(vec![
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-protected-resource",
        "/mcp",
    ]);
    prop_oneof![
        (any::<bool>(), of_issuer, way()).prop_map(|(which, path, way)| Event::InTheWay(
            Party::Issuer(which),
            path,
            way
        )),
        (any::<bool>(), of_server, way()).prop_map(|(which, path, way)| Event::InTheWay(
            Party::Server(which),
            path,
            way
        )),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let method = select(vec!["ping", "tools/call"]);
    let wants = select(vec![Wants::Nothing, Wants::Either, Wants::Proofs]);
    prop_oneof![
        8 => (whose(), method).prop_map(|(whose, method)| Event::Send(whose, method)),
        3 => (whose(), whose()).prop_map(|(one, two)| Event::Together(one, two)),
        2 => Just(Event::Restart),
        3 => select(vec![31_i64, 3_560, 4_000]).prop_map(Event::Pass),
        2 => Just(Event::Forget),
        1 => any::<bool>().prop_map(Event::Revoke),
        3 => any::<(bool, bool)>().prop_map(|(server, issuer)| Event::Names(server, issuer)),
        1 => any::<(bool, bool)>().prop_map(|(server, is_wide)| Event::Widens(server, is_wide)),
        1 => any::<(bool, bool)>().prop_map(|(server, does)| Event::Describes(server, does)),
        1 => (any::<bool>(), wants).prop_map(|(server, wants)| Event::Proofs(server, wants)),
        1 => any::<bool>().prop_map(Event::Moves),
        1 => (any::<bool>(), select(vec!["read", "write"])).prop_map(|(server, scope)| Event::Needs(server, scope)),
        3 => whose().prop_map(Event::Crash),
        2 => in_the_way(),
        2 => Just(Event::Clear),
        1 => any::<(Index, Index)>().prop_map(|(from, to)| Event::Copy(from, to)),
        1 => any::<Index>().prop_map(Event::Lose),
    ]
}

/// What happens in one sequence. Whoever sends is a process with a runtime of its own, which can be killed.
struct Play {
    world: Runtime,
    stage: Arc<Stage>,
    processes: HashMap<Whose, (Runtime, Session)>,
    /// With which login each token was shown.
    shown: HashMap<String, (One, Option<&'static str>)>,
}

impl Play {
    fn new() -> Self {
        let world = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let stage = Arc::new(world.block_on(Stage::new()));
        for issuer in [&stage.one, &stage.two] {
            issuer.turn(|knobs| {
                knobs.methods = Some(vec!["client_secret_post"]);
                knobs.algorithms = Some(vec!["ES256"]);
            });
        }
        Self { world, stage, processes: HashMap::new(), shown: HashMap::new() }
    }

    fn server(&self, other: One) -> &Server {
        if other { &self.stage.other } else { &self.stage.server }
    }

    fn issuer(&self, second: One) -> &stage::Issuer {
        if second { &self.stage.two } else { &self.stage.one }
    }

    fn session(&self, whose: Whose) -> Session {
        let mut asked = Asked::default();
        asked.account = whose.account.map(str::to_owned);
        self.stage.session_to(ResourceUri::parse(&self.server(whose.other).url()).unwrap(), asked)
    }

    fn process(&self, whose: Whose) -> (Runtime, Session) {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let session = runtime.block_on(async { self.session(whose) });
        (runtime, session)
    }

    /// What was shown since then was shown for nobody else before.
    fn note(&mut self, whose: Whose, since: usize) -> Result<(), String> {
        let who = (whose.other, whose.account);
        for value in self.server(whose.other).tokens().split_off(since) {
            let token = value.split_once(' ').unwrap().1.to_owned();
            let first = *self.shown.entry(token.clone()).or_insert(who);
            if first != who {
                return Err(format!("{token} of {first:?} was shown for {who:?}"));
            }
        }
        Ok(())
    }

    fn send(&mut self, whose: Whose, method: &'static str) -> Result<Result<u16, SessionFailed>, String> {
        let since = self.server(whose.other).tokens().len();
        let (runtime, session) = self.processes.remove(&whose).unwrap_or_else(|| self.process(whose));
        let outcome = runtime.block_on(session.send(&call(method)));
        self.processes.insert(whose, (runtime, session));
        self.note(whose, since)?;
        Ok(outcome.map(|answer| answer.status.as_u16()))
    }

    fn together(&mut self, one: Whose, two: Whose) -> Result<(), String> {
        // Of one server and account: whose token it is that is shown could not be told otherwise.
        let two = Whose { account: one.account, ..two };
        let since = [false, true].map(|other| self.server(other).tokens().len());
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let sessions = [self.session(one), self.session(two)];
            let message = call("ping");
            let [first, second] = &sessions;
            drop(tokio::join!(first.send(&message), second.send(&message)));
        });
        for (other, since) in [false, true].into_iter().zip(since) {
            self.note(Whose { other, ..one }, since)?;
        }
        Ok(())
    }

    fn crash(&mut self, whose: Whose) -> Result<(), String> {
        let since = self.server(whose.other).tokens().len();
        let lost = Arc::new(Notify::new());
        for issuer in [&self.stage.one, &self.stage.two] {
            issuer.turn(|knobs| knobs.loses = Some(Arc::clone(&lost)));
        }
        self.stage.server.forget_tokens();
        let ((runtime, session), message) = (self.process(whose), call("ping"));
        runtime.block_on(async {
            tokio::select! {
                outcome = session.send(&message) => drop(outcome.ok()),
                () = lost.notified() => {}
            }
        });
        // Nothing of the process runs any more, and its locks are free.
        drop(session);
        drop(runtime);
        for issuer in [&self.stage.one, &self.stage.two] {
            issuer.turn(|knobs| knobs.loses = None);
        }
        self.note(whose, since)
    }

    fn files(&self) -> Vec<std::path::PathBuf> {
        let Ok(entries) = fs::read_dir(self.stage.tokens()) else {
            return Vec::new();
        };
        let is_kept = |path: &std::path::PathBuf| {
            path.extension().is_some_and(|kind| kind == "token" || kind == "client" || kind == "trade")
        };
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(is_kept).collect();
        paths.sort();
        paths
    }

    fn happens(&mut self, event: &Event) -> Result<(), String> {
        match event {
            Event::Send(whose, method) => drop(self.send(*whose, method)?),
            Event::Together(one, two) => self.together(*one, *two)?,
            Event::Restart => self.processes.clear(),
            Event::Pass(seconds) => self.stage.clock.forward(*seconds),
            Event::Forget => self.stage.server.forget_tokens(),
            Event::Revoke(which) => self.issuer(*which).end_logins(),
            Event::Names(server, issuer) => {
                let url = self.issuer(*issuer).url.clone();
                self.server(*server).turn(|knobs| knobs.issuer = url);
            }
            Event::Widens(server, is_wide) => {
                let server = self.server(*server);
                server.turn(|knobs| knobs.resource = is_wide.then(|| server.origin().to_owned()));
            }
            Event::Describes(server, does) => {
                self.server(*server).turn(|knobs| knobs.describes_itself = *does);
            }
            Event::Proofs(server, wants) => self.server(*server).turn(|knobs| knobs.proofs = *wants),
            Event::Moves(which) => self.issuer(*which).turn(|knobs| {
                knobs.token_path = if knobs.token_path == "/token" { "/moved" } else { "/token" };
            }),
            Event::Needs(server, scope) => {
                self.server(*server).turn(|knobs| knobs.needs = vec![("tools/call", scope)]);
            }
            Event::Crash(whose) => self.crash(*whose)?,
            Event::InTheWay(party, path, way) => {
                let obstacle = match *way {
                    Way::Status(status) => Obstacle::Status(status),
                    Way::ToIssuer(status, to) => Obstacle::Redirect(status, self.issuer(to).url.clone()),
                    Way::ToServer(status, to) => {
                        Obstacle::Redirect(status, self.server(to).origin().to_owned())
                    }
                };
                match *party {
                    Party::Issuer(which) => self.issuer(which).obstacles.put(path, obstacle),
                    Party::Server(which) => self.server(which).obstacles.put(path, obstacle),
                }
            }
            Event::Clear => self.clear(),
            Event::Copy(from, to) => {
                let files = self.files();
                if !files.is_empty() {
                    fs::copy(from.get(&files), to.get(&files)).ok();
                }
            }
            Event::Lose(which) => {
                let files = self.files();
                if !files.is_empty() {
                    fs::remove_file(which.get(&files)).unwrap();
                }
            }
        }
        Ok(())
    }

    fn clear(&self) {
        for which in [false, true] {
            self.issuer(which).obstacles.clear();
            self.server(which).obstacles.clear();
        }
    }

    /// All is in order again, and everybody gets in.
    fn ends(&mut self) -> Result<(), String> {
        self.processes.clear();
        self.clear();
        for other in [false, true] {
            self.server(other).turn(|knobs| knobs.describes_itself = true);
            for account in [None, Some("work")] {
                let whose = Whose { other, account, process: 0 };
                for method in ["ping", "tools/call"] {
                    match self.send(whose, method)? {
                        Ok(200) => {}
                        outcome => return Err(format!("{whose:?} does not get in any more: {outcome:?}")),
                    }
                }
            }
        }
        Ok(())
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        self.processes.clear();
        let idle = Builder::new_current_thread().build().unwrap();
        std::mem::replace(&mut self.world, idle).shutdown_background();
    }
}

fn plays(events: &[Event]) -> Result<(), String> {
    let mut play = Play::new();
    events.iter().try_for_each(|event| play.happens(event))?;
    let leaks = play.stage.leaks();
    if !leaks.is_empty() {
        return Err(leaks.join("\n"));
    }
    play.ends()?;
    let leaks = play.stage.leaks();
    if leaks.is_empty() { Ok(()) } else { Err(leaks.join("\n")) }
}

#[expect(clippy::disallowed_methods, reason = "who runs the tests says how many, and which")]
fn asked(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[expect(clippy::disallowed_methods, reason = "a test has randomness of its own")]
fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    match asked("WARDED_SEQUENCES_SEED") {
        Some(text) => {
            for (byte, pair) in seed.iter_mut().zip(text.as_bytes().chunks(2)) {
                *byte = u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
            }
        }
        None => aws_lc_rs::rand::fill(&mut seed).unwrap(),
    }
    seed
}

#[test]
fn each_server_receives_only_ever_its_own_token() {
    let cases = asked("WARDED_SEQUENCES").map_or(SEQUENCES, |cases| cases.parse().unwrap());
    let seed = seed();
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 400,
        ..ProptestConfig::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let number = AtomicUsize::new(0);
    let outcome = runner.run(&vec(event(), 1..LENGTH), |events| {
        number.fetch_add(1, Ordering::Relaxed);
        plays(&events).map_err(TestCaseError::fail)
    });
    let seed = seed.map(|byte| format!("{byte:02x}")).concat();
    if let Err(TestError::Fail(reason, events)) = outcome {
        panic!("{reason}\nafter {events:#?}\nWARDED_SEQUENCES_SEED={seed}");
    }
    assert!(outcome.is_ok(), "{outcome:?}\nWARDED_SEQUENCES_SEED={seed}");
    assert!(number.load(Ordering::Relaxed) >= usize::try_from(cases).unwrap());
    println!("{cases} sequences, WARDED_SEQUENCES_SEED={seed}");
}
