//! What do people see, and can everybody read it? The issuer's pages in a real browser, over https.
//!
//! `cargo xtask test` installs the browser and the checker (axe) and says where they are. Without them, each test says
//! what it leaves out. `WARDED_SCREENSHOTS=FOLDER` keeps the pictures.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stderr, reason = "what is left out is for whoever reads the run")]

mod house;
mod looking;
mod provider;
mod secured;
mod seen;
