//! Drops what is older than the operator wants to keep: whole segments of the journal, after a checkpoint of what came of
//! them.

use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;

use super::state::State;
use super::{Core, Error};

/// Between two looks whether something is old enough.
pub const RETENTION_TIME: Duration = Duration::from_secs(5 * 60);

impl Core {
    /// Drops the segments that hold only entries from before the retention, and says how many. Not those that sled has not
    /// folded, or from which the window of message ids is made again; and nothing at all while somebody reads from the
    /// beginning: a backup, or cells that are being filled.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Journal`]: then it is tried again later.
    pub(super) fn drop_old(&self, now: Timestamp) -> Result<usize, Error> {
        let Some(oldest) = self.retention.and_then(|retention| now.checked_sub(retention).ok()) else { return Ok(0) };
        let committer = self.committer()?;
        let before = u64::try_from(oldest.as_millisecond()).unwrap_or_default();
        let view = committer.view();
        let Some(old) = view.sealed_before(before).filter(|old| old.sequence > view.start().sequence) else {
            return Ok(0);
        };
        if self.copying.load(Ordering::Acquire) || !self.course.load().unfilled.is_empty() {
            return Ok(0);
        }
        let Some(state) = State::read(&self.people.shelf)? else { return Ok(0) };
        let needed = |state: &State| state.window.map_or(state.position, |window| window.min(state.position));
        // To write a checkpoint costs more than to see that it would be of no use.
        let second = view.segments().get(1).map(|second| second.first_sequence);
        let is_free = |sequence: u64| second.is_some_and(|second| second <= sequence + 1);
        if !is_free(old.sequence.min(needed(&state).sequence)) {
            return Ok(0);
        }
        let Some(state) = self.checkpoint()? else { return Ok(0) };
        let until = if old.sequence <= needed(&state).sequence { old } else { needed(&state) };
        let dropped = committer.between(move |journal, folding| {
            // A release that came just now may have cells to fill.
            if folding.course.unfilled.is_empty() { journal.drop_before(until) } else { Ok(0) }
        });
        let dropped = dropped.wait()??;
        tracing::info!(segments = dropped, "dropped events older than the retention");
        Ok(dropped)
    }
}
