//! What do others say of our SARIF? The schema of OASIS, as Microsoft's package carries it, that package's own validator,
//! and `sarif-tools`.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use warded_scan::Scanned;

use super::programs::everything;
use crate::report::scan::sarif;

const SCHEMA: &str = "node_modules/@microsoft/sarif-multitool-linux/sarif-2.1.0.json";
const VALIDATOR: &str = "node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool";

#[expect(clippy::disallowed_methods, reason = "the test command installs the peers and says where they are")]
fn installed(variable: &str) -> Option<OsString> {
    let value = std::env::var_os(variable);
    if value.is_none() {
        eprintln!("SKIPPED: {variable} is not set, so nobody else reads our SARIF");
    }
    value
}

/// Both logs that are shown to others, in a folder that is gone with the first part.
fn logs() -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, scanned: &Scanned| {
        let path = folder.path().join(name);
        fs::write(&path, sarif::render(scanned)).unwrap();
        path
    };
    let logs = vec![write("everything.sarif", &everything()), write("nothing.sarif", &Scanned::default())];
    (folder, logs)
}

fn ran(command: &mut Command) -> (bool, String) {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn the_schema_and_the_tools_of_python_accept_it() {
    let Some(python) = installed("WARDED_SARIF_PYTHON") else { return };
    let (folder, logs) = logs();
    let tool = |words: &[&str]| {
        let mut command = Command::new(&python);
        ran(command.args(["-m", "sarif"]).args(words).current_dir(folder.path()))
    };
    let (worked, said) = tool(&["csv", "--output", "found.csv", "everything.sarif"]);
    assert!(worked, "{said}");
    let rows = fs::read_to_string(folder.path().join("found.csv")).unwrap();
    for part in ["WRD101", "WRD105", "WRD404", "Warded"] {
        assert!(rows.contains(part), "{rows}");
    }
    let (worked, said) = tool(&["summary", "everything.sarif", "nothing.sarif"]);
    assert!(worked && said.contains("error: 1") && said.contains("warning: 1"), "{said}");
    let (worked, said) = tool(&["diff", "everything.sarif", "nothing.sarif"]);
    assert!(worked, "{said}");

    let Some(node) = installed("WARDED_SARIF_NODE") else { return };
    let schema = Path::new(&node).join(SCHEMA);
    let judge = |log: &Path| {
        let mut command = Command::new(&python);
        ran(command.args(["-m", "jsonschema", "--instance"]).arg(log).arg(&schema))
    };
    for log in &logs {
        let (worked, said) = judge(log);
        assert!(worked, "{said}");
    }
    // It would say so if something were wrong.
    let mut broken: Value = serde_json::from_str(&fs::read_to_string(&logs[0]).unwrap()).unwrap();
    broken["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"] =
        serde_json::json!({ "startLine": 0 });
    let path = folder.path().join("broken.sarif");
    fs::write(&path, broken.to_string()).unwrap();
    assert!(!judge(&path).0);
}

#[test]
fn the_validator_of_microsoft_has_nothing_to_say() {
    let Some(node) = installed("WARDED_SARIF_NODE") else { return };
    let validator = Path::new(&node).join(VALIDATOR);
    let (folder, logs) = logs();
    for log in logs {
        let mut command = Command::new(&validator);
        command.arg("validate").arg(&log).args(["--output", "said.sarif", "--log", "ForceOverwrite"]);
        command.env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1").env("HOME", folder.path());
        let (worked, said) = ran(command.current_dir(folder.path()));
        assert!(worked, "{said}");
        let told: Value =
            serde_json::from_str(&fs::read_to_string(folder.path().join("said.sarif")).unwrap()).unwrap();
        let results = told["runs"][0]["results"].as_array().unwrap();
        assert!(results.iter().all(|result| result["level"] == "note"), "{results:#?}");
    }
}
