//! What Prometheus reads about experiments: of each what a rule of an alert may look at at each scrape.
//!
//! Taken from the shared reading. Labels are names of experiments, variants and metrics, which the release bounds; what has no number
//! has no line.

use std::sync::{Arc, Mutex, PoisonError};

use prometheus::{GaugeVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

use super::metrics::register;
use super::readings::Reading;
use crate::analysis::{Kind, Number, Row, Scorecard};
use crate::trial::Results;

/// More pairs of metric and variant, over all experiments, are left out of a scrape, and counted.
pub const MAX_SCRAPED_ROWS: usize = 20_000;

/// Numbers of experiments.
pub(super) struct ExperimentMetrics {
    /// What the lines below were made from.
    shown: Mutex<Option<Arc<Reading>>>,
    exposures: IntCounterVec,
    conversions: IntCounterVec,
    lift: [GaugeVec; 3],
    chance_to_win: GaugeVec,
    sample_ratio_p_value: GaugeVec,
    sample_ratio_alarm: IntGaugeVec,
    verdict: IntGaugeVec,
    breaker_tripped: IntGaugeVec,
    left_out: IntGauge,
}

/// The labels of a pair of metric and variant.
const ROW: [&str; 3] = ["experiment", "variant", "metric"];

impl ExperimentMetrics {
    pub(super) fn new(registry: &Registry) -> prometheus::Result<Self> {
        let number = |name: &str, help: &str, labels: &[&str]| GaugeVec::new(Opts::new(name, help), labels);
        let whole = |name: &str, help: &str, labels: &[&str]| IntGaugeVec::new(Opts::new(name, help), labels);
        let count = |name: &str, help: &str, labels: &[&str]| IntCounterVec::new(Opts::new(name, help), labels);
        let metrics = Self {
            shown: Mutex::default(),
            exposures: count(
                "segue_exposures_total",
                "Visitors who were exposed to a variant and count; fewer once somebody is erased or two turn out to be one",
                &["experiment", "variant"],
            )?,
            conversions: count("segue_conversions_total", "Of them, those who converted, by conversion metric", &ROW)?,
            lift: [
                number("segue_metric_lift", "Lift relative to the control, by the numbers that decide", &ROW)?,
                number("segue_metric_lift_lower", "Lower end of its anytime-valid interval", &ROW)?,
                number("segue_metric_lift_upper", "Upper end of its anytime-valid interval", &ROW)?,
            ],
            chance_to_win: number(
                "segue_chance_to_win",
                "Probability that the variant is better than the control",
                &ROW,
            )?,
            sample_ratio_p_value: number(
                "segue_sample_ratio_p_value",
                "Of the check of the split: honest at every look, or with `stop: fixed` at one",
                &["experiment"],
            )?,
            sample_ratio_alarm: whole(
                "segue_sample_ratio_alarm",
                "1 while the traffic is not split as planned",
                &["experiment"],
            )?,
            verdict: whole("segue_experiment_verdict", "1 for what is to be done now", &["experiment", "verdict"])?,
            breaker_tripped: whole(
                "segue_breaker_tripped",
                "1 where a guardrail gave everybody the control",
                &["experiment"],
            )?,
            left_out: IntGauge::new(
                "segue_experiment_rows_left_out",
                "Pairs of metric and variant that were too many to be shown here",
            )?,
        };
        register(registry, metrics.exposures.clone())?;
        register(registry, metrics.conversions.clone())?;
        metrics.lift.iter().try_for_each(|lift| register(registry, lift.clone()))?;
        register(registry, metrics.chance_to_win.clone())?;
        register(registry, metrics.sample_ratio_p_value.clone())?;
        register(registry, metrics.sample_ratio_alarm.clone())?;
        register(registry, metrics.verdict.clone())?;
        register(registry, metrics.breaker_tripped.clone())?;
        register(registry, metrics.left_out.clone())?;
        Ok(metrics)
    }

    /// Takes the numbers of a reading, unless they are shown already.
    pub(super) fn observe(&self, reading: &Arc<Reading>) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.as_ref().is_some_and(|shown| Arc::ptr_eq(shown, reading)) {
            return;
        }
        self.exposures.reset();
        self.conversions.reset();
        self.lift.iter().for_each(GaugeVec::reset);
        self.chance_to_win.reset();
        self.sample_ratio_p_value.reset();
        self.sample_ratio_alarm.reset();
        self.verdict.reset();
        self.breaker_tripped.reset();
        let mut rows = 0;
        for (name, results) in &reading.0 {
            let Some(results) = results else { continue };
            self.show(name, results);
            for row in &results.scorecard.metrics {
                rows += 1;
                if rows <= MAX_SCRAPED_ROWS {
                    self.show_row(name, row);
                }
            }
        }
        self.left_out.set(i64::try_from(rows.saturating_sub(MAX_SCRAPED_ROWS)).unwrap_or(i64::MAX));
        *shown = Some(Arc::clone(reading));
    }

    fn show(&self, experiment: &str, results: &Results) {
        let Results { scorecard, breaker, .. } = results;
        let Scorecard { sample_ratio, variants, verdict, .. } = scorecard;
        for variant in variants {
            self.exposures.with_label_values(&[experiment, &*variant.variant]).inc_by(variant.n);
        }
        let p_value = match scorecard.plan {
            "fixed" => sample_ratio.p_value,
            _ => sample_ratio.sequential_p_value,
        };
        set(&self.sample_ratio_p_value, &[experiment], p_value);
        let alarm = i64::from(sample_ratio.alarm.is_some());
        self.sample_ratio_alarm.with_label_values(&[experiment]).set(alarm);
        self.verdict.with_label_values(&[experiment, verdict.code.word()]).set(1);
        self.breaker_tripped.with_label_values(&[experiment]).set(i64::from(breaker.is_some()));
    }

    fn show_row(&self, experiment: &str, row: &Row) {
        let labels = [experiment, &*row.variant, &*row.metric];
        if row.kind == Kind::Conversion.code()
            && let Some(sum) = row.sum
        {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, 0 or more")]
            let converted = sum.get() as u64;
            self.conversions.with_label_values(&labels).inc_by(converted);
        }
        let adjusted = row.cuped.as_ref().and_then(|found| found.known());
        let adjusted = adjusted.filter(|_| row.decides.is_some_and(crate::analysis::Basis::is_adjusted));
        let (lift, anytime) = match adjusted {
            Some(found) => (found.relative_lift, found.anytime.known()),
            None => (row.relative_lift, row.anytime.as_ref().and_then(|found| found.known())),
        };
        let bounds = anytime.and_then(|anytime| anytime.tested).and_then(|tested| tested.bounds.relative());
        let (lower, upper) = bounds.unzip();
        for (gauge, number) in self.lift.iter().zip([lift, lower, upper]) {
            set(gauge, &labels, number);
        }
        set(&self.chance_to_win, &labels, row.chance_to_win);
    }
}

/// What has no number has no line.
fn set(gauge: &GaugeVec, labels: &[&str], number: Option<Number>) {
    if let Some(number) = number {
        gauge.with_label_values(labels).set(number.get());
    }
}
