//! What is left in memory of a token's text? Nothing, once nobody needs it.

use std::{fmt, ops::Deref};

/// A text that is wiped when it is dropped. It is wiped in one go: byte by byte, as volatile writes are made, it would take
/// longer than to find out whose token it is.
pub struct Wiped(String);

impl Wiped {
    /// From here on it is wiped.
    pub fn new(text: String) -> Self {
        Self(text)
    }
}

impl Deref for Wiped {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        // Also what there is more room for than text.
        bytes.clear();
        bytes.resize(bytes.capacity(), 0);
        // Without it the compiler would leave out to write what nobody reads.
        zeroize::optimization_barrier(&*bytes);
    }
}

/// Says nothing of the text.
impl fmt::Debug for Wiped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wiped")
    }
}
