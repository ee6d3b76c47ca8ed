//! What Prometheus reads about visitors and events: taken from the room `visitors` at each scrape.
//!
//! Labels are kinds of messages and names of segments, which the release bounds; never a visitor.

use prometheus::{GaugeVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

use super::metrics::register;
use crate::release::Release;
use crate::visitors::Visitors;

/// Numbers of visitors and events.
pub(super) struct VisitorMetrics {
    changes: IntCounterVec,
    visitors: IntGaugeVec,
    segment_visitors: IntGaugeVec,
    segment_share: GaugeVec,
    in_memory: IntGauge,
    memory_bytes: IntGauge,
    journal_bytes: IntGauge,
    journal_entries: IntGauge,
    journal_waiting: IntGauge,
    foreseen: IntGauge,
    filling: IntGauge,
    broken: IntGauge,
}

impl VisitorMetrics {
    pub(super) fn new(registry: &Registry) -> prometheus::Result<Self> {
        let gauge = |name: &str, help: &str| {
            let gauge = IntGauge::new(name, help)?;
            register(registry, gauge.clone())?;
            Ok::<_, prometheus::Error>(gauge)
        };
        let metrics = Self {
            changes: IntCounterVec::new(
                Opts::new("segue_visitor_changes_total", "Segments entered and left, visitors joined and erased"),
                &["change"],
            )?,
            visitors: IntGaugeVec::new(
                Opts::new("segue_visitors", "Visitors of whom something is known; crawlers and internal ones apart"),
                &["kind"],
            )?,
            segment_visitors: IntGaugeVec::new(
                Opts::new("segue_segment_visitors", "Visitors in each segment now"),
                &["segment"],
            )?,
            segment_share: GaugeVec::new(
                Opts::new("segue_segment_share", "Share of all visitors in each segment now, from 0 to 1"),
                &["segment"],
            )?,
            in_memory: gauge("segue_visitors_in_memory", "Visitors in memory; the rest is in sled")?,
            memory_bytes: gauge("segue_visitors_memory_bytes", "About how many bytes visitors take in memory")?,
            journal_bytes: gauge("segue_journal_bytes", "Bytes of the event journal on the disk")?,
            journal_entries: gauge("segue_journal_entries", "Entries of the event journal, ever")?,
            journal_waiting: gauge("segue_journal_waiting", "Calls that wait to be written to the journal")?,
            foreseen: gauge(
                "segue_segment_changes_foreseen",
                "Instants at which somebody may leave or enter a segment",
            )?,
            filling: gauge("segue_cells_filling", "Cells that are being filled from the journal")?,
            broken: gauge("segue_events_refused", "1 while no events are accepted until a restart")?,
        };
        register(registry, metrics.changes.clone())?;
        register(registry, metrics.visitors.clone())?;
        register(registry, metrics.segment_visitors.clone())?;
        register(registry, metrics.segment_share.clone())?;
        Ok(metrics)
    }

    /// Takes the numbers as they are now. One scrape at a time: counters follow what was counted elsewhere.
    pub(super) fn observe(&self, visitors: &Visitors, release: Option<&Release>, events: &IntCounterVec) {
        for (kind, outcome, count) in visitors.numbers().messages() {
            let counter = events.with_label_values(&[kind, outcome]);
            counter.inc_by(count.saturating_sub(counter.get()));
        }
        for (change, count) in visitors.numbers().others() {
            let counter = self.changes.with_label_values(&[change]);
            counter.inc_by(count.saturating_sub(counter.get()));
        }
        let gauge = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        if let Some(release) = release {
            let overview = visitors.overview(release);
            let kinds = [("visitor", overview.visitors), ("bot", overview.bots), ("internal", overview.internal)];
            kinds.into_iter().for_each(|(kind, count)| self.visitors.with_label_values(&[kind]).set(gauge(count)));
            self.segment_visitors.reset();
            self.segment_share.reset();
            for segment in &overview.segments {
                let name = [&*segment.segment];
                self.segment_visitors.with_label_values(&name).set(gauge(segment.visitors));
                self.segment_share.with_label_values(&name).set(segment.share.unwrap_or_default());
            }
        }
        let usage = visitors.usage();
        self.in_memory.set(gauge(usage.in_memory as u64));
        self.memory_bytes.set(gauge(usage.memory_bytes as u64));
        self.journal_bytes.set(gauge(usage.journal_bytes));
        self.journal_entries.set(gauge(usage.entries));
        self.journal_waiting.set(gauge(usage.waiting as u64));
        self.foreseen.set(gauge(usage.foreseen as u64));
        self.filling.set(gauge(usage.filling as u64));
        self.broken.set(i64::from(visitors.is_broken()));
    }
}
