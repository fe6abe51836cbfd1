//! Answers that get a name: what was found out where they were made holds wherever they are asked later.

use super::{
    call::Answers,
    event::gives_error,
    heap::Heap,
    machine::Machine,
    split::{ABSENT, COMPARED, SETTLED},
    value::{Mark, Marks, ObjectId, Presence, Value},
};

/// What can be found out about the audience of claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum FoundOut {
    /// It was compared.
    Compared,
    /// There is none.
    Absent,
    /// One of both.
    Settled,
}

impl FoundOut {
    /// The key under which the claims note it.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Compared => COMPARED,
            Self::Absent => ABSENT,
            Self::Settled => SETTLED,
        }
    }

    fn is_known(self, way: Option<&Heap>, claims: ObjectId) -> bool {
        let of = way.and_then(|heap| heap.get(claims));
        of.is_some_and(|of| of.presence(self.key()) == Presence::Always)
    }
}

/// What the answer to a question says of audiences, by what is known where it is yes and where it is no. The answer to a
/// question about an audience is no audience itself.
pub(super) fn witnesses(yes: Option<&Heap>, no: Option<&Heap>, about: &Marks) -> Marks {
    let mut marks = Marks::default();
    for mark in about.iter() {
        let (Mark::Audience(claims) | Mark::Witness(claims, ..)) = mark else {
            marks.add(mark);
            continue;
        };
        for what in [FoundOut::Compared, FoundOut::Absent, FoundOut::Settled] {
            match (what.is_known(yes, claims), what.is_known(no, claims)) {
                (true, false) => marks.add(Mark::Witness(claims, what, true)),
                (false, true) => marks.add(Mark::Witness(claims, what, false)),
                _ => {}
            }
        }
    }
    marks
}

impl Machine<'_> {
    /// Where a function gives no error only if it has compared an audience, whoever asks for the error finds out.
    pub(super) fn errors_say(&self, answers: &mut Answers) {
        if self.claims.is_empty() || answers.len() < 2 {
            return;
        }
        let errors: Vec<_> = answers.iter().map(|(value, heap)| gives_error(value, heap)).collect();
        if !errors.contains(&Some(true)) {
            return;
        }
        for claims in &self.claims {
            let mut compared = errors.iter().zip(answers.iter()).filter(|(error, _)| **error == Some(false));
            let is_sure = errors.contains(&Some(false))
                && compared.all(|(_, (_, heap))| FoundOut::Compared.is_known(Some(heap), *claims));
            if !is_sure {
                continue;
            }
            for (value, heap) in answers.iter_mut() {
                let mark = Mark::Witness(*claims, FoundOut::Compared, false);
                match value.object().and_then(|id| heap.change(id)).and_then(|list| list.items.last_mut()) {
                    Some(error) => error.marks.add(mark),
                    None => value.marks.add(mark),
                }
            }
        }
    }

    /// `found = true` where an audience was compared just now says so, wherever it is asked later.
    pub(super) fn witnessed(&self, mut value: Value) -> Value {
        let asked = self.under.last().map(|asked| asked.about.clone()).unwrap_or_default();
        for mark in asked.iter() {
            let (Mark::Audience(claims) | Mark::Witness(claims, ..)) = mark else { continue };
            if FoundOut::Compared.is_known(self.heap.as_ref(), claims) {
                value.marks.add(Mark::Witness(claims, FoundOut::Compared, true));
            }
        }
        value
    }
}
