//! Does a policy ever let a call pass that somebody who reads it slowly would deny, or take longer than it says?

mod naive;

use warded_policy::{
    Amount, Auth, Call, Caller, Decision, Plan, Policy, Reading, Server, Target, Value, Verdict, read,
};

use crate::{NOW, policy::of};

/// A policy that is asked beside the one that came in.
const AUDIENCE: &str = "version: \"1\"\ntools:\n  \"*\":\n    rules:\n      - name: here\n        \
    conditions: [{ path: auth.token.aud, op: eq, value: \"${server.identity}\" }]\n";

const IDENTITY: &str = "https://mcp.example.com/notes/mcp";

/// Takes the first three lines for the name of a tool, its arguments and the claims of a token, and the rest for a policy.
///
/// No call panics or takes more steps than the policy has announced; asking twice, and asking why, gives one answer; where
/// two files are asked, both have to let a call pass; and a policy of simple rules says what a naive reader of it says.
pub fn decision(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut lines = text.splitn(4, '\n');
    let (Some(tool), Some(arguments), Some(claims), Some(source)) =
        (lines.next(), lines.next(), lines.next(), lines.next())
    else {
        return;
    };
    let Some(document) = read(source, Reading::Lenient).document else {
        return;
    };
    let Some(policy) = of(&[&document]) else {
        return;
    };
    let is_object = |text: &&str| matches!(Value::from_json(text), Some(Value::Map(_)));
    let claims = Some(claims).filter(is_object);
    let arguments = Some(arguments).filter(is_object).unwrap_or("{}");
    let call = call(tool, arguments, claims);
    let known = text.len() + 4096;
    let Some((decision, steps)) = decided(&policy, &call) else {
        return;
    };
    assert!(steps <= policy.most_steps(known), "{steps} steps are more than announced: {text:?}");
    for taking in takings(&decision) {
        assert!(taking.amount >= Amount::default(), "a call gives back what others took: {text:?}");
    }
    if document.shadow {
        assert!(matches!(decision.verdict, Verdict::Allow(_)), "what is only looked at refuses: {text:?}");
    }
    if let Some(verdict) = naive::verdict(&document, tool, arguments) {
        let is_allowed = matches!(decision.verdict, Verdict::Allow(_));
        assert_eq!(is_allowed, verdict, "a naive reader of the policy says otherwise: {text:?}");
    }
    let audience = read(AUDIENCE, Reading::Strict).document.expect("a fixed policy is one");
    let elsewhere = Value::Text("https://elsewhere.example/mcp".into());
    let abroad = Call { auth: Auth { aud: Some(&elsewhere), ..call.auth }, ..call };
    for documents in [[&document, &audience], [&audience, &document]] {
        let Some(both) = of(&documents) else { continue };
        let is_denied = |call| {
            decided(&both, call).is_some_and(|(decision, _)| matches!(decision.verdict, Verdict::Deny(_)))
        };
        assert!(
            decided(&both, &abroad).is_none() || is_denied(&abroad),
            "a file has overruled another: {text:?}"
        );
        if matches!(decision.verdict, Verdict::Deny(_)) {
            assert!(
                decided(&both, &call).is_none() || is_denied(&call),
                "a file has overruled another: {text:?}"
            );
        }
    }
}

/// A call of a tool, by a token for this server.
pub(crate) fn call<'a>(tool: &'a str, arguments: &'a str, claims: Option<&'a str>) -> Call<'a> {
    static AUD: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| Value::Text(IDENTITY.into()));
    Call {
        target: Target::Tool(tool),
        arguments: Some(arguments),
        method: "tools/call",
        revision: "2025-11-25",
        auth: Auth {
            aud: Some(&*AUD),
            claims,
            caller: Caller {
                issuer: "https://login.example.com",
                subject: Some("ada"),
                client: Some("editor"),
                token: "a1b2c3",
            },
            scopes: &["notes:read", "notes:write"],
            bound: false,
            passthrough: false,
        },
        server: Server { identity: IDENTITY, name: "notes", tier: "staging" },
        client_address: Some("192.0.2.1"),
        now: NOW,
    }
}

/// What is decided where nothing has been counted yet, and in how many steps; none where it cannot be told.
pub(crate) fn decided(policy: &Policy, call: &Call<'_>) -> Option<(Decision, u64)> {
    let ask = || -> Option<(Decision, Vec<Amount>)> {
        Some(match policy.plan(call).ok()? {
            Plan::Decided(decision) => (decision, Vec::new()),
            Plan::Asks(ask) => {
                let values = vec![Amount::default(); ask.counters().len()];
                (ask.decide(&values).ok()?, values)
            }
        })
    };
    let (decision, values) = ask()?;
    assert_eq!(ask().map(|(again, _)| again).as_ref(), Some(&decision), "one call, one decision");
    let explained = policy.explain(call, &values).expect("what was decided can be explained");
    assert_eq!(explained.decision, decision, "the explanation is of another decision");
    Some((decision, explained.steps))
}

fn takings(decision: &Decision) -> &[warded_policy::Taking] {
    match &decision.verdict {
        Verdict::Allow(takings) | Verdict::Hold(_, takings) => takings,
        Verdict::Deny(_) => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A corpus about which a naive reader has nothing to say would show little.
    #[test]
    fn seeds_say_by_their_names_what_becomes_of_them() {
        let mut naively = 0;
        let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/decision");
        for seed in std::fs::read_dir(corpus).unwrap() {
            let path = seed.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            let lines: Vec<_> = text.splitn(4, '\n').collect();
            let [tool, arguments, claims, source] = lines[..] else { panic!("{name} has no policy") };
            let read = read(source, Reading::Lenient);
            let document = read.document.unwrap_or_else(|| panic!("{name}: {:#?}", read.findings));
            let (decision, _) =
                decided(&of(&[&document]).unwrap(), &call(tool, arguments, Some(claims))).unwrap();
            let word = match decision.verdict {
                Verdict::Allow(_) => "allowed",
                Verdict::Deny(_) => "denied",
                Verdict::Hold(..) => "held",
            };
            assert!(name.starts_with(word), "{name} is {word}");
            naively += usize::from(naive::verdict(&document, tool, arguments).is_some());
        }
        assert!(naively >= 10, "{naively}");
    }
}
