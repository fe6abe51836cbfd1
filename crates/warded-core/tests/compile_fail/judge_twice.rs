//! A refused token tried again at the next server: judging spends it.

use warded_core::{InboundToken, Keyring, Possession, Server, UnixTime};

fn try_both(token: InboundToken, here: &Server, there: &Server, keys: &Keyring, now: UnixTime) {
    token.judge(here, keys, &Possession::default(), now);
    token.judge(there, keys, &Possession::default(), now);
}

fn main() {}
