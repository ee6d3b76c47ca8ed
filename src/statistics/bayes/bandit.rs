//! How a bandit shares its next visitors.
//!
//! In: what is believed of each arm's mean. Out: weights, by quadrature. Of three arms and more those of top-two Thompson sampling: each arm gets half of the
//! probability that it is the best and half of that that it is the second best. So the second best arm is never starved while it is
//! unclear which of the two is better. Of two arms that would be one half each for ever, whatever they bring: they get plain Thompson
//! sampling, each the probability that it is the better one.

use super::best_arm::best_arm;
use crate::statistics::Undefined;
use crate::statistics::sums::real;

/// The share of each arm, in the order of the arms: at least `floor`, and together 1.
///
/// Of an arm a normal distribution of its mean is believed: mean and standard deviation. `None`, or a deviation of 0, is an arm of which
/// nothing is known yet: such arms get an even share of all, and those that are known share the rest: two by plain, more by top-two Thompson
/// sampling. Where fewer than two are known all share evenly.
///
/// # Errors
/// [`Undefined::TooFewCells`] with fewer than two arms; [`Undefined::OutOfRange`] unless the floor of all arms together lies in `[0, 1]`,
/// and of numbers that are not finite or a deviation below 0; [`Undefined::TooLarge`].
///
/// Source: Thompson (1933), Biometrika 25, 285-294; Russo (2020), Operations Research 68, 1625-1647.
///
/// ```
/// let arms = [1.0, 2.0, 3.0, 4.0].map(|mean| Some((mean, 0.01)));
/// assert_eq!(segue::statistics::bayes::bandit_weights(&arms, false, 0.0)?, [0.0, 0.0, 0.5, 0.5]);
/// assert_eq!(segue::statistics::bayes::bandit_weights(&arms, true, 0.0)?, [0.5, 0.5, 0.0, 0.0]);
/// # Ok::<(), segue::statistics::Undefined>(())
/// ```
pub fn bandit_weights(arms: &[Option<(f64, f64)>], lower_is_better: bool, floor: f64) -> Result<Vec<f64>, Undefined> {
    if arms.len() < 2 {
        return Err(Undefined::TooFewCells);
    }
    let count = real(arms.len() as u64);
    if !(floor >= 0.0 && floor * count <= 1.0) {
        return Err(Undefined::OutOfRange);
    }
    let is_known = |arm: &Option<(f64, f64)>| arm.is_some_and(|(_, deviation)| deviation != 0.0);
    let known: Vec<(f64, f64)> = arms.iter().filter(|arm| is_known(arm)).copied().flatten().collect();
    let even = 1.0 / count;
    if known.len() < 2 {
        return Ok(vec![even; arms.len()]);
    }
    let share = real(known.len() as u64) / count;
    let believed = best_arm(&known, lower_is_better)?;
    let mut weights = if known.len() == 2 { believed.best } else { believed.top_two_weights() }.into_iter();
    let weigh = |arm| if is_known(arm) { weights.next().map_or(even, |weight| share * weight) } else { even };
    let left = (1.0 - floor * count).max(0.0);
    Ok(arms.iter().map(weigh).map(|weight| floor + left * weight).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The trapezoidal rule over everywhere that any arm may be: the definition, slowly.
    fn slow(arms: &[(f64, f64)]) -> Vec<f64> {
        let of_best = if arms.len() == 2 { 1.0 } else { 0.5 };
        let ends = |sign: f64| arms.iter().map(move |(mean, deviation)| mean + sign * 9.0 * deviation);
        let (from, to) = (ends(-1.0).fold(f64::INFINITY, f64::min), ends(1.0).fold(f64::NEG_INFINITY, f64::max));
        let step = arms.iter().map(|(_, deviation)| deviation / 20.0).fold(f64::INFINITY, f64::min);
        let below = |(mean, deviation): (f64, f64), at: f64| 0.5 * libm::erfc((mean - at) / deviation / 2.0_f64.sqrt());
        let chances = |own: usize| {
            let mut sum = 0.0;
            let mut at = from;
            while at < to {
                let z = (at - arms[own].0) / arms[own].1;
                let density = (-0.5 * z * z).exp() / (arms[own].1 * (2.0 * std::f64::consts::PI).sqrt());
                let others: Vec<usize> = (0..arms.len()).filter(|arm| *arm != own).collect();
                let best: f64 = others.iter().map(|arm| below(arms[*arm], at)).product();
                let second = |above: usize| {
                    let rest = others.iter().filter(|arm| **arm != above).map(|arm| below(arms[*arm], at));
                    (1.0 - below(arms[above], at)) * rest.product::<f64>()
                };
                let seconds = others.iter().map(|arm| second(*arm)).sum::<f64>();
                sum += density * (of_best * best + (1.0 - of_best) * seconds) * step;
                at += step;
            }
            sum
        };
        (0..arms.len()).map(chances).collect()
    }

    fn arms() -> impl Strategy<Value = Vec<(f64, f64)>> {
        prop::collection::vec((-3.0..3.0_f64, 0.1..2.0_f64), 2..6)
    }

    fn some(arms: &[(f64, f64)]) -> Vec<Option<(f64, f64)>> {
        arms.iter().copied().map(Some).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn weights_are_those_of_the_definition(arms in arms(), floor in 0.0..0.15_f64) {
            let found = bandit_weights(&some(&arms), false, floor).unwrap();
            let left = 1.0 - floor * arms.len() as f64;
            for (found, slow) in found.iter().zip(slow(&arms)) {
                prop_assert!((found - floor - left * slow).abs() < 1e-9, "{found} {slow}");
            }
            prop_assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            prop_assert!(found.iter().all(|weight| *weight >= floor));
        }

        #[test]
        fn less_is_more_of_the_negative(arms in arms()) {
            let turned: Vec<(f64, f64)> = arms.iter().map(|(mean, deviation)| (-mean, *deviation)).collect();
            prop_assert_eq!(bandit_weights(&some(&arms), true, 0.02), bandit_weights(&some(&turned), false, 0.02));
        }

        /// Of two the chance to be the better one has a closed form.
        #[test]
        fn of_two_arms_each_gets_the_chance_that_it_is_better(arms in prop::collection::vec((-3.0..3.0_f64, 0.1..2.0_f64), 2)) {
            let z = (arms[0].0 - arms[1].0) / arms[0].1.hypot(arms[1].1);
            let better = 0.5 * libm::erfc(-z / 2.0_f64.sqrt());
            let found = bandit_weights(&some(&arms), false, 0.1).unwrap();
            prop_assert!((found[0] - 0.1 - 0.8 * better).abs() < 1e-9, "{found:?} {better}");
        }
    }

    /// Of two arms as sharp as that, the third has the rest by Φ alone: it is the best or the second best if it is above the lower of the two.
    #[test]
    fn the_third_of_three_is_weighed_in_closed_form() {
        let (gap, deviation) = (1.5, 0.8);
        let found = bandit_weights(&[Some((10.0, 1e-3)), Some((0.0, deviation)), Some((gap, deviation))], false, 0.0);
        let beats = 0.5 * libm::erfc(-gap / (2.0_f64.sqrt() * deviation) / 2.0_f64.sqrt());
        for (found, expected) in found.unwrap().into_iter().zip([0.5, 0.5 * (1.0 - beats), 0.5 * beats]) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn arms_without_data_get_an_even_share() {
        let clear = |mean| Some((mean, 0.01));
        for (arms, expected) in [
            (vec![None, None, None, None], vec![0.25; 4]),
            (vec![clear(1.0), None, None, None], vec![0.25; 4]),
            (vec![clear(1.0), None, clear(2.0), clear(3.0)], vec![0.0, 0.25, 0.375, 0.375]),
            (vec![clear(1.0), Some((9.0, 0.0)), clear(2.0), clear(3.0)], vec![0.0, 0.25, 0.375, 0.375]),
        ] {
            assert_eq!(bandit_weights(&arms, false, 0.0).unwrap(), expected, "{arms:?}");
            let floored: Vec<f64> = expected.iter().map(|weight| 0.05 + 0.8 * weight).collect();
            assert_eq!(bandit_weights(&arms, false, 0.05).unwrap(), floored, "{arms:?}");
        }
    }

    /// As much as is expected to be seen of two conversion rates after each batch of a thousand: the better arm takes over, and the floor stays.
    #[test]
    fn two_arms_adapt_to_what_they_bring() {
        let rates: [f64; 2] = [0.10, 0.13];
        let (mut weights, mut units) = (vec![0.5, 0.5], [0.0_f64; 2]);
        let mut better = Vec::new();
        for _ in 0..12 {
            (0..2).for_each(|arm| units[arm] += 1_000.0 * weights[arm]);
            let arms: Vec<_> =
                rates.iter().zip(units).map(|(rate, n)| Some((*rate, (rate * (1.0 - rate) / n).sqrt()))).collect();
            weights = bandit_weights(&arms, false, 0.05).unwrap();
            better.push(weights[1]);
        }
        assert!(better.is_sorted() && better[0] > 0.85 && better[11] > 0.949, "{better:?}");
        assert!(weights[0] >= 0.05 && (weights[0] + weights[1] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_shared_is_refused() {
        let two = [Some((1.0, 1.0)), Some((2.0, 1.0))];
        assert_eq!(bandit_weights(&two[..1], false, 0.0), Err(Undefined::TooFewCells));
        for floor in [-0.1, 0.51, f64::NAN] {
            assert_eq!(bandit_weights(&two, false, floor), Err(Undefined::OutOfRange));
        }
        assert_eq!(bandit_weights(&two, false, 0.5).unwrap(), [0.5, 0.5]);
        for wrong in [(f64::NAN, 1.0), (1.0, -1.0), (f64::INFINITY, 1.0)] {
            assert_eq!(bandit_weights(&[two[0], Some(wrong)], false, 0.0), Err(Undefined::OutOfRange));
        }
    }
}
