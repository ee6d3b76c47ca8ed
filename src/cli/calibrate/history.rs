//! The units of a file in the order in which they came, with what each metric comes to in them.

use anyhow::bail;

use crate::analysis::Kind;
use crate::cli::units::{self, Arrivals, Measures, Table, Unit, Wanted, check_covariate};
use crate::experiment::{Purpose, bucket};
use crate::statistics::{Observation, Sums, Variable};

use super::Arguments;

/// So many observations (units times metrics) are kept in memory, in 24 bytes each. Of a larger history a share of the units is replayed,
/// drawn by the hash of their ids.
pub(super) const MAX_OBSERVATIONS: u64 = 8_000_000;

/// Fewer units make no two halves worth comparing.
pub(super) const MIN_UNITS: usize = 100;

/// All that is replayed.
pub(super) struct History {
    /// The metrics, in the order in which they were asked for.
    pub(super) metrics: Vec<Known>,
    /// How many units the files hold.
    pub(super) units_read: u64,
    /// How many rows were left out.
    pub(super) bad_rows: u64,
    /// From the first to the last unit, in days; `None` without times.
    pub(super) days: Option<f64>,
    /// A number of each unit, in their order, that looks random.
    keys: Vec<u64>,
    /// By unit, then by metric.
    observations: Vec<Observation>,
}

/// A metric of the history.
pub(super) struct Known {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) has_covariate: bool,
    /// Of all units that are replayed.
    pub(super) sums: Sums,
    /// Was taken off outcome and covariate: differences do not see it, and squares of what is left keep their digits.
    pub(super) center: Observation,
}

/// Units as they are read, in no order.
#[derive(Default)]
struct Units {
    moments: Vec<i64>,
    keys: Vec<u64>,
    observations: Vec<Observation>,
}

impl History {
    pub(super) fn read(arguments: &Arguments) -> anyhow::Result<Self> {
        for metric in &arguments.metrics {
            if let Some(Kind::Quantile(_)) = metric.kind {
                bail!(
                    "`{}` is a quantile, which is not replayed\nhelp: take the mean of the column, or its share above a limit",
                    metric.name()
                );
            }
        }
        check_covariate(&arguments.metrics, arguments.covariate.as_deref())?;
        let measures = Measures::new(&arguments.metrics, arguments.covariate.as_deref());
        let wanted = Wanted {
            unit: arguments.unit.clone(),
            numbers: measures.columns().to_vec(),
            time: arguments.time.clone(),
            words: Vec::new(),
        };
        let table = Table::read(&arguments.input, &wanted)?;
        let measures = measures.of(&table);
        let count = |count: &mut u64, _: &Unit<'_>| {
            *count += 1;
            Ok(())
        };
        let units_read = table.fold(|| 0, count, |one, other| Ok(one + other))?;
        let limit = MAX_OBSERVATIONS / measures.len().max(1) as u64;
        let units = Units::read(&table, &measures, greatest_key(limit, units_read), arguments.unit.is_some())?;
        if units.keys.len() < MIN_UNITS {
            bail!(
                "{} units are too few to replay\nhelp: take a longer history, of at least {MIN_UNITS} units and better of thousands",
                units.keys.len()
            );
        }
        let came = units.moments.iter().map(|moment| Arrivals::at(*moment)).reduce(Arrivals::and);
        let days = came.filter(|_| arguments.time.is_some()).map(Arrivals::days);
        let (keys, mut observations) = units.in_order(measures.len());
        let metrics = measures.into_iter().enumerate().map(|(place, measure)| {
            let has_covariate = arguments.covariate.is_some();
            Known::new(measure, has_covariate, observations.iter().skip(place).step_by(arguments.metrics.len()))
        });
        let metrics = metrics.collect::<anyhow::Result<Vec<Known>>>()?;
        for unit in observations.chunks_mut(metrics.len()) {
            for (observation, metric) in unit.iter_mut().zip(&metrics) {
                observation.outcome -= metric.center.outcome;
                observation.covariate -= metric.center.covariate;
            }
        }
        Ok(Self { metrics, units_read, bad_rows: table.bad_rows(), days, keys, observations })
    }

    /// How many units are replayed.
    pub(super) fn units(&self) -> usize {
        self.keys.len()
    }

    /// The units from one place up to another, each with its key and its observations.
    pub(super) fn between(&self, from: usize, to: usize) -> impl Iterator<Item = (u64, &[Observation])> {
        let width = self.metrics.len();
        let keys = self.keys.get(from..to).unwrap_or_default();
        let observations = self.observations.get(from * width..to * width).unwrap_or_default();
        keys.iter().copied().zip(observations.chunks(width.max(1)))
    }

    /// What a metric comes to in each unit, as it was read.
    pub(super) fn outcomes(&self, place: usize) -> impl Iterator<Item = f64> {
        let center = self.metrics.get(place).map_or(0.0, |metric| metric.center.outcome);
        let values = self.observations.iter().skip(place).step_by(self.metrics.len().max(1));
        values.map(move |observation| observation.outcome + center)
    }
}

