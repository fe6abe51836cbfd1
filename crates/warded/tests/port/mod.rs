//! Which port is nobody at, and stays so until a server of ours is there?

use std::{
    net::{Ipv4Addr, TcpListener},
    process,
    sync::atomic::{AtomicU16, Ordering},
};

/// Below the ports that systems give to whoever does not ask for one (Linux from 32768 on): a port of those that is
/// free now may be the near end of somebody's connection in a moment.
const FIRST: u16 = 12_000;
const COUNT: u16 = 18_000;

/// A port of loopback that was free just now, and that no other call in this process gets.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Test programs that run at a time begin at different places.
    let begin = u16::try_from(process::id() % 180).unwrap() * 100;
    for _ in 0..COUNT {
        let port = FIRST + (begin + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT) % COUNT;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("every port is taken")
}
