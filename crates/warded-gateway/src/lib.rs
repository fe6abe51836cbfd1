//! How do requests reach upstreams?
