//! The reference pages, made from the very tables and structs that act. A test fails when a page is stale.

use clap::CommandFactory as _;
use schemars::schema_for;
use serde_json::Value;
use warded_core::{
    Entry,
    provider::{Binding, Checked, PRESETS, Preset},
};
use warded_issuer::Reason;

use crate::{cli::Cli, config::Config, finding::Rule};

mod diagnoses;
mod policy;
mod probe;
mod scan;

const GENERATED: &str = "<!-- Generated: `cargo xtask docs` writes this page. -->\n\n";

/// Every page: its path below `docs/`, and its text.
pub fn pages() -> Vec<(String, String)> {
    let mut pages = vec![
        ("reference/configuration.md".to_owned(), configuration()),
        ("reference/warded.schema.json".to_owned(), schema()),
        ("reference/refusals.md".to_owned(), refusals()),
        ("reference/issuer-refusals.md".to_owned(), issuer_refusals()),
        ("reference/findings.md".to_owned(), findings()),
        ("reference/cli.md".to_owned(), command_line()),
        ("reference/probe.md".to_owned(), probe::cases()),
        ("reference/diagnoses.md".to_owned(), diagnoses::page()),
        ("reference/policy.md".to_owned(), policy::page()),
        ("reference/scan-settings.md".to_owned(), scan_settings()),
        ("providers/README.md".to_owned(), providers()),
    ];
    pages.extend(scan::pages());
    pages.extend(PRESETS.iter().map(|preset| (format!("providers/{}.md", preset.name), provider(preset))));
    pages
}

fn schema() -> String {
    format!("{:#}\n", schema_for!(Config).to_value())
}

fn configuration() -> String {
    let schema = schema_for!(Config).to_value();
    let mut page = format!(
        "{GENERATED}# Configuration\n\n`warded.yaml` is one YAML file. Unknown keys, duplicate keys and literal secrets \
         are errors. The JSON schema for editors is `warded schema`; a whole example is \
         [examples/fleet/warded.yaml](../../examples/fleet/warded.yaml).\n\n"
    );
    section(&schema, &schema, "", &mut page);
    page
}

fn scan_settings() -> String {
    let schema = schema_for!(warded_scan::SettingsDocument).to_value();
    let mut page = format!(
        "{GENERATED}# `warded-scan.toml`\n\nWhat a project says about how `warded scan` looks at it. The file is taken \
         from the folder of the first PATH, or the nearest one above it in the same repository; `--config` names another \
         one. Unknown keys and rules that there are not are errors.\n\n```toml\nexclude = [\"tests/\", \
         \"**/*_generated.go\"]\nmin-confidence = \"medium\"\nbudget = 10\n\n[[path]]\nglob = \"examples/\"\nignore \
         = [\"WRD105\"]\nseverity = \"note\"\n```\n\n"
    );
    section(&schema, &schema, "", &mut page);
    page
}

