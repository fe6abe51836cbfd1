//! Processes that share a store share its counters: no limit is exceeded by all of them together, and no call is lost.

use std::{fs, net::SocketAddr};

use serde_json::json;
use tempfile::TempDir;
use tokio::time::Instant;

use crate::{
    answer::Answer,
    caller::{Line, post, tool},
    issuer::now,
    killed::counted,
    port::free_port,
    running::Running,
    scene::{Scene, another},
};

const PROCESSES: usize = 4;
const TASKS: usize = 64;

/// How many calls are made by all tasks together, each as many.
fn calls() -> usize {
    #[expect(clippy::disallowed_methods, reason = "how long a test may take is said from outside")]
    let wanted = std::env::var("WARDED_CALLS");
    let calls = wanted.map_or(2_048, |calls| calls.parse().unwrap());
    calls / TASKS * TASKS
}

/// One more process beside the one of a scene: the same servers and the same store, a journal and a port of its own.
async fn beside(scene: &Scene, node: usize) -> (TempDir, Running, SocketAddr) {
    let folder = tempfile::tempdir().unwrap();
    let source = fs::read_to_string(scene.folder.path().join("warded.yaml")).unwrap();
    let source = source.replace(&scene.address.port().to_string(), &free_port().to_string());
    let store = scene.folder.path().join("warded.db");
    let more = format!("store: 'sqlite:{}'\njournal: {{ node: node-{node} }}\n", store.display());
    fs::write(folder.path().join("warded.yaml"), source + &more).unwrap();
    fs::copy(scene.folder.path().join("notes.yaml"), folder.path().join("notes.yaml")).unwrap();
    let (running, address) = another(folder.path()).await;
    (folder, running, address)
}

/// Makes calls one after the other, on one connection. How many were made; the others were denied.
async fn make(to: SocketAddr, token: String, calls: usize) -> usize {
    let mut line = Line::to(to);
    let mut made = 0;
    for _ in 0..calls {
        let call = post("/notes/mcp", &tool("note", json!({}))).token(&token);
        let answer = Answer::read(line.open(call).await).await;
        assert!(answer.made() != answer.denied().is_some(), "{answer:?}");
        made += usize::from(answer.made());
    }
    made
}

/// `WARDED_CALLS=100000` makes as many as the product promises; in between are fewer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_processes_and_sixty_four_tasks_never_exceed_a_limit_and_never_lose_a_call() {
    let (calls, limit) = (calls(), calls() / 2);
    let policy = format!(
        "version: \"1\"\ntools:\n  note: {{ rules: [{{ name: so many, rate_limit: {limit}/day }}] }}\n"
    );
    let scene = Scene::with(&policy).await;
    let mut processes = Vec::new();
    for node in 1..PROCESSES {
        processes.push(beside(&scene, node).await);
    }
    let addresses = std::iter::once(scene.address).chain(processes.iter().map(|(_, _, address)| *address));
    let mut tasks = Vec::new();
    for address in addresses {
        let token =
            scene.issuer.token(&format!("http://{address}/notes/mcp"), json!({ "exp": now() + 7200 }));
        for _ in 0..TASKS / PROCESSES {
            tasks.push(tokio::spawn(make(address, token.clone(), calls / TASKS)));
        }
    }
    let begun = Instant::now();
    let mut made = 0;
    for task in tasks {
        made += task.await.unwrap();
    }
    println!("{calls} calls in {:?}: {made} of {limit} made", begun.elapsed());
    assert_eq!((made, scene.behind.calls("note")), (limit, limit));
    assert_eq!(counted(&scene, "note").await, limit);
}
