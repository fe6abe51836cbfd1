//! Does the reader say what `serde_json` and the rules say, of every message? Another reader, made of another parser and
//! written for nothing but this, goes through what a generator makes up: messages as they should be, tricks, and what is
//! left of both when bytes of them are changed.

use std::collections::BTreeMap;

use super::envelope;
use dice::Dice;
use oracle::Told;

mod dice;
mod generated;
mod oracle;

/// How many messages are compared, unless somebody who has the time says otherwise when this is built.
const ROUNDS: u64 = 200_000;
/// Whoever waits for long is told how far it is.
const LONG: u64 = 10_000_000;

fn compare(body: &[u8]) -> &'static str {
    let theirs = oracle::read(body);
    let ours = envelope::read(body);
    let shown = String::from_utf8_lossy(body);
    match (&ours, &theirs) {
        (Ok(ours), Ok((theirs, is_batch))) => {
            assert_eq!(ours.is_batch, *is_batch, "{shown}");
            let ours: Vec<_> = ours.messages.iter().map(Told::of).collect();
            assert_eq!(ours, *theirs, "{shown}");
            "(accepted)"
        }
        (Err(ours), Err(theirs)) => {
            assert_eq!(ours, theirs, "{shown}");
            match ours {
                warded_core::Refusal::CallMalformed { why } => why,
                other => other.code(),
            }
        }
        _ => panic!("{shown}\n{ours:?}\n{theirs:?}"),
    }
}

#[test]
fn every_message_is_read_as_another_parser_reads_it() {
    let rounds = option_env!("WARDED_READER_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let seed = option_env!("WARDED_READER_SEED").map_or(1, |seed| seed.parse().unwrap());
    let mut outcomes: BTreeMap<&str, u64> = BTreeMap::new();
    let mut dice = Dice::of(seed);
    for round in 1..=rounds {
        if round % LONG == 0 {
            println!("{round} messages from seed {seed}: {outcomes:?}");
        }
        *outcomes.entry(compare(&generated::body(&mut dice))).or_default() += 1;
    }
    println!("{rounds} messages from seed {seed}: {outcomes:#?}");
    // A generator that makes up nothing but rubbish, or nothing but what is good, would show little.
    assert!(outcomes["(accepted)"] > rounds / 20, "{outcomes:?}");
    for often in ["it is not JSON", "call-duplicate-member", "call-lookalike-member", "it is not UTF-8"] {
        assert!(outcomes[often] > rounds / 100, "{often}: {outcomes:?}");
    }
    for why in oracle::REASONS {
        assert!(outcomes.contains_key(why), "{why}: {outcomes:?}");
    }
}

#[test]
fn what_is_long_or_deep_is_read_as_another_parser_reads_it() {
    let call = |arguments: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"a","arguments":{arguments}}}}}"#
        )
    };
    for depth in 60..70 {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let nested =
                |inside: &str| call(&format!("{}{inside}{}", open.repeat(depth), close.repeat(depth)));
            for inside in ["1", "{}", "[]", "", "x"] {
                compare(nested(inside).as_bytes());
            }
        }
    }
    for members in [10, 11, 12, 13, 14, 1000] {
        for second in ["m0", "m5", "m\\u0030", "M0", "m"] {
            let names: Vec<_> = (0..members).map(|number| format!(r#""m{number}":{number}"#)).collect();
            compare(call(&format!(r#"{{{},"{second}":1}}"#, names.join(","))).as_bytes());
        }
    }
    for watched in [1023, 1024, 1025, 1026] {
        for more in ["", r#","b""#, ",1", r#",1,"b""#] {
            let uris = vec![r#""a""#; watched].join(",");
            let method = r#""jsonrpc":"2.0","id":1,"method":"subscriptions/listen""#;
            let filter = format!(r#"{{"resourceSubscriptions":[{uris}{more}]}}"#);
            compare(format!(r#"{{{method},"params":{{"notifications":{filter}}}}}"#).as_bytes());
        }
    }
}
