//! What comes out: to whom is it said?

use bytes::Bytes;
use tokio::sync::mpsc;
use warded_guard::Kind;

use super::{Desk, Event, Heard, Mode, Open, What};
use crate::stdio::{
    line::Line,
    part::{Part, unbroken, with_parts},
    wire::{self, Head},
};

impl Desk {
    /// Hears a line.
    pub(in crate::stdio) fn hear(&mut self, line: &[u8]) -> Heard {
        let mut heard = Heard::default();
        // Some write the mark of UTF-8 before everything.
        let mark = std::mem::take(&mut self.is_first).then_some("\u{feff}".as_bytes());
        let line = mark.and_then(|mark| line.strip_prefix(mark)).unwrap_or(line);
        let messages = std::str::from_utf8(line).ok().and_then(wire::read);
        let Some(messages) = messages.filter(|messages| !messages.is_batch || self.batches) else {
            heard.complaint = Some("it wrote something that is no message to standard output");
            return heard;
        };
        self.has_spoken = true;
        for head in messages.all {
            match head.kind {
                Kind::Response => self.hear_answer(&head, &mut heard),
                Kind::Request => self.hear_question(&head, &mut heard),
                Kind::Notification => self.hear_notification(&head, &mut heard),
            }
        }
        heard
    }

    /// Also an answer that comes twice, or under the number of a request that was answered: it finds nobody.
    fn hear_answer(&mut self, head: &Head<'_>, out: &mut Heard) {
        let number = head.id.and_then(|id| self.numbered(id, false)).map(|(number, _)| number);
        let Some((number, open)) = number.and_then(|number| self.open.remove_entry(&number)) else {
            out.complaint = Some("it answered what nobody asked");
            return;
        };
        self.abandoned.retain(|abandoned| *abandoned != number);
        // Only 2026-07-28 has such headers.
        if let Some(result) =
            head.result().filter(|_| open.what == What::ToolList && self.mode == Mode::Shared)
        {
            self.repeated.learn(result);
        }
        let Some(to) = open.to.clone() else { return };
        let message = restored(head, number, &open);
        out.deliveries.push((to, Event::Answered { number, message, error: head.error_code() }));
    }

    fn hear_question(&mut self, head: &Head<'_>, out: &mut Heard) {
        let Some(id) = head.id else { return };
        // 2026-07-28 has no requests from servers; what waits for an answer for ever would hang.
        let Some(forgotten) = (self.mode == Mode::Session).then(|| self.asked.push(id).ok()).flatten() else {
            out.replies.push(Line::declines(id.text()));
            return;
        };
        out.replies.extend(forgotten);
        self.say_to_session(head, out);
    }

    fn hear_notification(&mut self, head: &Head<'_>, out: &mut Heard) {
        if let Some(subscription) = head.subscription().filter(|_| self.mode == Mode::Shared) {
            match self.numbered(subscription, true).filter(|(_, open)| open.is_subscription()) {
                Some((number, open)) => out.deliveries.extend(said(open, restored(head, number, open))),
                None => out.complaint = Some("it told of a subscription that nobody has"),
            }
            return;
        }
        let told = head.tells_progress();
        let waits = |open: &Open| told.is_some() && open.token == told;
        if self.mode == Mode::Session {
            if let Some(called_off) = head.cancels().and_then(Part::id) {
                self.asked.forget(&called_off);
            }
            match self.only(waits) {
                Some(open) => out.deliveries.extend(said(open, plain(head))),
                None => self.say_to_session(head, out),
            }
            return;
        }
        if let Some(called_off) = head.cancels() {
            // 2026-07-28, Cancellation: so a server ends a subscription where there is no stream to end.
            let subscription = self.numbered(called_off, false).filter(|(_, open)| open.is_subscription());
            let number = subscription.map(|(number, _)| number);
            if let Some((number, open)) = number.and_then(|number| self.open.remove_entry(&number)) {
                out.deliveries.extend(open.to.map(|to| (to, Event::Ended { number })));
            }
            return;
        }
        let is_call = |open: &Open| !open.is_subscription();
        let open = if told.is_some() {
            self.only(waits)
        } else {
            self.only(is_call).or_else(|| self.only(|open| is_call(open) && open.wants_logs))
        };
        out.deliveries.extend(open.and_then(|open| said(open, plain(head))));
    }

    /// To the one request that is under way, else to whoever listens, else to the request that has waited longest: all
    /// of them are one client's. Else it waits.
    fn say_to_session(&mut self, head: &Head<'_>, out: &mut Heard) {
        let message = plain(head);
        let oldest = || self.open.values().find(|open| can_hear(open));
        let open = self.only(|_| true).or_else(|| if self.own_accord.is_heard() { None } else { oldest() });
        match open.and_then(|open| said(open, message.clone())) {
            Some(delivery) => out.deliveries.push(delivery),
            None => {
                for forgotten in self.own_accord.push(message) {
                    out.complaint = Some("it says more than anybody listens to; the oldest is forgotten");
                    out.replies.extend(self.declined(&forgotten));
                }
            }
        }
    }

    /// Declines what nobody will read any more, where it is a question.
    fn declined(&mut self, message: &[u8]) -> Option<Line> {
        let messages = std::str::from_utf8(message).ok().and_then(wire::read)?;
        let id = messages.all.first().filter(|head| head.kind == Kind::Request)?.id?;
        self.asked.forget(&id.id()?).then(|| Line::declines(id.text()))
    }

    /// The only one of that kind, where it can hear something. In a session all are one client's, and who cannot hear
    /// is none; elsewhere what is said of one that cannot hear is nobody else's.
    fn only(&self, is_it: impl Fn(&Open) -> bool) -> Option<&Open> {
        let counts = |open: &Open| match self.mode {
            Mode::Session => can_hear(open),
            Mode::Shared => open.lingers(),
        };
        let mut found = self.open.values().filter(|open| counts(open) && is_it(open));
        let one = found.next();
        if found.next().is_some() { None } else { one.filter(|open| can_hear(open)) }
    }
}

fn can_hear(open: &Open) -> bool {
    open.streams && open.to.as_ref().is_some_and(|to| !to.is_closed())
}

fn said(open: &Open, message: Bytes) -> Option<(mpsc::Sender<Event>, Event)> {
    let to = open.to.clone().filter(|_| can_hear(open))?;
    Some((to, Event::Said(message)))
}

/// A message as it was said.
fn plain(head: &Head<'_>) -> Bytes {
    unbroken(head.whole.text().as_bytes().to_vec()).into()
}

/// A message as it was said, with the client's id wherever our number stands.
fn restored(head: &Head<'_>, number: u64, open: &Open) -> Bytes {
    let mut parts = Vec::new();
    if let Some(id) = head.id {
        parts.push((id.place_in(head.whole), open.written.to_string()));
    }
    // What stands there in the answer to anything else is the server's own affair.
    let names = |part: &Part<'_>| part.text().trim_matches('"') == number.to_string();
    if let Some(subscription) = head.subscription().filter(|part| open.is_subscription() && names(part)) {
        parts.push((subscription.place_in(head.whole), named(subscription, open)));
    }
    unbroken(with_parts(head.whole.text(), parts)).into()
}

/// The name of a subscription is the id of its request, or the decimal text of it.
fn named(subscription: Part<'_>, open: &Open) -> String {
    if open.is_text() || !subscription.text().starts_with('"') {
        return open.written.to_string();
    }
    format!("\"{}\"", open.written)
}
