//! No secret is ever printed.

use super::{GITHUB, OTHER, SECRET, file};
use crate::configs::{File, blanked, judge, products, token_stores};

/// Whether a text tells of a secret: as it is, its beginning, backwards, or in base64.
fn tells(text: &str, secret: &str) -> bool {
    let backwards: String = secret.chars().rev().collect();
    let lower = text.to_lowercase();
    [
        secret.to_owned(),
        secret[..8].to_owned(),
        secret[secret.len() - 8..].to_owned(),
        backwards[..8].to_owned(),
    ]
    .iter()
    .chain(&(0..3).map(|skip| base64(&secret.as_bytes()[skip..skip + 9])).collect::<Vec<_>>())
    .any(|form| lower.contains(&form.to_lowercase()))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let chunks = bytes.chunks_exact(3);
    chunks
        .flat_map(|chunk| {
            let bits = u32::from(chunk[0]) << 16 | u32::from(chunk[1]) << 8 | u32::from(chunk[2]);
            [18, 12, 6, 0].map(|shift| char::from(LETTERS[(bits >> shift & 63) as usize]))
        })
        .collect()
}

/// Everything that anybody could print.
fn everything(files: &[File]) -> String {
    let judged = judge(files);
    assert!(!judged.findings.is_empty());
    let shown = files.iter().map(|file| {
        let text = std::str::from_utf8(&file.bytes).unwrap();
        let shown = blanked(&file.path, text, &judged.secrets);
        assert_eq!(shown.len(), text.len(), "every byte keeps its place");
        assert_eq!(shown.lines().count(), text.lines().count());
        shown
    });
    let shown: Vec<_> = shown.collect();
    format!("{shown:?} {judged:?} {judged:#?} {files:?} {files:#?} {:?}", products())
}

#[test]
fn what_finds_forms_of_a_secret_finds_them() {
    let other: String = SECRET.chars().rev().collect();
    for text in [SECRET, &SECRET[..10], &other, &base64(SECRET.as_bytes())[..12]] {
        assert!(tells(text, SECRET), "{text}");
    }
    assert!(!tells("nothing", SECRET));
}

#[test]
fn nothing_that_is_said_holds_a_secret() {
    let forms = [
        "\"headers\": {\"Authorization\": \"Bearer VALUE\"}",
        "\"headers\": {\"Authorization\": \"VALUE\"}",
        "\"headers\": {\"X-API-Key\": \"VALUE\"}",
        "\"env\": {\"API_TOKEN\": \"VALUE\"}",
        "\"env\": {\"DATABASE_URL\": \"postgres://me:VALUE@db.example.com/x\"}",
        "\"url\": \"https://files.example.com/mcp?token=VALUE\"",
        "\"url\": \"http://me:VALUE@files.example.com/mcp\"",
        "\"url\": \"http://VALUE@files.example.com/mcp?key=VALUE\"",
        "\"command\": \"npx mcp-remote https://files.example.com --header 'Authorization: Bearer VALUE' --allow-http --resource none\"",
        "\"command\": \"npx\", \"args\": [\"mcp-remote@latest\", \"https://a.example.com/?token=VALUE\", \"--token=VALUE\", \"-e\", \"API_TOKEN=VALUE\"]",
        "\"command\": \"sh\", \"args\": [\"-c\", \"API_TOKEN=VALUE npx mcp-remote\"]",
        "\"oauth\": {\"clientSecret\": \"VALUE\"}",
        // Whoever writes a file also chooses its keys.
        "\"headers\": {\"Authorization VALUE\": \"x\", \"Authorization\": \"Bearer VALUE\"}",
        "\"env\": {\"TOKEN_VALUE\": \"VALUE\"}",
        "\"env\": {\"VALUE\": {\"VALUE\": {\"API_TOKEN\": \"VALUE\"}}}",
        "\"env\": {\"`VALUE`\": \"1\", \"a`VALUE\": {\"API_TOKEN\": \"VALUE\"}}",
        "\"args\": [\"--VALUE=x\", \"--token-VALUE\", \"VALUE\", \"--token\", \"VALUE\"]",
    ];
    for secret in [SECRET, GITHUB] {
        for form in forms {
            for name in ["a", "VALUE", "a.VALUE", "https://me:VALUE@x/"] {
                let settings = form.replace("VALUE", secret);
                let other = form.replace("VALUE", secret).replace("example.com", "example.net");
                let name = name.replace("VALUE", secret);
                let text = format!(
                    "{{\"mcpServers\": {{\"{name}\": {{{settings}}}, \"b\": {{{other}}}, \"c\": {{\"url\": \"https://c.example.org\", \"headers\": {{\"Authorization\": \"Bearer {secret}\"}}}}}}}}"
                );
                for path in [".cursor/mcp.json", ".mcp.json", ".kimi/mcp.json"] {
                    let files = [File { mode: Some(0o644), ..file(path, &text) }];
                    let said = everything(&files);
                    assert!(!tells(&said, secret), "{path} {text}\n{said}");
                }
            }
        }
    }
}

