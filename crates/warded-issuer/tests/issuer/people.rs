//! People who log in elsewhere: at providers of ours that do as we say, and at others that nobody of us wrote; attacked.

#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    clippy::string_slice,
    reason = "a test that cannot go on has failed, and one that is left out says so"
)]

mod admitted;
mod answers;
mod attacks;
mod corp;
mod git;
mod keycloak;
mod oidc_provider;
mod passwords;
mod peer;
mod scene;
mod tabs;
mod visitor;
