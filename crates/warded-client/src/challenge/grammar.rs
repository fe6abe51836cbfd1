//! How is `WWW-Authenticate` taken apart? `#( auth-scheme [ 1*SP ( token68 / #auth-param ) ] )`.
//!
//! The comma stands between challenges and between parameters alike: what follows one is a parameter where a `=`
//! comes after the first word, and the next challenge otherwise.

use std::collections::BTreeMap;

use super::InvalidChallenge;

/// One challenge of any scheme. The names of parameters are in lower case.
pub(super) struct Parsed {
    pub(super) scheme: String,
    pub(super) parameters: BTreeMap<String, String>,
    /// Whether a `token68` stands in place of parameters.
    pub(super) is_opaque: bool,
}

pub(super) fn challenges(value: &[u8]) -> Result<Vec<Parsed>, InvalidChallenge> {
    // Beyond ASCII every reader has an encoding of its own.
    let text =
        std::str::from_utf8(value).ok().filter(|text| text.is_ascii()).ok_or(InvalidChallenge::Syntax)?;
    let mut reader = Reader(text);
    let mut challenges = Vec::new();
    reader.skip_to_element();
    while !reader.0.is_empty() {
        challenges.push(reader.challenge()?);
    }
    Ok(challenges)
}

struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    fn challenge(&mut self) -> Result<Parsed, InvalidChallenge> {
        let scheme = self.token().ok_or(InvalidChallenge::Syntax)?.to_owned();
        let mut parameters = BTreeMap::new();
        if self.0.starts_with(' ') {
            self.0 = self.0.trim_start_matches(' ');
            if self.token68() {
                self.end_element()?;
                return Ok(Parsed { scheme, parameters, is_opaque: true });
            }
        } else if !self.at_end_of_element() {
            return Err(InvalidChallenge::Syntax);
        }
        if self.at_end_of_element() {
            self.end_element()?;
        }
        while let Some(name) = self.parameter_name() {
            let value = self.parameter_value()?;
            if parameters.insert(name.to_ascii_lowercase(), value).is_some() {
                return Err(InvalidChallenge::DuplicateParameter);
            }
            self.end_element()?;
        }
        Ok(Parsed { scheme, parameters, is_opaque: false })
    }

    /// Takes `name BWS "=" BWS` where it stands next; takes nothing where a new challenge begins.
    fn parameter_name(&mut self) -> Option<&'a str> {
        let mut ahead = Reader(self.0);
        let name = ahead.token()?;
        ahead.skip_blanks();
        let rest = ahead.0.strip_prefix('=')?;
        self.0 = rest.trim_start_matches(BLANKS);
        Some(name)
    }

    fn parameter_value(&mut self) -> Result<String, InvalidChallenge> {
        match self.0.strip_prefix('"') {
            Some(rest) => self.quoted(rest),
            None => self.token().map(str::to_owned).ok_or(InvalidChallenge::Syntax),
        }
    }

    /// RFC 9110 §5.6.4: `\` takes the meaning from what follows it.
    fn quoted(&mut self, inside: &'a str) -> Result<String, InvalidChallenge> {
        let mut value = String::new();
        let mut letters = inside.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '"' => {
                    self.0 = letters.as_str();
                    return Ok(value);
                }
                '\\' => value.push(letters.next().ok_or(InvalidChallenge::Syntax)?),
                letter => value.push(letter),
            }
        }
        Err(InvalidChallenge::Syntax)
    }

    /// Takes a `token68` that fills the element, such as the one of `Negotiate`.
    fn token68(&mut self) -> bool {
        let body = self.0.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c));
        let rest = body.trim_start_matches('=');
        let ends = rest.trim_start_matches(BLANKS).starts_with(',') || rest.trim_matches(BLANKS).is_empty();
        if body.len() == self.0.len() || !ends {
            return false;
        }
        self.0 = rest;
        true
    }

    fn token(&mut self) -> Option<&'a str> {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        let rest = self.0.trim_start_matches(is_token);
        let word = self.0.strip_suffix(rest).filter(|word| !word.is_empty())?;
        self.0 = rest;
        Some(word)
    }

    fn skip_blanks(&mut self) {
        self.0 = self.0.trim_start_matches(BLANKS);
    }

    /// RFC 9110 §5.6.1.2: a reader of a list passes over empty elements.
    fn skip_to_element(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t', ',']);
    }

    fn at_end_of_element(&self) -> bool {
        let rest = self.0.trim_start_matches(BLANKS);
        rest.is_empty() || rest.starts_with(',')
    }

    fn end_element(&mut self) -> Result<(), InvalidChallenge> {
        if !self.at_end_of_element() {
            return Err(InvalidChallenge::Syntax);
        }
        self.skip_to_element();
        Ok(())
    }
}

const BLANKS: [char; 2] = [' ', '\t'];
