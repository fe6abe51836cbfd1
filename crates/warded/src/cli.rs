//! The command line: what can be asked, and how the answer leaves the process.

use std::{
    ffi::OsString,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anstream::AutoStream;
use clap::{
    Args, Parser, Subcommand, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};

use warded_client::clock::SystemClock;
use warded_core::Clock as _;

use crate::command;

/// Every token opens one server: audience-bound access for MCP servers.
#[derive(Debug, Parser)]
#[command(
    name = "warded",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    after_long_help = EXIT_CODES,
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes:
  0   did what was asked, nothing found
  1   could not do it
  2   wrong usage
  11  found something worth a note
  12  found something of medium severity
  13  found something of high severity
  14  found something critical: a token opens more than one server";

/// What every command understands.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The configuration file [default: warded.yaml; `inspect` reads one only where it is given]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How to answer
    #[arg(id = "format", long, global = true, default_value = "text", value_name = "FORMAT", value_parser = common())]
    pub(crate) asked: Asked,
    /// The same, among the formats that all commands have.
    #[arg(skip)]
    pub(crate) format: Format,
    /// Say only what was found
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: Color,
}

impl Global {
    pub(crate) fn config(&self) -> &Path {
        self.config.as_deref().unwrap_or(Path::new("warded.yaml"))
    }
}

/// For whom the answer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
}

/// All formats that any command has. One that has more of them than the others says so by an argument of the same id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Asked {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For code scanning: SARIF 2.1.0; the exit code is 0 whatever was found
    Sarif,
    /// For the pages of GitHub, as commands of a workflow
    Github,
}

impl Asked {
    fn format(self) -> Format {
        if self == Self::Text { Format::Text } else { Format::Json }
    }
}

/// Takes the formats that all commands have.
fn common() -> impl TypedValueParser<Value = Asked> {
    let all = Asked::value_variants().iter().filter(|asked| matches!(asked, Asked::Text | Asked::Json));
    PossibleValuesParser::new(all.filter_map(ValueEnum::to_possible_value))
        .try_map(|word| Asked::from_str(&word, false))
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Color {
    /// On a terminal
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    Up(command::up::Up),
    Health(command::health::Health),
    User(command::user::User),
    Client(command::client::Client),
    Admin(Box<command::admin::Admin>),
    Check(command::check::Check),
    Audit(command::audit::Audit),
    Inspect(command::inspect::Inspect),
    Connect(Box<command::connect::Connect>),
    Call(Box<command::call::Call>),
    Token(Box<command::token::Token>),
    Doctor(Box<command::doctor::Doctor>),
    Probe(Box<command::probe::Probe>),
    Scan(Box<command::scan::Scan>),
    Policy(command::policy::Policy),
    Approvals(command::approvals::Approvals),
    Explain(command::explain::Explain),
    Schema(command::schema::Schema),
    Completions(command::completions::Completions),
    Man(command::man::Man),
}

/// What a command has to say.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// The answer itself, for standard output.
    pub(crate) text: String,
    /// The exit code; 0 where nothing was found.
    pub(crate) exit: u8,
}

impl Answer {
    pub(crate) fn of(text: impl Into<String>) -> Self {
        Self { text: text.into(), exit: 0 }
    }
}

const TOKEN_IN_ARGUMENT: &str = "\
error: an argument holds a token (not repeated here). Arguments stand in the shell's history and in the process list:
revoke the token if that matters, and pass it on standard input or in a file";

/// Whether a text holds what looks like a token: a JWT, or the value of an `Authorization` header.
fn is_token(argument: &str) -> bool {
    let is_part = |part: &str| {
        part.bytes().filter(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte)).count() >= 4
    };
    // Every JWT begins with the base64url of `{"`.
    let is_jwt = |from: usize| {
        argument.get(from..).is_some_and(|text| text.splitn(3, '.').filter(|part| is_part(part)).count() == 3)
    };
    let lower = argument.to_ascii_lowercase();
    argument.match_indices("eyJ").any(|(from, _)| is_jwt(from))
        || ["bearer ", "dpop "].iter().any(|scheme| lower.contains(scheme))
}

/// Runs the command line and says how it went.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<_> = args.into_iter().collect();
    // This program is also what keeps the processes that it starts, and what they are until they begin.
    if let Some(exit) = crate::aside::run(&args) {
        return exit;
    }
    // Before anything looks at them: whatever complains about an argument repeats it.
    if args.iter().any(|argument| is_token(&argument.to_string_lossy())) {
        let written = writeln!(anstream::stderr(), "{TOKEN_IN_ARGUMENT}");
        return ExitCode::from(if written.is_ok() { 2 } else { 1 });
    }
    let mut cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, on standard output; clap knows which is which.
            let printed = error.print();
            let is_answer = !error.use_stderr() && printed.is_ok();
            return ExitCode::from(if is_answer { 0 } else { 2 });
        }
    };
    cli.global.format = cli.global.asked.format();
    let choice = match cli.global.color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    };
    let now = SystemClock.now();
    let answer = match &cli.command {
        Command::Up(up) => up.run(&cli.global, now),
        Command::Health(health) => health.run(&cli.global, now),
        Command::User(user) => user.run(&cli.global, now),
        Command::Client(client) => client.run(&cli.global, now),
        Command::Admin(admin) => admin.run(&cli.global, now),
        Command::Check(check) => Ok(check.run(&cli.global, now)),
        Command::Audit(audit) => audit.run(&cli.global, now),
        Command::Inspect(inspect) => inspect.run(&cli.global, now),
        Command::Connect(connect) => connect.run(&cli.global),
        Command::Call(call) => call.run(&cli.global),
        Command::Token(token) => token.run(&cli.global, now),
        Command::Doctor(doctor) => doctor.run(&cli.global),
        Command::Probe(probe) => probe.run(&cli.global),
        Command::Scan(scan) => scan.run(&cli.global),
        Command::Policy(policy) => policy.run(&cli.global, now),
        Command::Approvals(approvals) => approvals.run(&cli.global, now),
        Command::Explain(explain) => explain.run(&cli.global),
        Command::Schema(schema) => schema.run(),
        Command::Completions(completions) => Ok(completions.run()),
        Command::Man(man) => man.run(),
    };
    let (written, exit) = match answer {
        Ok(answer) => {
            (AutoStream::new(std::io::stdout(), choice).write_all(answer.text.as_bytes()), answer.exit)
        }
        Err(error) => (writeln!(AutoStream::new(std::io::stderr(), choice), "error: {error:#}"), 1),
    };
    match written {
        Ok(()) => ExitCode::from(exit),
        // Whoever reads has read enough: `warded explain | head`.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::from(exit),
        Err(_) => ExitCode::from(1),
    }
}
