//! Are these the server's words, or those of whoever stands between? An answer that is lost half way is told to its caller as an error,
//! and that error says nothing of whether the call was made.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

/// Among the extensions of a response, by whoever streams it: says so before it ends the stream in words of its own. A call whose
/// answer was lost may have been made, and stays counted.
///
/// ```
/// use warded_guard::Lost;
///
/// let (ours, mut response) = (Lost::default(), http::Response::new("event: message\n"));
/// response.extensions_mut().insert(ours.clone());
/// // The process behind has gone.
/// ours.tell();
/// ```
#[derive(Clone, Debug, Default)]
pub struct Lost(Arc<AtomicBool>);

impl Lost {
    /// From here on it is not the server behind that speaks.
    ///
    /// ```
    /// warded_guard::Lost::default().tell();
    /// ```
    pub fn tell(&self) {
        self.0.store(true, Relaxed);
    }

    pub(super) fn is_told(&self) -> bool {
        self.0.load(Relaxed)
    }
}
