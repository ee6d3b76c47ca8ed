//! Wakes a thread, and ends it.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// What a thread waits for.
#[derive(Debug, Default)]
pub(super) struct Signal {
    state: Mutex<State>,
    change: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_due: bool,
    is_over: bool,
}

impl Signal {
    /// There is something to do. Said while the thread is busy, it comes again.
    pub(super) fn wake(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_due = true;
        self.change.notify_all();
    }

    /// There is nothing to do any more.
    pub(super) fn end(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_over = true;
        self.change.notify_all();
    }

    /// Whether it ended.
    pub(super) fn is_over(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_over
    }

    /// Waits until there is something to do; `false` at the end.
    pub(super) fn wait(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.change.wait_while(state, |state| !state.is_due && !state.is_over);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        state.is_due = false;
        !state.is_over
    }

    /// The same, but no longer than this time.
    pub(super) fn wait_at_most(&self, time: Duration) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.change.wait_timeout_while(state, time, |state| !state.is_due && !state.is_over);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.is_due = false;
        !state.is_over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_before_somebody_waits_is_heard() {
        let signal = Signal::default();
        signal.wake();
        assert!(signal.wait());
        assert!(signal.wait_at_most(Duration::ZERO));
        signal.end();
        assert!(signal.is_over() && !signal.wait() && !signal.wait_at_most(Duration::from_secs(60)));
    }
}
