use super::super::{Document, FILES};
use crate::look;

#[test]
fn who_differs_by_version_says_of_which_package_and_since_when() {
    let mut count = 0;
    for (file, text) in FILES {
        let document: Document = toml::from_str(text).unwrap();
        for call in document.call {
            let meant = call.otherwise.len();
            let name = call.name().to_owned();
            let call = call.with_versions(document.package.as_deref());
            assert_eq!(call.in_versions.len(), meant, "{file}: {name}");
            assert_eq!(call.package.is_some(), meant > 0, "{file}: {name}");
            let measured = call.in_versions.iter().all(|version| version.call.measured.is_some());
            assert!(measured, "{file}: {name}");
            count += meant;
        }
    }
    assert!(count > 3);
}

/// Rule and message of all that is told of a file with such others beside it.
fn told(file: (&str, &str), beside: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let files = beside.iter().chain([&file]).map(|(path, text)| ((*path).into(), (*text).to_owned()));
    let findings = look(files.collect()).findings;
    findings.into_iter().map(|finding| (finding.rule.id, finding.message)).collect()
}

fn lock(package: &str, version: &str) -> String {
    format!("[[package]]\nname = \"{package}\"\nversion = \"{version}\"\n")
}

const OF_RUST: &str = "use jsonwebtoken::{Validation, decode};

fn who(token: &str) -> Option<Claims> {
    let validation = Validation::new(Algorithm::RS256);
    decode::<Claims>(token, &key(), &validation).map(|data| data.claims).ok()
}
";

#[test]
fn the_version_in_a_lock_decides_what_is_told() {
    let file = ("crates/a/src/lib.rs", OF_RUST);
    let message = |beside: &[(&str, &str)]| {
        let told = told(file, beside);
        assert_eq!(told.iter().map(|(rule, _)| *rule).collect::<Vec<_>>(), ["WRD201"], "{told:?}");
        told[0].1.clone()
    };
    let any = "nobody asks for which server this token is: a token for any other server is accepted";
    let absent = "nobody asks for which server this token is: a token that names no server is accepted";
    let locked = |version| message(&[("Cargo.lock", &lock("jsonwebtoken", version))]);
    assert_eq!(locked("8.3.0"), format!("{any} (measured with jsonwebtoken 8.3; here it is 8.3)"));
    assert_eq!(locked("7.1.0"), format!("{any} (measured with jsonwebtoken 7.2; here it is 7.1)"));
    assert_eq!(locked("9.0.0"), format!("{absent} (measured with jsonwebtoken 11.1; here it is 9.0)"));
    // What is not known is as in the newest, and so is what may be either.
    assert_eq!(message(&[]), format!("{absent} (measured with jsonwebtoken 11.1)"));
    let wanted =
        |range| message(&[("crates/a/Cargo.toml", &format!("[dependencies]\njsonwebtoken = {range:?}"))]);
    assert_eq!(wanted(">=8"), format!("{absent} (measured with jsonwebtoken 11.1; here it is 8.0 or newer)"));
    assert_eq!(
        wanted("8.1"),
        format!("{any} (measured with jsonwebtoken 8.3; here it is 8.1 or newer, older than 9.0)")
    );
    // That of another folder says nothing.
    let other = lock("jsonwebtoken", "8.3.0");
    assert_eq!(
        message(&[("crates/b/Cargo.lock", &other)]),
        format!("{absent} (measured with jsonwebtoken 11.1)")
    );
}

#[test]
fn a_claim_that_may_be_missing_is_told_of_the_versions_that_let_it() {
    let set = OF_RUST
        .replace("let validation", "let mut validation")
        .replace("RS256);", "RS256);\n    validation.set_audience(&[SERVER_URL]);");
    let rules = |version| {
        let told = told(("src/lib.rs", &set), &[("Cargo.lock", &lock("jsonwebtoken", version))]);
        told.into_iter().map(|(rule, _)| rule).collect::<Vec<_>>()
    };
    assert_eq!(rules("9.3.1"), ["WRD203"]);
    assert_eq!(rules("8.3.0"), ["WRD203"]);
    assert_eq!(rules("7.2.0"), [""; 0]);
}

#[test]
fn a_setting_that_a_version_does_not_know_does_nothing() {
    let code = "from mcp.server.auth.settings import AuthSettings\nfrom mcp.server.fastmcp import FastMCP\n\napp = FastMCP(auth=AuthSettings(issuer_url=ISSUER, resource_server_url=HERE, validate_token_resource=True))\n";
    let told = |pin| told(("server/app.py", code), &[("requirements.txt", pin)]);
    assert_eq!(told("mcp==1.30.0"), []);
    assert_eq!(told("mcp>=1.20"), []);
    let old = told("mcp[cli]==1.29.1");
    assert_eq!(old.len(), 1, "{old:?}");
    assert_eq!(old[0].0, "WRD206");
    assert_eq!(told("\u{feff}mcp[cli]==1.29.1"), old);
    assert!(old[0].1.ends_with("(measured with mcp 1.29; here it is 1.29.1)"), "{old:?}");
}

