//! A plan or data that contradict themselves.

/// Why there can be no scorecard at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is nothing to compare.
    #[error("an experiment needs a control and at least one other variant")]
    TooFewVariants,
    /// The control is not among the variants.
    #[error("the control is not among the variants")]
    NoControl,
    /// Two variants or two metrics share a name.
    #[error("`{0}` is named twice")]
    NamedTwice(String),
    /// A list has not one entry for each variant or metric.
    #[error("`{0}` has not one measurement for each metric and variant")]
    Ragged(String),
    /// A setting lies outside its documented range.
    #[error("`{0}` is out of its range")]
    OutOfRange(&'static str),
    /// A group-sequential plan without a horizon.
    #[error("a group-sequential plan needs the planned number of visitors")]
    NoHorizon,
    /// An earlier look that lies at or beyond the present one.
    #[error(
        "an earlier look lies at or beyond the present one: state looks as shares of the planned visitors, and only those that were made before this one"
    )]
    LookAhead,
}
