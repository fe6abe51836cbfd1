//! What does a scanner that nobody of us wrote find at the gateway and its issuer? `mcp-authlab` logs in with a real
//! browser, gets itself a token for another server, and attacks.

use serde_json::Value;

use crate::{
    bench::end,
    browser::Person,
    peer::installed,
    scene::{ANOTHER, SERVER, Scene},
};

#[tokio::test(flavor = "multi_thread")]
async fn mcp_authlab_finds_nothing() {
    let Some(python) = installed("WARDED_APPS_PYTHON") else { return };
    let scene = Scene::where_tools_need("{ whisper: [notes:write] }", Person::named("ada")).await;
    let Some(scene) = scene else { return };
    let (url, another) = (scene.gateway.url(SERVER), scene.gateway.url(ANOTHER));
    let run = async |words: &[&str]| {
        let mut command = scene.bench.command(&python, &scene.person);
        command.args(["-m", "mcp_authlab"]).args(words);
        command.env("HOME", scene.bench.folder()).env_remove("XDG_CONFIG_HOME").env_remove("XDG_STATE_HOME");
        let output = end(command).await;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        said
    };

    let logged_in = run(&["login", &url, "--foreign-resource", &another, "--thorough", "--no-color"]).await;
    assert!(!logged_in.contains('✗') && logged_in.contains("TOK-03 will run"), "{logged_in}");
    let scanned: Value =
        serde_json::from_str(&run(&["scan", &url, "--tool", "whisper", "--format", "json"]).await).unwrap();

    let results = scanned["results"].as_array().unwrap();
    let text = |result: &Value, member: &str| result[member].as_str().unwrap().to_owned();
    let mut others: Vec<_> = results.iter().filter(|result| result["status"] != "pass").collect();
    others.sort_by_key(|result| text(result, "id"));
    let others: Vec<_> = others.iter().map(|result| (text(result, "id"), text(result, "status"))).collect();
    // A tool that may not be called is not even shown, so it does not try one; and everything here is on loopback, in plain
    // HTTP.
    let expected = [("SCOPE-01", "skip"), ("TLS-01", "warn")];
    assert_eq!(others, expected.map(|(id, status)| (id.to_owned(), status.to_owned())), "{scanned:#}");
    assert!(scanned["must_failures"].as_array().unwrap().is_empty(), "{scanned:#}");
    assert!(scanned["coverage"]["critical_not_run"].as_array().unwrap().is_empty(), "{scanned:#}");
    assert_eq!(scanned["grade"], "A", "{scanned:#}");
}
