//! As much of url as the examples use.

pub struct Url;
