//! What a body can do to be two messages at once.

use super::{Fate, Fate::Through, LOOKALIKE, MALFORMED, TWICE, check};
use crate::stage::{Door, good};

const DEEP: Fate = Fate::Refused(400, "call-too-deep");
const BATCH: Fate = Fate::Refused(400, "call-batch");

/// A call of `read` with more in it.
fn with(more: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"read"}}{more}}}"#)
}

/// A call of `read` with more in its parameters.
fn params(more: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"read"{more}}}}}"#)
}

/// A call with that argument.
fn argument(value: &str) -> String {
    params(&format!(r#","arguments":{{"x":{value}}}"#))
}

/// A call of something.
fn named(name: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":{name},"arguments":{{}}}}}}"#)
}

fn id(id: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#)
}

fn completion(reference: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{{"argument":{{"name":"a","value":"b"}}{reference}}}}}"#
    )
}

fn listening(watched: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{{"notifications":{watched}}}}}"#
    )
}

type Trick = (&'static str, String, Fate);

/// Twice.
fn twice() -> Vec<Trick> {
    vec![
        ("method twice, escaped", with(r#","\u006dethod":"ping""#), TWICE),
        ("params twice, escaped", with(r#","p\u0061rams":{"name":"wipe"}"#), TWICE),
        ("id twice, escaped", with(r#","\u0069d":2"#), TWICE),
        ("name twice", params(r#","name":"wipe""#), TWICE),
        ("name twice, all escaped", params(r#","\u006e\u0061\u006D\u0065":"wipe""#), TWICE),
        ("an argument twice", argument(r#"{"a":1,"\u0061":2}"#), TWICE),
        ("the empty name twice", argument(r#"{"":1,"":2}"#), TWICE),
        ("an emoji twice, once in two escapes", argument("{\"\u{1f600}\":1,\"\\ud83d\\ude00\":2}"), TWICE),
        (
            "twice among many",
            argument(&format!(
                "{{{}}}",
                (0..40).chain([1]).map(|n| format!("\"k{n}\":0")).collect::<Vec<_>>().join(",")
            )),
            TWICE,
        ),
        ("_meta twice", params(r#","_meta":{},"_meta":{}"#), TWICE),
        (
            "ref twice",
            completion(r#","ref":{"type":"ref/prompt","name":"a"},"ref":{"type":"ref/prompt","name":"b"}"#),
            TWICE,
        ),
        (
            "the name of a ref twice",
            completion(r#","ref":{"type":"ref/prompt","name":"a","name":"b"}"#),
            TWICE,
        ),
        ("twice in an answer", r#"{"jsonrpc":"2.0","id":1,"result":{"a":{"b":1,"b":2}}}"#.into(), TWICE),
    ]
}

/// Alike.
fn alike() -> Vec<Trick> {
    vec![
        ("Method", with(r#","Method":"ping""#), LOOKALIKE),
        ("METHOD and no method", r#"{"jsonrpc":"2.0","id":1,"METHOD":"ping"}"#.into(), LOOKALIKE),
        ("Jsonrpc", with(r#","Jsonrpc":"2.0""#), LOOKALIKE),
        ("ID", with(r#","ID":2"#), LOOKALIKE),
        ("Params", with(r#","Params":{"name":"wipe"}"#), LOOKALIKE),
        ("RESULT in a request", with(r#","RESULT":{}"#), LOOKALIKE),
        ("Error in a request", with(r#","Error":{}"#), LOOKALIKE),
        ("a long s", with(",\"param\u{17f}\":{\"name\":\"wipe\"}"), LOOKALIKE),
        ("a long s, escaped", with(r#","param\u017f":{"name":"wipe"}"#), LOOKALIKE),
        ("a Kelvin sign", params(",\"tas\u{212a}\":{}"), LOOKALIKE),
        ("a dotless i", params(",\"ur\u{131}\":\"note://private/1\""), LOOKALIKE),
        ("a dotted I", with(",\"\u{130}d\":2"), LOOKALIKE),
        ("Name", params(r#","Name":"wipe""#), LOOKALIKE),
        ("nAmE, escaped", params(r#","n\u0041mE":"wipe""#), LOOKALIKE),
        ("Arguments", params(r#","Arguments":{"x":1}"#), LOOKALIKE),
        ("URI", params(r#","URI":"note://private/1""#), LOOKALIKE),
        ("_META", params(r#","_META":{}"#), LOOKALIKE),
        ("the revision in another case", params(r#","_meta":{"io.modelcontextprotocol/protocolversion":"2026-07-28"}"#), LOOKALIKE),
        ("Ref", completion(r#","ref":{"type":"ref/prompt","name":"a"},"Ref":{}"#), LOOKALIKE),
        ("Name in a ref", completion(r#","ref":{"type":"ref/prompt","name":"a","Name":"b"}"#), LOOKALIKE),
        ("URI in a ref", completion(r#","ref":{"type":"ref/resource","uri":"a:b","URI":"note://private/1"}"#), LOOKALIKE),
        ("ResourceSubscriptions", listening(r#"{"ResourceSubscriptions":["note://private/1"]}"#), LOOKALIKE),
        ("name up to a NUL", params(r#","name\u0000":"wipe""#), LOOKALIKE),
        ("method up to a NUL", with(r#","method\u0000x":"ping""#), LOOKALIKE),
        ("a prototype of the message", with(r#","__proto__":{"method":"ping"}"#), LOOKALIKE),
        ("a prototype of the parameters", r#"{"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"__proto__":{"uri":"note://private/1"}}}"#.into(), LOOKALIKE),
        ("a prototype, escaped", params(r#","__pr\u006fto__":{"name":"wipe"}"#), LOOKALIKE),
        ("a prototype of a ref", completion(r#","ref":{"type":"ref/prompt","name":"a","__proto__":{"uri":"a:b"}}"#), LOOKALIKE),
    ]
}

/// What JSON is not.
fn no_json() -> Vec<Trick> {
    let ping = id("1");
    vec![
        ("nothing", String::new(), MALFORMED),
        ("a byte order mark", format!("\u{feff}{ping}"), MALFORMED),
        ("a byte order mark behind it", format!("{ping}\u{feff}"), MALFORMED),
        ("a form feed before it", format!("\u{c}{ping}"), MALFORMED),
        ("a vertical tab behind it", format!("{ping}\u{b}"), MALFORMED),
        ("a blank that does not break", format!("\u{a0}{ping}"), MALFORMED),
        ("an ideographic blank", format!("{ping}\u{3000}"), MALFORMED),
        ("a blank of no width", format!("\u{200b}{ping}"), MALFORMED),
        ("a line separator", format!("\u{2028}{ping}"), MALFORMED),
        ("a record separator", format!("\u{1e}{ping}"), MALFORMED),
        ("a NUL behind it", format!("{ping}\0"), MALFORMED),
        ("a NUL within it", ping.replacen(',', ",\0", 1), MALFORMED),
        ("a NUL within a text", argument("\"a\0b\""), MALFORMED),
        ("a line feed within a text", argument("\"a\nb\""), MALFORMED),
        ("a tab within a name", with(",\"a\tb\":1"), MALFORMED),
        ("two of them", format!("{ping}{}", with("")), MALFORMED),
        ("two of them on two lines", format!("{ping}\n{}", with("")), MALFORMED),
        ("a comma behind it", format!("{ping},"), MALFORMED),
        ("a word behind it", format!("{ping}x"), MALFORMED),
        ("a prefix against inclusion", format!(")]}}'\n{ping}"), MALFORMED),
        ("a callback", format!("f({ping})"), MALFORMED),
        ("a comma too much in an object", with(","), MALFORMED),
        ("a comma too much in a list", argument("[1,]"), MALFORMED),
        ("a comment at the end of a line", with(", // x\n\"a\":1"), MALFORMED),
        ("a comment", with("/* x */"), MALFORMED),
        ("another comment", with("\n# x\n"), MALFORMED),
        ("single quotes", ping.replace('"', "'"), MALFORMED),
        ("a name without quotes", with(",a:1"), MALFORMED),
        ("an escape that is none", argument(r#""\x61""#), MALFORMED),
        ("an escaped apostrophe", argument(r#""\'""#), MALFORMED),
        ("an escape that is too short", argument(r#""\u06""#), MALFORMED),
        ("an escape in braces", argument(r#""\u{61}""#), MALFORMED),
        ("half a pair", argument(r#""\ud800""#), MALFORMED),
        ("the other half", argument(r#""\udc00""#), MALFORMED),
        ("a pair the wrong way round", argument(r#""\udc00\ud800""#), MALFORMED),
        ("half a pair in the tool's name", named(r#""read\ud83d""#), MALFORMED),
        ("half a pair in a member's name", with(r#","\ud83d":1"#), MALFORMED),
        ("an unfinished message", ping.trim_end_matches('}').to_owned(), MALFORMED),
    ]
}

/// Numbers.
fn numbers() -> Vec<Trick> {
    vec![
        ("a number beyond all bounds", argument("1e400"), MALFORMED),
        ("one below all bounds", argument("-1e400"), MALFORMED),
        ("no number", argument("NaN"), MALFORMED),
        ("Infinity", argument("Infinity"), MALFORMED),
        ("a number in hexadecimal", argument("0x10"), MALFORMED),
        ("a zero too much", argument("01"), MALFORMED),
        ("a plus", argument("+1"), MALFORMED),
        ("no zero before the point", argument(".5"), MALFORMED),
        ("nothing behind the point", argument("1."), MALFORMED),
        ("an underscore", argument("1_000"), MALFORMED),
        ("True", argument("True"), MALFORMED),
        ("undefined", argument("undefined"), MALFORMED),
    ]
}

/// Ids.
fn ids() -> Vec<Trick> {
    vec![
        ("an id of null", id("null"), MALFORMED),
        ("an id with a point", id("1.0"), MALFORMED),
        ("an id with an exponent", id("1e0"), MALFORMED),
        ("an id of minus zero", id("-0"), MALFORMED),
        ("an id that doubles cannot hold", id("9007199254740993"), MALFORMED),
        ("an id beyond 64 bits", id("18446744073709551616"), MALFORMED),
        ("an id beyond all bounds", id("1e999"), MALFORMED),
        ("an id in a list", id("[1]"), MALFORMED),
        ("an id of true", id("true"), MALFORMED),
    ]
}

/// No JSON-RPC.
fn no_json_rpc() -> Vec<Trick> {
    let ping = id("1");
    vec![
        ("another version", ping.replace("2.0", "2.00"), MALFORMED),
        ("a version with a blank", ping.replace("2.0", "2.0 "), MALFORMED),
        ("a version as a number", ping.replace("\"2.0\"", "2.0"), MALFORMED),
        ("no version", ping.replace(r#""jsonrpc":"2.0","#, ""), MALFORMED),
        ("a method in a list", ping.replace("\"ping\"", "[\"ping\"]"), MALFORMED),
        ("a method with a NUL", ping.replace("ping", r"ping\u0000"), MALFORMED),
        ("a method and a result", with(r#","result":{}"#), MALFORMED),
        ("a method and an error", with(r#","error":null"#), MALFORMED),
        ("a result and an error", r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#.into(), MALFORMED),
        ("a result for nobody", r#"{"jsonrpc":"2.0","id":null,"result":{}}"#.into(), MALFORMED),
        ("parameters by position", ping.replace('}', r#","params":["read"]}"#), MALFORMED),
        ("parameters of null", ping.replace('}', r#","params":null}"#), MALFORMED),
        ("parameters as a text", ping.replace('}', r#","params":"{}"}"#), MALFORMED),
        ("a tool without a name", named("null"), MALFORMED),
        ("a tool with a number", named("1"), MALFORMED),
        ("a tool with two names", named(r#"["read","wipe"]"#), MALFORMED),
        ("a tool with a NUL", named(r#""read\u0000wipe""#), MALFORMED),
        ("arguments as a text", params(r#","arguments":"{}""#), MALFORMED),
        ("arguments in a list", params(r#","arguments":[{}]"#), MALFORMED),
        ("_meta in a list", params(r#","_meta":[]"#), MALFORMED),
        (
            "a revision as a number",
            params(r#","_meta":{"io.modelcontextprotocol/protocolVersion":2026}"#),
            MALFORMED,
        ),
        ("a completion of nothing", completion(""), MALFORMED),
        ("a completion of null", completion(r#","ref":null"#), MALFORMED),
        ("a completion of an empty ref", completion(r#","ref":{"type":"ref/prompt"}"#), MALFORMED),
        ("a completion of a number", completion(r#","ref":{"type":"ref/prompt","name":7}"#), MALFORMED),
        ("a subscription to a text", listening(r#"{"resourceSubscriptions":"note://private/1"}"#), MALFORMED),
        ("a subscription to a number", listening(r#"{"resourceSubscriptions":["a:b",7]}"#), MALFORMED),
        (
            "a subscription to everything",
            listening(&format!(r#"{{"resourceSubscriptions":[{}]}}"#, vec!["\"a:b\""; 1025].join(","))),
            MALFORMED,
        ),
        ("a subscription with a NUL", listening(r#"{"resourceSubscriptions":["a:b\u0000"]}"#), MALFORMED),
    ]
}

/// Batches.
fn batches() -> Vec<Trick> {
    let ping = id("1");
    vec![
        ("an empty batch", "[]".into(), MALFORMED),
        ("a batch in a batch", format!("[[{ping}]]"), MALFORMED),
        ("null in a batch", format!("[{ping},null]"), MALFORMED),
        ("an empty object in a batch", format!("[{ping},{{}}]"), MALFORMED),
        ("a batch with a lookalike", format!("[{ping},{}]", with(r#","Method":"ping""#)), LOOKALIKE),
        (
            "a batch that introduces itself",
            r#"[{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}]"#.into(),
            MALFORMED,
        ),
    ]
}

/// Depth.
fn depth() -> Vec<Trick> {
    vec![
        ("sixty-four lists", argument(&format!("{}{}", "[".repeat(64), "]".repeat(64))), DEEP),
        ("a million lists", "[".repeat(1_000_000), DEEP),
        ("a hundred thousand objects", r#"{"a":"#.repeat(100_000), DEEP),
    ]
}

/// No tricks.
fn no_tricks() -> Vec<Trick> {
    let ping = id("1");
    vec![
        ("every blank of JSON", format!(" \t\r\n{ping} \t\r\n"), Through),
        ("an escaped slash", with("").replace('/', r"\/"), Through),
        ("a method in escapes", with("").replace("tools", r"t\u006f\u006Fls"), Through),
        (
            "names in escapes",
            with("").replace("method", r"m\u0065thod").replace("name", r"n\u0061me"),
            Through,
        ),
        (
            "the other order",
            r#"{"params":{"arguments":{},"name":"read"},"method":"tools/call","id":"a","jsonrpc":"2.0"}"#
                .into(),
            Through,
        ),
        ("an empty id", id("\"\""), Through),
        ("an id that looks like a number", id("\"1\""), Through),
        ("the largest id", id("9007199254740991"), Through),
        ("the smallest id", id("-9007199254740991"), Through),
        ("members of the future", with(r#","future":[{"a":null}],"Future":1"#), Through),
        (
            "lookalikes among the arguments",
            argument(r#"1,"Name":"a","NAME":"b","name":"c","__proto__":{"x":2}"#),
            Through,
        ),
        ("arguments of null", params(r#","arguments":null"#), Through),
        ("a large number", argument("1e308"), Through),
        ("a long number", argument("123456789012345678901234567890"), Through),
        ("minus zero", argument("-0"), Through),
        ("a number next to nothing", argument("1e-400"), Through),
        ("letters of everywhere", named("\"\u{e9}\u{4e16}\u{1f600}\u{2028}\u{7f}\u{ffff}\""), Through),
        ("the same in escapes", named(r#""\u00e9\u4e16\ud83d\ude00\u2028\u007f\uffff""#), Through),
        ("a name that is decomposed", named("\"e\u{301}\""), Through),
        ("an empty name", named("\"\""), Through),
        ("a name with quotes", named(r#""\"\\\/\b\f\n\r\t""#), Through),
        ("a constructor", with(r#","constructor":{"prototype":{"method":"ping"}}"#), Through),
        ("sixty lists", argument(&format!("{}{}", "[".repeat(60), "]".repeat(60))), Through),
        ("a batch", format!("[{ping},{}]", with("")), Through),
        (
            "a batch with an answer",
            format!(r#"[{ping},{{"jsonrpc":"2.0","id":"a","result":{{}}}}]"#),
            Through,
        ),
        (
            "a notification",
            r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#.into(),
            Through,
        ),
        (
            "an error for nobody",
            r#"{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"a"}}"#.into(),
            Through,
        ),
        ("a completion of a prompt", completion(r#","ref":{"type":"ref/prompt","name":"a"}"#), Through),
        (
            "a completion of a template",
            completion(r#","ref":{"uri":"note://{id}","type":"ref/resource"}"#),
            Through,
        ),
        (
            "a subscription",
            listening(r#"{"toolsListChanged":true,"resourceSubscriptions":["note://a","note://b"]}"#),
            Through,
        ),
        ("a subscription to no resource", listening(r#"{"resourceSubscriptions":null}"#), Through),
        (
            "a resource",
            r#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"note://a","name":"x"}}"#
                .into(),
            Through,
        ),
        (
            "a skill",
            r#"{"jsonrpc":"2.0","id":1,"method":"skills/get","params":{"uri":"skill://a/SKILL.md"}}"#.into(),
            Through,
        ),
        (
            "a prompt",
            r#"{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"p"}}"#.into(),
            Through,
        ),
        (
            "a ref of another method",
            r#"{"jsonrpc":"2.0","id":1,"method":"x/y","params":{"ref":"main","notifications":[1]}}"#.into(),
            Through,
        ),
    ]
}

/// Bodies that are no text.
fn bytes() -> Vec<(&'static str, Vec<u8>, Fate)> {
    let ping = id("1");
    let utf_16 = |order: fn(u16) -> [u8; 2]| ping.encode_utf16().flat_map(order).collect::<Vec<_>>();
    let utf_32 = ping.chars().flat_map(|letter| u32::from(letter).to_le_bytes()).collect::<Vec<_>>();
    let marked = |mark: &[u8], text: Vec<u8>| [mark, &text].concat();
    let around = |inner: &[u8]| {
        let whole = argument("\"?\"").into_bytes();
        let at = whole.iter().position(|byte| *byte == b'?').unwrap();
        [&whole[..at], inner, &whole[at + 1..]].concat()
    };
    vec![
        ("UTF-16, little end first, with a mark", marked(b"\xff\xfe", utf_16(u16::to_le_bytes)), MALFORMED),
        ("UTF-16, little end first", utf_16(u16::to_le_bytes), MALFORMED),
        ("UTF-16, big end first", utf_16(u16::to_be_bytes), MALFORMED),
        ("UTF-32", utf_32, MALFORMED),
        ("UTF-7", b"+AHs-\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"+AH0-".to_vec(), MALFORMED),
        ("a slash that is too long", around(b"\xc0\xaf"), MALFORMED),
        ("a quote that is too long", around(b"\xc0\xa2"), MALFORMED),
        ("a byte of the middle", around(b"\x80"), MALFORMED),
        ("half a letter", around(b"\xe2\x82"), MALFORMED),
        ("half a pair in UTF-8", around(b"\xed\xa0\x80"), MALFORMED),
        ("a pair in UTF-8", around(b"\xed\xa0\xbd\xed\xb8\x80"), MALFORMED),
        ("beyond Unicode", around(b"\xf4\x90\x80\x80"), MALFORMED),
        ("Latin-1", around(b"\xe9"), MALFORMED),
        ("a NUL in two bytes", around(b"\xc0\x80"), MALFORMED),
        (
            "a name that is no text",
            with(",\"?\":1")
                .replace('?', "\u{1}")
                .into_bytes()
                .iter()
                .map(|byte| if *byte == 1 { 0xff } else { *byte })
                .collect(),
            MALFORMED,
        ),
        ("a byte between values", [ping.as_bytes(), b"\xa0"].concat(), MALFORMED),
        ("gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00".to_vec(), MALFORMED),
        ("the last letter of Unicode", around("\u{10ffff}".as_bytes()), Through),
    ]
}

/// Every one.
pub(crate) fn all() -> Vec<(&'static str, Vec<u8>, Fate)> {
    let texts =
        [twice(), alike(), no_json(), numbers(), ids(), no_json_rpc(), batches(), depth(), no_tricks()];
    let texts = texts.into_iter().flatten().map(|(trick, text, fate)| (trick, text.into_bytes(), fate));
    texts.chain(bytes()).collect()
}

#[tokio::test]
async fn no_body_is_two_messages() {
    let door = Door::usual();
    for (trick, sent, fate) in all() {
        check(&door, trick, good(), &sent, fate).await;
    }
}

#[tokio::test]
async fn later_revisions_have_no_batches_however_short() {
    let door = Door::usual();
    for revision in ["2025-06-18", "2025-11-25", "2026-07-28"] {
        for sent in [format!("[{}]", id("1")), format!(" [{},{}]", id("1"), id("2"))] {
            let request = good().header("MCP-Protocol-Version", revision);
            check(&door, revision, request, sent.as_bytes(), BATCH).await;
        }
    }
}
