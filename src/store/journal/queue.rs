//! What waits for the next commit: bounded in number and in bytes, first in, first out.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::{Journal, Position, Refused};

/// One commit takes no more submissions than these.
pub const MAX_COMMIT_SUBMISSIONS: usize = 1024;

/// What may wait at one time; what comes on top is [`Refused::Busy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueLimits {
    /// Submissions.
    pub submissions: usize,
    /// Bytes of all their entries, as the journal would write them.
    pub bytes: usize,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self { submissions: 16 << 10, bytes: 64 << 20 }
    }
}

/// Entries that belong together, and what the fold needs to know of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission<T> {
    /// Appended in this order, in one record.
    pub entries: Vec<Vec<u8>>,
    /// Handed to the fold with them.
    pub attachment: T,
}

/// A submission in the queue.
pub(super) struct Waiting<T> {
    pub(super) submission: Submission<T>,
    pub(super) bytes: usize,
    /// `None` when nobody waits.
    pub(super) answer: Option<oneshot::Sender<Result<Position, Refused>>>,
    /// The fold wanted it.
    pub(super) is_own: bool,
}

impl<T> Waiting<T> {
    pub(super) fn new(
        submission: Submission<T>,
        answer: Option<oneshot::Sender<Result<Position, Refused>>>,
        is_own: bool,
    ) -> Self {
        let bytes = Journal::encoded_bytes(&submission.entries);
        Self { submission, bytes, answer, is_own }
    }

    pub(super) fn answer(&mut self, outcome: Result<Position, Refused>) {
        if let Some(answer) = self.answer.take() {
            // Who does not wait any more does not want to know.
            drop(answer.send(outcome));
        }
    }
}

/// Runs between two commits.
pub(super) type Job<S> = Box<dyn FnOnce(&mut Journal, &mut S) + Send>;

/// One thing that waits.
enum Item<S, T> {
    Submission(Waiting<T>),
    Job(Job<S>),
}

/// What the committer does next.
pub(super) enum Turn<S, T> {
    Commit(Vec<Waiting<T>>),
    Job(Job<S>),
    Stop,
}

/// The queue between those who submit and the thread that commits.
pub(super) struct Queue<S, T> {
    limits: QueueLimits,
    state: Mutex<State<S, T>>,
    arrival: Condvar,
}

struct State<S, T> {
    items: VecDeque<Item<S, T>>,
    submissions: usize,
    bytes: usize,
    is_open: bool,
}

impl<S, T> Queue<S, T> {
    pub(super) fn new(limits: QueueLimits) -> Self {
        let state = State { items: VecDeque::new(), submissions: 0, bytes: 0, is_open: true };
        Self { limits, state: Mutex::new(state), arrival: Condvar::new() }
    }

    pub(super) fn push(&self, waiting: Waiting<T>) -> Result<(), Refused> {
        let mut state = self.lock();
        if !state.is_open {
            return Err(Refused::Stopped);
        }
        // One alone is taken whatever its size, or a small queue would refuse it for ever.
        let is_alone = state.submissions == 0;
        if !is_alone
            && (state.submissions >= self.limits.submissions || state.bytes + waiting.bytes > self.limits.bytes)
        {
            return Err(Refused::Busy);
        }
        state.submissions += 1;
        state.bytes += waiting.bytes;
        state.items.push_back(Item::Submission(waiting));
        drop(state);
        self.arrival.notify_one();
        Ok(())
    }

    /// Jobs are few and come from inside: they are never refused while the committer runs.
    pub(super) fn push_job(&self, job: Job<S>) {
        let mut state = self.lock();
        if state.is_open {
            state.items.push_back(Item::Job(job));
            drop(state);
            self.arrival.notify_one();
        }
    }

    /// Takes nothing more; what waits is still worked off.
    pub(super) fn close(&self) {
        self.lock().is_open = false;
        self.arrival.notify_one();
    }

    /// How many submissions wait, and their bytes.
    pub(super) fn waiting(&self) -> (usize, usize) {
        let state = self.lock();
        (state.submissions, state.bytes)
    }

    /// What comes next, `first` before all else. With `wait` it waits until something comes.
    pub(super) fn next(&self, mut first: Vec<Waiting<T>>, room: usize, wait: bool) -> Turn<S, T> {
        let mut state = self.lock();
        while wait && state.items.is_empty() && state.is_open {
            state = self.arrival.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let mut bytes = first.iter().map(|waiting| waiting.bytes).sum::<usize>();
        while first.len() < MAX_COMMIT_SUBMISSIONS {
            let fits = match state.items.front() {
                Some(Item::Submission(waiting)) => first.is_empty() || bytes + waiting.bytes <= room,
                Some(Item::Job(_)) => first.is_empty(),
                None => false,
            };
            match if fits { state.items.pop_front() } else { None } {
                Some(Item::Submission(waiting)) => {
                    state.submissions -= 1;
                    state.bytes -= waiting.bytes;
                    bytes += waiting.bytes;
                    first.push(waiting);
                }
                Some(Item::Job(job)) => return Turn::Job(job),
                None => break,
            }
        }
        if first.is_empty() && !state.is_open { Turn::Stop } else { Turn::Commit(first) }
    }

    /// Everything that waits, dropped: who waits for an answer learns that none comes.
    pub(super) fn abandon(&self) {
        let mut state = self.lock();
        state.is_open = false;
        (state.submissions, state.bytes) = (0, 0);
        let items = std::mem::take(&mut state.items);
        drop(state);
        drop(items);
    }

    fn lock(&self) -> MutexGuard<'_, State<S, T>> {
        // Nothing inside can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
