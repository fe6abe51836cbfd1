//! In which order is a call judged? Hidden, not listed, the rules of its name, of patterns, and for all.

use crate::support::{call, denied, of, policy, tool};
use warded_policy::{Place, Policy, Target};

#[test]
fn what_is_hidden_is_denied_before_anything_else() {
    let policy = policy(
        "version: \"1\"\ndefault: deny\nhide: [wipe, \"secret_*\"]\ntools:\n  wipe:\n    rules:\n      - name: r\n        action: deny\n",
    );
    for name in ["wipe", "secret_", "secret_key"] {
        let told = format!("Tool \"{name}\" is hidden by policy");
        assert_eq!(denied(&policy, &tool(name, "{}")), Some(told));
        assert!(policy.hides(name));
    }
    assert_eq!(denied(&policy, &tool("Wipe", "{}")), Some("Tool \"Wipe\" is not permitted by policy".into()));
    assert!(!policy.hides("Wipe") && !policy.hides("secre"));
    let all = crate::support::policy("version: \"1\"\nhide: [\"*\"]\n");
    assert!(all.hides("anything") && denied(&all, &tool("anything", "{}")).is_some());
}

#[test]
fn what_is_not_listed_is_denied_and_rules_for_all_do_not_list_it() {
    let policy = policy(
        "version: \"1\"\ndefault: deny\ntools:\n  read: {rules: []}\n  \"list_*\": {rules: []}\n  \"*\": {rules: []}\n",
    );
    for (name, is_denied) in
        [("read", false), ("list_", false), ("list_all", false), ("write", true), ("", true)]
    {
        assert_eq!(denied(&policy, &tool(name, "{}")).is_some(), is_denied, "{name}");
    }
    assert_eq!(denied(&policy, &tool("*", "{}")), None, "a tool of this name is listed");
}

const RULES: &str = r#"
version: "1"
tools:
  "*":
    rules:
      - {name: all, conditions: [{path: args.all, op: eq, value: 1}], on_deny: all}
  "re*":
    rules:
      - {name: like, conditions: [{path: args.like, op: eq, value: 1}], on_deny: like}
  read:
    rules:
      - {name: first, conditions: [{path: args.a, op: eq, value: 1}, {path: args.b, op: eq, value: 1}], on_deny: first}
      - {name: second, conditions: [{path: args.c, op: eq, value: 1}]}
  "*d":
    rules:
      - {name: later, conditions: [{path: args.later, op: eq, value: 1}], on_deny: later}
"#;

