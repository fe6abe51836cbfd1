//! Whoever hangs up while a process begins leaves nothing, and the keeper with nobody's number.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use aws_lc_rs::rand::SystemRandom;
use futures_util::FutureExt as _;
use tempfile::TempDir;

use super::*;
use crate::stdio::{Pool, definition::tests::definition};

#[expect(clippy::disallowed_methods, reason = "the ids of tests are nobody's")]
fn pool() -> Pool {
    Pool::new(Arc::new(SystemRandom::new()))
}

/// A pool whose keeper does as the script says.
fn kept(folder: &Path, keeper: &str) -> Pool {
    let program = folder.join("keeper");
    let become_it = "read -r byte; shift; exec \"$@\"";
    let script = format!("#!/bin/sh\nif [ \"$1\" = warded:keep ]; then {keeper}; fi\n{become_it}\n");
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    pool().kept_by(program)
}

fn whose(number: u8) -> Whose {
    Whose { owner: [number; 32], person: [number; 32] }
}

/// The groups that the keeper was told of, and of those how many it still knows.
fn known(book: &Path) -> (usize, usize) {
    let book = fs::read_to_string(book).unwrap_or_default();
    let told = |sign| book.lines().filter(|line| line.starts_with(sign)).count();
    (told('+'), told('+') - told('-'))
}

async fn until(what: impl Fn() -> bool) {
    let reached = async {
        while !what() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_mins(1), reached).await.unwrap();
}

#[tokio::test]
async fn whoever_hangs_up_during_a_start_leaves_no_number_with_the_keeper() {
    let folder = TempDir::new().unwrap();
    let book = folder.path().join("book");
    let pool = kept(folder.path(), &format!("exec cat > '{}'", book.display()));
    let home = pool.home(definition("cat", &[]));
    for number in 0..8 {
        assert!(home.begin(whose(number)).now_or_never().is_none());
    }
    // Each of them is let go in order, though nobody asks for it.
    until(|| known(&book) == (8, 0)).await;
    until(|| home.state().seated.is_empty() && home.state().sessions.is_empty()).await;
    // One that stays is known for as long as it lives.
    let stays = home.begin(whose(9)).await.unwrap().stays();
    until(|| known(&book) == (9, 1)).await;
    stays.end();
    until(|| known(&book) == (9, 0)).await;
}

#[tokio::test]
async fn a_process_that_nobody_keeps_is_not_begun_and_not_kept_later() {
    let folder = TempDir::new().unwrap();
    let (book, broken) = (folder.path().join("book"), folder.path().join("broken"));
    let once =
        format!("if mkdir '{}'; then exec true; else exec cat > '{}'; fi", broken.display(), book.display());
    let pool = kept(folder.path(), &once);
    let home = pool.home(definition("cat", &[]));
    // The first keeper ends at once: what was to be kept meanwhile either is begun with the next one or is not there.
    let begun = home.begin(whose(1)).await.map(Begun::stays).ok();
    let lives = usize::from(begun.is_some());
    until(|| {
        let (told, still) = known(&book);
        broken.exists() && still == lives && (told > 0 || lives == 0)
    })
    .await;
    if let Some(child) = begun {
        child.end();
    }
    let next = home.begin(whose(2)).await.unwrap().stays();
    next.end();
    until(|| home.state().seated.is_empty()).await;
    until(|| known(&book).1 == 0).await;
}

#[tokio::test]
async fn a_caller_waits_for_nobody_elses_turn() {
    let pool = pool();
    let home = pool.home(definition("cat", &[]));
    let [mut one, mut two] = [[0; 32], [0; 32]];
    (one[31], two[31]) = (1, 2);
    let turn = home.turn(one).lock_owned().await;
    let stuck = Whose { owner: one, person: one };
    assert!(home.shared(stuck).now_or_never().is_none());
    assert!(home.shared(Whose { owner: two, person: two }).await.is_ok());
    drop(turn);
    assert!(home.shared(stuck).await.is_ok());
    home.end().await;
}

#[tokio::test]
async fn what_begins_and_ends_is_counted_with_what_ended_it() {
    let (pool, mut one) = (pool(), definition("cat", &[]));
    one.max_children = 1;
    let home = pool.home(one.clone());
    let (server, counts) = pool.headcounts().pop().unwrap();
    let ended = || counts.ended().map(|(_, count)| count).collect::<Vec<_>>();
    let stays = home.begin(whose(1)).await.unwrap().stays();
    assert_eq!((server.as_str(), counts.started(), counts.running(), counts.refused()), ("notes", 1, 1, 0));
    assert!(home.begin(whose(2)).await.is_err(), "there is room for one");
    assert_eq!((counts.started(), counts.refused()), (1, 1));
    stays.end();
    until(|| counts.running() == 0).await;
    assert_eq!(ended(), [0, 0, 1]);
    // Another definition is another home, and the same server.
    let passing = pool.home(definition("true", &[]));
    passing.begin(whose(3)).await.unwrap().stays();
    until(|| ended() == [1, 0, 1]).await;
    one.idle = Duration::ZERO;
    let short = pool.home(one);
    short.begin(whose(4)).await.unwrap().stays();
    until(|| ended() == [1, 1, 1]).await;
    assert_eq!((counts.started(), counts.running()), (3, 0));
    drop((home, passing, short));
    assert!(pool.headcounts().is_empty(), "what is served no more is not shown");
}

#[tokio::test]
async fn a_process_that_is_just_beginning_gives_way_to_nobody() {
    let (pool, mut one) = (pool(), definition("cat", &[]));
    one.max_children = 1;
    let home = pool.home(one);
    let first = home.begin(whose(1)).await.unwrap();
    // Nothing was said in it yet; it is not one that nobody uses.
    let second = home.begin(whose(1)).await;
    assert!(second.is_err() && !first.child().is_closed());
    drop(first);
    until(|| home.state().seated.is_empty()).await;
    let first = home.shared(whose(1)).await.unwrap();
    assert!(home.begin(whose(1)).await.is_err() && !first.is_closed());
    drop(first);
    assert!(home.begin(whose(1)).await.is_ok(), "nobody uses it any more");
}
