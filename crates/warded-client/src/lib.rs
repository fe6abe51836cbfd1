//! What do we ask of others? Bounded, SSRF-safe requests, discovery, keys, tokens.

pub mod clock;
