//! What somebody who submits is told, and how they wait for it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use super::{Error, Position};

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
    #[error(
        "a write to the journal failed for good, so nothing more is accepted; mend the disk and restart the server"
    )]
    Broken,
    /// More than one record may hold.
    #[error("{bytes} bytes are too much for one submission; at most {limit} are allowed")]
    TooLarge {
        /// What it would take.
        bytes: usize,
        /// [`Journal::max_record_bytes`](super::Journal::max_record_bytes).
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

/// The promise of an answer; await it, or [wait](Pending::wait) in a thread.
#[derive(Debug)]
pub struct Pending<R>(pub(super) oneshot::Receiver<R>);

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
pub struct Ticket(pub(super) oneshot::Receiver<Result<Position, Refused>>);

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
