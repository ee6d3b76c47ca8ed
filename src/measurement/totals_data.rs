//! Totals as room `analysis` takes them.
//!
//! What it costs depends on how many variants, metrics and values of breakdowns there are, not on how many visitors or events.

use std::cmp::Reverse;
use std::sync::Arc;

use jiff::Timestamp;

use super::number::Number;
use super::ripe::Counts;
use super::totals::{Numbers, place};
use super::totals_key::{Note, Part, What};
use super::{MeasuredExperiment, Totals};
use crate::analysis::{Breakdown, Cell, Data, Measured, Quality, Variant};
use crate::experiment::MetricKind;
use crate::statistics::{Histogram, Sums};

/// A breakdown shows so many values, those of the most visitors; the others are shown together as `(other)`.
pub const MAX_SHOWN_VALUES: usize = 50;

/// The values that are not shown one by one.
const OTHER: &str = "(other)";

/// The units of one batch of a bandit.
#[derive(Debug, Clone)]
pub struct CountedBatch {
    /// The batch, or an [`even_split`](crate::experiment::even_split).
    pub number: u32,
    /// By variant, whom a decision is known to have dealt it then.
    pub dealt: Vec<u64>,
    /// By variant, these and whom an event told of, whom it would have dealt the same.
    pub units: Vec<u64>,
    /// By metric, then by variant.
    pub metrics: Vec<Vec<Measured>>,
}

/// Numbers of some of the units, by metric, then by variant.
struct Gathered {
    units: Vec<u64>,
    sums: Vec<Vec<Sums>>,
    values: Vec<Vec<Histogram>>,
    /// By metric, units whose day has not come.
    immature: Vec<u64>,
}

impl Totals {
    /// What room `analysis` takes. Looks, batches, changes of the plan and a breaker are for room `trial`, which knows of them.
    ///
    /// `experiment` must have the fingerprint under which everybody was counted. What counts only from some day on counts from `now` on.
    pub fn data(&self, experiment: &MeasuredExperiment, now: Timestamp) -> Data {
        let declared = || experiment.breakdowns.iter().zip(0..);
        let breakdowns = declared().filter_map(|(names, breakdown)| self.breakdown(experiment, names, breakdown, now));
        let mut data = Data { breakdowns: breakdowns.collect(), ..self.data_of_all(experiment, now) };
        let given_up = declared().filter(|(_, breakdown)| self.is_given_up(*breakdown));
        data.quality.breakdowns_given_up = given_up.map(|(names, _)| names.join(", ")).collect();
        data
    }

    /// The same, not broken down.
    pub fn data_of_all(&self, experiment: &MeasuredExperiment, now: Timestamp) -> Data {
        Data { accumulates: self.accumulates(experiment, now), ..self.data_of(experiment, Counts::At(now)) }
    }

    /// The same of those alone who were exposed on a day or before it, in days since 1970: whatever they brought counts. Only where looks are
    /// planned; not broken down.
    pub fn data_until(&self, experiment: &MeasuredExperiment, day: i64) -> Data {
        self.data_of(experiment, Counts::Until(day))
    }

    fn data_of(&self, experiment: &MeasuredExperiment, counts: Counts) -> Data {
        let mut all = Gathered::new(experiment);
        all.gather(self, experiment, &Part::All, counts);
        let variants = experiment.variants.iter().zip(&experiment.weights).zip(&all.units);
        let variants = variants
            .map(|((name, weight), units)| Variant { name: name.to_string(), weight: *weight, units: *units })
            .collect();
        Data {
            variants,
            control: 0,
            quality: self.quality(experiment, &all, counts),
            metrics: all.measured(experiment),
            ..Data::default()
        }
    }

    fn quality(&self, experiment: &MeasuredExperiment, all: &Gathered, counts: Counts) -> Quality {
        let name = |metric: usize| experiment.metrics.get(metric).map(|metric| metric.definition.name.to_string());
        let by_metric = |count: &dyn Fn(usize) -> u64| {
            let counts =
                (0..experiment.metrics.len()).map(|metric| (metric, count(metric))).filter(|(_, count)| *count > 0);
            counts.filter_map(|(metric, count)| Some((name(metric)?, count))).collect::<Vec<_>>()
        };
        let is_of_visitors = experiment.is_of_visitors();
        Quality {
            units_in_several_variants: self.noted(Note::Mixed, counts),
            unexpected_variant: self.noted(Note::Unexpected, counts),
            unknown_variant: self.noted(Note::Unknown, counts),
            units_without_batch: self.noted(Note::Undealt, counts),
            truncated_units: by_metric(&|metric| self.noted(Note::Truncated(place(metric)), counts)),
            immature_units: by_metric(&|metric| all.immature.get(metric).copied().unwrap_or_default()),
            unit_not_measured: (!is_of_visitors).then(|| experiment.unit.word().to_owned()),
            ..Quality::default()
        }
    }

