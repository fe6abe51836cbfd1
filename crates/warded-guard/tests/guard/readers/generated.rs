//! Messages that nobody would write: well formed in odd ways, or not quite. Always the same ones.

use http::HeaderMap;
use warded_guard::Call;

/// A small generator of numbers (SplitMix64): what is drawn must be the same in every run.
struct Draw(u64);

impl Draw {
    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.number() % u64::try_from(limit).unwrap()).unwrap()
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    fn blank(&mut self) -> &'static str {
        if self.one_in(4) { self.of(&[" ", "\n", "\t", "\r\n", "  "]) } else { "" }
    }

    /// A text as JSON, some letters of it in escapes.
    fn text(&mut self, text: &str) -> String {
        let odd = self.one_in(5);
        let mut written = String::from("\"");
        for letter in text.chars() {
            if matches!(letter, '"' | '\\') || letter < ' ' || (odd && self.one_in(3)) {
                let upper = self.one_in(2);
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    written += &if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
                }
            } else if letter == '/' && odd {
                written += "\\/";
            } else {
                written.push(letter);
            }
        }
        written + "\""
    }

    fn value(&mut self, depth: usize) -> String {
        match self.below(if depth == 0 { 8 } else { 10 }) {
            0 => "null".into(),
            1 => self.of(&["true", "false"]).into(),
            2 => self
                .of(&[
                    "0",
                    "-1",
                    "1.5",
                    "1e9",
                    "-0",
                    "1E-9",
                    "9007199254740993",
                    "0.1e-400",
                    "12345678901234567890123",
                ])
                .into(),
            3..8 => {
                let text = self.of(NAMES);
                self.text(text)
            }
            8 => {
                let items: Vec<_> = (0..self.below(4)).map(|_| self.value(depth - 1)).collect();
                format!("[{}]", items.join(","))
            }
            _ => {
                let members = (0..self.below(4)).map(|_| (self.of(MEMBERS), self.value(depth - 1)));
                let members = members.collect();
                self.object(members)
            }
        }
    }

    /// An object of these members in any order, as often as not with blanks.
    fn object(&mut self, mut members: Vec<(&str, String)>) -> String {
        let mut written = Vec::new();
        while !members.is_empty() {
            let (name, value) = members.swap_remove(self.below(members.len()));
            let name = self.text(name);
            written.push(format!(
                "{}{name}{}:{}{value}{}",
                self.blank(),
                self.blank(),
                self.blank(),
                self.blank()
            ));
        }
        format!("{{{}}}", written.join(","))
    }

    fn named(&mut self) -> String {
        let name = self.of(NAMES);
        self.text(name)
    }

    fn params(&mut self, method: &str) -> String {
        let mut members = Vec::new();
        let is_complete = !self.one_in(12);
        if is_complete || self.one_in(2) {
            members.push((if method.starts_with("resources") { "uri" } else { "name" }, self.named()));
        }
        if method.starts_with("completion") || self.one_in(15) {
            let kind = self.of(&["name", "uri"]);
            let reference = vec![(kind, self.named()), ("type", "\"ref/prompt\"".into())];
            members.push(("ref", self.object(reference)));
        }
        if method.starts_with("subscriptions") || self.one_in(15) {
            let uris: Vec<_> = (0..self.below(4)).map(|_| self.named()).collect();
            let filter = vec![("resourceSubscriptions", format!("[{}]", uris.join(",")))];
            members.push(("notifications", self.object(filter)));
        }
        if self.one_in(3) {
            let arguments = (0..self.below(5)).map(|_| (self.of(MEMBERS), self.value(3))).collect();
            members.push(("arguments", self.object(arguments)));
        }
        while self.one_in(4) {
            members.push((self.of(MEMBERS), self.value(2)));
        }
        self.object(members)
    }

    fn message(&mut self) -> String {
        let method = self.of(METHODS);
        let mut members = vec![("jsonrpc", "\"2.0\"".to_owned())];
        match self.below(12) {
            0 => {}
            1 => members.push(("id", self.value(1))),
            2..6 => members.push(("id", self.named())),
            _ => members.push(("id", format!("{}", self.number() >> 11))),
        }
        if self.one_in(15) {
            members.push((self.of(&["result", "error"]), self.value(3)));
        } else {
            members.push(("method", self.text(method)));
            members.push(("params", self.params(method)));
        }
        while self.one_in(8) {
            members.push((self.of(MEMBERS), self.value(2)));
        }
        self.object(members)
    }

    fn body(&mut self) -> Vec<u8> {
        let mut body = if self.one_in(8) {
            let messages: Vec<_> = (0..=self.below(3)).map(|_| self.message()).collect();
            format!("{}[{}]{}", self.blank(), messages.join(","), self.blank())
        } else {
            format!("{}{}{}", self.blank(), self.message(), self.blank())
        }
        .into_bytes();
        if self.one_in(5) {
            self.damage(&mut body);
        }
        body
    }

    /// What one keystroke does.
    fn damage(&mut self, body: &mut Vec<u8>) {
        let at = self.below(body.len());
        match self.below(4) {
            0 => {
                body.remove(at);
            }
            1 => {
                let letter =
                    self.of(&["\"", "\\", "{", "}", "[", "]", ",", ":", "a", "0", " ", "\0", "\u{7f}"]);
                body[at] = letter.as_bytes()[0];
            }
            2 => {
                let piece = self
                    .of(&[",", "\"", " ", "\\u0000", "\u{feff}", "\u{e9}", "\\", "//", "e", ".", "\u{17f}"]);
                let tail = body.split_off(at);
                body.extend_from_slice(piece.as_bytes());
                body.extend(tail);
            }
            _ => {
                let other = self.below(body.len());
                body.swap(at, other);
            }
        }
    }
}

