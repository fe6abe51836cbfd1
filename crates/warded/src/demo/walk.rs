//! The walk: what to type in another terminal, and why.

use std::path::{Path, PathBuf};

use warded_core::ResourceUri;

/// What a visitor is told. `harmless` and `powerful` are the two servers.
pub(crate) fn walk(harmless: &ResourceUri, powerful: &ResourceUri) -> String {
    let program = program();
    let program = program.display();
    format!(
        "\
Two MCP servers, one front door, one issuer. Walk through it in another terminal. Where you log in, a browser opens
and asks for two clicks; without one, open the URL that is printed.

1. Log in for the harmless server, and use it.
     $ {program} token get {harmless} --out search.token
     $ {program} call {harmless} search query=elsewhere --token search.token

2. Present that token at the powerful server. This is the attack: the issuer is the same, the signature is good.
     $ {program} call {powerful} delete_note id=1 --token search.token

3. Ask why it was refused.
     $ {program} explain audience-elsewhere

4. Log in for the powerful server: the note is still there, and what this token may not do is not even shown.
     $ {program} token get {powerful} --out notes.token
     $ {program} call {powerful} list_notes --token notes.token
     $ {program} call {powerful} --token notes.token

5. Try every way that the probe knows to use one token at the other server.
     $ {program} probe --a {harmless} --token-a search.token --b {powerful} --token-b notes.token

"
    )
}

/// How a visitor starts this program: by its path from here, where that is how it was built, else by its name.
fn program() -> PathBuf {
    let here = std::env::current_dir().ok();
    let program = std::env::current_exe().ok();
    let below = here.zip(program.as_ref()).and_then(|(here, program)| program.strip_prefix(here).ok());
    below.unwrap_or(Path::new("warded")).to_owned()
}
