//! How fast is it? Looks at everything beneath some folders, and says how long that took, and at what.
//!
//! `cargo run --release -p warded-scan --example look -- [--threads N] [--rule ID]… [--findings] FOLDER…`

use std::{
    env, fs,
    io::{self, Write},
    num::NonZero,
    path::{Path, PathBuf},
    sync::Mutex,
    time::{Duration, Instant},
};

use warded_scan::{Chosen, Language, Limits, Progress, Rule, Watch, look_within};

/// How many of the slowest functions are named.
const SLOWEST: usize = 10;

#[derive(Default)]
struct Times {
    read: Duration,
    files_read: usize,
    followed: Duration,
    functions: usize,
    /// When the first and the last function came to an end.
    following: Option<(Duration, Duration)>,
    last_read: Duration,
    slowest: Vec<(Duration, String)>,
}

impl Times {
    fn hear(&mut self, progress: &Progress<'_>, now: Duration) {
        match progress {
            Progress::Read { took, .. } => {
                self.read += *took;
                self.files_read += 1;
                self.last_read = now;
            }
            Progress::Followed { path, span, took, .. } => {
                self.followed += *took;
                self.functions += 1;
                self.following =
                    Some((self.following.map_or(now.saturating_sub(*took), |(first, _)| first), now));
                self.slowest.push((*took, format!("{}:{}", path.display(), span.start)));
                if self.slowest.len() > 10 * SLOWEST {
                    self.cut();
                }
            }
            _ => {}
        }
    }

    fn cut(&mut self) {
        self.slowest.sort_by(|one, other| other.cmp(one));
        self.slowest.truncate(SLOWEST);
    }
}

fn main() -> io::Result<()> {
    let (mut limits, mut files, mut all_findings, mut only) =
        (Limits::default(), Vec::new(), false, Vec::new());
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--threads" => {
                let threads = arguments.next().and_then(|threads| threads.parse::<NonZero<usize>>().ok());
                limits.threads = threads.ok_or(io::Error::other("--threads takes a number"))?;
            }
            "--findings" => all_findings = true,
            "--rule" => {
                let name = arguments.next().unwrap_or_default();
                only.push(Rule::named(&name).map_err(io::Error::other)?);
            }
            folder => gather(Path::new(folder), &mut files)?,
        }
    }
    let lines: usize = files.iter().map(|(_, text)| text.lines().count()).sum();
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    let count = files.len();

    #[expect(clippy::disallowed_methods, reason = "a benchmark has a clock")]
    let begun = Instant::now();
    let clock = || begun.elapsed();
    let times = Mutex::new(Times::default());
    let hear = |progress: Progress<'_>| {
        if let Ok(mut times) = times.lock() {
            times.hear(&progress, begun.elapsed());
        }
    };
    let chosen = if only.is_empty() { Chosen::ALL } else { Chosen::only(only) };
    let looked = look_within(files, &chosen, &limits, &Watch { clock: &clock, progress: &hear });
    let took = begun.elapsed();
    let Ok(mut times) = times.into_inner() else { return Err(io::Error::other("a thread broke down")) };
    times.cut();

    let mut out = io::stdout().lock();
    if all_findings {
        for finding in &looked.findings {
            let spot = &finding.spot;
            let (id, level) = (finding.rule.id, finding.severity);
            writeln!(out, "{id} {} {:?} {level:?} {}", spot.path, spot.span, finding.message)?;
        }
        for unseen in &looked.unseen {
            writeln!(out, "{:?} {} {:?}", unseen.why, unseen.path.display(), unseen.span)?;
        }
    }
    let per_second = |seconds: f64| f64::from(u32::try_from(lines).unwrap_or(u32::MAX)) / seconds;
    writeln!(out, "{count} files, {lines} lines, {} MB", bytes >> 20)?;
    writeln!(
        out,
        "{:.2} s on {} threads: {:.0} lines/s",
        took.as_secs_f64(),
        limits.threads,
        per_second(took.as_secs_f64())
    )?;
    if let Some(spent) = spent() {
        writeln!(out, "{spent:.2} core-seconds: {:.0} lines per core-second", per_second(spent))?;
    }
    if let Some(peak) = peak() {
        writeln!(out, "{peak} memory at most")?;
    }
    let (first, last) = times.following.unwrap_or((times.last_read, times.last_read));
    writeln!(
        out,
        "read      {:>8.2} s on all threads, {} files",
        times.read.as_secs_f64(),
        times.files_read
    )?;
    writeln!(out, "project   {:>8.2} s", first.saturating_sub(times.last_read).as_secs_f64())?;
    writeln!(
        out,
        "follow    {:>8.2} s on all threads, {} functions",
        times.followed.as_secs_f64(),
        times.functions
    )?;
    writeln!(out, "judge     {:>8.2} s", took.saturating_sub(last).as_secs_f64())?;
    writeln!(out, "{} findings, {} not looked at", looked.findings.len(), looked.unseen.len())?;
    for (took, what) in &times.slowest {
        writeln!(out, "{:>8.2} s {what}", took.as_secs_f64())?;
    }
    Ok(())
}

/// Everything that may be looked at, beneath a folder.
fn gather(at: &Path, files: &mut Vec<(PathBuf, String)>) -> io::Result<()> {
    for entry in fs::read_dir(at)? {
        let entry = entry?;
        let path = entry.path();
        let kind = entry.file_type()?;
        let is_wanted = Language::of(&path).is_some()
            || path.file_name().is_some_and(|name| name == "go.mod" || name == "Cargo.toml");
        if kind.is_dir() {
            gather(&path, files)?;
        } else if kind.is_file() && is_wanted {
            // What is no text is not looked at.
            if let Ok(text) = fs::read_to_string(&path) {
                files.push((path, text));
            }
        }
    }
    Ok(())
}

/// How long all cores worked for this process, in seconds.
fn spent() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks: f64 =
        fields.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    // Hundredths, on every Linux.
    Some(ticks / 100.0)
}

/// The most memory that this process had.
fn peak() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(peak.trim().to_owned())
}
