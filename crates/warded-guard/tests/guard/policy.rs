//! May this caller make this call? A server's policy behind the guard: what it denies goes no further, and what it counts is counted
//! once.

mod approvals;
mod calls_off;
mod counters;
mod denials;
mod ends;
mod facts;
mod hangs;
mod hidden;
mod later;
mod looking;
mod records;
mod repeated;
mod rounds;
mod stage;
mod tricks;
mod unheld;
