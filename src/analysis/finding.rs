//! What one metric says of one treatment.

use serde::Serialize;

use super::row::Row;
use super::{Direction, Role};

/// What one metric says of one treatment, under the plan's own stopping rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Better than the control. Of a success metric: also after correction for how many there are.
    Improved,
    /// Worse than the control, by its own p-value: what may do harm gets no correction that hides it.
    Deteriorated,
    /// Of a guardrail with a margin: no worse than that.
    WithinMargin,
    /// Not beyond what chance does alone. Of a guardrail with a margin: may be worse than that.
    Open,
    /// There is no honest number.
    Undefined,
}

impl Finding {
    /// What a row says; `None` of the control.
    pub fn of(row: &Row, alpha: f64) -> Option<Self> {
        if row.control {
            return None;
        }
        let Some(decided) = row.decided() else { return Some(Self::Undefined) };
        if row.non_inferiority.as_ref().is_some_and(|found| found.holds) {
            return Some(Self::WithinMargin);
        }
        let estimate = decided.estimate.get();
        let (better, worse) = match row.direction {
            Direction::Up => (estimate > 0.0, estimate < 0.0),
            Direction::Down => (estimate < 0.0, estimate > 0.0),
        };
        let beyond_chance = decided.p_value.is_some_and(|p_value| p_value.get() <= alpha);
        // A guardrail's improvement ships nothing, so it needs no correction.
        let improved = match row.role {
            Role::Guardrail => beyond_chance && row.non_inferiority.is_none(),
            Role::Primary | Role::Secondary => row.adjusted_p_value.is_some_and(|adjusted| adjusted.get() <= alpha),
        };
        Some(match (better && improved, worse && beyond_chance) {
            (true, _) => Self::Improved,
            (_, true) => Self::Deteriorated,
            _ => Self::Open,
        })
    }
}
