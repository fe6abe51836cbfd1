//! Processes that share a store share its counters: no limit is exceeded by all of them together, and no call is lost.

use std::{fs, net::SocketAddr};

use serde_json::json;
use tempfile::TempDir;

use crate::{
    caller::{post, tool},
    port::free_port,
    running::Running,
    scene::{Scene, another},
};

const PROCESSES: usize = 4;
/// For each process.
const TASKS: usize = 16;
/// For each task.
const CALLS: usize = 8;
const LIMIT: usize = 150;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_processes_and_sixty_four_tasks_never_exceed_a_limit_and_never_lose_a_call() {
    let policy = format!(
        "version: \"1\"\ntools:\n  note: {{ rules: [{{ name: so many, rate_limit: {LIMIT}/day }}] }}\n"
    );
    let scene = Scene::with(&policy).await;
    let mut processes = Vec::new();
    for node in 1..PROCESSES {
        processes.push(beside(&scene, node).await);
    }
    let addresses = std::iter::once(scene.address).chain(processes.iter().map(|(_, _, address)| *address));
    let mut tasks = Vec::new();
    for address in addresses {
        let token = scene.issuer.token(&format!("http://{address}/notes/mcp"), json!({}));
        for _ in 0..TASKS {
            let token = token.clone();
            tasks.push(tokio::spawn(async move {
                let mut made = 0;
                for _ in 0..CALLS {
                    let answer =
                        post("/notes/mcp", &tool("note", json!({}))).token(&token).send(address).await;
                    assert!(answer.made() || answer.denied().is_some(), "{answer:?}");
                    made += usize::from(answer.made());
                }
                made
            }));
        }
    }
    let mut made = 0;
    for task in tasks {
        made += task.await.unwrap();
    }
    const { assert!(PROCESSES * TASKS * CALLS > LIMIT * 3) };
    assert_eq!((made, scene.behind.calls("note")), (LIMIT, LIMIT));
}
