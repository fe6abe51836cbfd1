//! The rule that exists elsewhere, imitated: one line is one text. A call that fetches a token and whose own line says
//! nothing of a resource (MCP-279), and one that verifies a token and whose own line says nothing of an audience (MCP-265).
//! It reads Python and JavaScript only, and TypeScript with it.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    finding::{Finding, Voice},
    mark::language,
};

/// One such rule.
struct LineRule {
    calls: &'static LazyLock<Regex>,
    /// What on the same line silences it.
    unless: &'static LazyLock<Regex>,
    /// What it is taken to mean, kindly.
    means: &'static [&'static str],
}

static FETCHES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(fetch_token|fetchToken|exchange_code|exchangeCode|exchangeAuthorization|exchangeAuthorizationCode)\s*\(",
    )
});
static RESOURCE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)resource"));
static VERIFIES: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(jwt|JWT|jose|jsonwebtoken)\.(decode|verify)\s*\(|\bjwtVerify\s*\("));
static AUDIENCE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\baud"));
/// A line that calls nothing.
static IDLE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^\s*(#|//|\*|/\*|(async\s+)?def\s|(export\s+)?(async\s+)?function\b|async\s+\w+\s*\(.*\{\s*$)")
});

const RULES: [LineRule; 2] = [
    LineRule { calls: &FETCHES, unless: &RESOURCE, means: &["WRD101", "WRD103"] },
    LineRule { calls: &VERIFIES, unless: &AUDIENCE, means: &["WRD201", "WRD202", "WRD203"] },
];

#[expect(clippy::expect_used, reason = "written above, and each is used by a test")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern that is written here")
}

/// What it finds in a file.
pub(super) fn look(path: &str, text: &str) -> Vec<Finding> {
    if !reads(path) {
        return Vec::new();
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !IDLE.is_match(line));
    let told = lines.flat_map(|(at, line)| {
        RULES.iter().filter(move |rule| rule.calls.is_match(line) && !rule.unless.is_match(line)).map(
            move |rule| Finding {
                rules: rule.means.iter().map(|rule| (*rule).to_owned()).collect(),
                voice: Voice::Error,
                path: path.to_owned(),
                line: at + 1,
                end: at + 1,
                message: "by its line".to_owned(),
            },
        )
    });
    told.collect()
}

/// Whether it reads files of this name.
pub(super) fn reads(path: &str) -> bool {
    matches!(language(path), "Python" | "JavaScript" | "TypeScript")
}

/// Whether a rule is of its matter.
pub(super) fn is_rule(rule: &str) -> bool {
    RULES.iter().any(|of| of.means.contains(&rule))
}

#[cfg(test)]
mod tests {
    use super::look;

    fn lines(path: &str, text: &str) -> Vec<(usize, String)> {
        look(path, text).into_iter().map(|finding| (finding.line, finding.rules.join("/"))).collect()
    }

    #[test]
    fn a_line_is_judged_by_itself() {
        let text = "token = oauth.fetch_token(URL, code=code)\ntoken = oauth.fetch_token(URL, resource=SERVER)\n\
                    claims = jwt.decode(token, KEY)\nclaims = jwt.decode(token, KEY, audience=SERVER)\n";
        assert_eq!(
            lines("a.py", text),
            [(1, "WRD101/WRD103".to_owned()), (3, "WRD201/WRD202/WRD203".to_owned())]
        );
    }

    #[test]
    fn what_stands_on_the_line_before_is_not_seen() {
        let text = "options = {'audience': SERVER}\nclaims = jwt.decode(token, KEY, **options)\n";
        assert_eq!(lines("a.py", text), [(2, "WRD201/WRD202/WRD203".to_owned())]);
        assert_eq!(lines("a.js", "const { payload } = await jwtVerify(\n  token, keys);\n").len(), 1);
    }

    #[test]
    fn a_definition_and_a_comment_call_nothing() {
        assert!(lines("a.py", "def fetch_token(self, code):\n# jwt.decode(token)\n").is_empty());
        assert!(lines("a.js", "function fetchToken(code) {\n// jwt.verify(token)\n").is_empty());
    }

    #[test]
    fn other_languages_are_not_read() {
        assert!(lines("a.go", "jwt.decode(token)\n").is_empty());
    }
}
