//! `warded inspect`: what a token says, what is wrong with it, and which servers it would open.

use std::{
    fs::File,
    io::{IsTerminal as _, Read as _, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::{Value, json};
use warded_core::{
    InboundToken, Issuer, Keyring, Possession, Refusal, Scopes, Server, UnixTime, Verdict,
    danger::Unverified,
    jose::{KeySet, MAX_KEY_SET_BYTES, MAX_TOKEN_BYTES, SkippedKey},
};
use zeroize::Zeroizing;

use crate::{
    cli::{Answer, Format, Global},
    config::{
        self,
        fleet::{Assessment, assess},
    },
    finding::Severity,
    report,
};

/// Show what a token says, what is wrong with it, and which servers it would open
///
/// Reads the token from standard input or from a file, never from an argument: arguments stand in shell histories and
/// process lists. Nothing is sent anywhere. With --config, says for every configured server whether it would admit the
/// token, or why not. With --jwks, verifies the signature; without it, says that it did not.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  warded inspect < token.txt
  pbpaste | warded inspect --config warded.yaml
  warded inspect token.txt --config warded.yaml --jwks keys.json")]
pub(crate) struct Inspect {
    /// A file that holds the token; `-` is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// The issuer's keys (a JWK Set), to verify the signature with
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
}

/// What is known of the signature.
enum Signature {
    NotChecked,
    Checked {
        outcome: Result<(), Refusal>,
        keys: Keyring,
        skipped: Vec<SkippedKey>,
    },
}

impl Inspect {
    pub(crate) fn run(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        let text = self.read_token()?;
        let fleet = global
            .config
            .as_deref()
            .map(|path| assessed(path, now))
            .transpose()?;
        let keys = self.jwks.as_deref().map(read_keys).transpose()?;
        let token = match Unverified::read(InboundToken::new(text.to_string())) {
            Ok(token) => token,
            Err(refusal) => return unreadable(&refusal, global.format),
        };
        let signature = keys.map_or(Signature::NotChecked, |keys| Signature::check(&token, keys));
        let mut faults = token.faults(now);
        if let Signature::Checked {
            outcome: Err(refusal),
            ..
        } = &signature
            && !faults.contains(refusal)
        {
            faults.push(refusal.clone());
        }
        let servers = fleet
            .as_ref()
            .map(|fleet| judge(fleet, &text, &token, &signature, now));
        let exit = exit_code(&faults, servers.as_deref());
        let text = match global.format {
            Format::Json => as_json(&token, &faults, servers.as_deref(), &signature)?,
            Format::Text => as_text(&token, &faults, servers.as_deref(), &signature, now),
        };
        Ok(Answer { text, exit })
    }

    fn read_token(&self) -> anyhow::Result<Zeroizing<String>> {
        let is_stdin = self.file == Path::new("-");
        let shown = self.file.to_string_lossy();
        if !is_stdin && shown.matches('.').count() >= 2 && shown.starts_with("ey") {
            // Not repeated here: this message may be logged as well.
            bail!(
                "that looks like a token, not like a file. A token in an argument stands in the shell's history and in \
                 the process list: revoke it if that matters, and pass it on standard input or in a file"
            );
        }
        let mut bytes = Zeroizing::new(Vec::new());
        // White space around the token, and room to see that there is too much.
        let limit = MAX_TOKEN_BYTES as u64 * 2;
        if is_stdin {
            if std::io::stdin().is_terminal() {
                let mut stderr = anstream::stderr();
                writeln!(stderr, "Paste the token, then press Enter and Ctrl-D.")?;
            }
            std::io::stdin()
                .take(limit)
                .read_to_end(&mut bytes)
                .context("cannot read standard input")?;
        } else {
            let file = File::open(&self.file).with_context(|| format!("cannot open {shown}"))?;
            file.take(limit)
                .read_to_end(&mut bytes)
                .with_context(|| format!("cannot read {shown}"))?;
        }
        let text = std::str::from_utf8(&bytes)
            .context("the token is not text")?
            .trim();
        let text = strip_scheme(text);
        if text.is_empty() {
            bail!("there is no token: pass it on standard input or in a file");
        }
        Ok(Zeroizing::new(text.to_owned()))
    }
}

/// People copy whole headers.
fn strip_scheme(text: &str) -> &str {
    let text = text.strip_prefix("Authorization:").unwrap_or(text).trim_start();
    ["Bearer ", "bearer ", "DPoP "]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme))
        .unwrap_or(text)
        .trim_start()
}

