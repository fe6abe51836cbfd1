//! Which clients of others are tried, and how is each one run?

use std::path::PathBuf;

use crate::peer::installed;

/// A client of others.
pub(crate) struct Sdk {
    /// The name that it registers under.
    pub(crate) name: &'static str,
    pub(crate) program: PathBuf,
    pub(crate) script: Option<&'static str>,
    /// The revision that it must speak with a server that has them all; none where its client does not say.
    pub(crate) revision: Option<&'static str>,
}

impl Sdk {
    /// The official one for Python.
    pub(crate) fn python() -> Option<Self> {
        let program = installed("WARDED_CLIENTS_PYTHON")?;
        let script = Some("python_sdk.py");
        Some(Self { name: "Python SDK", program, script, revision: Some("2026-07-28") })
    }

    pub(crate) fn fastmcp() -> Option<Self> {
        let program = installed("WARDED_CLIENTS_PYTHON")?;
        Some(Self { name: "FastMCP", program, script: Some("fastmcp_client.py"), revision: None })
    }

    /// The official one for TypeScript, as most applications still have it.
    pub(crate) fn typescript_v1() -> Self {
        let script = Some("typescript-v1.mjs");
        Self { name: "TypeScript SDK v1", program: "node".into(), script, revision: Some("2025-11-25") }
    }

    /// The official one for TypeScript.
    pub(crate) fn typescript_v2() -> Self {
        let script = Some("typescript-v2.mjs");
        Self { name: "TypeScript SDK v2", program: "node".into(), script, revision: Some("2026-07-28") }
    }

    /// The official one for Go.
    pub(crate) fn go() -> Option<Self> {
        let program = installed("WARDED_CLIENTS_GO")?;
        Some(Self { name: "Go SDK", program, script: None, revision: Some("2026-07-28") })
    }

    /// Those that this machine has.
    pub(crate) fn all() -> Vec<Self> {
        let always = [Some(Self::typescript_v1()), Some(Self::typescript_v2())];
        always.into_iter().chain([Self::python(), Self::fastmcp(), Self::go()]).flatten().collect()
    }
}
