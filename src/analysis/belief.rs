//! What to believe of a treatment: its chance to win, what a wrong choice costs, which variant is the best.

use super::compare::{Compared, conversions, measure};
use super::row::Row;
use super::{Data, Direction, Kind, Measured, Metric, Number, Role};
use crate::statistics::bayes::{BetaPrior, EffectPrior, Scale, Share, Trials, best_arm, shares};
use crate::statistics::{Proportion, Undefined};

/// The chance that the treatment is better than the control, and what shipping it costs on average where it is not, in the metric's own unit.
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

/// Of each primary metric, the chance of each variant to be the best: by quadrature, no chance involved.
pub(super) fn mark_best(rows: &mut [Row], metrics: &[Metric], data: &Data) {
    for (metric, by_variant) in metrics.iter().zip(&data.metrics).filter(|(metric, _)| metric.role == Role::Primary) {
        let Ok(chances) = chances(metric, by_variant) else { continue };
        let of_metric = rows.iter_mut().filter(|row| row.metric == metric.name);
        for (row, chance) in of_metric.zip(chances) {
            row.chance_best = Number::of(chance).ok();
        }
    }
}

fn chances(metric: &Metric, by_variant: &[Measured]) -> Result<Vec<f64>, Undefined> {
    let posteriors: Vec<(f64, f64)> =
        by_variant.iter().map(|measured| posterior(metric.kind, measured)).collect::<Result<_, _>>()?;
    Ok(best_arm(&posteriors, metric.direction == Direction::Down)?.best)
}

/// Mean and standard deviation of what is believed of a variant's level.
///
/// Of a conversion those of the beta distribution after a uniform prior, which has a deviation at no conversions too; else of a flat prior.
fn posterior(kind: Kind, measured: &Measured) -> Result<(f64, f64), Undefined> {
    let level = match (kind, measured) {
        (Kind::Conversion, Measured::Sums(sums)) => {
            let (units, conversions) = conversions(sums)?;
            let share = Share::of(Trials { units, conversions }, BetaPrior::UNIFORM)?;
            return Ok((share.mean(), share.standard_deviation()));
        }
        (kind, Measured::Sums(sums)) => measure(kind).level(sums)?,
        (_, Measured::Quantile(level)) => (*level)?,
    };
    Ok((level.value, level.squared_error().sqrt()))
}
