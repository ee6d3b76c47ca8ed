//! Numbers of all visitors and segments, as of the keeper's last round.

use std::sync::Arc;

use serde::Serialize;

use super::Visitors;
use crate::release::Release;
use crate::rules::segment_notes;

/// Of fewer visitors in a segment, nothing should be concluded.
pub const FEW_VISITORS: u64 = 100;
/// A segment with less of all visitors is too small to matter.
pub const SMALL_SHARE: f64 = 0.01;

/// One segment among all.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SegmentSize {
    /// Its name.
    pub segment: Arc<str>,
    /// `who.rules:3`
    pub rule: String,
    /// Visitors in it now; crawlers and the operator's own people do not count.
    pub visitors: u64,
    /// Of all visitors, in \[0, 1\]; `null` without visitors.
    pub share: Option<f64>,
    /// What a marketer should know of it.
    pub warnings: Vec<String>,
}

/// All segments.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overview {
    /// Visitors of whom something is known; crawlers and the operator's own people do not count.
    pub visitors: u64,
    /// Crawlers, by their name or by their pace.
    pub bots: u64,
    /// The operator's own people.
    pub internal: u64,
    /// In name order.
    pub segments: Vec<SegmentSize>,
}

/// How memory and disk are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Visitors in memory.
    pub in_memory: usize,
    /// About how many bytes they take there.
    pub memory_bytes: usize,
    /// Of the journal on the disk.
    pub journal_bytes: u64,
    /// Entries of the journal, ever.
    pub entries: u64,
    /// Submissions that wait for the journal.
    pub waiting: usize,
    /// Instants at which somebody's segments may change by themselves.
    pub foreseen: usize,
    /// Cells that are being filled from the journal.
    pub filling: usize,
}

impl Visitors {
    /// All segments of a release with their sizes.
    pub fn overview(&self, release: &Release) -> Overview {
        let sizes = self.core.sizes.load();
        let all = sizes.visitors;
        let notes = segment_notes(&release.program);
        let segments = release.program.segments.iter().map(|segment| {
            let visitors = sizes.segments.get(&segment.name).copied().unwrap_or_default();
            let share = (all > 0).then(|| visitors as f64 / all as f64);
            let mut warnings = size_warnings(visitors, share);
            warnings.extend(notes.get(&segment.name).into_iter().flatten().cloned());
            SegmentSize {
                segment: Arc::clone(&segment.name),
                rule: segment.place.to_string(),
                visitors,
                share,
                warnings,
            }
        });
        Overview { visitors: all, bots: sizes.bots, internal: sizes.internal, segments: segments.collect() }
    }

    /// How memory and disk are used.
    pub fn usage(&self) -> Usage {
        let (in_memory, memory_bytes) = self.core.people.in_memory();
        let journal = self.core.committer().ok();
        Usage {
            in_memory,
            memory_bytes,
            journal_bytes: journal.map_or(0, |journal| journal.view().bytes()),
            entries: journal.map_or(0, |journal| journal.view().end().entry),
            waiting: journal.map_or(0, |journal| journal.waiting().0),
            foreseen: self.core.looks.foreseen(),
            filling: self.core.course.load().unfilled.len(),
        }
    }
}

fn size_warnings(visitors: u64, share: Option<f64>) -> Vec<String> {
    match (visitors, share) {
        (0, _) => vec!["nobody is in it".to_owned()],
        (few, _) if few < FEW_VISITORS => vec![format!("fewer than {FEW_VISITORS} visitors are in it")],
        (_, Some(share)) if share < SMALL_SHARE => {
            vec![format!("less than {} % of all visitors are in it", SMALL_SHARE * 100.0)]
        }
        _ => Vec::new(),
    }
}
