//! What a function is written to give back, where nobody knows what it is: Rust writes it down.

use super::{
    call::Answers,
    machine::Machine,
    value::{Shape, Value},
};
use crate::{
    ir::Text,
    language::Language,
    project::{ClassRef, FunctionRef, Place},
};

/// Types that give what is in them to whoever asks.
const AROUND: &[&str] = &["Result", "Option", "Arc", "Box", "Rc"];

impl Machine<'_> {
    /// The answers of a function, each of the type that is written of it.
    pub(super) fn of_its_type(&mut self, function: FunctionRef, answers: Answers) -> Answers {
        let of = self.project.function(function);
        let returns =
            of.returns.as_deref().filter(|_| self.project.file(function.file).language == Language::Rust);
        let Some(inner) = returns.map(inner).filter(|inner| !inner.is_empty()) else { return answers };
        let hint: Text = match of.class {
            Some(id) if inner == "Self" => {
                self.project.class(ClassRef { file: function.file, id }).name.clone()
            }
            _ => inner.into(),
        };
        let at = Place::new(function.file, &of.span);
        let typed = answers.into_iter().map(|(value, heap)| {
            if !matches!(value.shape, Shape::Unknown(_)) {
                return (value, heap);
            }
            let before = self.heap.replace(heap);
            let made = self.made_of(function.file, &hint, &at).map(|made: Value| made.with(&value.marks));
            let heap = std::mem::replace(&mut self.heap, before).unwrap_or_default();
            (made.unwrap_or(value), heap)
        });
        typed.collect()
    }
}

/// `Result<Option<T>, E>` is about `T`.
fn inner(returns: &str) -> &str {
    let mut inner = returns.trim();
    for _ in 0..4 {
        inner = inner.trim_start_matches('&').trim();
        let Some((of, given)) = inner.split_once('<') else { break };
        if !AROUND.contains(&of.rsplit("::").next().unwrap_or(of).trim()) {
            inner = of;
            break;
        }
        let mut depth = 0_usize;
        let end = given.char_indices().find(|(_, letter)| match letter {
            '<' | '(' => {
                depth = depth.saturating_add(1);
                false
            }
            '>' | ')' | ',' if depth == 0 => true,
            '>' | ')' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => false,
        });
        inner = given.get(..end.map_or(given.len(), |(at, _)| at)).unwrap_or_default().trim();
    }
    let is_path = inner.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | ':'));
    if is_path { inner } else { "" }
}

#[cfg(test)]
mod tests {
    use super::inner;

    #[test]
    fn what_is_around_a_type_is_left_out() {
        assert_eq!(inner("Result<Option<crate::Claims>, Error>"), "crate::Claims");
        assert_eq!(inner("anyhow::Result<Arc<Client<A, B>>>"), "Client");
        assert_eq!(inner("&Self"), "Self");
        for other in ["(A, B)", "impl Future<Output = A>", "[u8; 2]", "Result<(), E>", "Result<", ""] {
            assert_eq!(inner(other), "", "{other}");
        }
    }
}
