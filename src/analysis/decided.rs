//! The numbers by which a row decides.

use serde::Serialize;

use super::{Answer, Anytime, Fixed, GroupSequential, Number, Stop};

/// Which block of a row decides: that of the plan's stopping rule, and of a metric with a covariate the adjusted one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Basis {
    /// The plain one.
    #[serde(rename = "fixed")]
    Fixed,
    /// The plain one.
    #[serde(rename = "anytime")]
    Anytime,
    /// The plain one.
    #[serde(rename = "group_sequential")]
    GroupSequential,
    /// The one inside `cuped`.
    #[serde(rename = "cuped.fixed")]
    AdjustedFixed,
    /// The one inside `cuped`.
    #[serde(rename = "cuped.anytime")]
    AdjustedAnytime,
    /// The one inside `cuped`.
    #[serde(rename = "cuped.group_sequential")]
    AdjustedGroupSequential,
}

impl Basis {
    /// What decides under a stopping rule.
    pub fn of(stop: Stop, is_adjusted: bool) -> Self {
        match (stop, is_adjusted) {
            (Stop::Fixed, false) => Self::Fixed,
            (Stop::Anytime, false) => Self::Anytime,
            (Stop::GroupSequential { .. }, false) => Self::GroupSequential,
            (Stop::Fixed, true) => Self::AdjustedFixed,
            (Stop::Anytime, true) => Self::AdjustedAnytime,
            (Stop::GroupSequential { .. }, true) => Self::AdjustedGroupSequential,
        }
    }

    /// Whether the numbers inside `cuped` decide.
    pub fn is_adjusted(self) -> bool {
        matches!(self, Self::AdjustedFixed | Self::AdjustedAnytime | Self::AdjustedGroupSequential)
    }
}

/// The numbers by which a row decides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decided {
    /// Treatment less control, in the metric's own unit.
    pub estimate: Number,
    /// The estimate by the size of the control's level.
    pub relative_lift: Option<Number>,
    /// Of the plan's own stopping rule; `None` while that waits.
    pub p_value: Option<Number>,
    /// Goes on where `p_value` is 0.
    pub log10_p_value: Option<Number>,
    /// Lower and upper end, in the metric's own unit.
    pub absolute: Option<(Number, Number)>,
    /// Lower and upper end, relative to the control.
    pub relative: Option<(Number, Number)>,
}

impl Decided {
    /// Picks the numbers of a block.
    pub(super) fn of(
        basis: Basis,
        (estimate, relative_lift): (Number, Option<Number>),
        fixed: &Answer<Fixed>,
        anytime: &Answer<Anytime>,
        group_sequential: Option<&Answer<GroupSequential>>,
    ) -> Option<Self> {
        let tested = match basis {
            Basis::Fixed | Basis::AdjustedFixed => Some(fixed.known()?.tested),
            Basis::Anytime | Basis::AdjustedAnytime => anytime.known()?.tested,
            Basis::GroupSequential | Basis::AdjustedGroupSequential => Some(group_sequential?.known()?.tested),
        };
        Some(Self {
            estimate,
            relative_lift,
            p_value: tested.map(|tested| tested.p_value),
            log10_p_value: tested.map(|tested| tested.log10_p_value),
            absolute: tested.map(|tested| tested.bounds.absolute()),
            relative: tested.and_then(|tested| tested.bounds.relative()),
        })
    }
}
