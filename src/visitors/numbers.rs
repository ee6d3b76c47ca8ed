//! What the fold counts since the start, for Prometheus.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::ingest::Kind;

/// What came of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Folded.
    Accepted,
    /// It came before.
    Duplicate,
    /// Its visitor was erased.
    Erased,
    /// It was kept in a form that this program does not understand; it counts nowhere.
    Unreadable,
}

impl Outcome {
    const ALL: [Self; 4] = [Self::Accepted, Self::Duplicate, Self::Erased, Self::Unreadable];

    fn label(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Erased => "erased",
            Self::Unreadable => "unreadable",
        }
    }
}

/// Counts since the start.
#[derive(Debug, Default)]
pub struct Numbers {
    messages: [[AtomicU64; Outcome::ALL.len()]; Kind::ALL.len()],
    entered: AtomicU64,
    left: AtomicU64,
    joined: AtomicU64,
    joins_refused: AtomicU64,
    erased: AtomicU64,
    exposed: AtomicU64,
    exposures_lost: AtomicU64,
}

impl Numbers {
    /// `kind` is the place in [`Kind::ALL`].
    pub(super) fn message(&self, kind: u8, outcome: Outcome) {
        let of_kind = self.messages.get(usize::from(kind));
        if let Some(count) = of_kind.and_then(|outcomes| outcomes.get(outcome as usize)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn membership(&self, entered: bool) {
        let count = if entered { &self.entered } else { &self.left };
        count.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn joined(&self) {
        self.joined.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn join_refused(&self) {
        self.joins_refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn erased(&self) {
        self.erased.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn exposed(&self) {
        self.exposed.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn exposure_lost(&self) {
        self.exposures_lost.fetch_add(1, Ordering::Relaxed);
    }

    /// Messages by kind and outcome, each with its count.
    pub fn messages(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        Kind::ALL.into_iter().zip(&self.messages).flat_map(|(kind, outcomes)| {
            let counted = Outcome::ALL.into_iter().zip(outcomes);
            counted.map(move |(outcome, count)| (kind.word(), outcome.label(), count.load(Ordering::Relaxed)))
        })
    }

    /// Everything else, by name.
    pub fn others(&self) -> [(&'static str, u64); 7] {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        [
            ("entered", read(&self.entered)),
            ("left", read(&self.left)),
            ("joined", read(&self.joined)),
            ("joins_refused", read(&self.joins_refused)),
            ("erased", read(&self.erased)),
            ("exposed", read(&self.exposed)),
            ("exposures_lost", read(&self.exposures_lost)),
        ]
    }
}
