//! `warded scan`: finds the code and the configurations of clients that break the chain.

mod clients;
mod fix;
mod git;
pub(crate) mod packages;
mod progress;
mod settings;

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use warded_client::fetch::{HostPattern, InvalidHostPattern};
use warded_scan::{
    Baseline, Changed, Chosen, Confidence, NoRule, Rule, Scanned, Settings, Walked, Watch, fix::Mending,
    suppress,
};

use crate::{
    cli::{Answer, Asked, Global},
    report::{
        self,
        scan::{Told, github, json, sarif},
    },
    whole_file,
};

/// How many findings are given their fixes for programs: each is looked at anew, and whoever has more mends these first.
const MOST_FIXES: usize = 500;

/// How large a baseline may be.
const LARGEST_BASELINE: u64 = 64 << 20;

/// Find the code and the client configurations that break the chain
///
/// Reads source code (Python, TypeScript, JavaScript, Go, Rust, Java, C#) and the configurations of MCP clients, and runs
/// none of it. Finds token requests that name no resource, tokens that are taken without a look at their audience, and
/// secrets in configurations; says how each comes about, step by step. Nothing of what it reads leaves this machine.
///
/// A package is named as `pypi:NAME@VERSION` or `npm:NAME@VERSION`, without a version for the newest. Its archive is fetched from
/// the registry that pip or npm would ask, proved to be the one that the registry speaks of, and read in memory. Only this uses
/// the network. A package that cannot be had ends the scan.
///
/// The code of others (`node_modules`, `vendor` and the like) is left out, unless a PATH leads there, and so is what
/// `.gitignore` names. What could not be looked at is counted, and listed with -v.
///
/// The exit code is that of the worst finding: 11 note, 12 medium, 13 high, 14 critical. With --fix it is that of the worst
/// one that is left.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  warded scan
  warded scan src services/auth.py
  warded scan --configs
  warded scan --rule WRD101,WRD207
  warded scan pypi:fastmcp@2.14.5 npm:@modelcontextprotocol/sdk
  warded scan --diff origin/main --format github
  warded scan --format sarif > warded.sarif
  warded scan --write-baseline known.json
  warded scan --baseline known.json
  warded scan --fix=unsafe --dry-run
  warded explain WRD101")]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(crate) struct Scan {
    /// What to look at: folders, files, and packages [default: the current folder; with --configs, nothing else]
    #[arg(value_name = "PATH|PACKAGE")]
    asked: Vec<PathBuf>,
    /// Look at your own configurations of MCP clients, wherever they keep them. Where tokens are kept is told, and not
    /// read
    #[arg(long)]
    configs: bool,
    /// How to answer
    #[arg(id = "format", long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Asked,
    /// Tell only what is not in this file, which --write-baseline wrote
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write all that is found into a file, and count it as known
    #[arg(long, value_name = "FILE", conflicts_with = "rule")]
    write_baseline: Option<PathBuf>,
    /// Tell only what lies on lines that were changed since a revision of git, or what such lines lead to. Counts from
    /// where the two parted, and with what is not committed yet
    #[arg(long, value_name = "REV", allow_hyphen_values = true)]
    diff: Option<String>,
    /// Mend what can be mended, and write the files. `safe` changes nothing that works; what `unsafe` does besides, somebody
    /// has to look at: a value is to be filled in, or calls may be refused that were not
    #[arg(
        long,
        value_enum,
        value_name = "WHICH",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "safe",
        conflicts_with = "write_baseline"
    )]
    fix: Option<fix::Which>,
    /// With --fix, write nothing, and show what would be written as a diff
    #[arg(long, requires = "fix")]
    dry_run: bool,
    /// Let `# nosem` silence a line, as Semgrep does
    #[arg(long)]
    nosem: bool,
    /// Ask only this rule, by its id or name; more of them with commas between them, or said again [default: all, or what
    /// warded-scan.toml says]
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rule)]
    rule: Vec<&'static Rule>,
    /// Tell only what is at least as sure as this [default: low, or what warded-scan.toml says]
    #[arg(long, value_enum, value_name = "CONFIDENCE")]
    min_confidence: Option<Sure>,
    /// The settings [default: warded-scan.toml in the folder of the first PATH, or above it in the same repository]
    #[arg(id = "config", long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A host, or all below one as `*.example.com`, where a registry may keep its archives and that is reached through the
    /// proxy of the environment (`HTTPS_PROXY`); those of PyPI and npm are
    #[arg(long, value_name = "HOST", value_parser = host)]
    proxied_host: Vec<HostPattern>,
    /// Show every finding, and list what was not looked at and what was left out
    #[arg(long, short)]
    verbose: bool,
}

