//! Probabilities of counts: binomial, hypergeometric, and the Bayes factor of unknown shares against known ones.

use super::gamma::ln_gamma_wide;
use super::wide::Wide;
use crate::statistics::Undefined;

/// `ln` of the number of ways to choose `k` of `n`, `k` at most `n`.
pub fn ln_choose(n: u64, k: u64) -> f64 {
    ln_choose_wide(n, k).value()
}

/// `ln` of the probability of `k` successes in `n` trials, of which each succeeds with probability `p` in (0, 1).
pub fn ln_binomial(k: u64, n: u64, p: f64) -> f64 {
    let of_successes = exact(k) * Wide::from(p).ln();
    let of_failures = exact(n.saturating_sub(k)) * Wide::from(-p).ln_1p();
    (ln_choose_wide(n, k) + of_successes + of_failures).value()
}

/// `ln` of the probability that of `successes` among `n + m`, exactly `k` fall among the `n`.
///
/// `k` is at most `n` and `successes`, and at least `successes - m`; `n + m` is below 2^64.
pub fn ln_hypergeometric(k: u64, n: u64, m: u64, successes: u64) -> f64 {
    let ways = ln_choose_wide(n, k) + ln_choose_wide(m, successes.saturating_sub(k));
    (ways - ln_choose_wide(n.saturating_add(m), successes)).value()
}

/// `ln` of how much more probable `counts` are where their shares are unknown, Dirichlet with `concentration * weights`, than
/// where they are the weights. The weights need not add up to 1.
///
/// # Errors
/// [`Undefined::BadWeights`] unless there is one finite weight above 0 for each count, [`Undefined::OutOfRange`] unless the
/// concentration is finite and above 0.
///
/// Source: Lindon, Malek (2022), Anytime-Valid Inference for Multinomial Count Data, NeurIPS, equation 7.
pub fn ln_dirichlet_bayes_factor(counts: &[u64], weights: &[f64], concentration: f64) -> Result<f64, Undefined> {
    if !concentration.is_finite() || concentration <= 0.0 {
        return Err(Undefined::OutOfRange);
    }
    let whole = weights.iter().fold(Wide::from(0.0), |sum, weight| sum + Wide::from(*weight));
    if counts.len() != weights.len() || !whole.value().is_finite() || !weights.iter().all(|weight| *weight > 0.0) {
        return Err(Undefined::BadWeights);
    }
    let concentration = Wide::from(concentration);
    let total = counts.iter().fold(Wide::from(0.0), |sum, count| sum + exact(*count));
    let mut ln = ln_gamma_wide(concentration) - ln_gamma_wide(concentration + total);
    for (count, weight) in counts.iter().zip(weights) {
        let (count, share) = (exact(*count), Wide::from(*weight) / whole);
        let before = concentration * share;
        ln = ln + ln_gamma_wide(before + count) - ln_gamma_wide(before) - count * share.ln();
    }
    Ok(ln.value())
}

fn ln_choose_wide(n: u64, k: u64) -> Wide {
    let ln_factorial = |n: u64| ln_gamma_wide(exact(n) + Wide::from(1.0));
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n.saturating_sub(k))
}

/// Every 64-bit count has its own.
#[expect(clippy::cast_precision_loss, reason = "either half fits")]
fn exact(count: u64) -> Wide {
    let low = count & 0xffff_ffff;
    Wide::of_sum((count - low) as f64, low as f64)
}
