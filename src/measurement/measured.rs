//! What a release measures: its experiments with all that says what of a visitor counts in them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use jiff::Timestamp;

use super::metric::{Counted, number};
use super::{Caps, MeasuredMetric, Settled, Splits};
use crate::behaviour::fingerprint;
use crate::experiment::{Experiment, Experiments, MetricKind, Split, Status, Stop, Unit, Variant};
use crate::profile::{ExperimentKey, Schema};
use crate::rules::CellPlan;

/// Everything that a release measures.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    experiments: BTreeMap<ExperimentKey, Arc<MeasuredExperiment>>,
}

/// One experiment, as far as it says what is counted.
#[derive(Debug, Clone)]
pub struct MeasuredExperiment {
    /// Its name and salt.
    pub key: ExperimentKey,
    /// Of everything that changes what is counted; the same in every release and on every machine. Totals of another are of no use.
    pub fingerprint: u64,
    /// As it is defined: what it would deal, and whom it does not count.
    pub definition: Arc<Experiment>,
    /// What the journal says of its splits; put in by [`MeasuredExperiment::as_settled`].
    pub splits: Splits,
    /// The control first, the others by name, as `segue analyse` puts them.
    pub variants: Vec<Arc<str>>,
    /// Their shares of the traffic by plan, in the same order, in any unit.
    pub weights: Vec<f64>,
    /// The primary one first, then secondary ones, then guardrails.
    pub metrics: Vec<MeasuredMetric>,
    /// By what results are broken down: one name, or two.
    pub breakdowns: Vec<Vec<Arc<str>>>,
    /// What was assigned. Where it is no visitor nothing is counted: visitors of one account are not independent.
    pub unit: Unit,
    /// Whether visitors are counted by the batch in which they were assigned too.
    pub is_bandit: bool,
    /// Whether its plan has looks, so that what counts is kept by the day of exposure.
    pub has_looks: bool,
    /// Events from here on do not count, unless a metric has a window of its own.
    pub until: Option<Timestamp>,
}

impl Measured {
    /// What the experiments that are no drafts measure; what their metrics count is remembered by cells of the plan from now on.
    pub fn of(
        experiments: &Experiments,
        counted: &BTreeMap<Arc<str>, Counted>,
        schema: &Schema,
        cells: &mut CellPlan,
    ) -> Self {
        let mut measured = Self::default();
        let own = experiments.experiments.values().filter(|experiment| experiment.status != Status::Draft);
        for experiment in own {
            let metric = |name: &Arc<str>| {
                let (definition, counted) = (experiments.metrics.get(name)?, counted.get(name)?);
                let cell = cells.measure(schema, name, &counted.events);
                let below = counted.below.as_ref().map(|below| cells.measure(schema, name, below));
                Some(MeasuredMetric::new(definition, cell, below))
            };
            let metrics = experiment.metrics.all().filter_map(metric).collect();
            let experiment = MeasuredExperiment::new(experiment, metrics);
            measured.experiments.insert(experiment.key.clone(), Arc::new(experiment));
        }
        measured
    }

    /// The experiment of this key.
    pub fn get(&self, key: &ExperimentKey) -> Option<&Arc<MeasuredExperiment>> {
        self.experiments.get(key)
    }

    /// All of them, by key.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<MeasuredExperiment>> {
        self.experiments.values()
    }
}

impl MeasuredExperiment {
    fn new(experiment: &Experiment, metrics: Vec<MeasuredMetric>) -> Self {
        let control = experiment.control().map(|control| &control.name);
        let mut variants: Vec<_> = experiment.variants.iter().collect();
        variants.sort_by_key(|variant| (Some(&variant.name) != control, Arc::clone(&variant.name)));
        // As text, so that it is the number that somebody would write for `segue analyse`.
        let weight = |variant: &&Variant| number(&variant.weight_as_written());
        let mut measured = Self {
            key: experiment.key(),
            fingerprint: 0,
            definition: Arc::new(experiment.clone()),
            splits: Splits::default(),
            variants: variants.iter().map(|variant| Arc::clone(&variant.name)).collect(),
            weights: variants.iter().map(weight).collect(),
            metrics,
            breakdowns: experiment.breakdowns.clone(),
            unit: experiment.unit.clone(),
            is_bandit: experiment.split == Split::Bandit,
            has_looks: experiment.plan.stop != Stop::Anytime,
            until: experiment.schedule.until,
        };
        measured.fingerprint = measured.compute_fingerprint();
        measured
    }

