//! The thread behind the committer: takes what waits, appends it, folds it, answers.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Journal;
use super::committer::Committed;
use super::queue::{MAX_COMMIT_SUBMISSIONS, Queue, Submission, Turn, Waiting};
use super::ticket::Refused;
use super::view::View;

/// Ends the queue however the thread ends: nobody waits for ever.
pub(super) struct Guard<S, T> {
    pub(super) queue: Arc<Queue<S, T>>,
    pub(super) view: View,
}

impl<S, T> Drop for Guard<S, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!("the thread that writes the journal panicked; nothing more is accepted");
            self.view.shared.broken.store(true, Ordering::Release);
        }
        self.queue.abandon();
    }
}

/// What the thread owns.
pub(super) struct Worker<S, T, F> {
    queue: Arc<Queue<S, T>>,
    journal: Journal,
    state: S,
    fold: F,
    /// What the fold wants appended next.
    next: VecDeque<Waiting<T>>,
    max_bytes: usize,
}

impl<S, T, F: FnMut(&mut S, Committed<'_>, T) -> Vec<Submission<T>>> Worker<S, T, F> {
    pub(super) fn new(queue: Arc<Queue<S, T>>, journal: Journal, state: S, fold: F) -> Self {
        let max_bytes = journal.max_record_bytes();
        Self { queue, journal, state, fold, next: VecDeque::new(), max_bytes }
    }

    /// Works until the queue is closed and empty.
    pub(super) fn run(mut self) -> (Journal, S) {
        // Without room, what the fold wants waits until something happens that may have made some.
        let mut is_blocked = false;
        loop {
            let own = if is_blocked { Vec::new() } else { self.take_own() };
            let is_idle = own.is_empty();
            match self.queue.next(own, self.max_bytes, is_idle) {
                Turn::Commit(batch) => is_blocked = !self.commit(batch),
                Turn::Job(job) => {
                    job(&mut self.journal, &mut self.state);
                    is_blocked = false;
                }
                Turn::Stop => return (self.journal, self.state),
            }
        }
    }

    fn take_own(&mut self) -> Vec<Waiting<T>> {
        let (mut own, mut bytes) = (Vec::new(), 0);
        while own.len() < MAX_COMMIT_SUBMISSIONS
            && let Some(waiting) = self.next.pop_front_if(|next| bytes == 0 || bytes + next.bytes <= self.max_bytes)
        {
            bytes += waiting.bytes;
            own.push(waiting);
        }
        own
    }

    /// Appends, folds, answers. `false` when there was no room for what the fold wanted.
    fn commit(&mut self, mut batch: Vec<Waiting<T>>) -> bool {
        let mut first_entry = self.journal.end().entry + 1;
        let entries = batch.iter().flat_map(|waiting| &waiting.submission.entries);
        let position = match self.journal.append_all(entries) {
            Ok(position) => position,
            Err(error) => return self.refuse(batch, error.into()),
        };
        for mut waiting in batch.drain(..) {
            let answer = waiting.answer.take();
            let Submission { entries, attachment } = waiting.submission;
            let committed = Committed { position, first_entry, entries: &entries };
            let next = (self.fold)(&mut self.state, committed, attachment);
            self.next.extend(next.into_iter().map(|next| Waiting::new(next, None, true)));
            first_entry += entries.len() as u64;
            if let Some(answer) = answer {
                // Who does not wait any more does not want to know.
                drop(answer.send(Ok(position)));
            }
        }
        true
    }

    /// Answers those who wait; what the fold wanted is kept for later, unless no later can help.
    fn refuse(&mut self, batch: Vec<Waiting<T>>, why: Refused) -> bool {
        let is_passing = matches!(why, Refused::Full(_) | Refused::Failed(_));
        let (own, others): (Vec<_>, Vec<_>) = batch.into_iter().partition(|waiting| waiting.is_own);
        others.into_iter().for_each(|mut waiting| waiting.answer(Err(why.clone())));
        if is_passing {
            let has_own = !own.is_empty();
            own.into_iter().rev().for_each(|waiting| self.next.push_front(waiting));
            return !has_own;
        }
        if !own.is_empty() {
            tracing::error!(cause = %why, submissions = own.len(), "what followed from events could not be kept");
        }
        true
    }
}