/// The keys of one mapping, then those of the mappings below it.
fn section(root: &Value, mapping: &Value, path: &str, page: &mut String) {
    let required: Vec<_> =
        mapping["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut below = Vec::new();
    for (key, value) in mapping["properties"].as_object().into_iter().flatten() {
        let (kind, inner) = kind(root, value);
        let name = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let must = if required.contains(&key.as_str()) { ", required" } else { "" };
        let text = value["description"].as_str().unwrap_or_default().replace('\n', " ");
        *page += &format!("### `{name}`\n\n*{kind}{must}*\n\n{text}\n\n");
        let choices = value["oneOf"].as_array().or_else(|| resolved(root, value)["oneOf"].as_array());
        for choice in choices.into_iter().flatten() {
            let text = choice["description"].as_str().unwrap_or_default().replace('\n', " ");
            if let Some(word) = choice["const"].as_str() {
                *page += &format!("- `{word}`: {text}\n");
            }
        }
        if choices.is_some() {
            page.push('\n');
        }
        if let Some((inner, step)) = inner {
            below.push((format!("{name}{step}"), inner));
        }
    }
    for (path, inner) in below {
        section(root, inner, &path, page);
    }
}

/// What kind of value it is, and the mapping that it leads to.
fn kind<'a>(root: &'a Value, value: &'a Value) -> (String, Option<(&'a Value, &'static str)>) {
    let value = resolved(root, value);
    let types = value["type"].as_str().or_else(|| value["type"].get(0)?.as_str()).unwrap_or("string");
    if let Some(words) = value["enum"].as_array() {
        let words: Vec<_> = words.iter().filter_map(Value::as_str).map(|word| format!("`{word}`")).collect();
        return (format!("one of {}", words.join(", ")), None);
    }
    match types {
        "array" => {
            let (item, below) = kind(root, &value["items"]);
            (format!("list of: {item}"), below.map(|(inner, _)| (inner, "[]")))
        }
        "object" if value["properties"].is_object() => ("mapping".to_owned(), Some((value, ""))),
        "object" => {
            let inner = resolved(root, &value["additionalProperties"]);
            let (item, _) = kind(root, inner);
            let below = inner["properties"].is_object().then_some((inner, ".NAME"));
            (format!("mapping from names to: {item}"), below)
        }
        "integer" => ("number".to_owned(), None),
        "boolean" => ("`true` or `false`".to_owned(), None),
        _ if value["format"] == "date" => ("day, such as `2027-01-31`".to_owned(), None),
        _ if value["pattern"].as_str().is_some_and(|pattern| pattern.ends_with("iB$")) => {
            ("size, such as `512KiB` or `8MiB`".to_owned(), None)
        }
        _ if value["pattern"].is_string() => ("span of time, such as `90s` or `12h`".to_owned(), None),
        _ => ("text".to_owned(), None),
    }
}

/// Follows references, and looks through the wrappers that stand for "or absent".
fn resolved<'a>(root: &'a Value, value: &'a Value) -> &'a Value {
    let reference = value["$ref"].as_str().or_else(|| value["anyOf"].get(0)?["$ref"].as_str());
    let target = reference.and_then(|reference| root.pointer(reference.trim_start_matches('#')));
    target.or_else(|| value["anyOf"].get(0)).unwrap_or(value)
}

fn refusals() -> String {
    let mut page = format!(
        "{GENERATED}# Refusals\n\nWhy a token is refused. Every refusal has a stable code; the journal, the metrics and \
         `warded explain CODE` use the same one. The caller is told no more than the public text.\n\n\
         | code | status | what it means |\n| --- | --- | --- |\n"
    );
    for entry in Entry::all() {
        page += &format!("| [`{0}`](#{0}) | {1} | {2} |\n", entry.code, entry.status, cell(entry.meaning));
    }
    for entry in Entry::all() {
        let error = entry.error.map_or(String::new(), |error| format!(" `{}`", error.name()));
        page += &format!(
            "\n## {}\n\n{}\n\n- **What to do**: {}\n- **Stands on**: {}\n- **The caller sees**: {}{error}, \"{}\"\n- \
             **Example**: {}\n",
            entry.code,
            entry.meaning,
            entry.advice,
            entry.clause,
            entry.status,
            entry.public,
            code(entry.example),
        );
    }
    page
}

fn issuer_refusals() -> String {
    let mut page = format!(
        "{GENERATED}# Refusals of the built-in issuers\n\nWhy a client gets no token. Every refusal has a stable code; \
         the log and `warded explain CODE` use the same one. The client is told no more than the error and the public \
         text; a refusal that is sent by way of a browser has no status of its own.\n\n\
         | code | error | what it means |\n| --- | --- | --- |\n"
    );
    for reason in Reason::all() {
        page +=
            &format!("| [`{0}`](#{0}) | `{1}` | {2} |\n", reason.code, reason.error, cell(reason.meaning));
    }
    for reason in Reason::all() {
        page += &format!(
            "\n## {}\n\n{}\n\n- **What to do**: {}\n- **Stands on**: {}\n- **The client sees**: {} `{}`, \"{}\"\n",
            reason.code,
            reason.meaning,
            reason.advice,
            reason.clause,
            reason.status,
            reason.error,
            reason.public,
        );
    }
    page
}

