//! Which word was probably meant?

/// Longer words are no misspelled keys, and comparing them takes time.
const LONGEST_WORD: usize = 64;

/// Fewer letters begin too many words.
const SHORTEST_BEGINNING: usize = 4;

/// The candidate that a word was probably meant to be.
pub(crate) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST_WORD {
        return None;
    }
    let word = word.to_lowercase();
    let distance = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        // Half of a long word is meant as the whole: `rate` is nearer to `rate_limit` than to `name`.
        let is_begun = word.len() >= SHORTEST_BEGINNING && candidate.starts_with(&word);
        if is_begun { 1 } else { strsim::damerau_levenshtein(&word, &candidate) }
    };
    candidates
        .filter(|candidate| candidate.len() <= LONGEST_WORD)
        .map(|candidate| (distance(candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count() / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_pen_and_half_a_word_are_understood() {
        let keys = ["name", "rate_limit", "on_deny", "state"];
        for (word, meant) in [
            ("rate", Some("rate_limit")),
            ("ratelimit", Some("rate_limit")),
            ("nmae", Some("name")),
            ("On_Deny", Some("on_deny")),
            ("on", None),
            ("budget", None),
        ] {
            assert_eq!(nearest(word, keys.into_iter()), meant, "{word}");
        }
    }
}