/// How sure a finding is
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Sure {
    /// It looks like it
    Low,
    /// Most of what looks like this is
    Medium,
    /// Every way through the code was followed
    High,
}

impl From<Sure> for Confidence {
    fn from(sure: Sure) -> Self {
        match sure {
            Sure::Low => Self::Low,
            Sure::Medium => Self::Medium,
            Sure::High => Self::High,
        }
    }
}

impl Scan {
    pub(crate) fn run(&self, global: &Global) -> anyhow::Result<Answer> {
        let began = now();
        // Whatever can be wrong with the question is told before the work begins.
        anyhow::ensure!(
            !self.dry_run || matches!(self.format, Asked::Text),
            "`--dry-run` answers with a diff, and not in another format"
        );
        let (paths, packages) = packages::apart(&self.asked)?;
        self.fits(&packages)?;
        let roots = self.roots(paths);
        let settings = settings::read(self.config.as_deref(), &roots)?;
        let only = (!self.rule.is_empty()).then(|| Chosen::only(self.rule.iter().copied()));
        let settings =
            settings.with_rules(only).with_min_confidence(self.min_confidence.map(Confidence::from));
        let known = self.baseline.as_deref().map(read_baseline).transpose()?;
        let mut walked = warded_scan::walk(&roots, &settings)
            .map_err(|error| anyhow::anyhow!(report::escaped(&error.to_string())))?;
        let changed = self.diff.as_deref().map(|revision| git::changed(revision, &roots)).transpose()?;
        let sources = packages::gather(&packages, &self.proxied_host, global.quiet, &mut walked)?;
        let token_stores = if self.configs { clients::gather(&mut walked)? } else { Vec::new() };

        let (places, left_out) = (walked.places.clone(), std::mem::take(&mut walked.left_out));
        let place_of = |path: &str| places.get(path).map(PathBuf::as_path);
        let clock = || began.elapsed();
        let scan = |walked| {
            let mut scanned = self.looked_at(walked, &settings, &clock, !global.quiet);
            settings.apply(&mut scanned.findings, place_of);
            scanned
        };
        let kept = self.fix.map(|_| walked.again());
        let all = scan(walked);
        let mut scanned = all.clone();
        let (known, untouched) = self.leave_new(&mut scanned, known, changed.as_ref(), place_of)?;
        let watch = Watch { clock: &clock, progress: &|_| {} };
        let mut mended = None;
        if let (Some(which), Some(walked)) = (self.fix, &kept) {
            let with_unsafe = which == fix::Which::Unsafe;
            let mending =
                Mending { walked, with_unsafe, budget: settings.budget(), watch: &watch, scan: &scan };
            let done = mending.run(all, &scanned.findings);
            if self.dry_run {
                return Ok(fix::shown(&done, exit_code(&scanned), global.quiet, place_of));
            }
            fix::write(&done.changed, place_of)?;
            scanned = done.scanned.clone();
            mended = Some(done);
        } else {
            warded_scan::fix::offer(&mut scanned, self.offered(), settings.budget(), &watch);
            // Nobody mends what others have published: the fix is theirs to make.
            for finding in
                scanned.findings.iter_mut().filter(|finding| place_of(&finding.spot.path).is_none())
            {
                finding.fix = None;
            }
        }

        let told = Told {
            scanned: &scanned,
            took: began.elapsed(),
            known,
            untouched,
            mended: mended.as_ref(),
            left_out: &left_out,
            token_stores: &token_stores,
            sources: &sources,
            is_verbose: self.verbose,
            is_quiet: global.quiet,
        };
        Ok(match self.format {
            Asked::Text => Answer { text: report::scan::text(&told), exit: exit_code(&scanned) },
            Asked::Json => {
                Answer { text: json::render(&scanned, mended.as_ref()), exit: exit_code(&scanned) }
            }
            Asked::Github => Answer { text: github::render(&scanned), exit: exit_code(&scanned) },
            // Whoever takes the file looks at what is in it, and would take any other code for a failure.
            Asked::Sarif => Answer::of(sarif::render(&scanned)),
        })
    }

