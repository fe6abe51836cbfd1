//! Whatever a source says, it is read without a panic, and every place lies within it.

use crate::{
    ir::{Module, Span},
    language::Language,
    lower::lower,
    parse::parse,
};

const SAMPLES: &[(Language, &str)] = &[
    (Language::Java, include_str!("samples/Sample.java")),
    (Language::CSharp, include_str!("samples/Sample.cs")),
];

fn read(language: Language, source: &str) -> Module {
    let tree = parse(source, language, &mut || true).unwrap();
    lower(source, &tree, language)
}

/// Functions, classes and gaps say where they are; what is in them is written out in full, which touches the rest.
fn is_within(module: &Module, source: &str) {
    let within = |span: &Span| source.get(span.clone()).is_some();
    assert!(module.functions.iter().all(|function| within(&function.span)));
    assert!(module.classes.iter().all(|class| within(&class.span)));
    assert!(module.gaps.iter().all(within));
    assert!(module.imports.iter().all(|import| within(&import.span)));
    let shown = format!("{module:?}");
    for span in shown.split("span: ").skip(1) {
        let end = span.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(span.len());
        let Some((from, to)) = span.get(..end).and_then(|span| span.split_once("..")) else { continue };
        let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
        assert!(within(&(from..to)), "{from}..{to}");
    }
}

/// Numbers that look like chance and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % below.max(1)
    }
}

#[test]
fn changed_sources_are_read() {
    let mut dice = Dice(0x5EED);
    for (language, sample) in SAMPLES {
        for _ in 0..60 {
            let mut bytes = sample.as_bytes().to_vec();
            for _ in 0..=dice.roll(6) {
                let at = dice.roll(bytes.len());
                match dice.roll(4) {
                    0 => {
                        let end = (at + dice.roll(40)).min(bytes.len());
                        bytes.drain(at..end);
                    }
                    1 => bytes.insert(at, b"(){}[]<>\"'\\;:=@#$`?!&|.,\n\0"[dice.roll(26)]),
                    2 => {
                        let from = dice.roll(bytes.len());
                        let copied = bytes[from..(from + dice.roll(60)).min(bytes.len())].to_vec();
                        bytes.splice(at..at, copied);
                    }
                    _ => bytes.truncate(at.max(1)),
                }
            }
            let source = String::from_utf8_lossy(&bytes).into_owned();
            is_within(&read(*language, &source), &source);
        }
    }
}

#[test]
fn nonsense_is_read() {
    let mut dice = Dice(7);
    for (language, _) in SAMPLES {
        for _ in 0..60 {
            let bytes: Vec<_> =
                (0..dice.roll(300)).filter_map(|_| u8::try_from(dice.roll(256)).ok()).collect();
            let source = String::from_utf8_lossy(&bytes).into_owned();
            is_within(&read(*language, &source), &source);
        }
    }
}

#[test]
fn depth_is_bounded() {
    const DEPTH: usize = 100_000;
    let bombs = |language: Language| -> Vec<String> {
        let within = |before: &str, after: &str, open: &str, close: &str| {
            format!("{before}{}{}{after}", open.repeat(DEPTH), close.repeat(DEPTH))
        };
        let (before, after) = ("class A { Object f() { return ", "; } }");
        let mut bombs = vec![
            within(before, after, "(", ")"),
            within(before, after, "f(", ")"),
            within(before, after, "!", ""),
            within("class A { void f() ", " }", "{", "}"),
            within("", "", "class A {", "}"),
            format!("{before}a{}{after}", ".b()".repeat(DEPTH)),
            format!("{before}a{}{after}", " && b".repeat(DEPTH)),
            format!("class A {{ void f() {{ {} }} }}", "if (a) b(); else ".repeat(DEPTH / 10)),
            "(".repeat(DEPTH),
            "[".repeat(DEPTH),
        ];
        if language == Language::Java {
            bombs.push(within(before, after, "new A() { Object f() { return ", "; } }"));
        }
        bombs
    };
    let reads = move || {
        for (language, _) in SAMPLES {
            for bomb in bombs(*language) {
                let module = read(*language, &bomb);
                // What is not read is listed.
                assert!(!module.gaps.is_empty(), "{bomb:.60}");
            }
        }
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(reads).unwrap().join().unwrap();
}

#[test]
fn a_long_sum_is_not_deep() {
    for (language, _) in SAMPLES {
        let module = read(
            *language,
            &format!("class A {{ Object f() {{ return \"a\"{}; }} }}", " + b".repeat(10_000)),
        );
        assert!(module.gaps.is_empty());
    }
}
