//! What does each client of others do at our issuer, with a real browser? From the 401 to a tool call; a refresh; a tool
//! that needs more; and what it does when the person takes its access away. The record of it is a page.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path, process::Output};

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use crate::{
    bench::{end, told},
    browser::Person,
    peer::installed,
    scene::{SCOPE, SERVER, Scene, TEXT},
    strict,
    visitor::newer_node,
};

/// How many clients are at work at a time.
const AT_ONCE: usize = 2;
/// The tool that needs more than the server does.
const MORE: &str = "{ whisper: [notes:write] }";

const INTRODUCTION: &str = "# Clients at Warded's issuer

*Written by a test that runs each of them, with a real browser and a person before it.*

Each client meets a server that it knows nothing of: it is answered 401, finds the issuer, registers, and sends the person
to log in and to agree. Then a tool is called; its token is made useless, and it refreshes; a tool needs a scope that it has
not got; and the person takes its access away on the page of apps, after which nothing of it works until the person has
agreed again.

";

/// How a client is run.
#[derive(Clone)]
struct Client {
    /// What people know it by, and a word of the name that it registers under.
    name: String,
    registered: &'static str,
    run: Run,
    /// Whether it asks the person for more itself where a tool needs more; where not, that is the application's.
    steps_up: Option<&'static str>,
}

