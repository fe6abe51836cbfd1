//! How are lists read, page by page? All of a list or nothing of it, and within bounds: a server may go on without an end.

use std::time::Duration;

use anyhow::bail;
use serde_json::{Value, json};

use super::super::peer::Peer;

/// How much is heard of a server.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Bounds {
    /// Pages of one list: a page may be empty and name another one.
    pub(super) pages: usize,
    /// Entries of one list.
    pub(super) entries: usize,
    /// All pages of all lists, in bytes.
    pub(super) bytes: usize,
    /// How long all lists may take.
    pub(super) time: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { pages: 1_000, entries: 10_000, bytes: 16 * 1024 * 1024, time: Duration::from_mins(5) }
    }
}

/// Reads the lists of one server.
pub(super) struct Pages<'p, 'w> {
    pub(super) peer: &'p mut Peer<'w>,
    bounds: Bounds,
    /// How much was read.
    bytes: usize,
}

impl<'p, 'w> Pages<'p, 'w> {
    pub(super) const fn of(peer: &'p mut Peer<'w>, bounds: Bounds) -> Self {
        Self { peer, bounds, bytes: 0 }
    }

    /// All entries of a list. A server that does not have the list lists nothing.
    pub(super) async fn entries(&mut self, method: &str, member: &str) -> anyhow::Result<Vec<Value>> {
        let Bounds { pages, entries: most, bytes, .. } = self.bounds;
        let mut entries = Vec::new();
        let mut params = json!({});
        for number in 0..pages {
            let Some(mut page) = self.peer.ask(method, &params).await? else {
                // A session that has ended looks the same.
                anyhow::ensure!(number == 0, "the server does not go on with `{method}`: {NOTHING}");
                return Ok(entries);
            };
            self.bytes = self.bytes.saturating_add(page.to_string().len());
            if self.bytes > bytes {
                return too_much(&format!("{bytes} bytes"));
            }
            if let Some(listed) = page.get_mut(member).and_then(Value::as_array_mut) {
                entries.append(listed);
            }
            if entries.len() > most {
                return too_much(&format!("{most} {member}"));
            }
            match page.get("nextCursor").and_then(Value::as_str) {
                Some(cursor) => params = json!({ "cursor": cursor }),
                None => return Ok(entries),
            }
        }
        too_much(&format!("{pages} pages of {member}"))
    }
}

/// What becomes of a list that was not read to its end: whoever reads a policy believes that it has everything.
pub(super) const NOTHING: &str = "no policy is made of a part, and nothing is written";

fn too_much<T>(most: &str) -> anyhow::Result<T> {
    bail!("the server lists more than {most}: {NOTHING}")
}

#[cfg(all(test, unix))]
mod tests {
    use std::ffi::OsString;

    use super::{super::Listed, *};

    /// A process that says this to each request for a list, where `$i` is the number of the request.
    async fn list(says: &str, bounds: Bounds) -> anyhow::Result<Listed> {
        let hello = r#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}}}}"#;
        let script = format!(
            r#"i=1
while read -r line; do
  case "$line" in
    *initialize\"*) echo '{hello}' ;;
    *initialized\"*) ;;
    *) i=$((i+1)); {says} ;;
  esac
done"#
        );
        let command = ["sh", "-c", &script].map(OsString::from);
        let mut peer = Peer::child(&command).await?;
        let listed = Listed::of(&mut peer, "here", bounds).await;
        peer.end().await;
        listed
    }

    /// One tool a page, and always another page.
    const ENDLESS: &str = r#"echo "{\"jsonrpc\":\"2.0\",\"id\":$i,\"result\":{\"tools\":[{\"name\":\"t$i\"}],\"nextCursor\":\"$i\"}}""#;

    #[tokio::test]
    async fn a_list_without_an_end_is_no_list_and_the_bound_is_named() {
        let bounds = Bounds { pages: 10, entries: 10, bytes: 1_000, time: Duration::from_mins(1) };
        let empty = ENDLESS.replace(r#"{\"name\":\"t$i\"}"#, "");
        let large = ENDLESS.replace("t$i", &"t".repeat(400));
        for (says, bounds, bound) in [
            (empty.as_str(), bounds, "more than 10 pages of tools"),
            (ENDLESS, Bounds { entries: 3, ..bounds }, "more than 3 tools"),
            (&large, bounds, "more than 1000 bytes"),
            // It is there, and says nothing.
            (":", Bounds { time: Duration::from_millis(200), ..bounds }, "longer than"),
        ] {
            let error = list(says, bounds).await.err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(bound) && error.ends_with(NOTHING), "{bound}: {error}");
        }
    }

    #[tokio::test]
    async fn a_list_that_ends_within_its_bounds_is_whole() {
        let ends =
            format!(r#"if [ $i -lt 4 ]; then {ENDLESS}; else {ENDLESS} | sed 's/,"nextCursor":"4"//'; fi"#);
        let bounds = Bounds { pages: 3, entries: 3, bytes: 1_000, time: Duration::from_mins(1) };
        let listed = list(&ends, bounds).await.unwrap();
        assert_eq!(listed.tools.entries.keys().collect::<Vec<_>>(), ["t2", "t3", "t4"]);
    }

    #[tokio::test]
    async fn a_server_without_a_list_has_none_and_one_that_stops_in_the_middle_is_an_error() {
        let lacks =
            r#"echo "{\"jsonrpc\":\"2.0\",\"id\":$i,\"error\":{\"code\":-32601,\"message\":\"no\"}}""#;
        assert!(list(lacks, Bounds::default()).await.unwrap().tools.entries.is_empty());
        let stops = format!("if [ $i -lt 3 ]; then {ENDLESS}; else {lacks}; fi");
        let error = list(&stops, Bounds::default()).await.err().unwrap().to_string();
        assert_eq!(error, format!("the server does not go on with `tools/list`: {NOTHING}"));
    }
}
