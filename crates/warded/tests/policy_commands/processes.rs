//! Policies from what a process lists, whatever it says, and however it ends.

use std::{
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

use serde_json::json;

use crate::written::Written;

#[test]
fn a_process_is_asked_too_and_is_gone_afterwards() {
    // It prints what it should not, asks back, and does not end by itself.
    let script = r#"
echo "starting up"
sleep 300 >/dev/null 2>&1 &
echo $! > pid
while read -r line; do
  case "$line" in
    *initialize\"*) echo '{"jsonrpc":"2.0","id":"x","method":"ping"}'
      echo '{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2024-11-05","capabilities":{"tools":{}},"serverInfo":{"name":"s"}}}' ;;
    *tools/list*) echo '{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"send_mail"}]}}' ;;
  esac
done
wait
"#;
    let folder = Written::files(&[("server.sh", script)]);
    let said = folder.policy(&["scaffold", "--", "sh", "server.sh"]);
    assert_eq!(said.code, 0, "{said:?}");
    let same = folder.policy(&["scaffold", "--output", "-", "--", "sh", "server.sh"]);
    assert_eq!((same.code, &same.out), (0, &said.out), "{same:?}");
    assert!(!folder.path("-").exists());
    // It has no resources and no prompts: nobody reads what it does not list.
    std::fs::write(folder.path("p.yaml"), &said.out).unwrap();
    for (what, code) in [
        (["--tool", "send_mail"], 0),
        (["--tool", "drop_database"], 13),
        (["--resource", "file:///etc/passwd"], 13),
        (["--prompt", "hello"], 13),
    ] {
        let explained = folder.policy(&[&["explain", "p.yaml"][..], &what].concat());
        assert_eq!(explained.code, code, "{what:?}: {explained:?}");
    }
    assert!(said.out.contains("\"send_mail\"") && said.out.contains("rate_limit: 10/minute"), "{said:?}");
    assert!(said.out.starts_with("# A policy for `sh` (s), begun by"), "{said:?}");
    let pid = std::fs::read_to_string(folder.path("pid")).unwrap();
    let state = Command::new("ps").args(["-o", "stat=", "-p", pid.trim()]).output().unwrap();
    // One that is dead may still be listed, where nobody asks what became of it.
    let state = String::from_utf8(state.stdout).unwrap();
    assert!(state.is_empty() || state.starts_with('Z'), "process {pid} is left over: {state}");
}

#[test]
fn a_process_that_says_nothing_of_use_is_an_error() {
    let folder = Written::files(&[]);
    for (command, why) in [
        (&["scaffold", "--", "true"][..], "the process ended (exit status: 0)"),
        (&["scaffold", "--", "sh", "-c", "exit 3"], "the process ended (exit status: 3)"),
        (&["scaffold", "--", "cat"], "the process shakes no hands: error -32601: Method not found"),
        (&["scaffold", "--output", ".", "--", "cat"], ". is a folder: name a file in it"),
        (
            &["scaffold", "--output", "no/p.yaml", "--", "cat"],
            "cannot write no/p.yaml: there is no folder no",
        ),
        (&["scaffold", "--", "no-such-program"], "cannot start `no-such-program`"),
        (&["scaffold", "--", "sh", "-c", "echo '{\"id\":1}'; sleep 9"], "no JSON-RPC response"),
    ] {
        let said = folder.policy(command);
        assert_eq!((said.code, said.out.as_str()), (1, ""), "{command:?}");
        assert!(said.err.contains(why), "{command:?}: {said:?}");
    }
    assert_eq!(folder.policy(&["scaffold"]).code, 2);
}

/// A process that lists what stands in `tools.json`, and does this when it is asked for more.
fn process(more: &str) -> String {
    format!(
        r#"while read -r line; do
  case "$line" in
    *initialize\"*) echo '{{"jsonrpc":"2.0","id":1,"result":{{"protocolVersion":"2025-11-25","capabilities":{{"tools":{{}}}}}}}}' ;;
    *'"id":2,'*) cat tools.json; echo ;;
    *initialized\"*) ;;
    *) {more} ;;
  esac
done"#
    )
}

