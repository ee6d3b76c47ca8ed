//! Where checked messages go: the one seam between the tracking calls and whoever keeps events.

use serde_json::Value;

use super::dead_letters::DeadLetters;
use super::error::{ApiError, Code};
use super::metrics::{Fate, Metrics};
use crate::ingest::{Batch, Kind};

/// Keeps messages, and says so once they are durable.
#[derive(Debug, Default)]
pub(super) struct Sink {
    dead: DeadLetters,
}

impl Sink {
    /// Ready once every message of the batch is durable or was so before; only then the client hears of success, and the
    /// refused ones are laid aside and counted: of a batch that fails, nothing happened.
    pub(super) async fn accept(&self, batch: Batch, metrics: &Metrics) -> Result<(), ApiError> {
        let fates: Vec<(Kind, Fate)> = if batch.messages.is_empty() {
            Vec::new()
        } else {
            return Err(ApiError::new(Code::Busy, "this server keeps no events yet").help("send them again later"));
        };
        for (kind, fate) in fates {
            metrics.event(kind, fate);
        }
        metrics.rejected(&batch.rejected);
        self.dead.add(batch.rejected);
        Ok(())
    }

    /// The refused messages, newest first.
    pub(super) fn dead_letters(&self) -> Value {
        self.dead.listed()
    }
}