#[test]
fn what_a_version_passes_over_switches_nothing_off() {
    let code = "import jwt\n\ndef who(token):\n    return jwt.decode(token, KEY, algorithms=['RS256'], verify=False)\n";
    let rules = |beside: &[(&str, &str)]| {
        told(("who.py", code), beside).into_iter().map(|(rule, _)| rule).collect::<Vec<_>>()
    };
    assert_eq!(rules(&[("uv.lock", &lock("pyjwt", "1.7.1"))]), ["WRD202"]);
    assert_eq!(rules(&[]), ["WRD202"]);
    assert_eq!(rules(&[("uv.lock", &lock("pyjwt", "2.15.1"))]), ["WRD201"]);
    assert_eq!(rules(&[("pyproject.toml", "[project]\ndependencies = ['PyJWT>=2']")]), ["WRD201"]);
}

#[test]
fn what_is_made_for_others_is_as_in_the_version_too() {
    let code = "use jsonwebtoken::Validation;\n\npub fn validation() -> Validation {\n    Validation::new(Algorithm::RS256)\n}\n";
    let rules = |version| {
        let told = told(("src/lib.rs", code), &[("Cargo.lock", &lock("jsonwebtoken", version))]);
        told.into_iter().map(|(rule, _)| rule).collect::<Vec<_>>()
    };
    // Since 9 it refuses whatever names somebody.
    assert_eq!(rules("9.3.1"), [""; 0]);
    assert_eq!(rules("8.3.0"), ["WRD201"]);
}

#[test]
fn where_statements_differ_nothing_is_hushed() {
    let code = "import jwt\n\ndef who(token):\n    return jwt.decode(token, KEY, algorithms=['RS256'], audience='me', verify=False)\n";
    let rules = |beside: &[(&str, &str)]| {
        told(("a/who.py", code), beside).into_iter().map(|(rule, _)| rule).collect::<Vec<_>>()
    };
    let stale = lock("pyjwt", "2.8.0");
    assert_eq!(rules(&[("poetry.lock", &stale)]), [""; 0]);
    assert_eq!(rules(&[("a/requirements.txt", "pyjwt<2"), ("a/poetry.lock", &stale)]), ["WRD202"]);
    assert_eq!(rules(&[("a/requirements.txt", "pyjwt<2"), ("poetry.lock", &stale)]), ["WRD202"]);
    let pins = [("requirements.txt", "pyjwt==1.7.1"), ("a/requirements-docs.txt", "pyjwt==2.8.0")];
    assert_eq!(rules(&pins), ["WRD202"]);
    let many = (2..200).map(|major| format!("pyjwt=={major}\n")).collect::<Vec<_>>().concat();
    assert_eq!(rules(&[("requirements.txt", &many)]), ["WRD202"]);
    for wanted in ["pyjwt<2", "pyjwt<3"] {
        let conditional = format!("{wanted}\npyjwt==2.8.0 ; python_version < '3'\n");
        assert_eq!(rules(&[("requirements.txt", &conditional)]), ["WRD202"], "{wanted}");
    }
    let wheel = "Name: a\nVersion: 1\nRequires-Dist: pyjwt\n";
    let inside = ("a/PyJWT-2.8.dist-info/METADATA", "Name: PyJWT\nVersion: 2.8\n");
    assert_eq!(rules(&[("a-1.dist-info/METADATA", wheel), inside]), ["WRD202"]);
    let code = "use jsonwebtoken::Validation;\n\npub fn validation() -> Validation {\n    Validation::new(Algorithm::RS256)\n}\n";
    let rules = |wanted: &str| {
        let manifest = format!("[dependencies]\njsonwebtoken = \"{wanted}\"\n");
        let locks = [lock("jsonwebtoken", "8.3.0"), lock("jsonwebtoken", "9.3.0")].join("\n");
        let told = told(("src/lib.rs", code), &[("Cargo.lock", &locks), ("Cargo.toml", &manifest)]);
        told.into_iter().map(|(rule, _)| rule).collect::<Vec<_>>()
    };
    assert_eq!(rules("8"), ["WRD201"]);
    assert_eq!(rules(">=8"), ["WRD201"]);
    assert_eq!(rules("9"), [""; 0]);
    let manifest =
        "[build-dependencies]\njsonwebtoken = '9'\n[target.'cfg(all())'.dependencies]\njsonwebtoken = '8'\n";
    let told = told(("src/lib.rs", code), &[("Cargo.toml", manifest)]);
    assert_eq!(told.iter().map(|(rule, _)| *rule).collect::<Vec<_>>(), ["WRD201"]);
}

/// One version lets a claim be missing, the other one never asks: neither tells all.
#[test]
fn two_versions_that_fail_in_two_ways_are_told_as_both() {
    let set = OF_RUST
        .replace("let validation", "let mut validation")
        .replace("RS256);", "RS256);\n    validation.set_audience(&[SERVER_URL]);");
    let locks = [lock("jsonwebtoken", "7.2.0"), lock("jsonwebtoken", "9.3.0")].join("\n");
    let rules = |code: &str| {
        let told = told(("src/lib.rs", code), &[("Cargo.lock", &locks)]);
        told.into_iter().map(|(_, message)| message).collect::<Vec<_>>()
    };
    let (lenient, open) = (rules(&set), rules(OF_RUST));
    assert!(lenient.len() == 1 && lenient[0].contains("here it is 7.2, or 9.3"), "{lenient:?}");
    assert!(open.len() == 1 && open[0].contains("a token for any other server"), "{open:?}");
}
