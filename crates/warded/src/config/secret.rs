//! Secrets are references, never values: a file that holds one is refused before anything of it is shown.

use std::sync::LazyLock;

use regex::Regex;

use super::Span;

/// What gives a secret away, and what to call it.
static SHAPES: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    [
        ("a JSON Web Token", r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\."),
        ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY"),
        (
            "an access token",
            r"\b(?:gh[opsu]_|github_pat_|glpat-|xox[abp]-|npm_|pypi-|sk-)[A-Za-z0-9_-]{16,}",
        ),
        ("an access key", r"\bA(?:KIA|SIA)[A-Z0-9]{16}\b"),
        // A user may be empty, and YAML reads `\/` as `/`.
        ("a password in a URL", r":(?:\\?/){2}[^/\s:@]*:[^/\s@]+@"),
        (
            "the literal value of a secret",
            // A key begins a line or stands in a flow collection, quoted or not; it and its value may have anchors
            // and tags.
            r#"(?imRx)
            (?:^|[{\[,])[\ \t?-]* (?:[&!]\S*[\ \t]+)*
            ["']?[\w.-]*(?:secret|secret_?key|store_?key|password|passwd|passphrase|token|api_?key|access_?key|private_?key|authorization|value)
            (?:["'][\ \t]*:[\ \t]*|[\ \t]*:[\ \t]+)
            (?:[&!]\S*[\ \t]+)* [^\s\#&*{\[,}\]][^\s,}\]]*"#,
        ),
    ]
    .into_iter()
    .filter_map(|(name, pattern)| Some((name, Regex::new(pattern).ok()?)))
    .collect()
});

/// Where the first literal secret stands, and what it looks like.
pub(super) fn find(source: &str) -> Option<(Span, &'static str)> {
    let is_reference = |text: &str| {
        text.split_once(':').is_some_and(|(_, value)| {
            let value = value.trim().trim_start_matches(['"', '\'']);
            value.starts_with("env:") || value.starts_with("file:")
        })
    };
    // How long a token lives is no token.
    let is_span = |text: &str| {
        text.split_once(':').is_some_and(|(key, value)| {
            let (key, value) =
                (key.trim_end_matches([' ', '\t', '"', '\'']), value.trim().trim_matches(['"', '\'']));
            let digits = value.strip_suffix(['s', 'm', 'h', 'd']).unwrap_or_default();
            (key.ends_with("access_token") || key.ends_with("refresh_token"))
                && (1..=9).contains(&digits.len())
                && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    let is_innocent = |text: &str| is_reference(text) || is_span(text);
    SHAPES.iter().find_map(|(name, shape)| {
        let found = shape.find_iter(source).find(|found| !is_innocent(found.as_str()))?;
        // What precedes a key is part of the pattern and not of the secret.
        let start =
            found.end() - found.as_str().trim_start_matches([' ', '\t', '-', '?', '{', '[', ',']).len();
        Some((Span::at(start..found.end()), *name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_compiles() {
        assert_eq!(SHAPES.len(), 6);
    }

    #[test]
    fn literal_secrets_are_seen() {
        for text in [
            "x: eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln",
            "key: |\n  -----BEGIN RSA PRIVATE KEY-----",
            "# ghp_0123456789abcdefABCDEF0123456789",
            "x: [AKIAIOSFODNN7EXAMPLE]",
            "url: https://user:hunter2@login.example.com",
            "proxy: http://:hunter2@proxy.example.com",
            r#"proxy: "http:\/\/user:hunter2@proxy.example.com""#,
            "    client_secret: hunter2",
            "    \"client_secret\": \"hunter2\"",
            "  - password: 'x'",
            "API_KEY: 1",
            "corp: { url: x, client_secret: hunter2 }",
            "{\"client_secret\":\"hunter2\"}",
            "client_secret: &s hunter2",
            "client_secret: !!str hunter2",
            "authorization: Bearer hunter2",
            "corp: { refresh_token: env:TOKEN, client_secret: hunter2 }",
            "{token: env:TOKEN,secret: hunter2}",
            "  oauth2_client_secret: hunter2",
            "  corp.client-secret: hunter2",
            "a: b\r  client_secret: hunter2",
            "upstream_auth: { kind: header, name: X-Api-Key, value: hunter2 }",
            "store_key: hunter2",
            "registration_token: hunter2",
            "registration_token: 10m",
            "access_token: 10minutes",
            "{ access_token: 10m, client_secret: hunter2 }",
            "built_in: { refresh_token: hunter2 }",
        ] {
            assert!(find(text).is_some(), "{text}");
        }
    }

    #[test]
    fn references_and_innocent_text_pass() {
        for text in [
            "client_secret: env:CORP_SECRET",
            "client_secret: \"file:/run/secrets/corp\"",
            "token_exchange: { issuer: corp }",
            "corp: { url: https://login.example.com, client_secret: env:CORP_SECRET }",
            "{\"client_secret\":\"file:/run/secrets/corp\"}",
            "tools: { delete_token: [tokens:write], password: *scopes }",
            "companions: [account, token:x]",
            "tokens:\n  a: 1",
            "url: https://login.example.com/realms/corp",
            "url: https://login.example.com:8443/@corp",
            "token:",
            "corp: { client_secret: env:CORP_SECRET }",
            "{ token: env:TOKEN,secret: file:/run/secrets/corp, password: }",
            "companions: [account, token:x]",
            "scopes: { tools: { token: [a] } }",
            "resource: https://mcp.example.com/eyJ/mcp",
            "upstream_auth: { kind: bearer, value: env:NOTES_TOKEN }",
            "  access_token: 10m",
            "built_in: { access_token: 10m, refresh_token: \"30d\" }",
            "registration: token",
            "store_key: env:WARDED_STORE_KEY",
        ] {
            assert!(find(text).is_none(), "{text}");
        }
    }
}
