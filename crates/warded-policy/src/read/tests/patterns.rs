use crate::expression;

/// One line each: the pattern, the text, and what Go's `regexp` says of them.
const AS_GO_SAYS: &str = include_str!("as-go-says.tsv");

#[test]
fn patterns_match_what_they_match_in_go() {
    let mut lines = 0;
    let mut differing = Vec::new();
    for line in AS_GO_SAYS.lines() {
        let mut parts = line.split('\t').map(|part| serde_json::from_str::<String>(part).unwrap());
        let (pattern, text, go) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let ours = match expression::compile(&pattern) {
            Ok(regex) => regex.is_match(&text).to_string(),
            Err(_) => "invalid".to_owned(),
        };
        if ours != go {
            differing.push(format!("{pattern} on {text:?}: {ours}, in Go {go}"));
        }
        lines += 1;
    }
    assert!(differing.is_empty(), "{differing:#?}");
    assert!(lines > 1_000, "{lines} lines only");
}
