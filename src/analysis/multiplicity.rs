//! What looking at many metrics and treatments costs.
//!
//! Holm's correction of the p-values that decide, over success metrics and treatments: guardrails need none, because all of them must hold
//! (an intersection-union test), and what may do harm gets none, because a correction would hide it. Beside it e-BH on the e-values of
//! the same, which bounds the share of false discoveries however the metrics depend and whenever somebody looked.
//! A hypothesis without a p-value counts as one that is not rejected: the plan named it.

use super::row::Row;
use super::{Basis, Number, Role, Stop};
use crate::statistics::multiple::{e_benjamini_hochberg, holm};
use crate::statistics::{Probability, Undefined};

/// Corrects the rows of a scorecard.
pub fn correct(rows: &mut [Row], alpha: f64) -> Result<(), Undefined> {
    let mut family: Vec<&mut Row> = rows.iter_mut().filter(|row| !row.control && row.role != Role::Guardrail).collect();
    let p_values: Vec<Probability> = family.iter().map(|row| p_value(row).unwrap_or(Probability::ONE)).collect();
    for (row, adjusted) in family.iter_mut().zip(holm(&p_values)?.0) {
        if p_value(row).is_some() {
            row.adjusted_p_value = Some(Number::of(adjusted.value)?);
            row.adjusted_log10_p_value = Some(Number::of(adjusted.log10)?);
        }
    }
    mark(family, alpha)
}

/// Marks what e-BH discovers among these rows.
pub fn mark(mut family: Vec<&mut Row>, alpha: f64) -> Result<(), Undefined> {
    let ln_e_values: Vec<f64> = family.iter().map(|row| ln_e_value(row)).collect();
    let marks = e_benjamini_hochberg(&ln_e_values)?.rejections(alpha);
    for (row, marked) in family.iter_mut().zip(marks) {
        row.e_bh = Some(marked);
        row.e_bh_by = Some(Basis::of(Stop::Anytime, row.decides.is_some_and(Basis::is_adjusted)));
        row.e_bh_waiting = row.always().and_then(|block| block.waiting.clone());
    }
    Ok(())
}

fn p_value(row: &Row) -> Option<Probability> {
    let decided = row.decided()?;
    Some(Probability { value: decided.p_value?.get(), log10: decided.log10_p_value?.get() })
}

/// Of the estimate that decides; no evidence where there is none.
fn ln_e_value(row: &Row) -> f64 {
    let log10 = row.always().and_then(|block| block.log10_e_value);
    log10.map_or(0.0, |log10| log10.get() * std::f64::consts::LN_10)
}
