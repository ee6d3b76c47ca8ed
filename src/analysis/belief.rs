//! What to believe of a treatment: its chance to win, what a wrong choice costs, which variant is the best.

use super::adjusted::adjustment;
use super::compare::{Compared, conversions};
use super::decided::Basis;
use super::row::Row;
use super::{Data, Direction, Kind, Measured, Metric, Number, Role};
use crate::statistics::bayes::{self, BetaPrior, EffectPrior, Scale, Share, Trials, best_arm, shares};
use crate::statistics::{Adjustment, Proportion, Undefined};

/// Of the comparison that decides: the chance that the treatment is better than the control, and what shipping it costs on average where it is not, in the metric's own unit.
///
/// Of conversions by beta distributions after a uniform prior, which has an answer at no conversions too; else by the normal
/// distribution after a flat prior, with the variances that the data have.
pub(super) fn beliefs(metric: &Metric, compared: &Compared) -> Result<(Number, Number), Undefined> {
    let lower_is_better = metric.direction == Direction::Down;
    let (chance, loss) = match &compared.counts {
        Some(counts) => {
            let trials = |one: Proportion| Trials { units: one.units(), conversions: one.conversions() };
            let (control, treatment) = (trials(counts.control), trials(counts.treatment));
            let found = shares(control, treatment, BetaPrior::UNIFORM, lower_is_better)?;
            (found.chance_to_win, found.loss_of_shipping)
        }
        None => {
            let belief = compared.comparison?.belief(EffectPrior::Flat, Scale::Absolute, lower_is_better)?;
            (belief.chance_to_win(), belief.loss_of_shipping())
        }
    };
    Ok((Number::of(chance.value)?, Number::of(loss)?))
}

/// Of each primary metric, the chance of each variant to be the best: by quadrature, no chance involved. Of adjusted levels where those decide
/// of every treatment.
pub(super) fn mark_best(rows: &mut [Row], metrics: &[Metric], data: &Data) {
    for (metric, by_variant) in metrics.iter().zip(&data.metrics).filter(|(metric, _)| metric.role == Role::Primary) {
        let mut treatments = rows.iter().filter(|row| row.metric == metric.name && !row.control);
        let is_adjusted = treatments.all(|row| row.decides.is_some_and(Basis::is_adjusted));
        let adjustment = adjustment(metric, by_variant).and_then(Result::ok).filter(|_| is_adjusted);
        let Ok(chances) = chances(metric, by_variant, adjustment.as_ref()) else { continue };
        let of_metric = rows.iter_mut().filter(|row| row.metric == metric.name);
        for (row, chance) in of_metric.zip(chances) {
            row.chance_best = Number::of(chance).ok();
        }
    }
}

/// How a bandit on this metric shares its next units: by variant the share of Thompson sampling (top-two where they are more than two), at least `floor`, together 1. Variants
/// without data get an even share.
///
/// # Errors
/// [`Undefined::TooFewCells`] with fewer than two variants, [`Undefined::OutOfRange`] unless the floor of all variants together lies in `[0, 1]`.
pub fn bandit_weights(metric: &Metric, by_variant: &[Measured], floor: f64) -> Result<Vec<f64>, Undefined> {
    let has_any = |measured: &Measured| !matches!(measured, Measured::Sums(sums) if sums.units() == 0);
    let arm = |measured| posterior(metric.kind, measured, None).ok().filter(|_| has_any(measured));
    let arms: Vec<Option<(f64, f64)>> = by_variant.iter().map(arm).collect();
    bayes::bandit_weights(&arms, metric.direction == Direction::Down, floor)
}

fn chances(metric: &Metric, by_variant: &[Measured], adjustment: Option<&Adjustment>) -> Result<Vec<f64>, Undefined> {
    let believed = |measured| posterior(metric.kind, measured, adjustment);
    let posteriors: Vec<(f64, f64)> = by_variant.iter().map(believed).collect::<Result<_, _>>()?;
    Ok(best_arm(&posteriors, metric.direction == Direction::Down)?.best)
}

/// Mean and standard deviation of what is believed of a variant's level.
///
/// Of a conversion those of the beta distribution after a uniform prior, which has a deviation at no conversions too; else of a flat prior.
fn posterior(kind: Kind, measured: &Measured, adjustment: Option<&Adjustment>) -> Result<(f64, f64), Undefined> {
    let level = match (measured, adjustment) {
        (Measured::Sums(sums), Some(adjustment)) => adjustment.level(sums)?,
        (Measured::Sums(sums), None) if kind == Kind::Conversion => {
            let (units, conversions) = conversions(sums)?;
            let share = Share::of(Trials { units, conversions }, BetaPrior::UNIFORM)?;
            return Ok((share.mean(), share.standard_deviation()));
        }
        (Measured::Sums(sums), None) => kind.measure().level(sums)?,
        (Measured::Quantile(level), _) => (*level)?,
    };
    Ok((level.value, level.squared_error().sqrt()))
}