#[test]
fn entries_that_are_odd_are_left_out_and_named() {
    let long = "x".repeat(1024 * 1024);
    let breaks_out = "Harmless.\n\n  \"*\": {}\r\n# x\u{2028}tools: {}\u{85}- *\u{0}\u{1b}[2J";
    let tools = json!([
        { "name": "good", "description": breaks_out, "inputSchema": { "properties": { "a\n\"*\": {}": { "description": breaks_out } } } },
        { "description": "Has no name." },
        { "name": 7 },
        { "name": ["a"] },
        "no object",
        null,
        { "name": "good", "description": "Once more.", "annotations": { "readOnlyHint": true } },
        { "name": "new\nline\": {}\n  \"b" },
        { "name": "say \"hi\" # \\" },
        { "name": "invisible\u{200b}" },
        { "name": long },
        { "name": "large", "description": long },
        { "name": " " },
        { "name": "all_*" },
    ]);
    let answer = json!({ "jsonrpc": "2.0", "id": 2, "result": { "tools": tools } });
    let folder = Written::files(&[("server.sh", &process(":")), ("tools.json", &answer.to_string())]);
    let said = folder.policy(&["scaffold", "--output", "p.yaml", "--", "sh", "server.sh"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    assert!(said.out.starts_with("p.yaml: 3 tools, ") && said.out.contains("; 11 left out"), "{said:?}");
    let text = std::fs::read_to_string(folder.path("p.yaml")).unwrap();
    assert!(text.len() < 20_000 && text.contains("Left out, and denied: 11"), "{text}");
    for why in [
        "- it has no name: entry 2\n",
        "- its name is no text: entry 3\n",
        "- its name is no text: entry 4\n",
        "- it has no name: entry 5\n",
        "- it has no name: entry 6\n",
        "- it is listed once more, and the first one stands: good\n",
        "- its name has characters that are not seen: new\\u{a}line\": {}\\u{a} \"b\n",
        "- its name has characters that are not seen: invisible",
        "- its name is longer than 512 characters:\n  # xxx",
        "- its name is blank:\n",
        "would allow more than this: all_*\n",
    ] {
        assert!(text.contains(why), "{why}: {text}");
    }
    let checked = folder.policy(&["check", "p.yaml"]);
    assert_eq!(checked.code, 0, "{checked:?}");
    assert!(checked.out.contains("a policy with 3 tools, 1 resource, 1 prompt"), "{checked:?}");
    for (tool, code) in [
        ("good", 0),
        ("large", 0),
        ("say \"hi\" # \\", 0),
        ("all_notes", 13),
        ("invisible\u{200b}", 13),
        ("anything", 13),
    ] {
        assert_eq!(folder.policy(&["explain", "p.yaml", "--tool", tool]).code, code, "{tool}: {text}");
    }
}

#[test]
fn a_server_that_lists_without_an_end_leaves_everything_as_it_was() {
    let endless = process(
        r#"i=${i:-2}; i=$((i+1)); echo "{\"jsonrpc\":\"2.0\",\"id\":$i,\"result\":{\"tools\":[],\"nextCursor\":\"$i\"}}""#,
    );
    let first = r#"{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"a"}],"nextCursor":"2"}}"#;
    let folder = Written::files(&[("server.sh", &endless), ("tools.json", first), ("p.yaml", "mine")]);
    for arguments in [&["scaffold"][..], &["scaffold", "--output", "p.yaml", "--force"]] {
        let said = folder.policy(&[arguments, &["--", "sh", "server.sh"]].concat());
        assert_eq!((said.code, said.out.as_str()), (1, ""), "{said:?}");
        let why = "the server lists more than 1000 pages of tools: no policy is made of a part, and nothing is written";
        assert!(said.err.contains(why), "{said:?}");
        assert_eq!(std::fs::read_to_string(folder.path("p.yaml")).unwrap(), "mine");
    }
}

/// A disk that is full in the middle of it, as far as the command knows.
#[test]
fn half_a_policy_is_written_nowhere() {
    let many: Vec<_> =
        (0..200).map(|i| json!({ "name": format!("tool_{i}"), "description": "Does." })).collect();
    let answer = json!({ "jsonrpc": "2.0", "id": 2, "result": { "tools": many } }).to_string();
    let folder =
        Written::files(&[("server.sh", &process(":")), ("tools.json", &answer), ("old.yaml", "mine")]);
    for (arguments, file) in [("--output p.yaml", "p.yaml"), ("--output old.yaml --force", "old.yaml")] {
        let script = format!(
            "trap '' XFSZ; ulimit -f 2; exec '{}' policy scaffold {arguments} -- sh server.sh",
            env!("CARGO_BIN_EXE_warded")
        );
        let mut command = Command::new("sh");
        let said = command.args(["-c", &script]).current_dir(folder.path("")).output().unwrap();
        let why = String::from_utf8(said.stderr).unwrap();
        assert_eq!(said.status.code(), Some(1), "{why}");
        assert!(why.contains(&format!("cannot write {file}")), "{why}");
    }
    assert_eq!(std::fs::read_to_string(folder.path("old.yaml")).unwrap(), "mine");
    let names = std::fs::read_dir(folder.path("")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["old.yaml", "server.sh", "tools.json"]);
}

/// It hears neither the end of its input nor any signal that may be ignored, and has started something that is no better.
const STUBBORN: &str = r#"trap '' HUP INT TERM
sleep 60 >/dev/null 2>&1 &
echo $$ $! > pids.part && mv pids.part pids
[ "$1" = speaks ] && echo '{"jsonrpc":"2.0","id":1}'
exec sleep 60
"#;

/// Whether a process is there, and not only waits for somebody to ask what became of it.
fn lives(pid: &str) -> bool {
    let state = Command::new("ps").args(["-o", "stat=", "-p", pid]).output().unwrap();
    let state = String::from_utf8(state.stdout).unwrap();
    !state.trim().is_empty() && !state.starts_with('Z')
}

/// A scaffold of a process that says nothing, started as `how` has it, and the processes that it has started.
fn begun(folder: &Written, how: &[&str], says: &str) -> (Child, String) {
    let command = Command::new("env")
        .args(how)
        .arg(env!("CARGO_BIN_EXE_warded"))
        .args(["policy", "scaffold", "--output", "p.yaml", "--", "sh", "server.sh", says])
        .current_dir(folder.path(""))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    loop {
        match std::fs::read_to_string(folder.path("pids")) {
            Ok(pids) => return (command, pids),
            Err(_) => sleep(Duration::from_millis(20)),
        }
    }
}

fn send(signal: &str, command: &Child) {
    let id = command.id().to_string();
    assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
}

fn assert_gone(pids: &str, why: &str) {
    for pid in pids.split_whitespace() {
        // It was killed before the command ended, and is perhaps about to go.
        let is_gone = (0..100).any(|_| {
            let is_gone = !lives(pid);
            if !is_gone {
                sleep(Duration::from_millis(20));
            }
            is_gone
        });
        assert!(is_gone, "{why}: process {pid} is left over");
    }
}

#[test]
fn a_process_and_all_that_it_has_started_end_with_the_command_however_that_ends() {
    for (how, says) in [("INT", ""), ("TERM", ""), ("HUP", ""), ("QUIT", ""), ("", "speaks")] {
        let folder = Written::files(&[("server.sh", STUBBORN)]);
        // Whoever runs this in the background may have had it ignore some of them.
        let (mut command, pids) = begun(&folder, &["--default-signal=INT,QUIT,HUP,TERM"], says);
        if !how.is_empty() {
            send(how, &command);
        }
        assert_eq!(command.wait().unwrap().code(), Some(1), "{how}{says}");
        assert_gone(&pids, how);
        assert!(!folder.path("p.yaml").exists());
    }
}

#[test]
fn what_its_caller_has_it_ignore_ends_no_command() {
    let folder = Written::files(&[("server.sh", STUBBORN)]);
    let (mut command, pids) = begun(&folder, &["--default-signal=TERM", "--ignore-signal=HUP,INT"], "");
    for ignored in ["HUP", "INT"] {
        send(ignored, &command);
        sleep(Duration::from_millis(300));
        assert!(command.try_wait().unwrap().is_none(), "{ignored} ended it");
    }
    send("TERM", &command);
    assert_eq!(command.wait().unwrap().code(), Some(1));
    assert_gone(&pids, "TERM");
}
