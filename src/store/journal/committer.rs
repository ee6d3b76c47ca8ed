//! Group commit: a thread that owns the journal, and the state that is folded from it.
//!
//! In: submissions from many threads. The thread takes what waits, appends it as one record, folds each submission in order
//! and only then answers it: who was answered finds what it submitted in the state. Between two commits the thread runs
//! whatever else needs journal and state to stand still: checkpoints, backups, retention.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::queue::{Queue, QueueLimits, Submission, Waiting};
use super::ticket::{Pending, Refused, Ticket};
use super::worker::{Guard, Worker};
use super::{Journal, Position, View};

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
        let guard = Guard { queue: Arc::clone(&queue), view: view.clone() };
        let worker = Worker::new(Arc::clone(&queue), journal, state, fold);
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
        let waiting = Waiting::new(submission, answer, false);
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
