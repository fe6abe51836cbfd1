//! What do the rules of a section see of a call?

use std::borrow::Cow;

use crate::{
    Call, Undecided,
    arguments::{self, Next, Paths},
    found::{Found, MAX_TEXT, Precision},
    operators::Wanted,
    policy::{Operand, Piece, Section, Sees, Source},
    steps::Steps,
};

/// What one section sees.
#[derive(Clone, Debug)]
pub(super) struct View<'c> {
    arguments: Vec<Option<&'c str>>,
    claims: Vec<Option<&'c str>>,
}

/// What the sections of a file see.
#[derive(Clone, Debug)]
pub(crate) struct Views<'c> {
    /// Each of them.
    pub(super) judged: Vec<View<'c>>,
    /// And its rules that only look; or why they cannot.
    pub(super) looked: Result<Vec<View<'c>>, Undecided>,
}

impl<'c> View<'c> {
    /// What each of them sees. The call is looked through once for all.
    pub(super) fn of(
        sections: &[&Section],
        sees: fn(&Section) -> &Sees,
        call: &Call<'c>,
        steps: &mut Steps,
    ) -> Result<Vec<Self>, Undecided> {
        let paths =
            |of: fn(&Sees) -> &Paths| sections.iter().map(|section| of(sees(section))).collect::<Vec<_>>();
        let mut arguments =
            arguments::read(call.arguments, Next::Server, &paths(|sees| &sees.arguments), steps)?.into_iter();
        let mut claims =
            arguments::read(call.auth.claims, Next::Nobody, &paths(|sees| &sees.claims), steps)?.into_iter();
        let views = sections.iter().map(|section| Self {
            arguments: arguments.by_ref().take(sees(section).arguments.slots).collect(),
            claims: claims.by_ref().take(sees(section).claims.slots).collect(),
        });
        Ok(views.collect())
    }

    /// What is there. Counters are not seen from here.
    pub(super) fn read(
        &self,
        source: Source,
        call: &Call<'c>,
        steps: &mut Steps,
    ) -> Result<Option<Found<'c>>, Undecided> {
        let raw = |slots: &[Option<&'c str>], slot: usize| slots.get(slot).copied().flatten();
        Ok(match source {
            Source::Argument(slot) => {
                raw(&self.arguments, slot).map(|raw| Found::json(raw, steps)).transpose()?
            }
            Source::Claim(slot) => raw(&self.claims, slot).map(|raw| Found::json(raw, steps)).transpose()?,
            Source::State(_) | Source::Nothing => None,
            Source::Aud => call.auth.aud.map(Found::value),
            Source::Subject => call.auth.caller.subject.map(Found::text),
            Source::Client => call.auth.caller.client.map(Found::text),
            Source::Scopes => Some(Found::Texts(call.auth.scopes)),
            Source::Bound => Some(Found::Bool(call.auth.bound)),
            Source::Passthrough => Some(Found::Bool(call.auth.passthrough)),
            Source::Identity => Some(Found::text(call.server.identity)),
            Source::ServerName => Some(Found::text(call.server.name)),
            Source::Tier => Some(Found::text(call.server.tier)),
            Source::Address => call.client_address.map(Found::text),
            Source::Method => Some(Found::text(call.method)),
            Source::Revision => Some(Found::text(call.revision)),
            Source::Time(field) => Some(field.at(call.now)),
        })
    }

    /// With what is compared; none where some of it is not there.
    pub(super) fn wanted<'w>(
        &self,
        operand: &'w Operand,
        call: &Call<'c>,
        steps: &mut Steps,
    ) -> Result<Option<Wanted<'w>>, Undecided>
    where
        'c: 'w,
    {
        Ok(match operand {
            Operand::Literal(literal) => Some(Wanted::Literal(literal)),
            Operand::List(whole, items) => Some(Wanted::List(whole, items)),
            Operand::Expression(expression, _) => Some(Wanted::Expression(expression)),
            Operand::Template(pieces) => self.filled(pieces, call, steps)?.map(Wanted::Read),
            Operand::Templates(items) => {
                let mut filled = Vec::with_capacity(items.len());
                let mut bytes = 0;
                for pieces in items {
                    let Some(found) = self.filled(pieces, call, steps)? else { return Ok(None) };
                    bytes += if let Found::Text(Cow::Owned(text)) = &found { text.len() } else { 0 };
                    if bytes > MAX_TEXT {
                        return Err(Undecided::TooManySteps);
                    }
                    filled.push(found);
                }
                Some(Wanted::Several(filled))
            }
        })
    }

    /// A template of a single piece is the value itself, and of several their texts.
    fn filled<'w>(
        &self,
        pieces: &'w [Piece],
        call: &Call<'c>,
        steps: &mut Steps,
    ) -> Result<Option<Found<'w>>, Undecided>
    where
        'c: 'w,
    {
        steps.take(1)?;
        let piece = |piece: &'w Piece, steps: &mut Steps| match piece {
            Piece::Literal(value) => Ok(Some(Found::value(value))),
            Piece::Read(source) => self.read(*source, call, steps),
        };
        if let [only] = pieces {
            return piece(only, steps);
        }
        let mut text = String::new();
        for part in pieces {
            steps.take(1)?;
            let Some(found) = piece(part, steps)? else { return Ok(None) };
            match found.as_number() {
                // As it was written: nobody looks for `id-1e+06`.
                Some(number) => text.push_str(&number.to_string()),
                None => text.push_str(&found.go_text(Precision::Exact, steps)?),
            }
            if text.len() > MAX_TEXT {
                return Err(Undecided::TooManySteps);
            }
        }
        Ok(Some(Found::Text(Cow::Owned(text))))
    }
}
