//! What a file of history says of a metric.

use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::analysis::Kind;
use crate::cli::units::{Arrivals, Input, Measures, MetricColumn, Table, Wanted, check_covariate};
use crate::statistics::{Sums, Undefined, Variable, real};

use super::Arguments;
use super::baseline::Baseline;

/// What a file of history says of a metric.
pub(super) struct History {
    pub(super) file: PathBuf,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) baseline: Baseline,
    pub(super) units: u64,
    pub(super) bad_rows: u64,
    /// From the first to the last unit's first row; `None` without times, or where all came within an hour.
    pub(super) days: Option<f64>,
}

/// The sums of all units, and when they came.
#[derive(Default)]
struct Counted {
    sums: Sums,
    came: Option<Arrivals>,
}

impl History {
    pub(super) fn read(arguments: &Arguments, file: &Path, metric: &MetricColumn) -> anyhow::Result<Self> {
        if let Some(Kind::Quantile(_)) = metric.kind {
            bail!(
                "`{}` is a quantile, whose power is not computed\nhelp: plan for the mean of the column, or for its share above a limit",
                metric.name()
            );
        }
        check_covariate(std::slice::from_ref(metric), arguments.covariate.as_deref())?;
        let measures = Measures::new([metric], arguments.covariate.as_deref());
        let wanted = Wanted {
            unit: arguments.unit.clone(),
            numbers: measures.columns().to_vec(),
            time: arguments.time.clone(),
            words: Vec::new(),
        };
        let input = Input { files: vec![file.to_owned()], patience: arguments.patience };
        let table = Table::read(&input, &wanted)?;
        let Some(measure) = measures.of(&table).into_iter().next() else { bail!("there is no metric") };
        let counted = table.fold(
            Counted::default,
            |counted, unit| {
                let came = Arrivals::at(unit.moment(0));
                counted.came = Some(counted.came.map_or(came, |others| others.and(came)));
                counted.sums.add(measure.observe(unit, unit.rows()))?;
                Ok(())
            },
            |mut one, other| {
                one.sums.merge(&other.sums)?;
                one.came = one.came.into_iter().chain(other.came).reduce(Arrivals::and);
                Ok(one)
            },
        )?;
        let baseline = Baseline::of_sums(measure.kind, &counted.sums, arguments.covariate.is_some());
        let baseline = baseline.map_err(|reason| without_baseline(&measure.name, reason, &counted.sums))?;
        Ok(Self {
            file: file.to_owned(),
            kind: measure.kind.code(),
            name: measure.name,
            baseline,
            units: counted.sums.units(),
            bad_rows: table.bad_rows(),
            days: counted
                .came
                .filter(|_| arguments.time.is_some())
                .map(Arrivals::days)
                .filter(|days| *days >= SHORTEST_DAYS),
        })
    }

    /// How many new visitors came a day.
    pub(super) fn visitors_per_day(&self) -> Option<f64> {
        self.days.map(|days| real(self.units) / days)
    }
}

fn without_baseline(name: &str, reason: Undefined, sums: &Sums) -> anyhow::Error {
    let mean = sums.mean(Variable::Outcome).unwrap_or_default();
    let remedy = match reason {
        Undefined::ZeroBaseline => "an effect relative to 0 is none: take a metric that is not 0 today".to_owned(),
        Undefined::ZeroVariance => format!("every visitor has {mean}: is it the right column?"),
        _ => "take a longer history".to_owned(),
    };
    anyhow::anyhow!("`{name}` has no baseline: {reason}\nhelp: {remedy}")
}

/// Less than an hour says nothing of a day.
const SHORTEST_DAYS: f64 = 1.0 / 24.0;
