//! Tokens for servers behind, through the real thing: whom they come from, whom they reach, and what never does.

mod callers;
mod echoed;
mod hostile;
mod measured;
mod own;
mod reloaded;
mod scene;
mod smuggled;
mod unread;
