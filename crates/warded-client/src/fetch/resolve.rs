//! Which addresses does a name have?

use std::{fmt, io, net::IpAddr};

use futures_util::future::BoxFuture;

/// Finds the addresses of a name. It is asked once per request, and what it says is what is vetted and dialled: a
/// name that changes its address between the two (DNS rebinding) gains nothing.
pub trait Resolve: Send + Sync + fmt::Debug {
    /// All addresses of `host`, the preferred first.
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// The resolver of the machine.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing in it")]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}
