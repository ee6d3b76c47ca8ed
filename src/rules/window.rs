//! Windows as intervals of instants.

use std::ops::Bound;

use jiff::Timestamp;

use super::{Situation, calendar};
use crate::language::checked::Window;

/// The instants that a window covers; never one after now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    from: Bound<Timestamp>,
    /// Included.
    until: Timestamp,
}

impl Interval {
    pub(super) fn contains(&self, at: Timestamp) -> bool {
        let started = match self.from {
            Bound::Included(from) => from <= at,
            Bound::Excluded(from) => from < at,
            Bound::Unbounded => true,
        };
        started && at <= self.until
    }
}

impl Situation<'_> {
    /// The instants of a window; `None` when there are none, as in a visit that is over.
    pub(super) fn interval(&self, window: Window) -> Option<Interval> {
        // What lies before the first instant that can be told is before every event.
        let before = |span| self.now.checked_sub(span).map_or(Bound::Unbounded, Bound::Excluded);
        let interval = |from| Some(Interval { from, until: self.now });
        match window {
            Window::Ever => interval(Bound::Unbounded),
            Window::Last(span) => interval(before(span)),
            Window::ThisVisit => interval(Bound::Included(self.current_visit_start()?)),
            Window::This(unit) => {
                let today = self.zone().to_datetime(self.now).date();
                let start = calendar::period(today, unit).to_datetime(jiff::civil::Time::midnight());
                interval(Bound::Included(calendar::instant(start, self.zone())?))
            }
            Window::Ago { newer, older } => {
                Some(Interval { from: before(older), until: self.now.checked_sub(newer).ok()? })
            }
            Window::Since(civil) => interval(Bound::Included(calendar::instant(civil, self.zone())?)),
        }
    }
}
