//! What was counted: sums of each metric in each variant.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::statistics::{Histogram, Level, Quantile, Sums, Undefined};

/// What was counted since the experiment began.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
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
    /// Of a bandit, the same units once more, parted by the batch in which they were assigned, in the order of the batches. If there are any,
    /// what is compared is compared within batches, the weights of [`Variant`] count for nothing, and parts of the units are not compared.
    pub batches: Vec<Batch>,
    /// Whether outcomes of a unit still accumulate after it was first counted, as where each event of it is a row of its own. Then the number of
    /// units does not say how much of the information has come, and a planned number of them promises nothing.
    pub accumulates: bool,
    /// Of a plan with planned looks: the information fractions of the looks before this one, ascending in (0, 1], each before the
    /// present one. After a look at 1, the planned end, nothing is left to claim.
    pub looks: Vec<f64>,
    /// How often anybody sees such data of the experiment.
    pub seen: Seen,
    /// What went wrong on the way here.
    pub quality: Quality,
    /// That harm to a guardrail sent everybody back to the control, if it did.
    pub tripped: Option<Tripped>,
}

/// How often anybody sees such data of an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Seen {
    /// As the plan says: whoever brings them answers for it.
    #[default]
    AsPlanned,
    /// At any moment, because a server shows them as they come: what the plan reads once must not be read from them.
    Live,
    /// At its end: nobody new comes any more, and of these units it is the one look.
    AtTheEnd,
    /// Behind its end, at any moment: nobody new is assigned, but who was may be told of still, as rows of a split that was made elsewhere.
    Ended,
}

impl Seen {
    /// Whether nobody new is assigned any more.
    pub(super) fn is_over(self) -> bool {
        matches!(self, Self::AtTheEnd | Self::Ended)
    }
}

/// The units that came while the traffic was split in one way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// By variant, how probable it was, in any unit; fixed before the first of these units came.
    pub weights: Vec<f64>,
    /// How many units were in it, by variant.
    pub units: Vec<u64>,
    /// How many of them are known to have got their variant by these weights, by variant: the split is checked by them. Of the others it is
    /// only known that they saw it then.
    pub dealt: Vec<u64>,
    /// By metric of the plan, then by variant; of a quantile whatever, as it is not compared.
    pub metrics: Vec<Vec<Measured>>,
}

/// A guardrail's breaker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tripped {
    /// The guardrail.
    pub metric: String,
    /// The variant that did harm.
    pub variant: String,
    /// When, as it is to be shown.
    pub at: String,
    /// What was found then.
    pub because: String,
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// Its share of the traffic by plan, 0 or more, in any unit.
    pub weight: f64,
    /// How many units were in it.
    pub units: u64,
}

/// What was measured of one metric in one variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

impl Measured {
    /// Of a quantile whose values were counted in buckets: `share` of them lie below it.
    pub fn of_histogram(histogram: &Histogram, share: f64) -> Self {
        Self::Quantile(Quantile::new(share).and_then(|quantile| histogram.level(quantile)))
    }
}

/// The units that have one thing in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// What they have in common, such as `mobile`.
    pub value: String,
    /// How many they are, by variant.
    pub units: Vec<u64>,
    /// By metric of the plan, then by variant.
    pub metrics: Vec<Vec<Measured>>,
}

/// A way to part the units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Breakdown {
    /// Such as `device`.
    pub name: String,
    /// In the order in which they are to be shown.
    pub values: Vec<Cell>,
}

/// What went wrong before the sums were made. All 0: nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
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
    /// Units that were told to have seen a variant which the assignment would not have given them.
    pub unexpected_variant: u64,
    /// Units of a bandit that no known batch would have dealt: they are left out where batches are compared.
    pub units_without_batch: u64,
    /// Units that were told to have seen a variant which the experiment does not have; they are not counted.
    pub unknown_variant: u64,
    /// Units with so many occurrences of an event that some which would count may not be kept: metric, how many.
    pub truncated_units: Vec<(String, u64)>,
    /// Units that came too late for a metric to be known of them yet, and do not count in it: metric, how many.
    pub immature_units: Vec<(String, u64)>,
    /// What is assigned, where that is no visitor and so nothing was measured, such as `account`.
    pub unit_not_measured: Option<String>,
    /// Whether the units are being counted anew, so that these are not all yet.
    pub is_recounting: bool,
    /// Metrics whose cap is a percentile that is not known yet: they count as if they had none.
    pub without_cap: Vec<String>,
    /// Breakdowns that had more different values than are kept, and are not shown.
    pub breakdowns_given_up: Vec<String>,
    /// What was changed of the plan after the experiment began.
    pub changed_terms: Vec<Change>,
}

/// A change of the plan on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What was changed, such as `alpha`.
    pub topic: String,
    /// What it was at the start.
    pub was: String,
    /// What it is now.
    pub is: String,
    /// Whether units from before and after it cannot be compared together, as where the traffic was split differently.
    pub breaks: bool,
}
