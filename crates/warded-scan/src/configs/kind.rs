//! Secrets that are known by how they begin.

use std::ops::Range;

/// How a kind of secret begins, and what it is.
struct Kind {
    prefix: &'static str,
    /// How many characters follow at least.
    least: usize,
    what: &'static str,
}

const fn kind(prefix: &'static str, least: usize, what: &'static str) -> Kind {
    Kind { prefix, least, what }
}

/// The longer beginning stands before the shorter one.
const KINDS: &[Kind] = &[
    kind("github_pat_", 22, "a GitHub token"),
    kind("ghp_", 30, "a GitHub token"),
    kind("gho_", 30, "a GitHub token"),
    kind("ghu_", 30, "a GitHub token"),
    kind("ghs_", 30, "a GitHub token"),
    kind("ghr_", 30, "a GitHub token"),
    kind("glpat-", 16, "a GitLab token"),
    kind("gldt-", 16, "a GitLab token"),
    kind("glrt-", 16, "a GitLab token"),
    kind("sk-ant-", 20, "an Anthropic key"),
    kind("sk-proj-", 20, "an OpenAI key"),
    kind("sk-or-", 20, "an OpenRouter key"),
    kind("sk-", 20, "an API key"),
    kind("sk_live_", 16, "a Stripe key"),
    kind("rk_live_", 16, "a Stripe key"),
    kind("sk_test_", 16, "a Stripe test key"),
    kind("xoxb-", 16, "a Slack token"),
    kind("xoxp-", 16, "a Slack token"),
    kind("xoxa-", 16, "a Slack token"),
    kind("xoxs-", 16, "a Slack token"),
    kind("xoxe.", 16, "a Slack token"),
    kind("xapp-", 16, "a Slack token"),
    kind("AKIA", 16, "an AWS access key"),
    kind("ASIA", 16, "an AWS access key"),
    kind("AIza", 30, "a Google key"),
    kind("ya29.", 20, "a Google token"),
    kind("GOCSPX-", 20, "a Google client secret"),
    kind("npm_", 30, "an npm token"),
    kind("pypi-", 50, "a PyPI token"),
    kind("hf_", 30, "a Hugging Face token"),
    kind("dop_v1_", 40, "a DigitalOcean token"),
    kind("SG.", 40, "a SendGrid key"),
    kind("lin_api_", 30, "a Linear key"),
    kind("ntn_", 30, "a Notion token"),
    kind("figd_", 20, "a Figma token"),
    kind("sntrys_", 30, "a Sentry token"),
    kind("sntryu_", 30, "a Sentry token"),
    kind("shpat_", 30, "a Shopify token"),
    kind("ATATT3", 30, "an Atlassian token"),
    kind("tvly-", 20, "a Tavily key"),
    kind("pplx-", 30, "a Perplexity key"),
    kind("gsk_", 30, "a Groq key"),
    kind("xai-", 30, "an xAI key"),
    kind("sbp_", 30, "a Supabase token"),
    kind("PMAK-", 30, "a Postman key"),
    kind("dckr_pat_", 20, "a Docker token"),
];

/// No kind of secret is shorter.
const SHORTEST: usize = 16;

/// All secrets in a text that are known by how they begin.
pub(super) fn known(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let mut all = Vec::new();
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '+');
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let length = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        let part = rest.get(..length).unwrap_or_default();
        let bare = part.trim_start_matches(['-', '_', '.', '+']);
        if let Some(what) = Some(bare).filter(|bare| bare.len() >= SHORTEST).and_then(of) {
            all.push((at + length - bare.len()..at + length, what));
        }
        let next = rest.get(length..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        at += length + next;
    }
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        all.clear();
        all.push((0..text.len(), "a private key"));
    }
    all
}

fn of(part: &str) -> Option<&'static str> {
    if is_jwt(part) {
        return Some("a JWT");
    }
    let (kind, rest) = KINDS.iter().find_map(|kind| Some((kind, part.strip_prefix(kind.prefix)?)))?;
    let is_mixed =
        rest.bytes().any(|byte| byte.is_ascii_digit()) || rest.bytes().any(|byte| byte.is_ascii_uppercase());
    (rest.len() >= kind.least && is_mixed && !super::refer::is_placeholder(rest)).then_some(kind.what)
}

/// Three parts (five where it is encrypted), of which the first begins as `{"` does in base64.
fn is_jwt(part: &str) -> bool {
    let mut parts = part.split('.');
    let is_base64 =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let header = parts.next().is_some_and(|header| header.starts_with("eyJ") && header.len() >= 16);
    let count = part.split('.').count();
    header
        && matches!(count, 3 | 5)
        && parts.clone().all(is_base64)
        && parts.next().is_some_and(|payload| payload.len() >= 8 || count == 5)
        && !part.contains("xxx")
}

/// Whether it looks as if nobody had chosen it: long, in one piece, and of many different characters.
pub(super) fn is_random(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+/=:~".contains(&byte);
    if text.len() < 16 || !text.bytes().all(is_part) || text.contains("://") {
        return false;
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    let least = if text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') { 2.5 } else { 3.2 };
    digits >= 2 && letters >= 4 && entropy(text) >= least && !is_place(text)
}

/// Bits in each character.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    text.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    #[expect(clippy::cast_precision_loss, reason = "no value is that long, and a rough figure will do")]
    let length = text.len() as f64;
    let share = |count: u32| f64::from(count) / length;
    counts.into_iter().filter(|count| *count > 0).map(|count| -share(count) * share(count).log2()).sum()
}

/// A path in a file system.
fn is_place(text: &str) -> bool {
    let drive = text.get(1..3).is_some_and(|drive| drive == ":\\" || drive == ":/");
    drive
        || ["/", "./", "../", "~/"]
            .iter()
            .any(|start| text.starts_with(start) && text.matches('/').count() > 1)
}
