//! Whether what a look would read has come to rest.
//!
//! What a look read stays for ever, and the time of all metrics may be over long before anybody tells what happened in it: exposures of last
//! month are imported, then the orders. So a look waits until what it would read was the same for a while. What is waited for is in memory
//! alone: after a start the while begins anew, so that a crash makes no look come earlier.

use jiff::{SignedDuration, Timestamp};

use super::watched::Watched;
use crate::analysis::Data;

/// So long what a look would read has to stay the same, unless the operator says otherwise: to import one file after another takes no longer.
pub const LOOK_QUIET_TIME: SignedDuration = SignedDuration::from_hours(1);

/// A look waits no longer, whatever comes: of very many visitors there is always one of whom something is told late.
pub const LOOK_WAIT_TIME: SignedDuration = SignedDuration::from_hours(24);

/// How the look of an experiment waits that is due, if one is.
#[derive(Debug, Clone, Default)]
pub struct Settling(Option<Waiting>);

#[derive(Debug, Clone)]
struct Waiting {
    /// Looks that were taken before it.
    taken: usize,
    /// What it would read.
    read: Data,
    /// Since when that is the same.
    since: Timestamp,
    /// When it was due first.
    first: Timestamp,
}

impl Settling {
    /// Whether what the look that is due would read was the same for so long a time. To be asked whenever anything was counted.
    pub fn has_settled(&mut self, watched: &Watched<'_>, quiet: SignedDuration, now: Timestamp) -> bool {
        let Some(look) = watched.due_look(now) else {
            self.0 = None;
            return false;
        };
        let taken = watched.standing.looks.len();
        let read = watched.totals.data_until(watched.measured, look.day);
        match self.0.take_if(|waiting| waiting.taken == taken) {
            Some(waiting) if waiting.read == read => self.0 = Some(waiting),
            Some(waiting) => self.0 = Some(Waiting { read, since: now, ..waiting }),
            None => self.0 = Some(Waiting { taken, read, since: now, first: now }),
        }
        self.is_over(quiet, now)
    }

    /// Whether it waited long enough, if nothing was counted since it was asked last.
    pub fn is_over(&self, quiet: SignedDuration, now: Timestamp) -> bool {
        let is_over = |waiting: &Waiting| {
            now.duration_since(waiting.since) >= quiet || now.duration_since(waiting.first) >= LOOK_WAIT_TIME
        };
        self.0.as_ref().is_some_and(is_over)
    }
}
