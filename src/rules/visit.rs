//! Visits, derived from the silence between events.

use jiff::{SignedDuration, Timestamp};

use crate::profile::Event;

/// The visits of one visitor up to now. A decision request is no event: it neither opens nor prolongs a visit.
#[derive(Debug)]
pub(super) struct Visits<'a> {
    /// The first event of each visit, oldest first: the `visit_start` events.
    pub(super) starts: Vec<&'a Event>,
    /// Whether the last visit still goes on now.
    open: bool,
}

impl<'a> Visits<'a> {
    /// Divides `events` (oldest first, none after now) wherever the silence lasted the timeout or longer.
    pub(super) fn derive(events: &[&'a Event], timeout: SignedDuration, now: Timestamp) -> Self {
        let mut starts = Vec::new();
        let mut last: Option<Timestamp> = None;
        for event in events {
            if last.is_none_or(|last| event.at.duration_since(last) >= timeout) {
                starts.push(*event);
            }
            last = Some(event.at);
        }
        let open = last.is_some_and(|last| now.duration_since(last) < timeout);
        Self { starts, open }
    }

    /// When the visit began that goes on now.
    pub(super) fn current_start(&self) -> Option<Timestamp> {
        self.starts.last().filter(|_| self.open).map(|event| event.at)
    }

    /// The number of the visit that this request belongs to, from 1: it opens a new one when none goes on.
    pub(super) fn number(&self) -> u64 {
        self.starts.len() as u64 + u64::from(!self.open)
    }
}
