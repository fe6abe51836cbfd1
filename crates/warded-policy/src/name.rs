//! Which tools, resources or prompts does a name mean?

use crate::Name;

impl Name {
    /// Reads a name: `*` is every one, a text with a star in it is a pattern, any other is itself.
    pub fn parse(text: &str) -> Self {
        match text {
            "*" => Self::Every,
            pattern if pattern.contains('*') => Self::Like(pattern.into()),
            exact => Self::Exactly(exact.into()),
        }
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        match self {
            Self::Every => "*",
            Self::Exactly(text) | Self::Like(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_alone_is_everything_and_a_star_in_a_name_makes_a_pattern() {
        assert_eq!(Name::parse("*"), Name::Every);
        assert_eq!(Name::parse("delete_*"), Name::Like("delete_*".into()));
        assert_eq!(Name::parse("**"), Name::Like("**".into()));
        assert_eq!(Name::parse("delete_repo"), Name::Exactly("delete_repo".into()));
        for text in ["*", "delete_*", "delete_repo", ""] {
            assert_eq!(Name::parse(text).text(), text);
        }
    }
}