impl Units {
    fn read(table: &Table, measures: &[units::Measure], greatest: u64, has_ids: bool) -> anyhow::Result<Self> {
        table.fold(
            Self::default,
            |units, unit| {
                // The project's own assignment hash, so that a history says the same on every machine.
                let key = if has_ids {
                    bucket(Purpose::Variant, SALT, &String::from_utf8_lossy(unit.id()))
                } else {
                    bucket(Purpose::Variant, SALT, &unit.hash().to_string())
                };
                if key <= greatest {
                    units.moments.push(unit.moment(0));
                    units.keys.push(key);
                    units.observations.extend(measures.iter().map(|measure| measure.observe(unit, unit.rows())));
                }
                Ok(())
            },
            |mut first, mut second| {
                first.moments.append(&mut second.moments);
                first.keys.append(&mut second.keys);
                first.observations.append(&mut second.observations);
                Ok(first)
            },
        )
    }

    /// Keys and observations of `width` metrics a unit, in the order in which the units came; of one moment by their keys.
    fn in_order(self, width: usize) -> (Vec<u64>, Vec<Observation>) {
        let Self { moments, keys, observations } = self;
        let mut order: Vec<(i64, u64, usize)> =
            moments.iter().zip(&keys).enumerate().map(|(place, (moment, key))| (*moment, *key, place)).collect();
        order.sort_unstable();
        let of_unit = |place: usize| observations.get(place * width..(place + 1) * width).unwrap_or_default();
        let sorted = order.iter().flat_map(|(_, _, place)| of_unit(*place).iter().copied()).collect();
        (order.iter().map(|(_, key, _)| *key).collect(), sorted)
    }
}

impl Known {
    fn new<'o>(
        measure: units::Measure,
        has_covariate: bool,
        observations: impl Iterator<Item = &'o Observation>,
    ) -> anyhow::Result<Self> {
        let units::Measure { name, kind, .. } = measure;
        let mut sums = Sums::default();
        for observation in observations {
            if sums.add(*observation).is_err() {
                bail!("`{name}` has a number that is too large to be summed\nhelp: mend it, or cap the column");
            }
        }
        let mean = |variable| sums.mean(variable).unwrap_or_default();
        let center = match kind {
            // A share is exact as it is, and a ratio is no mean.
            Kind::Conversion | Kind::Ratio => Observation::default(),
            _ => Observation { outcome: mean(Variable::Outcome), ..Observation::default() },
        };
        let center = match kind {
            Kind::Ratio => center,
            _ => Observation { covariate: mean(Variable::Covariate), ..center },
        };
        Ok(Self { name, kind, has_covariate, sums, center })
    }
}

/// Parts these keys from those of every experiment.
const SALT: &str = "segue calibrate";

/// Units up to this key are about `limit` of them all.
fn greatest_key(limit: u64, units: u64) -> u64 {
    if units <= limit {
        return u64::MAX;
    }
    let share = (u128::from(limit) << 64) / u128::from(units);
    u64::try_from(share).unwrap_or(u64::MAX)
}
