//! Sources that nobody would write.

use crate::{
    ir::{Module, shown::shown},
    language::Language,
    lower::lower,
    parse::parse,
};

/// Reads it where the stack is small, and sees that everything lies within the text.
pub(super) fn survives(language: Language, source: String) {
    let small = std::thread::Builder::new()
        .stack_size(2 << 20)
        .name(source.chars().take(60).collect::<String>().replace('\0', " "));
    let read = small.spawn(move || {
        let tree = parse(&source, language, &mut || true).unwrap();
        let module = lower(&source, &tree, language);
        lies_within(&module, source.len());
        // Every span and part is gone through.
        shown(&module).len()
    });
    read.unwrap().join().unwrap();
}

fn lies_within(module: &Module, length: usize) {
    let spans = module.functions.iter().map(|function| &function.span);
    let spans = spans.chain(module.classes.iter().map(|class| &class.span));
    let spans = spans.chain(module.imports.iter().map(|import| &import.span)).chain(&module.gaps);
    for span in spans {
        assert!(span.start <= span.end && span.end <= length);
    }
    for function in &module.functions {
        assert!(function.outer.is_none_or(|outer| (outer.0 as usize) < module.functions.len()));
    }
}

/// The source with something wrong in it, again and again: pieces gone, twice, elsewhere, other bytes.
pub(super) fn survives_changes(language: Language, source: &str, times: u64) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below.max(1)).unwrap()).unwrap()
    };
    for _ in 0..times {
        let mut bytes = source.as_bytes().to_vec();
        for _ in 0..=random(4) {
            let start = random(bytes.len());
            let end = (start + random(40)).min(bytes.len());
            match random(4) {
                0 => drop(bytes.drain(start..end)),
                1 => {
                    let piece = bytes[start..end].to_vec();
                    let at = random(bytes.len());
                    bytes.splice(at..at, piece);
                }
                2 => bytes[start] = b"{}()[]\"'`\\|&;:,.<>!?%"[random(21)],
                _ => bytes[start] = u8::try_from(random(256)).unwrap(),
            }
        }
        survives(language, String::from_utf8_lossy(&bytes).into_owned());
    }
}

/// Brackets in each other, as many as that.
pub(super) fn nested(before: &str, open: &str, close: &str, after: &str) -> String {
    const DEPTH: usize = 100_000;
    format!("{before}{}{}{after}", open.repeat(DEPTH), close.repeat(DEPTH))
}
