//! How much does a guard cost its author? Counted between two programs that both compile.

/// What stands in the guarded program and not in the open one, line by line; what is said about it does not count.
fn added(open: &str, guarded: &str) -> Vec<String> {
    let code = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.map(str::to_owned).collect()
    };
    let (open, guarded) = (code(open), code(guarded));
    // The longest sequence of lines that both have, from its end.
    let mut longest = vec![vec![0_usize; guarded.len() + 1]; open.len() + 1];
    for (i, before) in open.iter().enumerate().rev() {
        for (j, after) in guarded.iter().enumerate().rev() {
            longest[i][j] = if before == after {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    let (mut i, mut added) = (0, Vec::new());
    for (j, line) in guarded.iter().enumerate() {
        while i < open.len() && open[i] != *line && longest[i + 1][j] == longest[i][j] {
            i += 1;
        }
        if i < open.len() && open[i] == *line && longest[i][j] == longest[i + 1][j + 1] + 1 {
            i += 1;
        } else {
            added.push(line.clone());
        }
    }
    added
}

#[test]
fn each_example_is_guarded_in_at_most_ten_added_lines() {
    let examples = [
        ("axum", include_str!("../../examples/axum_open.rs"), include_str!("../../examples/axum.rs")),
        ("rmcp", include_str!("../../examples/rmcp_open.rs"), include_str!("../../examples/rmcp.rs")),
    ];
    for (name, open, guarded) in examples {
        let added = added(open, guarded);
        assert!(added.iter().any(|line| line.contains("Guard::before")), "{added:#?}");
        // One more is the dependency.
        assert!(added.len() < 10, "{name}: {} lines: {added:#?}", added.len() + 1);
    }
}

#[test]
fn the_count_counts() {
    let lines = |text: &str| added("a\nb\nc\n", text).len();
    assert_eq!(lines("a\nb\nc\n"), 0);
    assert_eq!(lines("a\nx\nb\nc\ny\n"), 2);
    assert_eq!(lines("a\nB\nc\n"), 1);
    assert_eq!(lines("a\nc\n"), 0);
    assert_eq!(lines("c\nb\na\n"), 2);
    assert_eq!(lines("a\n// said\nb\nc\n"), 0);
}
