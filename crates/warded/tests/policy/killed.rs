//! What is left of the counters of a process that was killed? Everything that was made is counted, and of the calls that were
//! under way it is said, once, which they are.

use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use serde_json::{Value, json};
use warded_client::clock::SystemClock;
use warded_core::Clock as _;
use warded_store::{Counter, Counters as _, Span, Window, sqlite::Sqlite};

use crate::{
    caller::{Call, post, tool},
    scene::{Scene, command},
    wait::until,
};

const COUNTS: &str = "version: \"1\"\ntools:\n  note: { rules: [{ name: many, rate_limit: 1000000/day }] }\n  silent: { rules: [{ name: some, rate_limit: 1000000/day }] }\n";
const TOLD: &str = "this call was under way when the node ended";

/// How much has been counted of the server's calls of a tool.
pub(crate) async fn counted(scene: &Scene, tool: &str) -> usize {
    let store = Sqlite::look(scene.folder.path().join("warded.db")).await.unwrap();
    let window = Window { span: Span::Day, sliding: false };
    let counter = Counter { place: "server/notes", scope: tool, name: "_rate_day", per: "", window };
    let counts = store.counts(&[counter], SystemClock.now()).await.unwrap();
    store.close().await;
    usize::try_from(counts[0] / 1_000_000).unwrap()
}

/// The requests of which the log says that nobody knows whether they were made. What is read of it may end within a line.
fn told(log: &str) -> Vec<String> {
    let lines = log.split_inclusive('\n').filter(|line| line.ends_with('\n') && line.contains(TOLD));
    lines
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("{line}"))["request"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}

/// Calls, one after the other, until nobody answers.
async fn calls(to: SocketAddr, token: String, answered: Arc<AtomicUsize>) {
    loop {
        let call: Call = post("/notes/mcp", &tool("note", json!({}))).token(&token);
        let Ok(answer) = call.attempt(to).await else { return };
        if answer.status() != 200 {
            return;
        }
        answered.fetch_add(1, Relaxed);
    }
}

#[tokio::test]
async fn a_call_that_was_under_way_stays_counted_and_is_told_once() {
    let mut scene = Scene::with(COUNTS).await;
    let agent = scene.agent("notes").await;
    let silent = tool("silent", json!({})).to_string();
    let answer = agent.request().saying(&silent).open(agent.address()).await;
    assert_eq!(answer.status(), 200);
    assert!(agent.calls("note", json!({})).await.made());
    // What is younger than the journal's window is lost with the process.
    until("the call is not on record", async || scene.journal().contains("\"silent\"")).await;
    scene.kill().await;
    assert_eq!((counted(&scene, "silent").await, counted(&scene, "note").await), (1, 1));

    // A person is told at the start, by the name that the call has in the journal.
    let mut child = command(scene.folder.path());
    child.arg("up").stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null());
    let mut child = child.spawn().unwrap();
    let mut said = String::new();
    let mut lines = tokio::io::BufReader::new(child.stdout.take().unwrap());
    while !said.contains("Ready at") {
        let read = tokio::io::AsyncBufReadExt::read_line(&mut lines, &mut said).await.unwrap();
        assert_ne!(read, 0, "{said}");
    }
    assert!(said.contains("One call was under way when this node ended."), "{said}");
    assert!(said.contains("1 of server/notes: silent._rate_day"), "{said}");
    let journal = scene.journal();
    let row = said.lines().find(|line| line.contains("silent._rate_day")).unwrap();
    let request = row.split_whitespace().next().unwrap();
    let records = journal.lines().filter(|line| line.contains(&format!("\"{request}\"")));
    assert_eq!(records.filter(|line| line.contains("silent")).count(), 1, "{request}\n{journal}");
    child.kill().await.unwrap();

    scene.starts().await;
    assert_eq!(told(&scene.log()), [""; 0], "it was told");
    assert_eq!(counted(&scene, "silent").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_at_any_point_lose_no_call_and_leave_only_those_under_way_uncertain() {
    const KILLS: u64 = 100;
    const CALLERS: usize = 4;
    let mut scene = Scene::with(COUNTS).await;
    let token = scene.token("notes", json!({}));
    let answered = Arc::<AtomicUsize>::default();
    let mut uncertain = HashSet::new();
    for round in 0..KILLS {
        let calling =
            (0..CALLERS).map(|_| tokio::spawn(calls(scene.address, token.clone(), Arc::clone(&answered))));
        let calling: Vec<_> = calling.collect();
        // At points that nobody chose.
        tokio::time::sleep(Duration::from_millis(50 + round * 37 % 211)).await;
        scene.killed().await;
        for calling in calling {
            calling.await.unwrap();
        }
        // The log is read beside, and may be behind what was said when it was ready.
        let left = scene.left();
        until("the log does not tell all that is left", async || told(&scene.log()).len() >= left).await;
        let told = told(&scene.log());
        assert_eq!(told.len(), left, "kill {round}: {told:?}");
        assert!(left <= CALLERS, "kill {round}: {told:?}");
        for request in told {
            assert!(uncertain.insert(request), "kill {round}: told twice");
        }
        let (counted, answered, reached) =
            (counted(&scene, "note").await, answered.load(Relaxed), scene.behind.calls("note"));
        assert!(counted >= reached, "kill {round}: {counted} counted, {reached} made");
        assert!(counted <= answered + CALLERS * (usize::try_from(round).unwrap() + 1), "kill {round}");
        assert!(counted - answered <= uncertain.len(), "kill {round}: {counted} {answered} {uncertain:?}");
    }
    let (counted, answered) = (counted(&scene, "note").await, answered.load(Relaxed));
    println!(
        "{KILLS} kills: {answered} calls answered, {counted} counted, {} of which it is said that nobody knows",
        uncertain.len()
    );
    assert!(answered > 0, "nothing was shown");
}