#[derive(Clone)]
enum Run {
    Script(std::path::PathBuf, &'static str),
    Program(std::path::PathBuf),
    Inspector,
    Remote,
}

/// What a Python package's version is, as its environment says.
fn python_version(python: &Path, package: &str) -> String {
    let code = format!("import importlib.metadata as m; print(m.version('{package}'))");
    let output = std::process::Command::new(python).args(["-c", &code]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// What an npm package's version is, where it is installed.
fn node_version(packages: &Path, package: &str) -> String {
    let text = fs::read(packages.join("node_modules").join(package).join("package.json")).unwrap();
    serde_json::from_slice::<Value>(&text).unwrap()["version"].as_str().unwrap().to_owned()
}

/// What a Go module's version is, by the list that the client is built from.
fn go_version() -> String {
    let list = include_str!("scripts/go/go.mod");
    let line = list.lines().find(|line| line.contains("modelcontextprotocol/go-sdk ")).unwrap();
    line.split_whitespace().last().unwrap().trim_start_matches('v').to_owned()
}

/// Those that this machine has, and whether that is everybody.
fn clients() -> (Vec<Client>, bool) {
    let node = installed("WARDED_CLIENTS_NODE");
    let of_node = |name: &str, package: &str, registered, script| {
        let packages = node.as_ref()?;
        let name = format!("{name} ({package} {})", node_version(packages, package));
        Some(Client { name, registered, run: Run::Script("node".into(), script), steps_up: None })
    };
    let python = installed("WARDED_CLIENTS_PYTHON");
    let of_python = |name: &str, package: &str, registered, script| {
        let python = python.as_ref()?;
        let name = format!("{name} ({package} {})", python_version(python, package));
        let run = Run::Script(python.clone(), script);
        Some(Client { name, registered, run, steps_up: Some("whisper") })
    };
    let go = installed("WARDED_CLIENTS_GO").map(|program| Client {
        name: format!("Go SDK (go-sdk {})", go_version()),
        registered: "Go SDK",
        run: Run::Program(program),
        steps_up: Some("whisper"),
    });
    let inspector = installed("WARDED_SERVERS_NODE").zip(newer_node()).map(|(packages, _)| Client {
        name: format!("MCP Inspector ({})", node_version(&packages, "@modelcontextprotocol/inspector")),
        registered: "Inspector",
        run: Run::Inspector,
        steps_up: Some("whisper"),
    });
    let remote = installed("WARDED_APPS_NODE").map(|packages| Client {
        name: format!("mcp-remote ({})", node_version(&packages, "mcp-remote")),
        registered: "MCP",
        run: Run::Remote,
        steps_up: Some("whisper"),
    });
    let all = [
        of_python("Python SDK", "mcp", "Python SDK", "python_sdk.py"),
        of_python("FastMCP", "fastmcp", "FastMCP", "fastmcp_client.py"),
        of_node("TypeScript SDK v1", "@modelcontextprotocol/sdk", "TypeScript SDK v1", "typescript-v1.mjs"),
        of_node(
            "TypeScript SDK v2",
            "@modelcontextprotocol/client",
            "TypeScript SDK v2",
            "typescript-v2.mjs",
        ),
        go,
        inspector,
        remote,
    ];
    let number = all.len();
    let here: Vec<_> = all.into_iter().flatten().collect();
    let is_everybody = here.len() == number;
    (here, is_everybody)
}

impl Client {
    async fn output(&self, scene: &Scene) -> Output {
        let (bench, person) = (&scene.bench, &scene.person);
        let (url, given) = (scene.gateway.url(SERVER), json!({ "text": TEXT }).to_string());
        let tool = self.steps_up.unwrap_or("note");
        let mut command = match &self.run {
            Run::Script(program, script) => {
                let mut command = bench.command(program, person);
                command.arg(bench.script(script)).args([&url, tool, &given]);
                command
            }
            Run::Program(program) => {
                let mut command = bench.command(program, person);
                command.args([&url, tool, &given]);
                command
            }
            Run::Inspector => {
                let mut command = bench.command(newer_node().unwrap(), person);
                command
                    .arg(bench.script("inspector-login.mjs"))
                    .arg(installed("WARDED_SERVERS_NODE").unwrap());
                command.args([&url, tool, &given]);
                command.env("BROWSER", format!("node {} %s", bench.script("browser.mjs").display()));
                command
            }
            Run::Remote => {
                let packages = installed("WARDED_APPS_NODE").unwrap();
                let mut command = bench.command(newer_node().unwrap(), person);
                command.arg(bench.app("remote.mjs", &packages)).args([&url, tool, &given]);
                command.arg(packages.join("node_modules/mcp-remote"));
                command.arg(installed("WARDED_CLIENTS_NODE").unwrap()).arg("notes:read notes:write");
                command
            }
        };
        let apps = scene.gateway.url("/issuers/default/apps");
        let revoke = bench.script("revoke.mjs");
        command.env("REVOKE", format!("node {} {apps} '{}'", revoke.display(), self.registered));
        end(command).await
    }

    /// Its row of the page. None where there is no browser.
    async fn row(&self) -> Option<String> {
        let person = Person::named("ada").who_expects(&[SERVER, SCOPE]);
        let scene = Scene::where_tools_need(MORE, person).await?;

        let told = told(&self.output(&scene).await);

        eprintln!("{}: {told}", self.name);
        let expected = if self.steps_up.is_some() { TEXT.to_lowercase() } else { TEXT.to_owned() };
        for what in ["call", "again", "after_revocation"] {
            assert_eq!(told[what], expected, "{}, {what}: {told}", self.name);
        }
        assert_eq!(told["refreshed"], true, "{}: {told}", self.name);
        let diary = scene.person.diary();
        let asks: BTreeMap<bool, usize> = consents(&diary);
        assert_eq!(scene.person.saw("taken away"), 1, "{diary:?}");
        let after = diary.iter().skip_while(|seen| seen["page"] != "taken away").skip(1);
        assert!(
            after.clone().any(|seen| seen["page"] == "consent"),
            "{}: it was let in again: {diary:?}",
            self.name
        );
        assert_eq!((scene.person.saw("lost"), scene.person.saw("complaint")), (0, 0), "{diary:?}");
        scene.kept_everything_to_themselves();
        let more = match (&self.run, self.steps_up, asks.get(&false)) {
            (_, None, _) => "left to the application",
            (_, Some(_), Some(_)) => "asks the person for more",
            (Run::Remote, ..) => {
                "asks for the same again; `--static-oauth-client-metadata` says so beforehand"
            }
            (_, Some(_), None) => "has asked for all at once",
        };
        Some(format!("| {} | yes | yes | {more} | asks the person anew |\n", self.name))
    }
}

/// How many pages asked for what every call needs alone (false), and how many for more (true).
fn consents(diary: &[Value]) -> BTreeMap<bool, usize> {
    let mut found = BTreeMap::new();
    for seen in diary.iter().filter(|seen| seen["page"] == "consent") {
        *found.entry(seen["text"].as_str().unwrap().contains("notes:write")).or_default() += 1;
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_client_gets_in_refreshes_asks_for_more_and_loses_what_is_taken_away() {
    let (clients, is_everybody) = clients();
    let rows: Vec<_> = stream::iter(&clients).map(Client::row).buffered(AT_ONCE).collect().await;
    let Some(rows) = rows.into_iter().collect::<Option<Vec<String>>>() else { return };
    let Some(strict) = strict::accepted().await else { return };
    if !is_everybody {
        eprintln!(
            "SKIPPED: docs/clients-at-the-issuer.md names somebody who is not here, so it is not compared"
        );
        return;
    }
    let mut page = INTRODUCTION.to_owned();
    page += "| client | from 401 to a tool call | refresh | a tool that needs more | access taken away |\n";
    page += "| --- | --- | --- | --- | --- |\n";
    page.extend(rows);
    page += "\nTwo libraries refuse every response that is not as its RFC says. Nothing but plain HTTP on loopback was allowed \
             them; they accepted:\n";
    for told in strict {
        let accepted = told["accepted"].as_array().unwrap().iter().filter_map(Value::as_str);
        let accepted: Vec<_> = accepted.collect();
        writeln!(page, "\n- **{}**: {}", told["library"].as_str().unwrap(), accepted.join("; ")).unwrap();
    }
    compare(&page);
}

/// Compares with the page, or writes it.
fn compare(record: &str) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/clients-at-the-issuer.md");
    #[expect(clippy::disallowed_methods, reason = "the task that writes pages says so")]
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        fs::write(&page, record).unwrap();
        return;
    }
    let written = fs::read_to_string(&page).unwrap_or_default();
    assert_eq!(written, record, "docs/clients-at-the-issuer.md is stale: `cargo xtask docs` writes it anew");
}
