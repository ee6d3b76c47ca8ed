//! Whether a promised rate is kept, and whether p-values are what they should be: for replays in which nothing is different.

use std::f64::consts::LN_2;

use super::comparison::Interval;
use super::distribution::beta;
use super::sums::real;
use super::{Probability, Undefined};

/// The exact interval of a probability after `successes` of `trials`, at confidence `1 - alpha`; both ends lie in `[0, 1]`.
///
/// # Errors
/// [`Undefined::NoUnits`] without trials; [`Undefined::OutOfRange`] with more successes than trials, or an alpha that is not in (0, 1).
///
/// Source: Clopper, Pearson (1934), Biometrika 26, 404-413, by beta quantiles.
pub fn rate_interval(successes: u64, trials: u64, alpha: f64) -> Result<Interval, Undefined> {
    if trials == 0 {
        return Err(Undefined::NoUnits);
    }
    if successes > trials || !(alpha > 0.0 && alpha < 1.0) {
        return Err(Undefined::OutOfRange);
    }
    let (hits, misses) = (real(successes), real(trials - successes));
    let lower = if successes == 0 { 0.0 } else { beta::lower_quantile(alpha / 2.0, hits, misses + 1.0) };
    // By the misses: a rate near 1 keeps its digits.
    let upper = if successes == trials { 1.0 } else { 1.0 - beta::lower_quantile(alpha / 2.0, misses, hits + 1.0) };
    Ok(Interval { lower, upper })
}

/// How far p-values are from uniform.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Uniformity {
    /// The largest distance of their distribution from the uniform one, in `[0, 1]`.
    pub distance: f64,
    /// Of a distance as large as this one or larger, where they are uniform.
    pub p_value: Probability,
}

/// Kolmogorov's and Smirnov's test of numbers in `[0, 1]` against the uniform distribution. The p-value is the limit for many numbers, with a
/// correction that is right within 0.01 from 5 numbers on; where they can take few values only, it is too large.
///
/// # Errors
/// [`Undefined::NoUnits`] without numbers, [`Undefined::OutOfRange`] if one is not in `[0, 1]`.
///
/// Source: Stephens (1970), Journal of the Royal Statistical Society B 32, 115-122, table 1.
pub fn uniformity(numbers: &[f64]) -> Result<Uniformity, Undefined> {
    if numbers.is_empty() {
        return Err(Undefined::NoUnits);
    }
    if !numbers.iter().all(|number| (0.0..=1.0).contains(number)) {
        return Err(Undefined::OutOfRange);
    }
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = real(numbers.len() as u64);
    let steps = (0_u64..).zip(&sorted);
    let distance = steps
        .map(|(place, number)| (real(place + 1) / count - number).max(number - real(place) / count))
        .fold(0.0, f64::max);
    let scaled = (count.sqrt() + 0.12 + 0.11 / count.sqrt()) * distance;
    Ok(Uniformity { distance, p_value: kolmogorov_tail(scaled) })
}

/// `2 Σ (-1)^(j-1) e^(-2 j² x²)`, of which the first term stands before the sum, so that its logarithm goes on where the number has become 0.
/// Below 0.2 it is 1 to all digits, and the series has not begun to converge.
fn kolmogorov_tail(x: f64) -> Probability {
    if x < 0.2 {
        return Probability::ONE;
    }
    let term = |j: f64| (-2.0 * (j * j - 1.0) * x * x).exp();
    let sum: f64 = (0..50_u8).map(|pair| term(f64::from(2 * pair + 1)) - term(f64::from(2 * pair + 2))).sum();
    Probability::of_ln(LN_2 - 2.0 * x * x + sum.ln())
}

#[cfg(test)]
mod tests {
    use std::f64::consts::LOG10_E;

    use super::*;

    #[test]
    fn the_interval_of_a_rate_is_that_of_clopper_and_pearson() {
        // R: binom.test(50, 1000, conf.level = 0.95)$conf.int and so on.
        for (successes, trials, alpha, lower, upper) in [
            (50, 1000, 0.05, 0.037_335_0, 0.065_390_5),
            (0, 1000, 0.05, 0.0, 0.003_682_083),
            (1000, 1000, 0.05, 0.996_317_917, 1.0),
        ] {
            let found = rate_interval(successes, trials, alpha).unwrap();
            assert!((found.lower - lower).abs() < 1e-6 && (found.upper - upper).abs() < 1e-6, "{successes}: {found:?}");
        }
        assert_eq!(rate_interval(0, 0, 0.05), Err(Undefined::NoUnits));
        assert_eq!(rate_interval(2, 1, 0.05), Err(Undefined::OutOfRange));
    }

    #[test]
    fn even_numbers_are_uniform_and_squares_are_not() {
        let even: Vec<f64> = (0..500_u16).map(|number| (f64::from(number) + 0.5) / 500.0).collect();
        let squares: Vec<f64> = even.iter().map(|number| number * number).collect();
        assert!(
            (uniformity(&even).unwrap().distance - 0.001).abs() < 1e-12
                && uniformity(&even).unwrap().p_value.value > 0.999
        );
        let found = uniformity(&squares).unwrap();
        assert!((found.distance - 0.25).abs() < 0.002 && found.p_value.value < 1e-20, "{found:?}");
        // scipy.special.kolmogorov(1.0), (0.5)
        assert!((kolmogorov_tail(1.0).value - 0.269_999_671_677_354_6).abs() < 1e-12);
        assert!((kolmogorov_tail(0.5).value - 0.963_945_243_664_875_1).abs() < 1e-12);
        // Where the number is 0: 2 e^(-2 x²), all other terms being nothing beside it.
        let far = kolmogorov_tail(100.0);
        assert!(far.value == 0.0 && (far.log10 / (2.0_f64.log10() - 2e4 * LOG10_E) - 1.0).abs() < 1e-14, "{far:?}");
        assert_eq!(uniformity(&[]), Err(Undefined::NoUnits));
        assert_eq!(uniformity(&[1.5]), Err(Undefined::OutOfRange));
    }
}
