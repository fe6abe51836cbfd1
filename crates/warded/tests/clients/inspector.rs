//! The page on the MCP Inspector, command by command, with a person who logs in.

use std::{path::PathBuf, process::Output};

use crate::{
    bench::end,
    browser::Person,
    peer::installed,
    scene::{SERVER, Scene},
    visitor::newer_node,
};

const PAGE: &str = include_str!("../../../../docs/front/inspector.md");
/// What the page calls the server, and the Inspector.
const ITS_URL: &str = "https://mcp.example.com/notes/mcp";
const INSPECTOR: &str = "npx -y @modelcontextprotocol/inspector@2.12.0 ";

/// What somebody has who follows the page.
struct Reader {
    scene: Scene,
    node: PathBuf,
    packages: PathBuf,
}

impl Reader {
    /// Runs a command of the page.
    async fn types(&self, command: &str) -> Output {
        let launcher = "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js";
        let inspector = format!("{} {} ", self.node.display(), self.packages.join(launcher).display());
        let warded = format!("{} ", env!("CARGO_BIN_EXE_warded"));
        let command = command
            .replace("warded ", &warded)
            .replace(INSPECTOR, &inspector)
            .replace(ITS_URL, &self.scene.gateway.url(SERVER));
        let browser = format!("node {}", self.scene.bench.script("browser.mjs").display());
        let mut shell = self.scene.bench.command("sh", &self.scene.person);
        shell.args(["-c", &command]).env("BROWSER", browser).env("HOME", self.scene.bench.folder());
        shell.env_remove("XDG_STATE_HOME");
        end(shell).await
    }
}

/// Every command of the page, in order.
fn commands() -> Vec<&'static str> {
    let blocks = PAGE.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.flat_map(str::lines).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_its_page_do_what_the_page_says() {
    let (Some(node), Some(packages)) = (newer_node(), installed("WARDED_SERVERS_NODE")) else { return };
    let Some(scene) = Scene::with_our_issuer(Person::named("ada")).await else { return };
    let reader = Reader { scene, node, packages };
    let [get, list, call, login, bridge] = commands()[..] else { panic!("the page has five commands") };
    for (command, says) in [(get, ""), (list, "whisper"), (call, "tea"), (login, ""), (bridge, "whisper")] {
        let output = reader.types(command).await;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && said.contains(says), "{command}: {output:?}");
    }
    // The token in the file is bound to no key, and the bridge's is.
    assert_eq!(reader.scene.person.saw("login"), 2, "the bridge has its token already");

    // A token that is none.
    let astray = list.replace("$(cat notes.token)", "astray") + " --stored-auth-only --format json";
    let output = reader.types(&astray).await;
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && complaint.contains("auth_required"), "{output:?}");
    reader.scene.kept_everything_to_themselves();
}
