//! Does any token get in that the real keys did not sign?

use std::sync::LazyLock;

use warded_core::{
    Fleet, Hierarchy, InboundToken, Issuer, IssuerRules, IssuerSpec, Keyring, Mode, Possession, ResourceUri,
    Scopes, Server, ServerSpec, Verdict, danger::Unverified, jose::KeySet,
};

use crate::{NOW, keys};

/// The only tokens that the keys have signed. (For ES256 `(r, n - s)` would verify too, but no mutation of a
/// text becomes it by chance.)
const GOOD: [&str; 4] = [
    include_str!("../../corpus/jws/good-ed25519"),
    include_str!("../../corpus/jws/good-p256"),
    include_str!("../../corpus/jws/good-rsa"),
    include_str!("../../corpus/jws/good-ed25519-unordered"),
];

/// The server that the good tokens are for, and its neighbour.
static STAGE: LazyLock<(Server, Server, Keyring)> = LazyLock::new(|| {
    let server = |name: &str| ServerSpec {
        name: name.into(),
        resource: ResourceUri::parse(&format!("https://mcp.example.com/{name}")).expect("a fixed identifier"),
        aliases: Vec::new(),
        issuers: vec![0],
        tier: "default".into(),
        mode: Mode::Strict,
    };
    let url = Issuer::parse("https://login.example.com").expect("a fixed issuer");
    let mut keyring = Keyring::default();
    let set = KeySet::parse(keys::set().to_string().as_bytes()).expect("a fixed key set");
    keyring.hold(&url, set);
    let issuer =
        IssuerSpec { url, rules: IssuerRules::default(), audiences: Vec::new(), across_tiers: Vec::new() };
    let fleet = Fleet::prove(vec![server("notes"), server("files")], vec![issuer]).expect("a disjoint fleet");
    let named = |name| fleet.server(name).expect("a server of this fleet");
    (named("notes"), named("files"), keyring)
});

/// Judges bytes as a token. Nothing is admitted but the few tokens that the keys have signed.
///
/// Three lines are taken for header, claims and signature, so that a fuzzer reaches what lies behind base64url:
/// the first two are encoded, the third is used as it stands.
pub fn jws(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let lines: Vec<_> = text.splitn(3, '\n').collect();
    let token = match lines.as_slice() {
        [header, claims, signature] => {
            format!("{}.{signature}", keys::joined(header.as_bytes(), claims.as_bytes()))
        }
        _ => text.to_owned(),
    };
    judged(&token);
    // A mutation seldom cuts a signature off just behind the dot, and never puts a real one there.
    if let Some((signed, _)) = token.rsplit_once('.') {
        for good in ["."].iter().chain(&GOOD) {
            let (_, signature) = good.rsplit_once('.').unwrap_or_default();
            judged(&format!("{signed}.{signature}"));
        }
    }
}

fn judged(token: &str) {
    let is_good = GOOD.contains(&token);
    let (here, neighbour, keyring) = &*STAGE;
    assert_eq!(admitted(token, here, keyring), is_good, "only signed tokens are admitted: {token:?}");
    assert!(!admitted(token, neighbour, keyring), "a token for another server: {token:?}");

    let Ok(unverified) = Unverified::read(InboundToken::new(token.to_owned())) else {
        assert!(!is_good, "a good token can be read");
        return;
    };
    let faults = unverified.faults(NOW);
    let opens = unverified.would_open(here, NOW);
    let signed = unverified.signature_by(keyring.of(&here_issuer(here)).expect("its keys are held"));
    if is_good {
        assert_eq!(faults, [], "a good token has no faults");
    } else {
        // What stands against a token beside the signature, or the signature: one of them must.
        assert!(opens.is_err() || signed.is_err(), "it opens, and yet was not admitted: {token:?}");
    }
    assert!(unverified.would_open(neighbour, NOW).is_err() || !is_good);
    let permitted =
        unverified.would_permit(&Scopes::of(["notes:never"]).expect("a scope"), &Hierarchy::default());
    assert!(!is_good || permitted.is_err(), "a scope that was never given");
}

fn admitted(token: &str, server: &Server, keyring: &Keyring) -> bool {
    let inbound = InboundToken::new(token.to_owned());
    match inbound.judge(server, keyring, &Possession::default(), NOW) {
        Verdict::Admit(verified, residue) => {
            assert!(verified.waived().is_empty(), "a strict server waives nothing");
            assert!(residue.occurs_in(token.as_bytes()), "the residue lost its token");
            true
        }
        Verdict::Refuse(refusal) => {
            assert!(!refusal.to_string().is_empty(), "a refusal says why");
            false
        }
        Verdict::Unable(fault) => panic!("the keys are at hand, and yet {fault}"),
    }
}

fn here_issuer(server: &Server) -> Issuer {
    server.issuers().next().expect("it trusts one").url.clone()
}
