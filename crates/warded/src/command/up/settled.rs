//! Is it all there that somebody writes? Half a configuration may be a whole one that says less of who may come in: YAML
//! that is cut at a line is YAML; so may half a policy be one that denies less. No text tells that more is to come, so where it looks like that, it has to stay as it is
//! for a while.

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep},
};

use super::files::{Files, QUIET, Watch};
use crate::config;

/// For how long nothing must change where there may be more to come.
const DOUBT: Duration = Duration::from_secs(5);
/// What never rests is read all the same.
const RESTLESS: Duration = Duration::from_mins(1);

/// Waits until the files of a configuration are all there as far as one can see who knows what `runs`: what stood in each.
pub(super) async fn settled(runs: Vec<(PathBuf, Arc<str>)>, files: &Files, watch: &Watch) {
    let runs: Arc<[_]> = runs.into();
    let (began, mut is_told) = (Instant::now(), false);
    while began.elapsed() < RESTLESS {
        files.at_rest().await;
        if !watch.is_being_written() && !is_cut(Arc::clone(&runs)).await {
            return;
        }
        if !is_told {
            tracing::info!(
                "the configuration is left alone for a while: somebody is writing it, or there may be more to come"
            );
            is_told = true;
        }
        if stays(files).await {
            return;
        }
    }
}

/// Whether nothing changes for as long as there is doubt.
async fn stays(files: &Files) -> bool {
    let (began, seen) = (Instant::now(), files.again());
    while began.elapsed() < DOUBT {
        sleep(QUIET).await;
        if !seen.are_as_before() {
            return false;
        }
    }
    true
}

async fn is_cut(runs: Arc<[(PathBuf, Arc<str>)]>) -> bool {
    let looking = spawn_blocking(move || {
        runs.iter().any(|(path, runs)| {
            // What comes through a pipe is read once, and not here.
            let is_file = path.is_file();
            let text = is_file.then(|| config::read(path).ok()).flatten();
            // What has not changed is whole, however it ends.
            text.is_some_and(|text| *text != **runs && looks_cut(runs, &text))
        })
    });
    looking.await.unwrap_or_default()
}

/// Whether a text may be the beginning of one: of what runs, or of a line. A mapping in braces has its end in it.
fn looks_cut(runs: &str, text: &str) -> bool {
    let is_beginning = text.len() < runs.len() && runs.starts_with(text);
    is_beginning || !(text.ends_with('\n') || text.trim_start().starts_with('{'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_of_a_text_or_of_a_line_may_be_half_of_something() {
        let runs = "servers:\n  a: {}\n    scopes: { required: [admin] }\n";
        for (text, is_cut) in [
            (runs, false),
            ("servers:\n  a: {}\n", true),
            ("servers:\n  b: {}\n", false),
            ("servers:\n  b: {}", true),
            ("", true),
            ("# more\nservers:\n  a: {}\n    scopes: { required: [admin] }\n", false),
            (" {\"servers\": {\"a\": {}}}", false),
        ] {
            assert_eq!(looks_cut(runs, text), is_cut, "{text}");
        }
        // A file that is written without an end of its last line is doubted each time.
        assert!(looks_cut("servers: {}", "servers: {}"));
    }
}
