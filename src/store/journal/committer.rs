//! Group commit: a thread that owns the journal, and the state that is folded from it.
//!
//! In: submissions from many threads. The thread takes what waits, appends it as one record, folds each submission in order
//! and only then answers it: who was answered finds what it submitted in the state. Between two commits the thread runs
//! whatever else needs journal and state to stand still: checkpoints, backups, retention.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::queue::{MAX_COMMIT_SUBMISSIONS, Queue, QueueLimits, Turn, Waiting};
use super::{Error, Journal, Position, View};

pub use super::queue::Submission;

/// Why a submission was not kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refused {
    /// Too much waits already.
    #[error("too many events wait to be written; try again in a moment")]
    Busy,
    /// No room, under the cap or on the disk.
    #[error("there is no room for more events: {0}")]
    Full(Arc<Error>),
    /// A write failed for good, or the thread did: nothing is accepted until a restart.
    #[error("a former write to the journal failed, so nothing more is accepted; mend the disk and restart the server")]
    Broken,
    /// More than one record may hold.
    #[error("{bytes} bytes are too much for one submission; at most {limit} are allowed")]
    TooLarge {
        /// What it would take.
        bytes: usize,
        /// [`Journal::max_record_bytes`].
        limit: usize,
    },
    /// This one write failed; the next may not.
    #[error("{0}")]
    Failed(Arc<Error>),
    /// The committer was stopped.
    #[error("the server is stopping")]
    Stopped,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        match error {
            Error::Broken => Self::Broken,
            Error::TooLarge { bytes, limit } => Self::TooLarge { bytes, limit },
            error if error.is_full() => Self::Full(Arc::new(error)),
            error => Self::Failed(Arc::new(error)),
        }
    }
}

/// What the fold is given: entries that are durable.
#[derive(Debug, Clone, Copy)]
pub struct Committed<'a> {
    /// Behind the record, which may hold other submissions too: where a checkpoint that is made now stands.
    pub position: Position,
    /// The number of the first entry; the others follow without a gap.
    pub first_entry: u64,
    /// As they were submitted.
    pub entries: &'a [Vec<u8>],
}

/// The promise of an answer; await it, or [wait](Pending::wait) in a thread.
#[derive(Debug)]
pub struct Pending<R>(oneshot::Receiver<R>);

impl<R> Pending<R> {
    /// Waits for it in a thread.
    ///
    /// # Panics
    /// On an async thread, where it would block others: await it there.
    ///
    /// # Errors
    /// [`Refused::Stopped`] when the committer ended before.
    pub fn wait(self) -> Result<R, Refused> {
        self.0.blocking_recv().map_err(|_| Refused::Stopped)
    }
}

impl<R> Future for Pending<R> {
    type Output = Result<R, Refused>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|answer| answer.map_err(|_| Refused::Stopped))
    }
}

/// The promise that a submission is durable and folded; await it, or [wait](Ticket::wait) in a thread.
#[derive(Debug)]
pub struct Ticket(oneshot::Receiver<Result<Position, Refused>>);

impl Ticket {
    /// Waits in a thread; the place is behind the record that holds the submission.
    ///
    /// # Panics
    /// On an async thread, where it would block others: await it there.
    ///
    /// # Errors
    /// Why it was not kept. After [`Refused::Broken`] it may turn out to have been, at the next start.
    pub fn wait(self) -> Result<Position, Refused> {
        self.0.blocking_recv().unwrap_or(Err(Refused::Broken))
    }
}

impl Future for Ticket {
    type Output = Result<Position, Refused>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|answer| answer.unwrap_or(Err(Refused::Broken)))
    }
}

/// Takes submissions of entries with an attachment `T`, and folds them into a state `S`.
pub struct Committer<S, T> {
    queue: Arc<Queue<S, T>>,
    view: View,
    max_bytes: usize,
    thread: Option<JoinHandle<(Journal, S)>>,
}

