//! The command that starts a server: its options, the variables and the headers it is given, and its address.

use super::{
    address, bridge,
    name::{Secrecy, secrecy},
    product::Part,
    server::{Piece, Role},
    shell,
    text::Text,
};

/// A word of a command.
pub(crate) struct Word {
    pub(crate) path: String,
    pub(crate) text: Text,
}

/// A longer word is looked through as it is, and never taken apart.
const LONGEST: usize = 64 * 1024;

/// All words, also those of a command within the command: `sh -c "…"`, or everything in one text.
pub(crate) fn flat(command: Vec<Word>, arguments: Vec<Word>) -> Vec<Word> {
    let is_alone = arguments.is_empty() && command.len() == 1;
    let mut all: Vec<Word> = Vec::new();
    for word in command.into_iter().chain(arguments) {
        let before = all.last().map(|word| word.text.value.to_ascii_lowercase());
        let is_script = matches!(before.as_deref(), Some("-c" | "/c" | "-lc" | "-ic" | "-command"));
        let is_command = (is_alone || is_script) && word.text.value.len() <= LONGEST;
        if is_command && word.text.value.contains(char::is_whitespace) {
            let parts = shell::split(&word.text).into_iter();
            all.extend(parts.map(|text| Word { path: word.path.clone(), text }));
        } else {
            all.push(word);
        }
    }
    all
}

/// `NAME=value`, apart.
pub(crate) fn assignment(text: &Text) -> Option<(String, Text)> {
    let (name, value) = text.split_once('=')?;
    let is_name = name.value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.value.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    is_name.then_some((name.value, value))
}

/// What the words say.
pub(crate) fn pieces(words: &[Word]) -> Vec<Piece> {
    let is_bridged = bridge::bridge(words).is_some();
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let mut taken = 1;
        let mut push = |word: &Word, role: Role, text: Text| {
            all.push(Piece { path: word.path.clone(), part: Part::Args, role, text });
        };
        let next = words.get(at + 1);
        let (option, given) = option(&word.text);
        match (option.as_deref(), given, next) {
            (Some("header" | "headers" | "H"), Some(value), _) => {
                let (role, text) = header(&value);
                push(word, role, text);
            }
            (Some("header" | "headers" | "H"), None, Some(value)) => {
                taken = 2;
                // One bridge takes the name and the value of a header as two words.
                match words.get(at + 2).filter(|_| !value.text.value.contains(':')) {
                    Some(second) if !second.text.value.starts_with('-') => {
                        taken = 3;
                        push(second, Role::Header(value.text.value.clone()), second.text.clone());
                    }
                    _ => {
                        let (role, text) = header(&value.text);
                        push(value, role, text);
                    }
                }
            }
            (Some("e" | "env"), None, Some(value)) => {
                taken = 2;
                let (role, text) = plain(&value.text, is_bridged);
                push(value, role, text);
            }
            (Some("e" | "env"), Some(value), _) => {
                let (role, text) = plain(&value, is_bridged);
                push(word, role, text);
            }
            (Some(name), Some(value), _) => push(word, named(name, &value, is_bridged), value),
            (Some(name), None, Some(value))
                if secrecy(name) != Secrecy::None && !value.text.value.starts_with("--") =>
            {
                taken = 2;
                push(value, named(name, &value.text, is_bridged), value.text.clone());
            }
            _ => {
                let (role, text) = plain(&word.text, is_bridged);
                push(word, role, text);
            }
        }
        at += taken;
    }
    all
}

/// `--name` or `--name=value`; a single `-X` too.
fn option(text: &Text) -> (Option<String>, Option<Text>) {
    let Some(rest) = text.value.strip_prefix('-') else { return (None, None) };
    let dashes = if rest.starts_with('-') { 2 } else { 1 };
    let body = text.part(dashes..text.value.len());
    match body.split_once('=') {
        Some((name, value)) => (Some(name.value), Some(value)),
        None => (Some(body.value), None),
    }
}

fn named(name: &str, value: &Text, is_bridged: bool) -> Role {
    match address::parse(&value.value) {
        Some(_) => Role::Url { is_server: is_bridged },
        None => Role::Named(name.to_owned()),
    }
}

/// `Name: value`.
fn header(text: &Text) -> (Role, Text) {
    match text.split_once(':') {
        Some((name, value)) => (Role::Header(name.value.trim().to_owned()), value.trimmed()),
        None => (Role::Loose, text.clone()),
    }
}

/// A word that is no option.
fn plain(text: &Text, is_bridged: bool) -> (Role, Text) {
    if address::parse(&text.value).is_some() {
        return (Role::Url { is_server: is_bridged }, text.clone());
    }
    if let Some((name, value)) = assignment(text) {
        return (named(&name, &value, false), value);
    }
    match text.split_once(':') {
        Some((name, value)) if name.value.trim().eq_ignore_ascii_case("authorization") => {
            (Role::Header(name.value.trim().to_owned()), value.trimmed())
        }
        _ => (Role::Loose, text.clone()),
    }
}
