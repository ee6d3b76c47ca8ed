//! What Prometheus reads about experiments: of each what a rule of an alert may look at at each scrape.
//!
//! In: the shared reading. Out: families of lines, made for this scrape alone, so that none shows a half of one reading and a half of another. All
//! are gauges: numbers fall when somebody is erased, or when two visitors turn out to be one. Labels are names of experiments, variants and
//! metrics, which the release bounds; what has no number has no line.

use prometheus::proto::MetricFamily;
use prometheus::{GaugeVec, IntGauge, IntGaugeVec, Opts, Registry};

use super::metrics::register;
use super::readings::Reading;
use crate::analysis::{Kind, Number, Row, Scorecard};
use crate::trial::Results;

/// More pairs of metric and variant, over all experiments, are left out of a scrape, and counted.
pub const MAX_SCRAPED_ROWS: usize = 20_000;

/// The numbers of a reading.
pub(super) fn families(reading: &Reading) -> prometheus::Result<Vec<MetricFamily>> {
    let registry = Registry::new();
    let lines = Lines::new(&registry)?;
    let mut rows = 0;
    for (name, results) in &reading.0 {
        let Some(results) = results else { continue };
        lines.show(name, results);
        for row in &results.scorecard.metrics {
            rows += 1;
            if rows <= MAX_SCRAPED_ROWS {
                lines.show_row(name, row);
            }
        }
    }
    lines.left_out.set(whole(rows.saturating_sub(MAX_SCRAPED_ROWS) as u64));
    Ok(registry.gather())
}

/// The families.
struct Lines {
    exposures: IntGaugeVec,
    conversions: IntGaugeVec,
    lift: [GaugeVec; 3],
    chance_to_win: GaugeVec,
    sample_ratio_p_value: GaugeVec,
    sample_ratio_alarm: IntGaugeVec,
    verdict: IntGaugeVec,
    breaker_tripped: IntGaugeVec,
    left_out: IntGauge,
}

/// The labels of a variant, and of a pair of metric and variant.
const VARIANT: [&str; 2] = ["experiment", "variant"];
const ROW: [&str; 3] = ["experiment", "variant", "metric"];

impl Lines {
    fn new(registry: &Registry) -> prometheus::Result<Self> {
        let number = |name: &str, help: &str, labels: &[&str]| {
            let gauge = GaugeVec::new(Opts::new(name, help), labels)?;
            register(registry, gauge.clone()).map(|()| gauge)
        };
        let whole = |name: &str, help: &str, labels: &[&str]| {
            let gauge = IntGaugeVec::new(Opts::new(name, help), labels)?;
            register(registry, gauge.clone()).map(|()| gauge)
        };
        let left_out = IntGauge::new(
            "segue_experiment_rows_left_out",
            "Pairs of metric and variant that were too many to be shown here",
        )?;
        register(registry, left_out.clone())?;
        Ok(Self {
            exposures: whole("segue_exposures_total", "Visitors who were exposed to a variant and count", &VARIANT)?,
            conversions: whole("segue_conversions_total", "Of them, those who converted, by conversion metric", &ROW)?,
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
                "Of the check of the split: honest at every look, and at the end that of its one look",
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
            left_out,
        })
    }

    fn show(&self, experiment: &str, results: &Results) {
        let Results { scorecard, breaker, counting, .. } = results;
        let Scorecard { sample_ratio, variants, verdict, .. } = scorecard;
        for variant in variants {
            self.exposures.with_label_values(&[experiment, &*variant.variant]).set(whole(variant.n));
        }
        // Of some of the visitors nothing follows for the split of all.
        if counting.is_none() {
            set(&self.sample_ratio_p_value, &[experiment], sample_ratio.judged);
            let alarm = i64::from(sample_ratio.alarm.is_some());
            self.sample_ratio_alarm.with_label_values(&[experiment]).set(alarm);
        }
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
            self.conversions.with_label_values(&labels).set(whole(converted));
        }
        let (_, lift) = row.shown();
        let tested = row.always().and_then(|anytime| anytime.tested);
        let (lower, upper) = tested.and_then(|tested| tested.bounds.relative()).unzip();
        for (gauge, number) in self.lift.iter().zip([lift, lower, upper]) {
            set(gauge, &labels, number);
        }
        set(&self.chance_to_win, &labels, row.chance_to_win);
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// What has no number has no line.
fn set(gauge: &GaugeVec, labels: &[&str], number: Option<Number>) {
    if let Some(number) = number {
        gauge.with_label_values(labels).set(number.get());
    }
}
