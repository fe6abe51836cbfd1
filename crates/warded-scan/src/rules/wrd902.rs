//! Something is ignored, and nobody says why.

use crate::{
    language::Language::{JavaScript, Python},
    rule::{Rule, Severity, bad, good},
};

pub(crate) const RULE: Rule = Rule {
    id: "WRD902",
    name: "ignore-without-reason",
    title: "A weakness is ignored, and nobody says why",
    severity: Severity::Note,
    cwe: &[],
    clauses: &[],
    why: "Nobody can tell later whether what was true then still is.",
    fix: "Write behind the bracket why this is no weakness here: `warded: ignore[WRD101] the issuer knows one server only`.",
    examples: &[
        bad(
            Python,
            "import requests\n\ndef redeem(code):\n    data = {\"grant_type\": \"authorization_code\", \"code\": code}\n    return requests.post(TOKEN_URL, data=data)  # warded: ignore[WRD101]\n",
        ),
        good(
            Python,
            "import requests\n\ndef redeem(code):\n    data = {\"grant_type\": \"authorization_code\", \"code\": code}\n    # warded: ignore[WRD101] the issuer of the tests knows one server only\n    return requests.post(TOKEN_URL, data=data)\n",
        ),
        bad(
            JavaScript,
            "const axios = require('axios');\n\nexports.redeem = (code) =>\n  // warded: ignore[WRD101]\n  axios.post(TOKEN_URL, { grant_type: 'authorization_code', code });\n",
        ),
        good(
            JavaScript,
            "const axios = require('axios');\n\nexports.redeem = (code) =>\n  // warded: ignore[WRD101] the issuer of the tests knows one server only\n  axios.post(TOKEN_URL, { grant_type: 'authorization_code', code });\n",
        ),
    ],
};
