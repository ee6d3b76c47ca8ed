//! What a metric comes to in a unit.

use crate::analysis::Kind;
use crate::statistics::Observation;

use super::{MetricColumn, Table, Unit};

/// Metrics, and the columns of numbers that they need.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Measures {
    columns: Vec<String>,
    wanted: Vec<(MetricColumn, Places)>,
    covariate: Option<usize>,
}

#[derive(Debug, Clone, Copy)]
struct Places {
    outcome: usize,
    denominator: Option<usize>,
}

/// How one metric's number is made of a unit's rows.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cli) struct Measure {
    /// The metric's name.
    pub name: String,
    /// The column's values have decided where nobody else has.
    pub kind: Kind,
    outcome: usize,
    denominator: Option<usize>,
    covariate: Option<usize>,
}

impl Measures {
    /// Metrics with one covariate for all of them.
    pub fn new<'m>(metrics: impl IntoIterator<Item = &'m MetricColumn>, covariate: Option<&str>) -> Self {
        let mut columns = Vec::new();
        let mut place = |column: &str| {
            columns.iter().position(|known| known == column).unwrap_or_else(|| {
                columns.push(column.to_owned());
                columns.len() - 1
            })
        };
        let wanted = metrics.into_iter().map(|metric| {
            let denominator = metric.denominator.as_deref().map(&mut place);
            (metric.clone(), Places { outcome: place(&metric.column), denominator })
        });
        let wanted = wanted.collect();
        let covariate = covariate.map(&mut place);
        Self { columns, wanted, covariate }
    }

    /// The columns for [`Wanted::numbers`](super::Wanted::numbers).
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// How each metric is measured, now that the values are known: a column of 0 and 1 alone is a conversion, any other a sum.
    pub fn of(&self, table: &Table) -> Vec<Measure> {
        let measure = |(metric, places): &(MetricColumn, Places)| Measure {
            name: metric.name(),
            kind: metric.kind.unwrap_or(match table.is_binary(places.outcome) {
                true => Kind::Conversion,
                false => Kind::Sum,
            }),
            outcome: places.outcome,
            denominator: places.denominator,
            covariate: self.covariate,
        };
        self.wanted.iter().map(measure).collect()
    }

    /// The place of the covariate among the columns.
    pub fn covariate(&self) -> Option<usize> {
        self.covariate
    }
}

impl Measure {
    /// What the metric comes to in a unit, of its first rows, at least one. Of a quantile the outcome is the sum of its values.
    pub fn observe(&self, unit: &Unit<'_>, rows: usize) -> Observation {
        let outcome = match self.kind {
            Kind::Conversion => f64::from(u8::from(unit.any(self.outcome, rows))),
            Kind::Sum | Kind::Ratio | Kind::Quantile(_) => unit.sum(self.outcome, rows),
        };
        Observation {
            outcome,
            denominator: self.denominator.map_or(0.0, |place| unit.sum(place, rows)),
            covariate: self.covariate.map_or(0.0, |place| unit.first(place)),
        }
    }

    /// Whether the unit has no value of the metric at all, and so counts as 0. A quantile has no such units: only values count.
    pub fn is_missing(&self, unit: &Unit<'_>) -> bool {
        !matches!(self.kind, Kind::Quantile(_))
            && (unit.lacks(self.outcome) || self.denominator.is_some_and(|place| unit.lacks(place)))
    }

    /// The place of the metric's own column.
    pub fn outcome(&self) -> usize {
        self.outcome
    }
}