    /// Whether visitors are what was assigned, so that anything can be said.
    pub fn is_of_visitors(&self) -> bool {
        self.unit == Unit::Visitor
    }

    /// Whether what is counted for the other can be read by the definition of this one, number for number.
    pub fn reads(&self, other: &Self) -> bool {
        let name = |metric: &MeasuredMetric| Arc::clone(&metric.definition.name);
        self.metrics.iter().map(name).eq(other.metrics.iter().map(name))
            && self.variants == other.variants
            && self.breakdowns == other.breakdowns
            && (self.has_looks, self.is_bandit) == (other.has_looks, other.is_bandit)
    }

    /// Whether what events tell is held against what the assignment function deals.
    fn split_is_judged(&self) -> bool {
        self.definition.split != Split::External
    }

    /// Metrics whose cap is a percentile, with the share of values below it; caps that were fixed are put in by
    /// [`MeasuredExperiment::with_caps`].
    pub fn percentiles(&self) -> impl Iterator<Item = (&MeasuredMetric, f64)> {
        self.metrics.iter().filter_map(|metric| Some((metric, metric.percentile()?)))
    }

    /// The same with the caps that were fixed from what came before the experiment: another fingerprint, so counted anew. Caps of other
    /// metrics are passed over.
    #[must_use]
    pub fn with_caps(&self, caps: &Caps) -> Self {
        let mut measured = self.clone();
        for metric in &mut measured.metrics {
            if let Some(source) = metric.cap_source() {
                metric.cap = caps.get(&source).copied().flatten();
            }
        }
        measured.fingerprint = measured.compute_fingerprint();
        measured
    }

    /// The same with what the journal settles of it. Another batch of a bandit changes nothing of what was counted before: only what is told
    /// after it can be of it.
    #[must_use]
    pub fn as_settled(&self, settled: &Settled) -> Self {
        let mut measured = Self { splits: settled.splits.clone(), ..self.with_caps(&settled.caps) };
        measured.fingerprint = measured.compute_fingerprint();
        measured
    }

    fn compute_fingerprint(&self) -> u64 {
        // The version of what follows, which never changes its meaning.
        let mut text = String::from("3\n");
        let mut line = |said: std::fmt::Arguments<'_>| {
            // Writing to a text cannot fail.
            let _ = text.write_fmt(said);
            text.push('\n');
        };
        line(format_args!("{}\n{}", self.key.name, self.key.salt));
        self.variants.iter().for_each(|name| line(format_args!("variant {name}")));
        let definition = &self.definition;
        definition.forced.keys().for_each(|id| line(format_args!("tester {id}")));
        if self.split_is_judged() {
            line(format_args!("{:?} {:?}", definition.enrolled(), self.splits.dealt_since));
            definition.layer.iter().for_each(|placement| line(format_args!("layer {}", placement.layer.salt)));
            definition.variants.iter().for_each(|variant| line(format_args!("{} {:?}", variant.name, variant.range)));
        }
        for metric in &self.metrics {
            let definition = &metric.definition;
            let kind: &dyn std::fmt::Display = match &definition.kind {
                MetricKind::Retention(day) => &format_args!("retention {day}").to_string(),
                // The histogram tells every quantile.
                kind => &kind.word(),
            };
            line(format_args!(
                "metric {} {kind} {} {:?}",
                definition.name,
                metric.cell,
                metric.below.map(|cell| cell.0)
            ));
            let millis = |span: Option<jiff::SignedDuration>| span.map(|span| span.as_millis());
            line(format_args!("{:?} {:?}", millis(definition.within), millis(definition.before)));
            line(format_args!("{} {:?}", definition.property.is_some(), metric.cap.map(f64::to_bits)));
        }
        self.breakdowns.iter().for_each(|names| line(format_args!("breakdown {}", names.join("\t"))));
        let until = self.until.map(Timestamp::as_millisecond);
        line(format_args!("{} {} {} {until:?}", self.unit.word(), self.is_bandit, self.has_looks));
        if self.has_looks {
            line(format_args!("notes by day"));
        }
        fingerprint(text.as_bytes())
    }
}