fn findings() -> String {
    let mut page = format!(
        "{GENERATED}# Findings of `warded check`\n\nThe exit code is that of the worst finding: 11 note, 12 medium, 13 \
         high, 14 critical; 1 where the file could not be read at all. Findings below high can be accepted by name: \
         `warded check --accept CODE`.\n\n| code | severity | what it means |\n| --- | --- | --- |\n"
    );
    for rule in Rule::ALL {
        let severity = if rule.fatal { "unreadable" } else { rule.severity.name() };
        page += &format!("| [`{0}`](#{0}) | {severity} | {1} |\n", rule.code, cell(rule.meaning));
    }
    for rule in Rule::ALL {
        page += &format!(
            "\n## {}\n\n{}\n\n- **What to do**: {}\n- **Example**: {}\n",
            rule.code,
            rule.meaning,
            rule.advice,
            code(rule.example),
        );
    }
    page
}

fn command_line() -> String {
    let mut page = format!("{GENERATED}# Command line\n");
    let mut command = Cli::command().term_width(100);
    command.build();
    page += &format!("\n## warded\n\n```text\n{}```\n", help(&mut command));
    for subcommand in command.get_subcommands_mut().filter(|subcommand| subcommand.get_name() != "help") {
        let name = subcommand.get_name().to_owned();
        page += &format!("\n## warded {name}\n\n```text\n{}```\n", help(subcommand));
    }
    page
}

fn help(command: &mut clap::Command) -> String {
    let help = command.render_long_help().to_string();
    let lines: Vec<_> = help.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

fn providers() -> String {
    let mut page = format!(
        "{GENERATED}# Identity providers\n\n`provider: NAME` at an issuer sets what that provider is known to send, so \
         that a new user does not meet a wall of refusals. None of these providers was run for these pages; each fact \
         says where it was read.\n\n| provider | accepted `typ` | names one server in `aud` |\n| --- | --- | --- |\n"
    );
    for preset in PRESETS {
        let types = preset.types.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        page +=
            &format!("| [{}]({}.md) | {types} | {} |\n", preset.title, preset.name, binding(preset.binding));
    }
    page
}

const fn binding(binding: Binding) -> &'static str {
    match binding {
        Binding::Resource => "the `resource` that the client sends",
        Binding::PerServerAudience => "one configured value per API or application",
        _ => "only after something is switched on",
    }
}

fn provider(preset: &Preset) -> String {
    let list = |values: &[&str], none: &str| match values {
        [] => none.to_owned(),
        values => values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", "),
    };
    let algorithms: Vec<_> = preset.algorithms.iter().map(|algorithm| algorithm.name()).collect();
    let mut page = format!(
        "{GENERATED}# {}\n\n```yaml\nissuers:\n  NAME:\n    url: …\n    provider: {}\n```\n\nThe preset sets:\n\n- \
         accepted `typ`: {}\n- algorithms: {}\n- companions: {}\n- claims that mark its access tokens: {}\n- the issuer's \
         `url` {}\n- what names a server in `aud`: {}\n",
        preset.title,
        preset.name,
        list(preset.types, "none"),
        list(&algorithms, "none"),
        list(preset.companions, "none"),
        list(preset.marks, "none"),
        preset.issuer.describe(),
        binding(preset.binding),
    );
    if let Some(caution) = preset.caution {
        page += &format!("\n## What no preset can make safe\n\n{caution}\n");
    }
    page += "\n## Give each server an audience of its own\n\n";
    for (number, step) in preset.setup.iter().enumerate() {
        page += &format!("{}. {step}\n", number + 1);
    }
    page += "\n## What is known, and from where\n\nNot run live.\n\n";
    for fact in preset.facts {
        let source = match fact.checked {
            Checked::Document => format!("documentation or discussion: <{}>", fact.source),
            Checked::Source => format!("source code: <{}>", fact.source),
            _ => "general knowledge, not verified".to_owned(),
        };
        page += &format!("- {} ({source}, {})\n", fact.says, fact.seen);
    }
    page
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Examples are prose with code in it, or code alone.
fn code(example: &str) -> String {
    if example.contains('`') || !example.starts_with(['{', 'h']) {
        example.to_owned()
    } else {
        format!("`{example}`")
    }
}
