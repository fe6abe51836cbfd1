//! Options of JavaScript that whoever calls may leave out, and variables of the environment.

use super::found;

fn made_with(parameters: &str, before: &str, demanded: &str) -> Vec<String> {
    let text = format!(
        "import {{ jwtVerify }} from 'jose';
{before}
export function makeVerifier({parameters}) {{
  return async (token) => (await jwtVerify(token, KEYS, {{ audience: {demanded} }})).payload;
}}
"
    );
    found("a.js", &text)
}

#[test]
fn what_is_read_of_options_that_may_be_empty_need_not_be_there() {
    assert_eq!(made_with("options = {}", "", "options.audience"), ["WRD201 4"]);
    assert_eq!(made_with("{ issuer, audience } = {}", "", "audience"), ["WRD201 4"]);
    // Nobody knows what others have to give.
    assert_eq!(made_with("options", "", "options.audience"), [""; 0]);
    assert_eq!(made_with("options = {}", "", "options.audience ?? SERVER_URL"), [""; 0]);
    assert_eq!(made_with("{ audience = SERVER_URL } = {}", "", "audience"), [""; 0]);
    let named = "const REQUIRED = ['issuer', 'audience'];";
    assert_eq!(made_with("options = {}", named, "options.audience"), [""; 0]);
}

#[test]
fn options_that_are_given_or_empty_are_such_options() {
    let with = |then: &str| {
        let text = format!(
            "const jwt = require('jsonwebtoken');

module.exports = function (options) {{
  const given = options || {{}};
  {then}
  return (token) => jwt.verify(token, given.key, {{ audience: given.audience }});
}};
"
        );
        found("a.js", &text)
    };
    assert_eq!(with(""), ["WRD201 6"]);
    assert_eq!(with("if (!given.audience) throw new Error('whose?');"), [""; 0]);
    assert_eq!(with("if (typeof given.audience !== 'string') throw new Error('whose?');"), [""; 0]);
    assert_eq!(with("given.audience = given.audience || SERVER_URL;"), [""; 0]);
}

#[test]
fn options_that_are_handed_on_are_those_of_whoever_calls() {
    let handed_on = |parameter: &str, given: &str| {
        found(
            "a.js",
            &format!(
                "const jwt = require('jsonwebtoken');\nexports.verify = (token, {parameter}) => jwt.verify(token, KEY, {given});\n"
            ),
        )
    };
    assert_eq!(handed_on("options = {}", "options"), [""; 0]);
    let picked = "{ algorithms: ALL, audience: options.audience }";
    assert_eq!(handed_on("options = {}", picked), ["WRD201 2"]);
    assert_eq!(handed_on("options = {}", "{ ...options, audience: SERVER_URL }"), [""; 0]);
    assert_eq!(handed_on("options", "options"), [""; 0]);
}

#[test]
fn the_environment_need_not_say_it() {
    let of = |before: &str, demanded: &str| {
        found(
            "a.js",
            &format!(
                "const jwt = require('jsonwebtoken');\n{before}\nexports.verify = (token) => jwt.verify(token, KEY, {{ audience: {demanded} }});\n"
            ),
        )
    };
    assert_eq!(of("", "process.env.AUDIENCE"), ["WRD201 3"]);
    assert_eq!(of("const AUD = process.env.AUDIENCE;", "AUD"), ["WRD201 3"]);
    assert_eq!(of("", "process.env.AUDIENCE || SERVER_URL"), [""; 0]);
    assert_eq!(of("const AUD = process.env.AUDIENCE;\nif (!AUD) throw new Error('whose?');", "AUD"), [""; 0]);
    assert_eq!(of("if (!process.env.AUDIENCE) throw new Error('whose?');", "process.env.AUDIENCE"), [""; 0]);
    assert_eq!(of("['AUDIENCE'].forEach(demand);", "process.env.AUDIENCE"), [""; 0]);
}
