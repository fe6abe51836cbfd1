use std::path::PathBuf;

use super::Versions;

/// What is said of a package where a file lies, with `!` where it is settled.
fn of(beside: &[(&str, &str)], file: &str, package: &str) -> Option<String> {
    let beside: Vec<(PathBuf, &str)> = beside.iter().map(|(path, text)| (path.into(), *text)).collect();
    let mut versions =
        Versions::beneath(beside.iter().map(|(path, _)| path.as_path()).chain([file.as_ref()]));
    for (path, text) in &beside {
        versions.note(path, text);
    }
    let said = versions.of(file.as_ref(), package);
    // The second answer is the first one.
    assert_eq!(versions.of(file.as_ref(), package), said);
    said.map(|said| if said.is_settled() { format!("{said}!") } else { said.to_string() })
}

fn here(name: &str, text: &str, package: &str) -> Option<String> {
    of(&[(name, text)], "src/a/code", package)
}

#[test]
fn locks_of_python_are_read() {
    let toml = "[[package]]\nname = \"other\"\nversion = \"1\"\n\n[[package]]\nname = \"Py.JWT\"\nversion = \"2.8.0\"\n\n[package.dependencies]\nname = \"pyjwt\"\nversion = \"9\"\n[metadata]\n";
    for name in ["poetry.lock", "uv.lock", "pdm.lock"] {
        assert_eq!(here(name, toml, "pypi:py_jwt").as_deref(), Some("2.8!"), "{name}");
        assert_eq!(here(name, toml, "pypi:jwt"), None);
    }
    let pipfile =
        r#"{"default": {"PyJWT": {"version": "==2.8.0"}}, "develop": {"mcp": {"version": "==1.2"}}}"#;
    assert_eq!(here("Pipfile.lock", pipfile, "pypi:pyjwt").as_deref(), Some("2.8!"));
    assert_eq!(here("Pipfile.lock", pipfile, "pypi:mcp").as_deref(), Some("1.2!"));
}

#[test]
fn manifests_of_python_are_read() {
    let requirements = |line| here("requirements-dev.txt", line, "pypi:PyJWT");
    for (line, said) in [
        ("x==1\nPyJWT[crypto]==2.8.0 # ; y\n", Some("2.8!")),
        // Whether a condition holds is not known: what has one settles nothing.
        ("x==1\nPyJWT[crypto]==2.8.0 ; python_version > '3.8' # y\n", Some("2.8")),
        ("pyjwt<2\npyjwt==2.8.0;python_version<'3'", Some("older than 2.0, or 2.8")),
        ("pyjwt<2\npyjwt==2.8.0 \\\n  ; python_version<'3'", Some("older than 2.0, or 2.8")),
        ("pyjwt<2\r\npyjwt==2.8.0\\\r\n;python_version<'3'", Some("older than 2.0, or 2.8")),
        ("pyjwt<3\npyjwt==2.8.0 ; python_version < '3'", Some("older than 3.0, or 2.8")),
        ("pyjwt==2.8.0 \\\n    --hash=sha256:00", Some("2.8!")),
        ("pyjwt == 2.8 --hash=sha256:00", Some("2.8!")),
        ("PyJWT >= 1.7, < 3", Some("1.7 or newer, older than 3.0")),
        ("pyjwt==2.8.*", Some("2.8 or newer, older than 2.9")),
        ("pyjwt", Some("0.0 or newer")),
        ("pyjwt==1.7\npyjwt==2.8", Some("1.7, or 2.8!")),
        ("pyjwt @ git+https://x", None),
        ("pyjwt-extra==1\n-r pyjwt\n==\n\n[\npyjwt[", None),
    ] {
        assert_eq!(requirements(line).as_deref(), said, "{line}");
    }
    let pyproject = |text| here("pyproject.toml", text, "pypi:PyJWT");
    for text in [
        "[project]\ndependencies = [\"x\", \"PyJWT[crypto]>=2.8,<3\"]",
        "[project.optional-dependencies]\na = [\"x\"]\nb = [\"pyjwt>=2.8,<3\"]",
        "[dependency-groups]\ndev = [{include-group = \"x\"}, \"pyjwt>=2.8,<3\"]",
        "[tool.poetry.dependencies]\nPyJWT = \"^2.8\"",
        "[tool.poetry.group.x.dependencies]\npyjwt = { version = \"^2.8\", extras = [\"crypto\"] }",
    ] {
        assert_eq!(pyproject(text).as_deref(), Some("2.8 or newer, older than 3.0"), "{text}");
    }
    // Nobody knows which groups are installed.
    let groups = "[project.optional-dependencies]\na = [\"pyjwt>=2\"]\nb = [\"pyjwt<2\"]";
    assert_eq!(pyproject(groups).as_deref(), Some("2.0 or newer, or older than 2.0"));
    // One that a manifest names may be another one in a lock.
    assert_eq!(pyproject("[project]\ndependencies = [\"pyjwt==2.8\"]").as_deref(), Some("2.8"));
    assert_eq!(
        here("Pipfile", "[packages]\npyjwt = \"~=2.8\"", "pypi:PyJWT").as_deref(),
        Some("2.8 or newer, older than 3.0")
    );
}

