//! Why there is no number.

/// Why there is no honest number. Never NaN, infinity or a made-up p-value of 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, thiserror::Error)]
pub enum Undefined {
    /// Nobody was counted.
    #[error("nobody was counted")]
    NoUnits,
    /// A variant has fewer units than the method needs.
    #[error("a variant has too few units")]
    TooFewUnits,
    /// Nothing varies, so nothing says how far chance alone would go.
    #[error("nothing varies in either variant")]
    ZeroVariance,
    /// So many events are equal that the ends of a quantile's interval are a step or two apart, which says nothing of how sure it is.
    #[error("too many values around it are equal; measure the share of values up to a number, as a conversion")]
    TiedValues,
    /// The control's level is 0, and a change relative to 0 has no size.
    #[error("the control's level is 0")]
    ZeroBaseline,
    /// The denominators of a ratio add up to 0.
    #[error("the denominators add up to 0")]
    ZeroDenominator,
    /// A row or a column of a table is empty, so nothing can be expected of its cells.
    #[error("a row or a column is empty")]
    ZeroMargin,
    /// The control's level may be 0 as far as the data tell: an interval of the relative change has no end.
    #[error("the control's level may be 0 as far as the data tell")]
    Unbounded,
    /// Fewer than two cells can hold anything, so there is nothing to compare.
    #[error("there is nothing to compare: fewer than two cells can hold anybody")]
    TooFewCells,
    /// The rows of a table differ in length.
    #[error("the rows differ in length")]
    Ragged,
    /// A weight is negative or no number, or there is not one for each count.
    #[error("there must be one weight, 0 or more, for each count")]
    BadWeights,
    /// Somebody was counted where nobody can be: no chance explains it.
    #[error("cell {0} holds somebody though its weight is 0")]
    Impossible(usize),
    /// A number in between exceeds what `f64` or 64 bits hold.
    #[error("the numbers are too large")]
    TooLarge,
    /// What varies is so little that its square is below what `f64` holds.
    #[error("the numbers are too small")]
    TooSmall,
    /// An input lies outside its documented range, such as an alpha that is not in (0, 1), or counts that contradict one another.
    #[error("an input is out of its range")]
    OutOfRange,
    /// Sums that came from outside contradict one another: a variance would be negative.
    #[error("the sums contradict one another: no data have them")]
    Contradiction,
    /// No number in the range does what is asked for, such as a sample size that no sample reaches.
    #[error("no number in the range does what is asked for")]
    NoSolution,
    /// The planned end was looked at before, and all of alpha was spent by then.
    #[error("all of alpha was spent at the planned end, which was looked at before")]
    Spent,
    /// The next planned look has not come, and between looks nothing may be claimed.
    #[error("the next planned look has not come")]
    NotDue,
    /// The split moves with time, as that of a bandit, and this cannot be compared within the times of one split.
    #[error("the split moves with time, and this cannot be compared within the times of one split")]
    SplitChanged,
}

impl Undefined {
    /// A stable word for programs, such as `zero_variance`.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoUnits => "no_units",
            Self::TooFewUnits => "too_few_units",
            Self::ZeroVariance => "zero_variance",
            Self::TiedValues => "tied_values",
            Self::ZeroBaseline => "zero_baseline",
            Self::ZeroDenominator => "zero_denominator",
            Self::ZeroMargin => "zero_margin",
            Self::Unbounded => "unbounded",
            Self::TooFewCells => "too_few_cells",
            Self::Ragged => "ragged",
            Self::BadWeights => "bad_weights",
            Self::Impossible(_) => "impossible",
            Self::TooLarge => "too_large",
            Self::TooSmall => "too_small",
            Self::OutOfRange => "out_of_range",
            Self::Contradiction => "contradiction",
            Self::NoSolution => "no_solution",
            Self::Spent => "spent",
            Self::NotDue => "not_due",
            Self::SplitChanged => "split_changed",
        }
    }
}
