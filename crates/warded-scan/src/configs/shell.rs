//! A command that is written as one text, as a shell would take it apart.

use super::text::Text;

/// The words of a command. Each knows where it stands.
pub(super) fn split(command: &Text) -> Vec<Text> {
    let mut words = Vec::new();
    let mut word = Word::default();
    let mut quote = None;
    let mut letters = command.value.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.begins(at + 1);
            }
            (None | Some('"'), '\\') => match letters.peek().copied() {
                Some((after, next)) if quote.is_none() || matches!(next, '"' | '\\' | '$') => {
                    letters.next();
                    word.push(after, next);
                }
                _ => word.push(at, letter),
            },
            (None, _) if letter.is_whitespace() || letter == ';' => word.end(command, &mut words),
            _ => word.push(at, letter),
        }
    }
    word.end(command, &mut words);
    words
}

/// A word that grows.
#[derive(Default)]
struct Word {
    text: String,
    start: Option<usize>,
    end: usize,
    /// Whether something was left out of the middle, as quotes and backslashes are.
    has_gaps: bool,
}

impl Word {
    fn begins(&mut self, at: usize) {
        if self.start.is_none() {
            self.start = Some(at);
            self.end = at;
        }
    }

    fn push(&mut self, at: usize, letter: char) {
        self.begins(at);
        self.has_gaps |= self.end != at;
        self.end = at + letter.len_utf8();
        self.text.push(letter);
    }

    fn end(&mut self, command: &Text, words: &mut Vec<Text>) {
        let word = std::mem::take(self);
        if let Some(start) = word.start {
            let part = command.part(start..word.end);
            words.push(Text { value: word.text, span: part.span, exact: part.exact && !word.has_gaps });
        }
    }
}
