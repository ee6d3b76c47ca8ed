//! What was counted: sums of each metric in each variant.

use std::borrow::Cow;

use crate::statistics::{Level, Sums, Undefined};

/// What was counted since the experiment began.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Data {
    /// In the order of every list by variant below.
    pub variants: Vec<Variant>,
    /// Which of them is the control.
    pub control: usize,
    /// By metric of the plan, then by variant.
    pub metrics: Vec<Vec<Measured>>,
    /// The same units once more, parted by something known before the exposure: for post-stratification. Empty = not asked for.
    pub strata: Vec<Cell>,
    /// The same units once more, parted by something a reader may want to see.
    pub breakdowns: Vec<Breakdown>,
    /// Whether outcomes of a unit still accumulate after it was first counted, as where each event of it is a row of its own. Then the number of
    /// units does not say how much of the information has come, and a planned number of them promises nothing.
    pub accumulates: bool,
    /// Of a plan with planned looks: the information fractions of the looks before this one, ascending in (0, 1], each before the
    /// present one. After a look at 1, the planned end, nothing is left to claim.
    pub looks: Vec<f64>,
    /// What went wrong on the way here.
    pub quality: Quality,
}

impl Data {
    /// Without the treatments in which nobody should be and nobody is: there is nothing of them to compare.
    pub(super) fn without_idle(&self) -> Cow<'_, Self> {
        let is_idle =
            |(place, variant): (usize, &Variant)| place != self.control && variant.units == 0 && variant.weight == 0.0;
        let idle: Vec<bool> = self.variants.iter().enumerate().map(is_idle).collect();
        if !idle.contains(&true) {
            return Cow::Borrowed(self);
        }
        let mut left = self.clone();
        left.control -= idle.iter().take(self.control).filter(|idle| **idle).count();
        keep(&mut left.variants, &idle);
        let cells = left.breakdowns.iter_mut().flat_map(|breakdown| &mut breakdown.values).chain(&mut left.strata);
        let tables = cells.map(|cell| {
            keep(&mut cell.units, &idle);
            &mut cell.metrics
        });
        tables.chain([&mut left.metrics]).flatten().for_each(|by_variant| keep(by_variant, &idle));
        Cow::Owned(left)
    }
}

/// Takes out what is idle of a list by variant.
fn keep<T>(by_variant: &mut Vec<T>, idle: &[bool]) {
    let mut idle = idle.iter();
    by_variant.retain(|_| idle.next() != Some(&true));
}

/// A variant.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// Its share of the traffic by plan, 0 or more, in any unit.
    pub weight: f64,
    /// How many units were in it.
    pub units: u64,
}

/// What was measured of one metric in one variant.
#[derive(Debug, Clone, PartialEq)]
pub enum Measured {
    /// Of a conversion, a sum or a ratio, with the covariate if the metric has one.
    Sums(Box<Sums>),
    /// Of a quantile: the level that [`crate::statistics`] finds in the sorted values.
    Quantile(Result<Level, Undefined>),
}

impl Measured {
    /// The sums; `None` of a quantile.
    pub(super) fn sums(&self) -> Option<&Sums> {
        match self {
            Self::Sums(sums) => Some(sums),
            Self::Quantile(_) => None,
        }
    }
}

impl From<Sums> for Measured {
    fn from(sums: Sums) -> Self {
        Self::Sums(Box::new(sums))
    }
}

/// The units that have one thing in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// What they have in common, such as `mobile`.
    pub value: String,
    /// How many they are, by variant.
    pub units: Vec<u64>,
    /// By metric of the plan, then by variant.
    pub metrics: Vec<Vec<Measured>>,
}

/// A way to part the units.
#[derive(Debug, Clone, PartialEq)]
pub struct Breakdown {
    /// Such as `device`.
    pub name: String,
    /// In the order in which they are to be shown.
    pub values: Vec<Cell>,
}

/// What went wrong before the sums were made. All 0: nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Quality {
    /// Units that were seen in more than one variant.
    pub units_in_several_variants: u64,
    /// Rows that could not be read.
    pub refused_rows: u64,
    /// Values that were missing and counted as nothing: metric, how many.
    pub missing_values: Vec<(String, u64)>,
    /// Units without any value of a metric, which counted as 0: metric, how many of each variant.
    pub missing_units: Vec<(String, Vec<u64>)>,
    /// What should be the same in all rows of a unit and is not: column, in how many units.
    pub varying_values: Vec<(String, u64)>,
}