#[test]
fn rules_of_the_name_come_first_then_patterns_as_they_stand_then_those_for_all() {
    let policy = policy(RULES);
    for (arguments, told) in [
        ("{}", Some("first")),
        (r#"{"a":1}"#, Some("first")),
        (r#"{"a":1,"b":1}"#, Some("Denied by rule \"second\"")),
        (r#"{"a":1,"b":1,"c":1}"#, Some("like")),
        (r#"{"a":1,"b":1,"c":1,"like":1}"#, Some("later")),
        (r#"{"a":1,"b":1,"c":1,"like":1,"later":1}"#, Some("all")),
        (r#"{"a":1,"b":1,"c":1,"like":1,"later":1,"all":1}"#, None),
    ] {
        assert_eq!(denied(&policy, &tool("read", arguments)).as_deref(), told, "{arguments}");
    }
    assert_eq!(denied(&policy, &tool("write", "{}")).as_deref(), Some("all"));
    assert_eq!(denied(&policy, &tool("add", "{}")).as_deref(), Some("later"));
    assert_eq!(denied(&policy, &tool("*", r#"{"all":1}"#)), None);
    assert_eq!(denied(&policy, &tool("*", "{}")).as_deref(), Some("all"));
}

#[test]
fn a_rule_that_denies_denies_whatever_it_says_besides() {
    let policy = policy(
        "version: \"1\"\ntools:\n  t:\n    rules:\n      - name: no\n        action: deny\n        state: {counter: c, window: day, increment_from: args.a}\n",
    );
    for arguments in ["{}", r#"{"a":1}"#, r#"{"a":2}"#] {
        assert_eq!(denied(&policy, &tool("t", arguments)), Some("Denied by rule \"no\"".into()));
    }
    assert_eq!(denied(&policy, &tool("other", "{}")), None);
}

#[test]
fn each_file_is_asked_in_turn_and_what_one_hides_is_hidden() {
    let shared = "version: \"1\"\nhide: [wipe]\ntools:\n  t:\n    rules: [{name: r, conditions: [{path: args.a, op: exists, value: true}], on_deny: shared}]\n";
    let own = "version: \"1\"\ndefault: deny\nhide: [drop]\ntools:\n  t:\n    rules: [{name: r, conditions: [{path: args.b, op: exists, value: true}], on_deny: own}]\n";
    let policy = of(&[(Place::Shared, shared), (Place::Server("notes".into()), own)]);
    for (name, arguments, told) in [
        ("t", "{}", Some("shared")),
        ("t", r#"{"a":1}"#, Some("own")),
        ("t", r#"{"a":1,"b":1}"#, None),
        ("u", "{}", Some("Tool \"u\" is not permitted by policy")),
        ("wipe", "{}", Some("Tool \"wipe\" is hidden by policy")),
        ("drop", "{}", Some("Tool \"drop\" is hidden by policy")),
    ] {
        assert_eq!(denied(&policy, &tool(name, arguments)).as_deref(), told, "{name} {arguments}");
    }
    assert!(policy.hides("wipe") && policy.hides("drop"));
    assert_eq!(policy.files().map(|file| &**file).collect::<Vec<_>>(), ["first.yaml", "second.yaml"]);
}

const RESOURCES: &str = r#"
version: "1"
default: deny
tools:
  t: {rules: []}
resources:
  "file:///pub/*": {rules: []}
  "file:///pub/secret": {rules: [{name: no, action: deny, on_deny: secret}]}
prompts:
  greet: {rules: []}
"#;

#[test]
fn a_resource_is_denied_by_the_rules_of_any_of_its_spellings_and_listed_by_the_one_that_was_sent() {
    let policy = policy(RESOURCES);
    let told = |target| denied(&policy, &call(target, "{}"));
    for (spellings, expected) in [
        (&["file:///pub/a"][..], None),
        (&["file:///pub/a", "file:///pub/a/"], None),
        (&["file:///pub/secret/", "file:///pub/secret"], Some("secret")),
        (&["file:///etc/passwd"], Some("Resource \"file:///etc/passwd\" is not permitted by policy")),
        (
            &["file:///etc/passwd", "file:///pub/a"],
            Some("Resource \"file:///etc/passwd\" is not permitted by policy"),
        ),
        (&[], Some("Resource is not permitted by policy")),
    ] {
        assert_eq!(told(Target::Resource(spellings)).as_deref(), expected, "{spellings:?}");
    }
    assert_eq!(told(Target::Prompt("greet")), None);
    assert_eq!(told(Target::Prompt("t")).as_deref(), Some("Prompt \"t\" is not permitted by policy"));
    assert!(told(Target::Tool("greet")).is_some());
}

#[test]
fn what_is_spelled_like_no_resource_is_denied_by_every_rule() {
    assert!(denied(&policy(RESOURCES), &call(Target::AnyResource, "{}")).is_some());
    let allowing = RESOURCES.replace("default: deny", "default: allow");
    for target in [Target::AnyResource, Target::Resource(&[])] {
        assert_eq!(denied(&policy(&allowing), &call(target, "{}")).as_deref(), Some("secret"));
    }
    let harmless = policy("version: \"1\"\nresources:\n  \"file:///a\": {rules: []}\n");
    assert_eq!(denied(&harmless, &call(Target::AnyResource, "{}")), None);
}

#[test]
fn a_file_that_says_nothing_of_resources_and_prompts_is_about_tools() {
    let policy =
        policy("version: \"1\"\ndefault: deny\ntools:\n  \"*\": {rules: [{name: r, action: deny}]}\n");
    assert_eq!(denied(&policy, &call(Target::Resource(&["file:///a"]), "{}")), None);
    assert_eq!(denied(&policy, &call(Target::AnyResource, "{}")), None);
    assert_eq!(denied(&policy, &call(Target::Prompt("p"), "{}")), None);
    assert!(denied(&policy, &tool("t", "{}")).is_some());
}

#[test]
fn an_empty_section_is_none() {
    // `check` warns of it: `policy-governs-nothing`.
    for empty in ["", "{}", "null"] {
        let source = format!("version: \"1\"\ndefault: deny\nresources: {empty}\nprompts: {empty}\n");
        let policy = policy(&source);
        assert_eq!(denied(&policy, &call(Target::Resource(&["file:///a"]), "{}")), None);
        assert_eq!(denied(&policy, &call(Target::Prompt("p"), "{}")), None);
    }
}

#[test]
fn a_policy_knows_what_it_says_at_all() {
    assert!(Policy::default().is_empty());
    assert!(policy("version: \"1\"\n").is_empty());
    assert!(!policy("version: \"1\"\ndefault: deny\n").is_empty());
    assert!(!policy("version: \"1\"\nhide: [x]\n").is_empty());
    let policy = policy(RULES);
    assert!(!policy.is_empty());
    assert!(policy.reads_arguments(Target::Tool("read")) && !policy.reads_arguments(Target::Prompt("read")));
}

#[test]
fn scopes_are_collected_from_the_files_that_refuse() {
    let own = "version: \"1\"\ntools:\n  \"delete_*\": {rules: [], scopes: [notes:write, notes:admin]}\nprompts:\n  p: {rules: [], scopes: [notes:read]}\n";
    let other = "version: \"1\"\ntools:\n  \"delete_*\": {rules: [], scopes: [notes:write, audit]}\n";
    let shadow = "version: \"1\"\nshadow: true\ntools:\n  read: {rules: [], scopes: [never]}\n";
    let server = || Place::Server("notes".into());
    let scopes = of(&[(Place::Shared, other), (server(), own), (server(), shadow)]).scopes();
    let all = |texts: &[&str]| texts.iter().map(|text| Box::from(*text)).collect::<Vec<Box<str>>>();
    assert_eq!(scopes.tools.get("delete_*"), Some(&all(&["audit", "notes:admin", "notes:write"])));
    assert_eq!(scopes.prompts.get("p"), Some(&all(&["notes:read"])));
    assert_eq!((scopes.tools.len(), scopes.resources.len(), scopes.prompts.len()), (1, 0, 1));
}
