//! Running other programs, and talking to whoever runs this one.

use std::{
    ffi::OsStr,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    time::Duration,
};

use anyhow::{Context as _, bail};

/// How long a program may say nothing. The longest silence that is known is the build of the first walk.
const SILENCE: Duration = Duration::from_mins(20);

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_path_buf()
}

/// Says something.
#[expect(clippy::print_stdout, reason = "the one place where tasks talk")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}

/// Says what went wrong, or what was left out.
#[expect(clippy::print_stderr, reason = "the one place where tasks complain")]
pub(crate) fn complain(text: &str) {
    eprintln!("{text}");
}

/// A program that runs at the root of the repository.
pub(crate) fn command(program: impl AsRef<OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root()).stdin(Stdio::null());
    command
}

/// The very cargo that runs this task.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    command(env!("CARGO"), arguments)
}

/// Whether a program answers at all.
pub(crate) fn answers(program: &str, arguments: &[&str]) -> bool {
    let outcome = command(program, arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    outcome.is_ok_and(|status| status.success())
}

/// Runs a program; an error if it fails.
pub(crate) fn run(mut command: Command) -> anyhow::Result<()> {
    say(&format!("\n$ {}", shown(&command)));
    let status = command.status().with_context(|| format!("cannot start {}", shown(&command)))?;
    if !status.success() {
        bail!("`{}` failed: {status}", shown(&command));
    }
    Ok(())
}

/// Runs a program, shows what it prints, and hands each line on. One that falls silent is ended: whoever waits for a
/// run at night wants to know where it hangs.
pub(crate) fn run_reading(mut command: Command, mut line: impl FnMut(&str)) -> anyhow::Result<bool> {
    say(&format!("\n$ {}", shown(&command)));
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", shown(&command)))?;
    let output = child.stdout.take().context("no output")?;
    let (heard, hearing) = mpsc::channel();
    std::thread::spawn(move || {
        for text in BufReader::new(output).split(b'\n') {
            if heard.send(text).is_err() {
                break;
            }
        }
    });
    loop {
        match hearing.recv_timeout(SILENCE) {
            Ok(text) => {
                let text = text.context("cannot read output")?;
                let text = String::from_utf8_lossy(&text);
                say(&text);
                line(&text);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                // What runs still is what hangs.
                show("ps", &["-ef", "--forest"]);
                child.kill().context("cannot end it")?;
                bail!("`{}` said nothing for {} minutes", shown(&command), SILENCE.as_secs() / 60);
            }
        }
    }
    Ok(child.wait().context("cannot wait")?.success())
}

/// Shows what a program prints, if it can be had.
fn show(program: &str, arguments: &[&str]) {
    if let Ok(text) = output(command(program, arguments)) {
        complain(&text);
    }
}

/// What a program prints.
pub(crate) fn output(mut command: Command) -> anyhow::Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {}", shown(&command)))?;
    if !output.status.success() {
        bail!("`{}` failed: {}", shown(&command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn shown(command: &Command) -> String {
    let program =
        Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let arguments = command.get_args().map(|argument| format!(" {}", argument.to_string_lossy()));
    program + &arguments.collect::<String>()
}
