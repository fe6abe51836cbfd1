//! Is everything that was answered there after the process was killed, and nothing half?

use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Command, Stdio},
};

use super::Sqlite;
use crate::{
    Added, Digest, Evidence, Grant, Grants as _, Kept, NewCode, NewRefresh, Spending, StatusIndex,
    Users as _, contract,
};

/// The test below that is the process to kill.
const VICTIM: &str = "sqlite::tests::killed::a_process_that_is_killed";

/// The file that the victim finds where it is started.
const FILE: &str = "warded.db";

/// What a family's secrets are called: its code, then its refresh tokens.
fn secret(family: usize, n: usize) -> Digest {
    Digest::of(format!("{family}/{n}").as_bytes())
}

fn next(family: usize, n: usize) -> NewRefresh {
    NewRefresh { digest: secret(family, n), expires: contract::at(1000) }
}

/// Redeems codes and rotates tokens one after the other, and says each time what was answered. It begins behind what it finds.
#[tokio::test]
#[ignore = "another test starts and kills it"]
async fn a_process_that_is_killed() {
    if !Path::new(FILE).exists() {
        return;
    }
    let store = Sqlite::open(FILE).await.unwrap();
    let (now, ends) = (contract::at(1), contract::at(700));
    let begun = usize::try_from(store.count_grants().await.unwrap()).unwrap();
    for family in begun.. {
        let grant = Grant {
            id: format!("{family}"),
            status: StatusIndex { list: 0, index: u32::try_from(family).unwrap() },
            ..contract::grant("")
        };
        let code = NewCode { digest: secret(family, 0), ..contract::code("") };
        store.issue_code(grant, code).await.unwrap();
        println!("\nanswered {family} 0");
        let spending =
            store.redeem(&secret(family, 0), now, ends, Some(next(family, 1)), Evidence::default()).await;
        assert_eq!(spending.unwrap(), Spending::Spent);
        println!("\nanswered {family} 1");
        for n in 2..6 {
            let kept = Kept { sealed: vec![7; 900], until: contract::at(31), successor: secret(family, n) };
            let keep = (n % 2 == 0).then_some(kept);
            let spending = store
                .rotate(&secret(family, n - 1), now, ends, next(family, n), keep, Evidence::default())
                .await;
            assert_eq!(spending.unwrap(), Spending::Spent);
            println!("\nanswered {family} {n}");
        }
    }
}

/// Starts the victim in a folder and kills it after so many answers. The last one: which family, and which of its secrets.
fn kill_after(folder: &Path, answers: usize) -> (usize, usize) {
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", VICTIM, "--ignored", "--nocapture"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap());
    let mut heard = Vec::new();
    while heard.len() < answers {
        let mut line = String::new();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "it ended by itself");
        heard.extend(answer(&line));
    }
    victim.kill().unwrap();
    victim.wait().unwrap();
    // What it had said until it died was answered too; the last line may be cut off.
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    let whole = rest.rsplit_once('\n').map_or("", |(whole, _)| whole);
    heard.extend(whole.lines().filter_map(answer));
    *heard.last().unwrap()
}

fn answer(line: &str) -> Option<(usize, usize)> {
    let (family, n) = line.trim().strip_prefix("answered ")?.split_once(' ')?;
    Some((family.parse().ok()?, n.parse().ok()?))
}

async fn kill(times: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    let store = Sqlite::open(&path).await.unwrap();
    assert_eq!(store.add_user(contract::user("ada")).await.unwrap(), Added::Yes);
    store.close().await;
    for time in 0..times {
        let (family, n) = kill_after(folder.path(), time * 7 % 23 + 1);
        let store = Sqlite::open(&path).await.unwrap();
        let is_there = match n {
            0 => store.code(&secret(family, 0)).await.unwrap().is_some(),
            _ => store.refresh(&secret(family, n)).await.unwrap().is_some(),
        };
        assert!(is_there, "what was answered is there, {family} {n}");
        // Exactly one secret of each family is good: nothing was issued twice, and nobody is left with nothing.
        let odd: Vec<(String, i64)> = sqlx::query_as(
            "/* by hand */ SELECT id, (SELECT count(*) FROM codes WHERE family = id AND spent = 0)
                 + (SELECT count(*) FROM refreshes WHERE family = id AND spent = 0) AS good
             FROM families WHERE good <> 1",
        )
        .fetch_all(&store.writer)
        .await
        .unwrap();
        assert_eq!(odd, []);
        // And every one that is spent has its successor.
        let lost: i64 = sqlx::query_scalar(
            "/* by hand */ SELECT count(*) FROM refreshes AS held WHERE held.spent = 1
                 AND NOT EXISTS (SELECT 1 FROM refreshes AS next WHERE next.digest = held.successor)",
        )
        .fetch_one(&store.writer)
        .await
        .unwrap();
        assert_eq!(lost, 0);
        let intact: String =
            sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&store.writer).await.unwrap();
        assert_eq!(intact, "ok");
        store.close().await;
    }
}

#[tokio::test]
async fn what_was_answered_outlives_a_kill_and_nothing_is_half() {
    kill(8).await;
}

#[tokio::test]
#[ignore = "takes a minute"]
async fn two_hundred_kills_lose_nothing() {
    kill(200).await;
}
