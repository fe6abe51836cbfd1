//! What `warded scan` says of folders: of good ones, bad ones, and of such as somebody made to break it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod changed;
mod configs;
mod exits;
mod fixes;
mod hostile;
mod packages;
mod registry;
mod scene;
mod settings;
mod stopped;
mod told;
