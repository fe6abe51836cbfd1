//! Is everything that is asked of the file found by an index? A million grants must cost what one does.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use sqlx::{AssertSqlSafe, Row as _};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

use super::{Sqlite, file};
use crate::contract;

/// What goes through a whole table, because that is what was asked for.
const WHOLE: &[&str] = &[
    "SELECT * FROM users ORDER BY name",
    "SELECT * FROM checkpoints ORDER BY node",
    "SELECT provider, subject FROM removed_identities ORDER BY provider, subject",
    "SELECT count(*) FROM families",
    "SELECT 1 FROM seals LIMIT 1",
    // At the one opening at which a store is sealed.
    "SELECT name, value FROM secrets",
    "SELECT issuer, kid, pkcs8 FROM signing_keys",
];

/// Every statement that is put to `SQLite` in this process, white space aside.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<BTreeSet<String>>>);

impl Visit for Heard {
    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}

    fn record_str(&mut self, field: &Field, value: &str) {
        // The whole statement, or, where it is so short, its first four words.
        if matches!(field.name(), "db.statement" | "summary") && !value.is_empty() && !value.ends_with('…')
        {
            let statement = value.split_whitespace().collect::<Vec<_>>().join(" ");
            self.0.lock().unwrap().insert(statement);
        }
    }
}

impl Subscriber for Heard {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_found_by_an_index() {
    let heard = Heard::default();
    tracing::subscriber::set_global_default(heard.clone()).unwrap();
    let (_folder, path) = file();
    contract::keep(Arc::new(Sqlite::open(&path).await.unwrap())).await;
    let store = Sqlite::open(&path).await.unwrap();
    // Other tests of this process are heard too; what they say by hand is theirs.
    let is_meant = |statement: &&String| {
        ["SELECT ", "INSERT ", "UPDATE ", "DELETE "].iter().any(|verb| statement.starts_with(verb))
            && !WHOLE.contains(&statement.as_str())
    };
    let heard = heard.0.lock().unwrap().clone();
    let meant: Vec<_> = heard.iter().filter(is_meant).collect();
    assert!(meant.len() > 60, "{meant:#?}");
    for statement in meant {
        let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}")));
        for step in plan.fetch_all(&store.writer).await.unwrap() {
            let step: String = step.try_get("detail").unwrap();
            // What was asked for is one row that stands in no table.
            let is_asked = step == "SCAN asked" || step == "SCAN CONSTANT ROW";
            assert!(is_asked || !step.starts_with("SCAN"), "{statement}: {step}");
        }
    }
}