    /// One breakdown; `None` where nobody has any value of it, or there were too many.
    fn breakdown(
        &self,
        experiment: &MeasuredExperiment,
        names: &[Arc<str>],
        breakdown: u16,
        now: Timestamp,
    ) -> Option<Breakdown> {
        let mut values: Vec<(&Arc<str>, u64)> =
            self.values(breakdown).map(|(value, numbers)| (value, units(numbers))).collect();
        values.sort_by_key(|(value, units)| (Reverse(*units), *value));
        let others = values.split_off(values.len().min(MAX_SHOWN_VALUES));
        values.sort_unstable();
        let gathered = |values: &[(&Arc<str>, u64)]| {
            let mut gathered = Gathered::new(experiment);
            for (value, _) in values {
                gathered.gather(self, experiment, &Part::Value(breakdown, Arc::clone(value)), Counts::At(now));
            }
            gathered
        };
        let cell = |shown: &str, gathered: Gathered| Cell {
            value: shown.to_owned(),
            units: gathered.units.clone(),
            metrics: gathered.measured(experiment),
        };
        let mut cells: Vec<Cell> = values.iter().map(|known| cell(known.0, gathered(&[*known]))).collect();
        if !others.is_empty() {
            cells.push(cell(OTHER, gathered(&others)));
        }
        (!cells.is_empty()).then(|| Breakdown { name: names.join(", "), values: cells })
    }

    /// Of a bandit: the same units by the batch in which they were assigned, oldest first.
    pub fn batches(&self, experiment: &MeasuredExperiment, now: Timestamp) -> Vec<CountedBatch> {
        let cell = |number: u32| {
            let mut gathered = Gathered::new(experiment);
            gathered.gather(self, experiment, &Part::Batch(number), Counts::At(now));
            let dealt = gathered.units.clone();
            gathered.gather(self, experiment, &Part::Told(number), Counts::At(now));
            let units = gathered.units.clone();
            CountedBatch { number, dealt, units, metrics: gathered.measured(experiment) }
        };
        self.batch_numbers().into_iter().filter(|_| experiment.is_bandit).map(cell).collect()
    }
}

/// Units of all variants.
fn units(numbers: &Numbers) -> u64 {
    let count = |(what, number): (&What, &Number)| match (what, number) {
        (What::Units(_), Number::Count(count)) => *count,
        _ => 0,
    };
    numbers.iter().map(count).fold(0, u64::saturating_add)
}

impl Gathered {
    fn new(experiment: &MeasuredExperiment) -> Self {
        let (variants, metrics) = (experiment.variants.len(), experiment.metrics.len());
        Self {
            units: vec![0; variants],
            sums: vec![vec![Sums::default(); variants]; metrics],
            values: vec![vec![Histogram::default(); variants]; metrics],
            immature: vec![0; metrics],
        }
    }

    /// Takes up the numbers of a part.
    fn gather(&mut self, totals: &Totals, experiment: &MeasuredExperiment, part: &Part, counts: Counts) {
        for (what, number) in totals.of_part(part) {
            match (*what, number) {
                (What::Units(variant), Number::Count(count)) if counts.are_of_all() => self.count(variant, *count),
                (What::UnitsOn(variant, day), Number::Count(count)) if counts.are_until(day) => {
                    self.count(variant, *count);
                }
                (What::Sums(metric, variant), Number::Sums(sums)) if counts.are_of_all() => {
                    self.add(metric, variant, sums);
                }
                (What::Day(metric, variant, day), Number::Sums(sums)) if counts.hold(experiment, metric, day) => {
                    self.add(metric, variant, sums);
                }
                (What::Day(metric, ..), Number::Sums(sums)) if counts.are_of_all() => {
                    if let Some(immature) = self.immature.get_mut(usize::from(metric)) {
                        *immature = immature.saturating_add(sums.units());
                    }
                }
                (What::Values(metric, variant, _), Number::Values(values)) if counts.are_of_all() => {
                    self.merge(metric, variant, values);
                }
                (What::ValuesOn(metric, variant, _, day), Number::Values(values))
                    if counts.hold(experiment, metric, day) =>
                {
                    self.merge(metric, variant, values);
                }
                _ => {}
            }
        }
    }

    fn count(&mut self, variant: u16, count: u64) {
        if let Some(units) = self.units.get_mut(usize::from(variant)) {
            *units = units.saturating_add(count);
        }
    }

    fn add(&mut self, metric: u16, variant: u16, sums: &Sums) {
        let all = self.sums.get_mut(usize::from(metric)).and_then(|all| all.get_mut(usize::from(variant)));
        if let Some(all) = all {
            let merged = all.merge(sums);
            debug_assert!(merged.is_ok());
        }
    }

    fn merge(&mut self, metric: u16, variant: u16, values: &Histogram) {
        let all = self.values.get_mut(usize::from(metric));
        if let Some(all) = all.and_then(|all| all.get_mut(usize::from(variant))) {
            // INVARIANT: a sum of counts that fit is no larger than when they were counted.
            let merged = all.merge(values);
            debug_assert!(merged.is_ok());
        }
    }

    fn measured(self, experiment: &MeasuredExperiment) -> Vec<Vec<Measured>> {
        let by_metric = experiment.metrics.iter().zip(self.sums.into_iter().zip(self.values));
        let measured = by_metric.map(|(metric, (sums, values))| match &metric.definition.kind {
            MetricKind::Quantile(share) => {
                let share = super::metric::number(share);
                values.iter().map(|values| Measured::of_histogram(values, share)).collect()
            }
            _ => sums.into_iter().map(Measured::from).collect(),
        });
        measured.collect()
    }
}