fn read_keys(path: &Path) -> anyhow::Result<KeySet> {
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    file.take(MAX_KEY_SET_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {}", path.display()))?;
    KeySet::parse(&bytes).with_context(|| format!("{} is not a key set", path.display()))
}

fn assessed(path: &Path, now: UnixTime) -> anyhow::Result<Assessment> {
    let source = config::read(path).map_err(|finding| anyhow::anyhow!(finding.message))?;
    let config = config::load(&source).map_err(|finding| {
        anyhow::anyhow!(
            "{}",
            report::plain(&finding, &path.display().to_string(), &source)
        )
    })?;
    let assessment = assess(&config, now);
    match assessment
        .findings
        .iter()
        .find(|finding| finding.rule.severity >= Severity::High)
    {
        None => Ok(assessment),
        Some(worst) => bail!(
            "{} is not proved disjoint, so nothing can be said about its servers: {} (`warded check` says more)",
            path.display(),
            worst.message,
        ),
    }
}

impl Signature {
    fn check(token: &Unverified, keys: KeySet) -> Self {
        let (outcome, skipped) = (token.signature_by(&keys), keys.skipped().to_vec());
        let mut ring = Keyring::default();
        let issuer = token
            .claims()
            .get("iss")
            .and_then(Value::as_str)
            .and_then(|iss| Issuer::parse(iss).ok());
        if let Some(issuer) = issuer {
            ring.hold(&issuer, keys);
        }
        Self::Checked {
            outcome,
            keys: ring,
            skipped,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::NotChecked => {
                "NOT checked: anybody could have written this token (--jwks FILE checks it)".to_owned()
            }
            Self::Checked { outcome: Ok(()), .. } => "verified with the given keys".to_owned(),
            Self::Checked {
                outcome: Err(refusal),
                ..
            } => format!("NOT good: {refusal}"),
        }
    }
}

/// What a server says to the token.
struct Answered {
    server: Server,
    /// What was waived, or why it is refused.
    outcome: Result<Vec<Refusal>, Refusal>,
    /// The scopes that every call needs and the token lacks.
    lacks: Option<Refusal>,
}

impl Answered {
    fn is_open(&self) -> bool {
        self.outcome.is_ok() && self.lacks.is_none()
    }

    fn words(&self) -> (String, String) {
        let codes = |refusals: &[Refusal]| refusals.iter().map(Refusal::code).collect::<Vec<_>>().join(", ");
        match (&self.outcome, &self.lacks) {
            (Err(refusal), _) => (refusal.code().to_owned(), refusal.to_string()),
            (Ok(_), Some(refusal)) => (
                refusal.code().to_owned(),
                format!("the server is opened, but {refusal}"),
            ),
            (Ok(waived), None) if waived.is_empty() => ("admitted".to_owned(), String::new()),
            (Ok(waived), None) => (
                "admitted".to_owned(),
                format!("only because it is permissive: {}", codes(waived)),
            ),
        }
    }
}

fn judge(
    fleet: &Assessment,
    text: &str,
    token: &Unverified,
    signature: &Signature,
    now: UnixTime,
) -> Vec<Answered> {
    let servers = fleet.fleet.iter().flat_map(warded_core::Fleet::servers);
    let ask = |(server, required): (Server, &Scopes)| {
        let (outcome, permits) = match signature {
            Signature::NotChecked => (token.would_open(&server, now), token.would_permit(required)),
            Signature::Checked { keys, .. } => {
                match InboundToken::new(text.to_owned()).judge(&server, keys, &Possession::default(), now) {
                    Verdict::Admit(token, _) => (Ok(token.waived().to_vec()), token.permits(required)),
                    Verdict::Refuse(refusal) => (Err(refusal), Ok(())),
                    // Only an issuer without an identifier of its own has no keys here, and no server trusts it.
                    Verdict::Unable(_) => (Err(Refusal::IssuerMissing), Ok(())),
                }
            }
        };
        Answered {
            server,
            lacks: permits.err().filter(|_| outcome.is_ok()),
            outcome,
        }
    };
    servers.zip(&fleet.required_scopes).map(ask).collect()
}

/// Without servers, whatever is wrong counts; with them, whether the token opens one.
fn exit_code(faults: &[Refusal], servers: Option<&[Answered]>) -> u8 {
    let waives = |answered: &Answered| answered.outcome.as_ref().is_ok_and(|waived| !waived.is_empty());
    match servers {
        None if faults.is_empty() => 0,
        Some(servers) if servers.iter().any(|server| server.is_open() && !waives(server)) => 0,
        Some(servers) if servers.iter().any(Answered::is_open) => Severity::Medium.exit_code(),
        _ => Severity::High.exit_code(),
    }
}

/// A text that is no JWT has nothing to show but why.
fn unreadable(refusal: &Refusal, format: Format) -> anyhow::Result<Answer> {
    let text = match format {
        Format::Json => {
            let answer = json!({ "readable": false, "faults": [as_value(refusal)] });
            format!("{}\n", serde_json::to_string_pretty(&answer)?)
        }
        Format::Text => format!(
            "{}: {refusal}\n\n{}\nMore: `warded explain {}`\n",
            report::heading(refusal.code()),
            refusal.entry().advice,
            refusal.code(),
        ),
    };
    Ok(Answer {
        text,
        exit: Severity::High.exit_code(),
    })
}

fn as_value(refusal: &Refusal) -> Value {
    json!({ "code": refusal.code(), "message": refusal.to_string(), "status": refusal.entry().status })
}

fn as_json(
    token: &Unverified,
    faults: &[Refusal],
    servers: Option<&[Answered]>,
    signature: &Signature,
) -> anyhow::Result<String> {
    let servers = servers.map(|servers| {
        let one = |answered: &Answered| {
            let refused = answered.outcome.as_ref().err().or(answered.lacks.as_ref());
            let waived = answered
                .outcome
                .iter()
                .flatten()
                .map(as_value)
                .collect::<Vec<_>>();
            json!({
                "server": answered.server.name(),
                "resource": answered.server.resource().as_str(),
                "admitted": answered.is_open(),
                "refusal": refused.map(as_value),
                "waived": waived,
            })
        };
        servers.iter().map(one).collect::<Vec<_>>()
    });
    let (checked, good) = match signature {
        Signature::NotChecked => (false, None),
        Signature::Checked { outcome, .. } => (true, Some(outcome.is_ok())),
    };
    let answer = json!({
        "readable": true,
        "signature": { "checked": checked, "good": good },
        "header": token.header(),
        "claims": token.claims(),
        "faults": faults.iter().map(as_value).collect::<Vec<_>>(),
        "servers": servers,
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&answer)?))
}

