//! Is the traffic split as planned?
//!
//! In: the visitors of each variant and their weights. Out: a chi-squared test for one look at the end, and a Bayes factor that may
//! be looked at whenever one likes. Somebody in a variant of weight 0 is no matter of chance: that fails at once.

use super::chi_squared::possible_cells;
use super::distribution::counts;
use super::{ChiSquared, Probability, Undefined, goodness_of_fit};

/// How firmly the alternative believes in the weights: a Dirichlet prior worth this many visitors.
///
/// Source: the default of Lindon's `ssrm-test`.
pub const CONCENTRATION: f64 = 10_000.0;

/// What the counts say about the split.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SampleRatio {
    /// Somebody was counted in this cell, whose weight is 0. No p-value: it cannot happen, and it failed at once.
    Impossible(usize),
    /// Counts and weights may be compared.
    Possible(Split),
}

/// Counts beside their weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// Honest if looked at once.
    pub fixed: Result<ChiSquared, Undefined>,
    /// The natural logarithm of the evidence against the split: how much more probable the counts are where the shares are unknown
    /// than where they are the weights. Its exponential is an e-value, at this look whenever that is.
    pub ln_bayes_factor: f64,
}

impl Split {
    /// Honest at this look, whenever it is: `min(1, 1 / Bayes factor)`. For several looks see [`SampleRatioLooks`].
    pub fn sequential_p_value(&self) -> Probability {
        Probability::of_ln(-self.ln_bayes_factor)
    }
}

impl SampleRatio {
    /// Of counts and weights, which need not add up to 1; empty cells of weight 0 take no part.
    /// `concentration` is [`CONCENTRATION`] unless somebody knows better; above 0.
    ///
    /// Before anybody was counted the Bayes factor is 1, and the fixed test has no number.
    ///
    /// # Errors
    /// [`Undefined::BadWeights`]; [`Undefined::TooFewCells`] with fewer than two cells of a weight; [`Undefined::OutOfRange`] of the
    /// concentration; [`Undefined::TooLarge`].
    ///
    /// Source: Lindon, Malek (2022), Anytime-Valid Inference for Multinomial Count Data, NeurIPS, equations 6 and 7.
    ///
    /// ```
    /// use segue::statistics::{CONCENTRATION, SampleRatio};
    /// let SampleRatio::Possible(split) = SampleRatio::of(&[821_588, 815_482], &[0.5, 0.5], CONCENTRATION)? else { unreachable!() };
    /// assert!((split.sequential_p_value().value - 0.00015595044016950173).abs() < 1e-12);
    /// assert_eq!(SampleRatio::of(&[10, 10, 1], &[0.5, 0.5, 0.0], CONCENTRATION)?, SampleRatio::Impossible(2));
    /// # Ok::<(), segue::statistics::Undefined>(())
    /// ```
    pub fn of(counts: &[u64], weights: &[f64], concentration: f64) -> Result<Self, Undefined> {
        if !(concentration > 0.0 && concentration.is_finite()) {
            return Err(Undefined::OutOfRange);
        }
        let cells = match possible_cells(counts, weights) {
            Ok(cells) => cells,
            Err(Undefined::Impossible(cell)) => return Ok(Self::Impossible(cell)),
            Err(why) => return Err(why),
        };
        if cells.len() < 2 {
            return Err(Undefined::TooFewCells);
        }
        let (counts, weights): (Vec<u64>, Vec<f64>) = cells.into_iter().unzip();
        let ln_bayes_factor = counts::ln_dirichlet_bayes_factor(&counts, &weights, concentration)?;
        Ok(Self::Possible(Split { fixed: goodness_of_fit(&counts, &weights), ln_bayes_factor }))
    }
}

/// The sequential check over several looks at the same experiment.
///
/// Once the evidence was there it stays: the p-value is the smallest of all looks. (That running minimum belongs to p-values
/// alone: for e-BH take the Bayes factor of one look, as the largest of several is no e-value.)
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleRatioLooks {
    impossible: Option<usize>,
    largest_ln_bayes_factor: f64,
}

impl Default for SampleRatioLooks {
    fn default() -> Self {
        Self { impossible: None, largest_ln_bayes_factor: 0.0 }
    }
}

impl SampleRatioLooks {
    /// Looks once more.
    pub fn look(&mut self, seen: &SampleRatio) {
        match seen {
            SampleRatio::Impossible(cell) => self.impossible = self.impossible.or(Some(*cell)),
            SampleRatio::Possible(split) => {
                self.largest_ln_bayes_factor = self.largest_ln_bayes_factor.max(split.ln_bayes_factor);
            }
        }
    }

    /// The cell of weight 0 in which somebody was first counted.
    pub fn impossible(&self) -> Option<usize> {
        self.impossible
    }

    /// Honest at every look; of what was possible.
    pub fn p_value(&self) -> Probability {
        Probability::of_ln(-self.largest_ln_bayes_factor)
    }

    /// Whether the split counts as broken at this rate of false alarms.
    pub fn fails(&self, alpha: f64) -> bool {
        self.impossible.is_some() || self.p_value().value <= alpha
    }
}