const METHODS: &[&str] = &[
    "ping",
    "initialize",
    "tools/call",
    "tools/call",
    "tools/call",
    "tools/list",
    "tools/x",
    "prompts/get",
    "resources/read",
    "resources/subscribe",
    "resources/directory/read",
    "skills/get",
    "completion/complete",
    "subscriptions/listen",
    "tasks/get",
    "Tools/call",
    "tools",
    "notifications/cancelled",
    "\u{e9}",
    "",
];

const NAMES: &[&str] = &[
    "read",
    "wipe",
    "",
    " read",
    "read ",
    "Read",
    "\u{e9}",
    "e\u{301}",
    "\u{4e16}\u{754c}",
    "\u{1f600}",
    "note://private/1",
    "file:///a b",
    "a/b",
    "\"",
    "\\",
    "\\u0061",
    "\n",
    "\t",
    "\u{7f}",
    "\u{2028}",
    "\u{feff}",
    "\u{ffff}",
    "\u{10ffff}",
    "2.0",
    "null",
    "\u{80}",
    "<script>&amp;",
    "\u{202e}",
    "\u{200d}",
    "\u{fdd0}",
];

/// Members of the protocol, what looks like them, and others.
const MEMBERS: &[&str] = &[
    "name",
    "uri",
    "id",
    "method",
    "params",
    "ref",
    "_meta",
    "arguments",
    "taskId",
    "x",
    "",
    "a",
    "Name",
    "NAME",
    "Uri",
    "nam\u{e9}",
    "name ",
    " name",
    "name\u{0}",
    "__proto__",
    "constructor",
    "toString",
    "\u{1f600}",
    "ur\u{131}",
    "argument\u{17f}",
    "tas\u{212a}",
    "jsonrpc",
    "hasOwnProperty",
    "namespace",
    "n",
    "\u{ff4e}ame",
    "na\u{200b}me",
    "\u{feff}name",
    "uri\u{0}",
];

/// So many bodies that the guard lets through, and how many it refused on the way.
pub(super) fn let_through(wanted: usize) -> (Vec<Vec<u8>>, usize) {
    let mut draw = Draw(20_260_728);
    let (mut through, mut refused) = (Vec::new(), 0);
    while through.len() < wanted {
        let body = draw.body();
        match Call::read(&body, &HeaderMap::new()) {
            Ok(_) => through.push(body),
            Err(_) => refused += 1,
        }
        assert!(refused < 100 * wanted, "hardly anything is let through");
    }
    (through, refused)
}