fn as_text(
    token: &Unverified,
    faults: &[Refusal],
    servers: Option<&[Answered]>,
    signature: &Signature,
    now: UnixTime,
) -> String {
    let mut text = format!(
        "{}\n{}\n",
        report::heading("Header"),
        members(token.header(), now)
    );
    text += &format!(
        "{}\n{}\n",
        report::heading("Claims"),
        members(token.claims(), now)
    );
    text += &format!("{}\n  {}\n", report::heading("Signature"), signature.words());
    if let Signature::Checked { skipped, .. } = signature {
        for key in skipped {
            text += &format!("  left out: {key}\n");
        }
    }
    text += &format!("\n{}\n", report::heading("Measured by RFC 9068"));
    if faults.is_empty() {
        text += "  nothing wrong with it\n";
    }
    for fault in faults {
        text += &format!("  {}: {fault}\n", fault.code());
    }
    let recipients = token
        .claims()
        .get("aud")
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    if recipients > 1 {
        text += &format!(
            "  note: it names {recipients} recipients; a server admits it only beside its companions\n"
        );
    }
    if let Some(servers) = servers {
        text += &format!("\n{}\n", report::heading("At the configured servers"));
        let row = |answered: &Answered| {
            let (verdict, why) = answered.words();
            vec![format!("  {}", answered.server.name()), verdict, why]
        };
        text += &report::table(&servers.iter().map(row).collect::<Vec<_>>());
        if matches!(signature, Signature::NotChecked) {
            text += "  (if its signature is good, which was not checked)\n";
        }
    }
    let code = faults
        .first()
        .or(servers.and_then(|servers| servers.iter().find_map(|server| server.outcome.as_ref().err())));
    match code {
        Some(refusal) => text + &format!("\nMore: `warded explain {}`\n", refusal.code()),
        None => text,
    }
}

/// Members one by one, with times in words.
fn members(members: &serde_json::Map<String, Value>, now: UnixTime) -> String {
    let row = |(name, value): (&String, &Value)| {
        let shown = escaped(&value.to_string());
        let time = ["exp", "iat", "nbf", "auth_time"]
            .contains(&name.as_str())
            .then(|| value.as_i64())
            .flatten();
        let words = time.map_or(String::new(), |at| {
            report::moment(UnixTime::from_seconds(at), now)
        });
        vec![format!("  {}", escaped(name)), shown, words]
    };
    report::table(&members.iter().map(row).collect::<Vec<_>>())
}

/// A token's text may hold what a terminal would obey: escape sequences, and marks that turn the line around.
fn escaped(text: &str) -> String {
    let is_tame = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.chars()
        .map(|c| {
            if is_tame(c) {
                c.to_string()
            } else {
                c.escape_unicode().to_string()
            }
        })
        .collect()
}
