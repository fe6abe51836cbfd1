//! Tokens for servers behind, through the real thing: whom they come from, whom they reach, and what never does.

mod callers;
mod hostile;
mod own;
mod scene;
mod smuggled;