#[test]
fn what_is_installed_counts_for_what_lies_beside_it() {
    let metadata = "Metadata-Version: 2.1\nName: mcp\nVersion: 1.29.1\nRequires-Dist: pyjwt (>=2.8)\n\nRequires-Dist: no>=1\nName: x\n";
    let beside = [("lib/mcp-1.29.1.dist-info/METADATA", metadata)];
    assert_eq!(of(&beside, "lib/server/a.py", "pypi:mcp").as_deref(), Some("1.29.1!"));
    assert_eq!(of(&beside, "lib/mcp/a.py", "pypi:PyJWT").as_deref(), Some("2.8 or newer"));
    assert_eq!(of(&beside, "lib/mcp/a.py", "pypi:no"), None);
    assert_eq!(of(&beside, "other/a.py", "pypi:mcp"), None);
    let beside = [
        (
            "a/node_modules/jose/package.json",
            r#"{"name": "jose", "version": "5.1.0", "dependencies": {"ms": "2"}}"#,
        ),
        ("a/node_modules/@x/y/package.json", r#"{"name": "@x/y", "version": "3.0.0"}"#),
    ];
    assert_eq!(of(&beside, "a/src/a.js", "npm:jose").as_deref(), Some("5.1!"));
    assert_eq!(of(&beside, "a/src/a.js", "npm:@x/y").as_deref(), Some("3.0!"));
    assert_eq!(of(&beside, "a/src/a.js", "npm:ms"), None);
    assert_eq!(of(&beside, "a/node_modules/jose/a.js", "npm:ms").as_deref(), Some("2.0"));
}

#[test]
fn locks_and_manifests_of_npm_are_read() {
    let now = r#"{"lockfileVersion": 3, "packages": {"": {"name": "x"}, "node_modules/@a/jose": {"version": "5.1.0"}, "node_modules/b/node_modules/@a/jose": {"version": "4.0.0"}}}"#;
    let once = r#"{"dependencies": {"@a/jose": {"version": "5.1.0", "requires": {"x": "1"}}}}"#;
    let pnpm = "packages:\n\n  '@a/jose@5.1.0':\n    resolution: {}\n  /@a/jose@5.1.0(x@1):\n  /@a/jose/5.1.0_x:\n  '@a/jose-more@9.0.0':\n";
    let yarn = "# yarn\n\n\"@a/jose-more@^9\":\n  version \"9.0.0\"\n\n\"@a/jose@^5.0.0\", \"@a/jose@^5.1.0\":\n  version \"5.1.0\"\n  dependencies:\n    x \"1\"\n\nx@1:\n  version \"1.0.0\"\n";
    let berry = "\"@a/jose@npm:^5.0.0\":\n  version: 5.1.0\n  resolution: \"x\"\n";
    for (name, text) in [
        ("package-lock.json", now),
        ("npm-shrinkwrap.json", now),
        ("package-lock.json", once),
        ("pnpm-lock.yaml", pnpm),
        ("yarn.lock", yarn),
        ("yarn.lock", berry),
    ] {
        assert_eq!(here(name, text, "npm:@a/jose").as_deref(), Some("5.1!"), "{name}: {text}");
        assert_eq!(here(name, text, "npm:jose"), None, "{name}");
    }
    for (range, said) in
        [("^5.1.0", Some("5.1 or newer, older than 6.0")), ("latest", None), ("workspace:*", None)]
    {
        for table in ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"] {
            let text = format!(r#"{{"name": "x", "{table}": {{"jose": "{range}"}}}}"#);
            assert_eq!(here("package.json", &text, "npm:jose").as_deref(), said, "{text}");
        }
    }
}

#[test]
fn go_rust_and_java_are_read() {
    let go = "module x\n\ngo 1.24\nrequire a.example/b v1.2.0\nrequire (\n\ta.example/c/v3 v3.4.5-0.2024 // indirect\n\t// a.example/d v9\n)\nreplace a.example/e => ../e\n";
    assert_eq!(here("go.mod", go, "go:a.example/b").as_deref(), Some("1.2!"));
    assert_eq!(here("go.mod", go, "go:a.example/c/v3").as_deref(), Some("3.4.5!"));
    assert_eq!(here("go.mod", go, "go:a.example/d"), None);
    assert_eq!(here("go.mod", go, "go:a.example/e"), None);
    let lock = "version = 4\n\n[[package]]\nname = \"jsonwebtoken\"\nversion = \"8.3.0\"\n\n[[package]]\nname = \"jsonwebtoken\"\nversion = \"9.3.1\"\n";
    assert_eq!(here("Cargo.lock", lock, "crates:jsonwebtoken").as_deref(), Some("8.3, or 9.3.1!"));
    for text in [
        "[dependencies]\njsonwebtoken = \"8.1\"",
        "[dev-dependencies]\njsonwebtoken = { version = \"8.1\", features = [] }",
        "[dependencies]\njwt = { package = \"jsonwebtoken\", version = \"8.1\" }",
        "[workspace.dependencies]\njsonwebtoken = \"8.1\"",
        "[target.'cfg(unix)'.dependencies.jsonwebtoken]\nversion = \"8.1\"",
    ] {
        let said = here("Cargo.toml", text, "crates:jsonwebtoken");
        assert_eq!(said.as_deref(), Some("8.1 or newer, older than 9.0"), "{text}");
    }
    let renamed = "[dependencies]\njsonwebtoken = { package = \"other\", version = \"8.1\" }";
    assert_eq!(here("Cargo.toml", renamed, "crates:jsonwebtoken"), None);
    let pom = "<project><properties><jwt.version>4.4.0</jwt.version></properties><dependencies><dependency><groupId>com.auth0</groupId><artifactId>other</artifactId><version>1</version></dependency><dependency>\n<groupId>com.auth0</groupId>\n<artifactId>java-jwt</artifactId>\n<version>${jwt.version}</version></dependency></dependencies></project>";
    assert_eq!(here("pom.xml", pom, "maven:com.auth0:java-jwt").as_deref(), Some("4.4!"));
    assert_eq!(
        here("pom.xml", &pom.replace("${jwt.version}", "4.5.1"), "maven:com.auth0:java-jwt").as_deref(),
        Some("4.5.1!")
    );
    assert_eq!(here("pom.xml", &pom.replace("jwt.version>", "x>"), "maven:com.auth0:java-jwt"), None);
    let gradle = "// implementation 'com.auth0:java-jwt:1.0'\nimplementation(\"com.auth0:java-jwt:4.4.0\")\nimplementation 'com.auth0:jwks-rsa:$v'\n";
    for name in ["build.gradle", "build.gradle.kts"] {
        assert_eq!(here(name, gradle, "maven:com.auth0:java-jwt").as_deref(), Some("4.4!"));
        assert_eq!(here(name, gradle, "maven:com.auth0:jwks-rsa"), None);
    }
}

#[test]
fn a_lock_counts_more_than_a_range_that_it_lies_in() {
    let lock = |version: &str| format!("[[package]]\nname = \"x\"\nversion = \"{version}\"\n");
    let (eight, nine) = (lock("8.3.0"), lock("9.3.1"));
    let range = "[dependencies]\nx = \"8\"";
    let any = "[dependencies]\nx = \"*\"";
    let asked = |beside: &[(&str, &str)]| of(beside, "crates/a/src/lib.rs", "crates:x");
    assert_eq!(asked(&[("Cargo.lock", &eight), ("crates/a/Cargo.toml", range)]).as_deref(), Some("8.3!"));
    assert_eq!(
        asked(&[("Cargo.lock", &eight), ("crates/a/Cargo.lock", &nine)]).as_deref(),
        Some("9.3.1, or 8.3!")
    );
    assert_eq!(asked(&[("Cargo.lock", &eight), ("crates/b/Cargo.lock", &nine)]).as_deref(), Some("8.3!"));
    assert_eq!(asked(&[("Cargo.lock", &nine), ("crates/a/Cargo.toml", any)]).as_deref(), Some("9.3.1!"));
    // A lock around it that has another version may be stale, or that of another project.
    let said = asked(&[("Cargo.lock", &nine), ("crates/a/Cargo.toml", range)]);
    assert_eq!(said.as_deref(), Some("9.3.1, or 8.0 or newer, older than 9.0"));
    // A member takes the version of its workspace.
    let member = "[dependencies]\nx = { workspace = true }";
    let workspace = "[workspace.dependencies]\nx = \"8\"";
    let said = asked(&[("Cargo.toml", workspace), ("crates/a/Cargo.toml", member)]);
    assert_eq!(said.as_deref(), Some("8.0 or newer, older than 9.0"));
    assert_eq!(asked(&[]), None);
}

#[test]
fn a_mark_before_the_first_line_hides_nothing() {
    for (name, text, package, said) in [
        ("requirements.txt", "mcp==1.29.0\n", "pypi:mcp", "1.29!"),
        ("Cargo.toml", "[dependencies]\nx = \"8\"", "crates:x", "8.0 or newer, older than 9.0"),
        ("Cargo.lock", "[[package]]\nname = \"x\"\nversion = \"8.3.0\"\n", "crates:x", "8.3!"),
        ("package.json", "{\"dependencies\": {\"x\": \"5.1.0\"}}", "npm:x", "5.1"),
        ("x-1.dist-info/METADATA", "Name: x\nVersion: 1.2\n", "pypi:x", "1.2!"),
    ] {
        let marked = format!("\u{feff}{text}");
        let at = |text| of(&[(name, text)], "code", package);
        assert_eq!(at(&marked).as_deref(), Some(said), "{name}");
        assert_eq!(at(&marked), at(text), "{name}");
    }
}

#[test]
fn all_tables_of_cargo_count_but_those_of_build_scripts() {
    let target = "[target.\"cfg(all())\".dependencies]\nx = \"8\"\n";
    let (eight, nine) = ("8.0 or newer, older than 9.0", "9.0 or newer, older than 10.0");
    let both = format!("{nine}, or {eight}");
    for (table, said) in [
        ("[build-dependencies]\nx = \"9\"", eight),
        ("[target.'cfg(a)'.build-dependencies]\nx = \"9\"", eight),
        ("[dependencies]\nx = \"9\"", &both),
        ("[dependencies]\ny = { package = \"x\", version = \"9\" }", &both),
        ("[dependencies]\na = { package = \"x\", version = \"9\" }\nx = \"8\"", &both),
    ] {
        let text = format!("{table}\n{target}");
        assert_eq!(here("Cargo.toml", &text, "crates:x").as_deref(), Some(said), "{text}");
    }
    let text = "[build-dependencies]\nx = \"9\"";
    assert_eq!(here("Cargo.toml", text, "crates:x"), None);
}

#[test]
fn what_lies_inside_a_package_is_not_what_is_installed() {
    let metadata = "Name: PyJWT\nVersion: 2.8\n";
    let inside = ("x/PyJWT-2.8.dist-info/METADATA", metadata);
    let asked = |beside: &[(&str, &str)]| of(beside, "x/code.py", "pypi:pyjwt");
    // What a package brings with it settles nothing, and makes nothing more exact.
    let of_wheel = |needs| format!("Name: x\nVersion: 1\nRequires-Dist: {needs}\n");
    let (any, below) = (of_wheel("pyjwt"), of_wheel("pyjwt<2"));
    let top = "x-1.dist-info/METADATA";
    assert_eq!(asked(&[(top, &any), inside]).as_deref(), Some("2.8, or 0.0 or newer"));
    assert_eq!(asked(&[(top, &below), inside]).as_deref(), Some("2.8, or 0.0 or newer, or older than 2.0"));
    assert_eq!(asked(&[("top.py", ""), inside]).as_deref(), Some("2.8, or 0.0 or newer"));
    // At the top of what is scanned, and in the folder that installers use, it is what is installed.
    assert_eq!(asked(&[(top, &any), ("PyJWT-2.8.dist-info/METADATA", metadata)]).as_deref(), Some("2.8!"));
    for folder in ["site-packages", "dist-packages"] {
        let installed = format!("venv/lib/{folder}/PyJWT-2.8.dist-info/METADATA");
        let file = format!("venv/lib/{folder}/x/code.py");
        let said = of(&[("top.py", ""), (&installed, metadata)], &file, "pypi:pyjwt");
        assert_eq!(said.as_deref(), Some("2.8!"), "{folder}");
    }
}

#[test]
fn more_than_anybody_means_is_said_to_be_many_and_comes_to_an_end() {
    let pins = (0..50_000).map(|number| format!("x=={number}\nx<{number}\n")).collect::<Vec<_>>().concat();
    assert_eq!(here("requirements.txt", &pins, "pypi:x").as_deref(), Some("one of many"));
    let lock = (0..20_000)
        .map(|number| format!("[[package]]\nname = \"x\"\nversion = \"{number}\"\n"))
        .collect::<Vec<_>>()
        .concat();
    assert_eq!(here("Cargo.lock", &lock, "crates:x").as_deref(), Some("one of many"));
    // The same again is no more.
    assert_eq!(here("requirements.txt", &"x==1\n".repeat(50_000), "pypi:x").as_deref(), Some("1.0!"));
}

#[test]
fn nothing_that_was_said_is_dropped_where_statements_differ() {
    let asked = |beside: &[(&str, &str)]| of(beside, "a/b/code.py", "pypi:pyjwt");
    let stale = "[[package]]\nname = \"pyjwt\"\nversion = \"2.8.0\"\n";
    let (below, pin, docs) = ("pyjwt<2", "pyjwt==1.7.1", "pyjwt==2.8.0");
    let both = Some("2.8, or older than 2.0");
    assert_eq!(asked(&[("a/requirements.txt", below), ("a/poetry.lock", stale)]).as_deref(), both);
    assert_eq!(asked(&[("a/requirements.txt", below), ("poetry.lock", stale)]).as_deref(), both);
    assert_eq!(asked(&[("requirements.txt", below), ("a/b/poetry.lock", stale)]).as_deref(), both);
    let pins = [("requirements.txt", pin), ("a/requirements-docs.txt", docs)];
    assert_eq!(asked(&pins).as_deref(), Some("2.8, or 1.7.1!"));
    // A range around two pins does not choose one of them, nor does one that has only one of them.
    let ranges = [pins[0], pins[1], ("pyproject.toml", "[project]\ndependencies = [\"pyjwt>=2\"]")];
    assert_eq!(asked(&ranges).as_deref(), Some("2.8, or 1.7.1!"));
    assert_eq!(asked(&[("requirements.txt", below), ("a/requirements.txt", pin)]).as_deref(), Some("1.7.1!"));
    assert_eq!(asked(&[("requirements.txt", pin), ("a/requirements.txt", pin)]).as_deref(), Some("1.7.1!"));
}

#[test]
fn of_a_lock_that_has_several_those_that_are_allowed_count() {
    let lock = ["8.3.0", "9.3.0"]
        .map(|version| format!("[[package]]\nname = \"x\"\nversion = \"{version}\"\n"))
        .join("\n");
    let wanted = |range: &str| {
        let manifest = format!("[dependencies]\nx = \"{range}\"\n");
        of(&[("Cargo.lock", &lock), ("Cargo.toml", &manifest)], "src/lib.rs", "crates:x")
    };
    assert_eq!(wanted("8").as_deref(), Some("8.3!"));
    assert_eq!(wanted("9").as_deref(), Some("9.3!"));
    assert_eq!(wanted(">=8").as_deref(), Some("8.3, or 9.3!"));
    assert_eq!(wanted("7").as_deref(), Some("8.3, or 9.3, or 7.0 or newer, older than 8.0"));
}

#[test]
fn what_is_broken_or_huge_says_nothing_and_comes_to_an_end() {
    let names = [
        "poetry.lock",
        "Pipfile.lock",
        "Pipfile",
        "pyproject.toml",
        "requirements.txt",
        "package-lock.json",
        "package.json",
        "pnpm-lock.yaml",
        "yarn.lock",
        "go.mod",
        "Cargo.lock",
        "Cargo.toml",
        "pom.xml",
        "build.gradle",
        "x.dist-info/METADATA",
        "node_modules/x/package.json",
    ];
    let deep = [
        "[".repeat(200_000),
        "{\"a\":".repeat(200_000),
        "a.".repeat(200_000),
        "<dependency>".repeat(100_000),
    ];
    let texts = [
        "",
        "\0",
        "{}",
        "[]",
        "{\"dependencies\": 1}",
        "x",
        "x==",
        "\u{feff}",
        "[[package]]\nname = \"x\"\n",
        "version = \"1\"",
    ];
    for name in names {
        for text in texts.iter().copied().chain(deep.iter().map(String::as_str)) {
            for package in ["pypi:x", "npm:x", "go:x", "crates:x", "maven:x:y", "other:x", "x", ""] {
                let said = here(name, text, package);
                assert!(
                    said.is_none() || (text == "x" && name == "requirements.txt"),
                    "{name} {package}: {said:?}"
                );
            }
        }
    }
    let huge = format!("x==1.0\n{}", " ".repeat(crate::look::LARGEST));
    assert_eq!(here("requirements.txt", &huge, "pypi:x"), None);
}
