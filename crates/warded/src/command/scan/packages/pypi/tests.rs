use super::*;
use crate::command::scan::packages::Package;

const SHA256: &str = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";

fn file(name: &str) -> serde_json::Value {
    serde_json::json!({ "filename": name, "url": format!("../../{name}"), "hashes": { "sha256": SHA256 } })
}

fn yanked(name: &str, why: impl Into<serde_json::Value>) -> serde_json::Value {
    let mut file = file(name);
    file["yanked"] = why.into();
    file
}

fn offered(package: &str, files: &[serde_json::Value]) -> anyhow::Result<Offer> {
    let body = serde_json::json!({ "meta": { "api-version": "1.1" }, "name": "x", "files": files });
    let list = List {
        body: body.to_string().into_bytes(),
        is_json: true,
        url: "https://index.example/simple/fast-mcp/".to_owned(),
    };
    let package = Package::read(package).unwrap().unwrap();
    chosen(super::files(&list)?, &package, "index.example")
}

fn url(package: &str, files: &[serde_json::Value]) -> String {
    offered(package, files).unwrap().url
}

#[test]
fn the_wheel_is_what_is_installed() {
    let files = [
        "fast_mcp-1.0.tar.gz",
        "fast_mcp-1.0-cp312-cp312-manylinux_2_17_x86_64.whl",
        "Fast.MCP-1.0-py3-none-any.whl",
        "fast_mcp-1.0-cp311-cp311-win_amd64.whl",
        "fast_mcp-1.0.exe",
        "other-1.0-py3-none-any.whl",
        "fast_mcp_more-1.0-py3-none-any.whl",
    ];
    let files: Vec<_> = files.iter().map(|name| file(name)).collect();
    let at = |name: &str| format!("https://index.example/{name}");
    assert_eq!(url("pypi:fast-mcp@1.0", &files), at("Fast.MCP-1.0-py3-none-any.whl"));
    let none = |without: &str| -> Vec<_> {
        let keeps = |file: &&serde_json::Value| !file["filename"].as_str().unwrap().contains(without);
        files.iter().filter(keeps).cloned().collect()
    };
    assert_eq!(
        url("pypi:fast-mcp", &none("any.whl")),
        at("fast_mcp-1.0-cp312-cp312-manylinux_2_17_x86_64.whl")
    );
    // pip of today takes the source before it takes a wheel of Python 2.
    let old = [file("fast_mcp-1.0-py2-none-any.whl"), file("fast_mcp-1.0.tar.gz")];
    assert_eq!(url("pypi:fast-mcp", &old), at("fast_mcp-1.0.tar.gz"));
    assert_eq!(url("pypi:fast-mcp", &old[..1]), at("fast_mcp-1.0-py2-none-any.whl"));
    let both = [file("fast_mcp-1.0-py2-none-any.whl"), file("fast_mcp-1.0-py3-none-any.whl")];
    assert_eq!(url("pypi:fast-mcp", &both), at("fast_mcp-1.0-py3-none-any.whl"));
    assert_eq!(url("pypi:fast-mcp", &none(".whl")), at("fast_mcp-1.0.tar.gz"));
    let error = offered("pypi:fast-mcp", &[file("fast-mcp-1.0.tar.bz2")]).err().unwrap();
    assert!(error.to_string().contains("`fast-mcp-1.0.tar.bz2` only"), "{error}");
}

#[test]
fn the_newest_is_neither_early_nor_yanked() {
    let all = [
        file("x-1.9.tar.gz"),
        file("x-1.10.tar.gz"),
        yanked("x-1.11.tar.gz", true),
        yanked("x-1.12.tar.gz", "it\u{1b} burns"),
        file("x-2.0rc1.tar.gz"),
        file("x-3.dev1.tar.gz"),
        file("x-what.tar.gz"),
    ];
    let version = |package: &str| offered(package, &all).map(|offer| (offer.version, offer.warning));
    assert_eq!(version("pypi:x").unwrap(), ("1.10".to_owned(), None));
    assert_eq!(version("pypi:x@2.0.0-rc1").unwrap().0, "2.0rc1");
    assert_eq!(version("pypi:x@1.11").unwrap().1.as_deref(), Some("this version was yanked"));
    assert_eq!(version("pypi:x@1.12").unwrap().1.as_deref(), Some("this version was yanked: it\u{1b} burns"));
    let long = yanked("y-1.tar.gz", format!("why\n{}", "x".repeat(1 << 20)));
    assert_eq!(offered("pypi:y@1", &[long]).unwrap().warning.unwrap(), "this version was yanked: why");
    let error = version("pypi:x@1.10.1").unwrap_err().to_string();
    assert_eq!(error, "index.example has no such version; near it are 1.9, 1.10, 1.11, 1.12");
    // Where there is nothing else, what is early is taken, as pip does.
    assert_eq!(offered("pypi:x", &all[4..]).unwrap().version, "3.dev1");
    let error = offered("pypi:x", &all[2..4]).err().unwrap().to_string();
    assert!(error.contains("not yanked"), "{error}");
    let error = offered("pypi:x@1", &[]).err().unwrap().to_string();
    assert!(error.contains("it has none"), "{error}");
}

#[test]
fn what_has_no_strong_digest_is_not_taken() {
    let mut weak = file("x-1.tar.gz");
    for hashes in [serde_json::json!({}), serde_json::json!({ "md5": "0cc175b9c0f1b6a831c399e269772661" })] {
        weak["hashes"] = hashes;
        let error = offered("pypi:x", &[weak.clone()]).err().unwrap().to_string();
        assert!(error.contains("no SHA-256"), "{error}");
    }
}

#[test]
fn what_is_no_list_is_told() {
    for body in ["", "{}", "[]", "{\"files\": 1}", &"[".repeat(100_000)] {
        let list = List { body: body.into(), is_json: true, url: "https://a.example/".to_owned() };
        assert!(files(&list).is_err(), "{body}");
    }
    let list = List {
        body: b"\xff<a href=x>x-1.zip".to_vec(),
        is_json: false,
        url: "https://a.example/".to_owned(),
    };
    assert_eq!(files(&list).unwrap().len(), 1);
}

#[test]
fn names_of_files_are_read_as_they_were_ever_written() {
    for (name, package, version) in [
        ("fast_mcp-1.0-py3-none-any.whl", "fast-mcp", Some("1.0")),
        ("fast_mcp-1.0-2build-py3-none-any.whl", "fast-mcp", Some("1.0")),
        ("fast-mcp-1.0.tar.gz", "fast-mcp", Some("1.0")),
        ("fast-mcp-1.0-1.tgz", "fast-mcp", Some("1.0-1")),
        ("Fast.Mcp-1.0.zip", "fast-mcp", Some("1.0")),
        ("fast-1.0.tar.gz", "fast-mcp", None),
        ("fast_mcp-1.0.whl", "fast-mcp", None),
        ("fast-mcp.tar.gz", "fast-mcp", None),
        (".whl", "fast-mcp", None),
    ] {
        assert_eq!(read(name, package).map(|(version, _)| version).as_deref(), version, "{name}");
    }
    // As many ways to split it as there are dashes.
    let long = format!("fastmcp-{}1.0.tar.gz", "a-".repeat(1 << 20));
    assert!(read(&long, "fastmcp").is_none());
}
