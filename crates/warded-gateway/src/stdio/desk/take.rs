//! What goes in: ids become our numbers.

use tokio::sync::mpsc;
use warded_guard::{Kind, Stop};

use super::{Desk, Event, MAX_ID, MAX_OPEN, Open, Taken, Terms, What, full, is_long, malformed, written};
use crate::{
    egress::Sayable,
    stdio::{line::Line, wire},
};

impl Desk {
    /// Takes a message in. Everything is looked at before anything changes.
    pub(in crate::stdio) fn take(
        &mut self,
        message: &Sayable,
        terms: Terms,
        to: &mpsc::Sender<Event>,
    ) -> Result<Taken, Stop> {
        let unreadable = || malformed("it is no message");
        let text = std::str::from_utf8(message.bytes()).map_err(|_| unreadable())?;
        let heads = wire::read(text).ok_or_else(unreadable)?.all;
        let requests = heads.iter().filter(|head| head.kind == Kind::Request).count();
        if requests > 0 && self.open.len() + requests > MAX_OPEN {
            return Err(full());
        }
        // Answers to what was never asked: a caller could answer for what another process asks in the same words.
        let answers = heads.iter().filter(|head| head.kind == Kind::Response);
        if !answers.map(|head| head.id?.id()).all(|id| id.is_some_and(|id| self.asked.holds(&id))) {
            return Err(malformed("it answers nothing that was asked"));
        }
        heads.iter().try_for_each(can_be_taken)?;
        let mut ids = Vec::new();
        let mut open = Vec::new();
        for head in &heads {
            match (head.kind, head.id) {
                (Kind::Request, Some(id)) => {
                    self.last += 1;
                    let request = Open {
                        written: id.text().into(),
                        id: id.id().ok_or_else(unreadable)?,
                        token: head.wants_progress(),
                        what: what(head),
                        wants_logs: head.wants_logs(),
                        streams: terms.streams,
                        to: Some(to.clone()),
                        abandoned: None,
                    };
                    ids.push((id.place(), written(self.last, request.is_text())));
                    open.push((self.last, request.written.clone()));
                    self.open.insert(self.last, request);
                }
                (Kind::Response, Some(id)) => {
                    id.id().map(|id| self.asked.forget(&id));
                }
                _ => {
                    if let Some(called_off) = head.cancels() {
                        ids.push((called_off.place(), self.called_off(called_off)));
                    }
                }
            }
        }
        self.batches |= terms.batches;
        let line = Line::renumbered(message, ids).ok_or_else(unreadable)?;
        Ok(Taken { line, open })
    }

    /// Our number of the request that its client calls off. What is open twice or not at all is nobody's: 0 is no number
    /// of ours, and what the client wrote could be the number of something else.
    fn called_off(&self, id: crate::stdio::part::Part<'_>) -> String {
        let wanted = id.id();
        let mut found = self.open.iter().filter(|(_, open)| Some(&open.id) == wanted.as_ref());
        match (found.next(), found.next()) {
            (Some((number, open)), None) => written(*number, open.is_text()),
            _ => written(0, false),
        }
    }
}

/// Whether a message is one that can be told apart from others, and kept for as long as it takes.
fn can_be_taken(head: &wire::Head<'_>) -> Result<(), Stop> {
    let (Kind::Request, Some(id)) = (head.kind, head.id) else { return Ok(()) };
    if id.text().len() > MAX_ID || head.wants_progress().is_some_and(|token| is_long(&token)) {
        return Err(malformed("its id or its progress token has more than 1024 characters"));
    }
    // As a request it would call off what bears the number that its client wrote.
    if head.is("notifications/cancelled") {
        return Err(malformed("a notification has no id"));
    }
    id.id().map(drop).ok_or_else(|| malformed("it is no message"))
}

fn what(head: &wire::Head<'_>) -> What {
    if head.is("subscriptions/listen") {
        What::Subscription
    } else if head.is("tools/list") {
        What::ToolList
    } else {
        What::Call
    }
}