    /// How many findings are given their fixes: as many as are shown to people, and more to programs.
    fn offered(&self) -> usize {
        match self.format {
            Asked::Text if self.verbose => usize::MAX,
            Asked::Text => report::scan::SHOWN_FINDINGS,
            Asked::Github => 0,
            Asked::Json | Asked::Sarif => MOST_FIXES,
        }
    }

    fn roots(&self, paths: Vec<PathBuf>) -> Vec<PathBuf> {
        if self.asked.is_empty() && !self.configs { vec![PathBuf::from(".")] } else { paths }
    }

    /// Whether packages can be asked for beside the rest.
    fn fits(&self, packages: &[packages::Wanted]) -> anyhow::Result<()> {
        let Some(package) = packages.first() else { return Ok(()) };
        anyhow::ensure!(
            self.fix.is_none(),
            "{package}: what a registry has cannot be mended here; scan the folder that it is made of with `--fix`"
        );
        anyhow::ensure!(
            self.diff.is_none(),
            "{package}: git knows no changes of what a registry has; `--baseline` leaves out what is known of a package"
        );
        Ok(())
    }

    /// The one place where the work is done. What comments ignore is left out already.
    fn looked_at(
        &self,
        walked: Walked,
        settings: &Settings,
        clock: &(dyn Fn() -> Duration + Sync),
        is_told: bool,
    ) -> Scanned {
        progress::told(is_told, |progress| {
            let watch = Watch { clock, progress };
            let mut scanned = warded_scan::scan(walked, settings, &watch);
            suppress(&mut scanned, self.nosem, settings.budget(), &watch);
            scanned
        })
    }

    /// Leaves what is asked for; how many findings were known, and how many lie on lines that nobody touched.
    fn leave_new<'p>(
        &self,
        scanned: &mut Scanned,
        known: Option<Baseline>,
        changed: Option<&Changed>,
        place_of: impl Fn(&str) -> Option<&'p Path>,
    ) -> anyhow::Result<(usize, usize)> {
        let mut known = known;
        if let Some(file) = &self.write_baseline {
            let all = Baseline::of(scanned);
            whole_file::write(file, &all.to_json()).with_context(|| shown(file))?;
            known = Some(all);
        }
        let known = known.map_or(0, |known| known.leave_new(scanned));
        Ok((known, changed.map_or(0, |changed| changed.leave_touched(scanned, place_of))))
    }
}

fn rule(name: &str) -> Result<&'static Rule, NoRule> {
    Rule::named(name)
}

fn host(text: &str) -> Result<HostPattern, InvalidHostPattern> {
    HostPattern::parse(text)
}

fn read_baseline(file: &Path) -> anyhow::Result<Baseline> {
    let size = fs::metadata(file).with_context(|| shown(file))?.len();
    anyhow::ensure!(size <= LARGEST_BASELINE, "{}: it is too large for a baseline", shown(file));
    let text = fs::read_to_string(file).with_context(|| shown(file))?;
    Baseline::read(&text).with_context(|| shown(file))
}

fn exit_code(scanned: &Scanned) -> u8 {
    let all = scanned.findings.iter().map(|finding| report::scan::severity(finding.severity).exit_code());
    all.max().unwrap_or(0)
}

/// A path in a message.
fn shown(path: &Path) -> String {
    report::escaped(&path.display().to_string())
}

#[expect(clippy::disallowed_methods, reason = "how long it took is told to people, and decides nothing")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use warded_scan::{Finding, Severity, Spot};

    use super::*;

    #[test]
    fn the_worst_finding_is_the_exit_code() {
        let finding = |severity| Finding {
            rule: warded_scan::rules().next().unwrap(),
            severity,
            confidence: Confidence::Low,
            spot: Spot { path: "a.py".into(), span: 0..0 },
            message: String::new(),
            steps: Vec::new(),
            fix: None,
        };
        let mut scanned = Scanned::default();
        assert_eq!(exit_code(&scanned), 0);
        for (severity, code) in
            [(Severity::Note, 11), (Severity::Medium, 12), (Severity::Critical, 14), (Severity::High, 14)]
        {
            scanned.findings.push(finding(severity));
            assert_eq!(exit_code(&scanned), code);
        }
    }
}
