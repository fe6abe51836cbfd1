//! Waits for what is not there at once, and says what did not come about.

use std::time::Duration;

use tokio::time::{sleep, timeout};

/// Until it holds; what is said `otherwise` fails the test.
pub(crate) async fn until(otherwise: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(timeout(Duration::from_mins(1), waiting).await.is_ok(), "{otherwise}");
}