impl<S: Send + 'static, T: Send + 'static> Committer<S, T> {
    /// Starts the thread.
    ///
    /// `fold` is called for every submission in order, on that thread, once it is durable. What it returns is submitted next,
    /// before everything that waits, and nobody waits for it; if the journal has no room it is kept until there is some.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        journal: Journal,
        state: S,
        limits: QueueLimits,
        fold: impl FnMut(&mut S, Committed<'_>, T) -> Vec<Submission<T>> + Send + 'static,
    ) -> io::Result<Self> {
        let queue = Arc::new(Queue::new(limits));
        let (view, max_bytes) = (journal.view(), journal.max_record_bytes());
        let (shared, guard) = (Arc::clone(&queue), Guard { queue: Arc::clone(&queue), view: view.clone() });
        let worker = Worker { queue: shared, journal, state, fold, next: VecDeque::new(), max_bytes };
        let thread = std::thread::Builder::new().name("segue-journal".to_owned()).spawn(move || {
            let guard = guard;
            let ended = worker.run();
            drop(guard);
            ended
        })?;
        Ok(Self { queue, view, max_bytes, thread: Some(thread) })
    }

    /// Hands entries in, to be appended in one record. No entries are fine: the attachment is folded in its turn.
    ///
    /// # Errors
    /// [`Refused::Busy`] at once when too much waits, [`Refused::TooLarge`], [`Refused::Broken`], [`Refused::Stopped`].
    pub fn submit(&self, entries: Vec<Vec<u8>>, attachment: T) -> Result<Ticket, Refused> {
        let (answer, ticket) = oneshot::channel();
        self.push(Submission { entries, attachment }, Some(answer))?;
        Ok(Ticket(ticket))
    }

    /// Hands entries in that nobody waits for: a crash, or a full disk, may lose them.
    ///
    /// # Errors
    /// As [`Committer::submit`].
    pub fn submit_without_waiting(&self, entries: Vec<Vec<u8>>, attachment: T) -> Result<(), Refused> {
        self.push(Submission { entries, attachment }, None)
    }

    /// Runs a closure on the thread, after everything that was submitted before is committed and folded.
    pub fn between<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Journal, &mut S) -> R + Send + 'static,
    ) -> Pending<R> {
        let (answer, pending) = oneshot::channel();
        self.queue.push_job(Box::new(move |journal, state| drop(answer.send(job(journal, state)))));
        Pending(pending)
    }

    /// Looks at the journal: end, size, segments, what it holds.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Whether a write failed for good, or the thread did: every submission is refused until a restart.
    pub fn is_broken(&self) -> bool {
        self.view.is_broken()
    }

    /// How many submissions wait, and their bytes.
    pub fn waiting(&self) -> (usize, usize) {
        self.queue.waiting()
    }

    /// Works off what waits and gives journal and state back.
    ///
    /// # Errors
    /// [`Refused::Broken`] when the thread panicked.
    pub fn stop(mut self) -> Result<(Journal, S), Refused> {
        self.queue.close();
        let thread = self.thread.take().ok_or(Refused::Stopped)?;
        thread.join().map_err(|_| Refused::Broken)
    }

    fn push(
        &self,
        submission: Submission<T>,
        answer: Option<oneshot::Sender<Result<Position, Refused>>>,
    ) -> Result<(), Refused> {
        if self.is_broken() {
            return Err(Refused::Broken);
        }
        let waiting = waiting(submission, answer, false);
        if waiting.bytes > self.max_bytes {
            return Err(Refused::TooLarge { bytes: waiting.bytes, limit: self.max_bytes });
        }
        self.queue.push(waiting)
    }
}

impl<S, T> Drop for Committer<S, T> {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported by the guard.
            drop(thread.join());
        }
    }
}

fn waiting<T>(
    submission: Submission<T>,
    answer: Option<oneshot::Sender<Result<Position, Refused>>>,
    is_own: bool,
) -> Waiting<T> {
    let bytes = Journal::encoded_bytes(&submission.entries);
    Waiting { submission, bytes, answer, is_own }
}

/// Ends the queue however the thread ends: nobody waits for ever.
struct Guard<S, T> {
    queue: Arc<Queue<S, T>>,
    view: View,
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

/// The thread's own.
struct Worker<S, T, F> {
    queue: Arc<Queue<S, T>>,
    journal: Journal,
    state: S,
    fold: F,
    /// What the fold wants appended next.
    next: VecDeque<Waiting<T>>,
    max_bytes: usize,
}

impl<S, T, F: FnMut(&mut S, Committed<'_>, T) -> Vec<Submission<T>>> Worker<S, T, F> {
    fn run(mut self) -> (Journal, S) {
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
            self.next.extend(next.into_iter().map(|next| self::waiting(next, None, true)));
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
