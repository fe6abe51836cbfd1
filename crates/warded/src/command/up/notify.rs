//! What does the service manager know? That it is ready, and that it stops (`sd_notify(3)`): a datagram to the socket that
//! the manager names, and nothing where it names none.

use crate::environment;

/// Says something. Whoever cannot be told does not keep it from running.
#[cfg(unix)]
pub(super) fn say(text: &str) {
    let Some(socket) = environment::notify_socket() else { return };
    if let Err(error) = send(&socket, text) {
        tracing::warn!(%error, "the service manager could not be told: {text}");
    }
}

/// There is no such manager here.
#[cfg(not(unix))]
pub(super) fn say(_: &str) {}

#[cfg(unix)]
fn send(socket: &std::ffi::OsStr, text: &str) -> std::io::Result<()> {
    use std::os::unix::net::UnixDatagram;

    let sender = UnixDatagram::unbound()?;
    #[cfg(target_os = "linux")]
    if let Some(name) = socket.as_encoded_bytes().strip_prefix(b"@") {
        use std::os::{linux::net::SocketAddrExt as _, unix::net::SocketAddr};

        sender.send_to_addr(text.as_bytes(), &SocketAddr::from_abstract_name(name)?)?;
        return Ok(());
    }
    sender.send_to(text.as_bytes(), socket)?;
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use super::send;

    #[test]
    fn the_manager_is_told_at_its_socket() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        send(path.as_os_str(), "READY=1").unwrap();
        let mut heard = [0; 16];
        let length = manager.recv(&mut heard).unwrap();
        assert_eq!(&heard[..length], b"READY=1");
        assert!(send(folder.path().join("nobody").as_os_str(), "READY=1").is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_manager_may_be_at_an_abstract_socket() {
        use std::os::{linux::net::SocketAddrExt as _, unix::net::SocketAddr};

        let name = format!("warded-notify-{}", std::process::id());
        let manager = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        send(std::ffi::OsStr::new(&format!("@{name}")), "STOPPING=1").unwrap();
        let mut heard = [0; 16];
        let length = manager.recv(&mut heard).unwrap();
        assert_eq!(&heard[..length], b"STOPPING=1");
    }
}
