//! How does a person type what nobody should see? At the terminal of the process, whatever standard input is, and with nothing
//! shown. Whoever stops waiting gets the terminal back at once as it was: the answer of a login may come by another way, and
//! what is started there next needs its echo and its Ctrl-C.

use zeroize::Zeroizing;

/// Reads one line. Dropping the future puts the terminal right.
#[cfg(unix)]
pub(super) async fn line(prompt: &'static str) -> Result<Zeroizing<String>, String> {
    quiet::line_of("/dev/tty".as_ref(), prompt).await
}

/// Elsewhere a console that is read on a thread cannot be taken back from it.
#[cfg(not(unix))]
pub(super) async fn line(prompt: &'static str) -> Result<Zeroizing<String>, String> {
    let line = tokio::task::spawn_blocking(move || rpassword::prompt_password(prompt));
    let line = line.await.map_err(|error| error.to_string())?;
    line.map(Zeroizing::new).map_err(|error| error.to_string())
}

/// Puts the terminal right before the process ends, whoever was about to type.
pub(crate) fn give_back() {
    #[cfg(unix)]
    quiet::give_back();
}

/// Completes when a signal has come that ends the process, where it would not by itself since somebody was about to type.
pub(crate) async fn ended() {
    #[cfg(unix)]
    quiet::ended().await;
    #[cfg(not(unix))]
    std::future::pending().await
}

/// Says that a signal that comes while this lives is not to end the process at once: somebody does what it asks for.
#[cfg(unix)]
pub(crate) fn attended() -> impl Drop {
    quiet::attended()
}

/// Elsewhere signals end the process by themselves.
#[cfg(not(unix))]
pub(crate) fn attended() -> impl Sized {}

/// Has signals heard from now on: whoever waits for `ended` does what has to be done before the process ends.
pub(crate) fn listen() -> std::io::Result<()> {
    #[cfg(unix)]
    quiet::listen()?;
    Ok(())
}

#[cfg(unix)]
mod quiet;
