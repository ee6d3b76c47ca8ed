//! What Prometheus reads at `/metrics`.
//!
//! No label ever holds a visitor or free input: slots come from the release, routes from the table of routes.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus::core::Collector;
use prometheus::{
    Encoder, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};

use super::experiment_metrics::families;
use super::readings::Reading;
use super::visitor_metrics::VisitorMetrics;
use crate::decision::Answer;
use crate::ingest::{Kind, Reason};
use crate::release::{Release, ReleaseId};
use crate::visitors::Visitors;

/// From 10 us, an easy decision, to 1 s, which no decision should take.
const DECIDE_BUCKETS: [f64; 16] = [
    0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
    0.5, 1.0,
];

/// The server's own numbers.
pub(super) struct Metrics {
    registry: Registry,
    /// One scrape at a time: what is set anew for each must not be gathered by another half-way.
    turn: Mutex<()>,
    decisions: IntCounterVec,
    decide_duration: Histogram,
    releases: IntCounterVec,
    undeclared_facts: IntCounter,
    events: IntCounterVec,
    rejected: IntCounterVec,
    requests: IntCounterVec,
    release_info: IntGaugeVec,
    folder_broken: IntGauge,
    visitors: VisitorMetrics,
}

/// What came of a set or an activation.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    Published,
    Refused,
    Activated,
}

/// What became of a message.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fate {
    /// Durable, and counted.
    Accepted,
    /// It had come before.
    Duplicate,
    /// It cannot be kept.
    Rejected,
}

impl Fate {
    fn label(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Rejected => "rejected",
        }
    }
}

impl Metrics {
    pub(super) fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let build = info("segue_build_info", "Always 1; the label says which program this is", "version")?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        register(&registry, build)?;
        let duration = HistogramOpts::new("segue_decide_duration_seconds", "From the body's last byte to the answer");
        let metrics = Self {
            decisions: counted("segue_decisions_total", "Decisions by slot and reason", &["slot", "reason"])?,
            decide_duration: Histogram::with_opts(duration.buckets(DECIDE_BUCKETS.to_vec()))?,
            releases: counted("segue_releases_total", "Sets published and refused, releases activated", &["outcome"])?,
            undeclared_facts: IntCounter::new(
                "segue_undeclared_facts_total",
                "Attributes, properties and context facts that no schema declares, so they were ignored",
            )?,
            events: counted(
                "segue_events_total",
                "Messages of tracking calls by type and outcome",
                &["type", "outcome"],
            )?,
            rejected: counted("segue_events_rejected_total", "Messages that were refused, by reason", &["reason"])?,
            requests: counted("segue_http_requests_total", "Requests by route and status", &["route", "status"])?,
            release_info: info("segue_release_info", "1 for the release that serves", "release")?,
            folder_broken: IntGauge::new(
                "segue_folder_broken",
                "1 while the folders hold a set that does not compile or cannot be read",
            )?,
            visitors: VisitorMetrics::new(&registry)?,
            registry,
            turn: Mutex::default(),
        };
        for outcome in [Outcome::Published, Outcome::Refused, Outcome::Activated] {
            metrics.releases.with_label_values(&[outcome.label()]);
        }
        for kind in Kind::ALL {
            for fate in [Fate::Accepted, Fate::Duplicate, Fate::Rejected] {
                metrics.events.with_label_values(&[kind.word(), fate.label()]);
            }
        }
        for reason in Reason::ALL {
            metrics.rejected.with_label_values(&[reason.word()]);
        }
        register(&metrics.registry, metrics.events.clone())?;
        register(&metrics.registry, metrics.rejected.clone())?;
        register(&metrics.registry, metrics.decisions.clone())?;
        register(&metrics.registry, metrics.decide_duration.clone())?;
        register(&metrics.registry, metrics.releases.clone())?;
        register(&metrics.registry, metrics.undeclared_facts.clone())?;
        register(&metrics.registry, metrics.requests.clone())?;
        register(&metrics.registry, metrics.release_info.clone())?;
        register(&metrics.registry, metrics.folder_broken.clone())?;
        Ok(metrics)
    }

    pub(super) fn decided(&self, answer: &Answer, took: Duration, undeclared: u64) {
        for decision in &answer.decisions {
            self.decisions.with_label_values(&[&*decision.slot, decision.reason.as_str()]).inc();
        }
        self.decide_duration.observe(took.as_secs_f64());
        self.undeclared_facts.inc_by(undeclared);
    }

    /// Refused messages: what they were, where that could be read, and why.
    pub(super) fn rejected(&self, rejected: &[(Option<Kind>, Reason)]) {
        for (kind, reason) in rejected {
            self.events.with_label_values(&[kind.map_or("unknown", Kind::word), Fate::Rejected.label()]).inc();
            self.rejected.with_label_values(&[reason.word()]).inc();
        }
    }

    pub(super) fn release(&self, outcome: Outcome) {
        self.releases.with_label_values(&[outcome.label()]).inc();
    }

    pub(super) fn serves(&self, release: &ReleaseId) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.release_info.reset();
        self.release_info.with_label_values(&[release.as_str()]).set(1);
    }

    pub(super) fn folder_broken(&self, broken: bool) {
        self.folder_broken.set(i64::from(broken));
    }

    pub(super) fn request(&self, route: &str, status: &str) {
        self.requests.with_label_values(&[route, status]).inc();
    }

    /// In the Prometheus text format, with the numbers of visitors as they are now.
    pub(super) fn text(
        &self,
        visitors: Option<&Visitors>,
        release: Option<&Release>,
        experiments: Option<&Reading>,
    ) -> prometheus::Result<Vec<u8>> {
        let of_experiments = experiments.map(families).transpose()?.unwrap_or_default();
        let of_server = {
            let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(visitors) = visitors {
                self.visitors.observe(visitors, release, &self.events);
            }
            self.registry.gather()
        };
        let mut text = Vec::new();
        for families in [of_server, of_experiments] {
            TextEncoder::new().encode(&families, &mut text)?;
        }
        Ok(text)
    }
}

impl Outcome {
    fn label(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Refused => "refused",
            Self::Activated => "activated",
        }
    }
}

fn counted(name: &str, help: &str, labels: &[&str]) -> prometheus::Result<IntCounterVec> {
    IntCounterVec::new(Opts::new(name, help), labels)
}

fn info(name: &str, help: &str, label: &str) -> prometheus::Result<IntGaugeVec> {
    IntGaugeVec::new(Opts::new(name, help), &[label])
}

pub(super) fn register(registry: &Registry, metric: impl Collector + 'static) -> prometheus::Result<()> {
    registry.register(Box::new(metric))
}