#[test]
fn broken_files_are_not_quoted() {
    let text = format!(
        "{{\"mcpServers\": {{\"a\": {{\"env\": {{\"API_TOKEN\": \"{SECRET}\", \"X_TOKEN\": \"{OTHER}"
    );
    let said = everything(&[file(".mcp.json", &text)]);
    assert!(!tells(&said, SECRET) && !tells(&said, OTHER), "{said}");
    let toml = format!(
        "[mcp_servers.a]\nurl = \"https://a.example.com\"\nhttp_headers = {{ Authorization = \"Bearer {SECRET}\" }}\n{OTHER} {SECRET}\n"
    );
    let yaml = format!(
        "extensions:\n  a:\n    uri: https://a.example.com\n    headers: {{Authorization: Bearer {SECRET}}}\n  b: \"\n{OTHER}\n"
    );
    let multi = toml.replace(OTHER, &format!("x = \"\"\"\n\n{OTHER}\n"));
    for (path, text) in
        [(".codex/config.toml", toml), (".codex/config.toml", multi), (".config/goose/config.yaml", yaml)]
    {
        let said = everything(&[file(path, &text)]);
        assert!(!tells(&said, SECRET) && !tells(&said, OTHER), "{said}");
    }
}

#[test]
fn stores_of_tokens_are_named_and_not_opened() {
    let home = std::path::Path::new("/home/me");
    let stores = token_stores(home, crate::configs::Os::Linux, &|_| None);
    let named: Vec<_> =
        stores.iter().map(|store| (store.path.to_str().unwrap(), store.product.name())).collect();
    for expected in [
        ("/home/me/.mcp-auth", "mcp-remote"),
        ("/home/me/.gemini/mcp-oauth-tokens.json", "Gemini CLI"),
        ("/home/me/.claude/.credentials.json", "Claude Code"),
    ] {
        assert!(named.contains(&expected), "{named:?}");
    }
}

#[test]
fn only_what_may_be_secret_is_blanked() {
    let text = format!(
        "// {OTHER}\n{{\"mcpServers\": {{\"a\": {{\n\"url\": \"https://a.example.com/?x=1\",\n\"headers\": {{\"Authorization\": \"Bearer ${{T}}\", \"X-É\": \"é\", \"X-API-Key\": \"{OTHER}\"}},\n\"env\": {{\"API_TOKEN\": \"abc\", \"LEVEL\": \"debug\"}}}}}}}}\n"
    );
    let judged = judge(&[file(".mcp.json", &text)]);
    let shown = blanked(".mcp.json", &text, &judged.secrets);
    let stars = "*".repeat(OTHER.len());
    let expected = text
        .replace(OTHER, &stars)
        .replace("x=1", "x=*")
        .replace("\"é\"", "\"**\"")
        .replace("\"abc\"", "\"***\"");
    assert_eq!(shown, expected);
    assert_eq!(blanked("another.json", &text, &judged.secrets), text);
    for finding in &judged.findings {
        assert_eq!(&shown[finding.spot.span.clone()], stars, "a finding is shown where it stands, and blank");
    }
}
