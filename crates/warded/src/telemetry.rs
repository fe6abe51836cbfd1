//! What does a running Warded say about itself? A log on standard error, for whoever looks after it.

mod bound;

use std::{io::IsTerminal as _, sync::Arc};

use tracing_subscriber::{EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _};
use warded_core::Clock;

use self::bound::Bound;
use crate::{cli::Format, environment};

/// What is shown unless `WARDED_LOG` says otherwise. The libraries below repeat what is said above them.
const DEFAULT: &str = "info,hyper=warn,hyper_util=warn,h2=warn,rustls=warn,sqlx=warn,tower=warn";

/// Begins to log. A filter that cannot be read is worth a line of its own and no more.
pub(crate) fn begin(format: Format, clock: Arc<dyn Clock>) {
    let wanted = environment::log_filter();
    let read = wanted.as_deref().map(EnvFilter::try_new).transpose();
    let is_unreadable = read.is_err();
    let filter = read.ok().flatten().unwrap_or_else(|| EnvFilter::new(DEFAULT));
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let layer = match format {
        Format::Json => layer.json().flatten_event(true).boxed(),
        Format::Text => layer.with_ansi(std::io::stderr().is_terminal()).boxed(),
    };
    let registry =
        tracing_subscriber::registry().with(layer.with_filter(Bound::new(clock)).with_filter(filter));
    // Somebody else, such as a test, may log already.
    let is_first = registry.try_init().is_ok();
    if is_first && is_unreadable {
        tracing::warn!("WARDED_LOG cannot be read; write it as `debug` or `warded_guard=trace,info`");
    }
}
