//! The page "Connect any client", and what the pages of single clients say of the bridge: every configuration is started, and
//! every command is typed.

use std::process::Output;

use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    time::timeout,
};

use crate::{
    browser::Person,
    newcomer::{Newcomer, Program, blocks, starting_warded},
    port::free_port,
    scene::{SCOPE, SERVER, Scene, TEXT, TITLE},
};

const PAGE: &str = include_str!("../../../../docs/front/connect-any-client.md");
/// Pages that show how a client starts the bridge.
const PAGES: [(&str, &str); 5] = [
    ("this page", PAGE),
    ("Claude Code", include_str!("../../../../docs/front/claude-code.md")),
    ("VS Code", include_str!("../../../../docs/front/vscode.md")),
    ("Cursor", include_str!("../../../../docs/front/cursor.md")),
    ("Claude Desktop", include_str!("../../../../docs/front/claude-desktop.md")),
];
/// Where the page listens.
const ITS_PORT: &str = "127.0.0.1:8701";

#[tokio::test(flavor = "multi_thread")]
async fn one_login_beforehand_serves_every_program_of_the_pages() {
    let person = Person::named("ada").who_expects(&[TITLE, SERVER, SCOPE]);
    let Some(scene) = Scene::with_our_issuer(person).await else { return };
    let newcomer = Newcomer::to(&scene);
    let [log_in, listen, ask] = blocks(PAGE, "sh")[..] else { panic!("the page has three commands") };
    succeeds(&newcomer.types(log_in).await);

    let mut started = 0;
    for (name, page) in PAGES {
        let configurations = starting_warded(page);
        assert!(!configurations.is_empty(), "{name}");
        for (configuration, key) in configurations {
            let key = if key == "servers" { "servers" } else { "mcpServers" };
            let program = Program { name: "any client", file: "configuration.json", key };
            assert_eq!(newcomer.starts(&program, configuration).await["call"], TEXT, "{name}");
            started += 1;
        }
    }
    assert_eq!(started, 7);

    let place = format!("127.0.0.1:{}", free_port());
    let mut listener = newcomer.shell(&format!("exec {}", listen.replace(ITS_PORT, &place))).spawn().unwrap();
    let url = listening(listener.stderr.take().unwrap()).await;
    assert_eq!(url, format!("http://{place}{SERVER}"), "it says which URL the program gets");
    let answer = newcomer.types(&ask.replace(ITS_PORT, &place)).await;
    succeeds(&answer);
    assert!(String::from_utf8_lossy(&answer.stdout).contains("\"serverInfo\""), "{answer:?}");
    let astray = ask.replace(ITS_PORT, &place).replace("$(cat notes.bearer)", "astray");
    assert!(!newcomer.types(&astray).await.status.success(), "the bearer counts");

    assert_eq!(scene.person.saw("login"), 1, "{:?}", scene.person.diary());
    scene.kept_everything_to_themselves();
}

fn succeeds(output: &Output) {
    assert!(output.status.success(), "{output:?}");
}

/// The URL that it says it listens on.
async fn listening(said: impl AsyncRead + Unpin + Send + 'static) -> String {
    let mut lines = BufReader::new(said).lines();
    let found = async {
        loop {
            let line = lines.next_line().await.unwrap().expect("it ends without listening");
            if let Some((_, rest)) = line.split_once("listening on ") {
                return rest.split(' ').next().unwrap().to_owned();
            }
        }
    };
    let url = timeout(std::time::Duration::from_mins(1), found).await.expect("it does not listen");
    // Whoever stops reading stops whoever writes.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    url
}
