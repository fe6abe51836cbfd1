use serde_json::json;

use super::*;

fn version(tarball: &str) -> Value {
    json!({ "dist": { "tarball": tarball, "shasum": "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8" } })
}

fn document(latest: &str) -> Value {
    let mut versions = serde_json::Map::new();
    for number in ["1.0.0", "1.9.0", "1.10.0", "1.11.0", "2.0.0-rc.1", "what"] {
        versions.insert(number.to_owned(), version(&format!("/x/-/x-{number}.tgz")));
    }
    versions["1.11.0"]["deprecated"] = "use \u{1b} another".into();
    json!({ "name": "x", "dist-tags": { "latest": latest }, "versions": versions })
}

fn offered(package: &str, document: Value) -> anyhow::Result<Offer> {
    let package = Package::read(package).unwrap().unwrap();
    chosen(&serde_json::from_value(document)?, &package, "npm.example", "https://npm.example/x")
}

#[test]
fn what_npm_would_install_is_taken() {
    let of = |latest| offered("npm:x", document(latest)).unwrap();
    assert_eq!(of("1.9.0").version, "1.9.0");
    assert_eq!(of("1.9.0").url, "https://npm.example/x/-/x-1.9.0.tgz");
    // Where `latest` is none, or no release, the newest release that nobody warns of.
    assert_eq!(of("none").version, "1.10.0");
    assert_eq!(of("2.0.0-rc.1").version, "1.10.0");
    assert_eq!(of("1.11.0").warning.as_deref(), Some("this version is deprecated: use \u{1b} another"));
    let mut said = document("1.11.0");
    let mut warning = |why: Value| {
        said["versions"]["1.11.0"]["deprecated"] = why;
        offered("npm:x", said.clone()).unwrap().warning
    };
    for none in [json!(""), json!(" \n"), json!(false), json!(null)] {
        assert_eq!(warning(none), None);
    }
    assert_eq!(warning(true.into()).as_deref(), Some("this version is deprecated"));
    let long = warning(format!("so\n{}", "x".repeat(1 << 20)).into());
    assert_eq!(long.as_deref(), Some("this version is deprecated: so"));
    assert!(warning("x".repeat(1 << 20).into()).unwrap().len() < 300);
    // One that nobody warns of any more is the newest.
    let mut taken_back = document("none");
    taken_back["versions"]["1.11.0"]["deprecated"] = "".into();
    assert_eq!(offered("npm:x", taken_back).unwrap().version, "1.11.0");
    let early = json!({ "versions": { "2.0.0-rc.1": version("https://a.example/x") } });
    assert_eq!(offered("npm:x", early).unwrap().version, "2.0.0-rc.1");
    assert!(offered("npm:x", json!({})).is_err());
}

#[test]
fn a_version_is_exact_and_others_are_proposed() {
    assert_eq!(offered("npm:x@1.0.0", document("1.9.0")).unwrap().version, "1.0.0");
    let error = offered("npm:x@1.9.5", document("1.9.0")).err().unwrap().to_string();
    assert_eq!(error, "npm.example has no such version; near it are 1.0.0, 1.9.0, 1.10.0, 1.11.0");
}

#[test]
fn integrity_goes_before_the_short_digest() {
    let mut document = document("1.0.0");
    let check = |document: &Value| offered("npm:x", document.clone()).unwrap().digests.check(b"a");
    assert!(check(&document).is_ok());
    document["versions"]["1.0.0"]["dist"]["integrity"] = "sha512-AAAA".into();
    assert!(check(&document).is_err());
    document["versions"]["1.0.0"]["dist"] = json!({ "tarball": "x" });
    assert!(check(&document).unwrap_err().to_string().contains("does not say which digest"));
}

#[test]
fn what_is_no_list_is_told() {
    for broken in [json!([]), json!({ "versions": { "1.0.0": {} } }), json!({ "dist-tags": { "latest": 1 } })]
    {
        assert!(offered("npm:x", broken.clone()).is_err(), "{broken}");
    }
}
