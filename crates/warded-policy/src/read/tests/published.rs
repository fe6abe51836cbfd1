//! The policy against token mis-redemption that is published for Intercept, which its own engine does not take.

use super::*;
use crate::{Action, Op, Piece, Scope};

const PUBLISHED: &str = r#"version: "1"
description: "Enforce audience binding on MCP traffic"
default: "allow"
tools:
  "*":
    rules:
      - name: "require audience claim"
        conditions:
          - path: "auth.token.aud"
            op: "eq"
            value: "${server.identity}"
        on_deny: "Token audience does not match this MCP server (RFC 8707 violation)"
      - name: "reject passthrough of inbound token to upstream"
        conditions:
          - path: "auth.passthrough"
            op: "eq"
            value: false
        on_deny: "Token passthrough is forbidden by MCP spec (2025-06-18 and later)"
"#;

#[test]
fn the_published_policy_is_read_word_for_word_and_nothing_is_said_of_it() {
    assert_eq!(include_str!("../../../../../examples/policies/audience.yaml"), PUBLISHED);
    let read = read(PUBLISHED, Reading::Strict);
    assert_eq!(read.findings, []);
    let document = read.document.unwrap();
    let [audience, passthrough] = &*document.tools[0].rules else { panic!("{document:?}") };
    assert_eq!(audience.action, Action::Evaluate);
    let condition = &audience.conditions[0];
    assert_eq!((&condition.path.scope, condition.op), (&Scope::AuthTokenAud, Op::Eq));
    let Operand::Template(templates) = &condition.value else { panic!("{condition:?}") };
    assert!(templates[0].is_alone);
    assert!(matches!(&*templates[0].pieces, [Piece::Read(path)] if path.scope == Scope::ServerIdentity));
    let condition = &passthrough.conditions[0];
    assert_eq!(condition.path.scope, Scope::AuthPassthrough);
    assert_eq!(condition.value, Operand::Literal(Value::Bool(false)));
}
