//! Probabilities of counts: binomial, hypergeometric, and the Bayes factor of unknown shares against known ones.

use super::gamma::ln_gamma;
use crate::statistics::Undefined;
use crate::statistics::sums::real;

/// `ln` of the number of ways to choose `k` of `n`, `k` at most `n`.
pub fn ln_choose(n: u64, k: u64) -> f64 {
    ln_gamma(real(n) + 1.0) - ln_gamma(real(k) + 1.0) - ln_gamma(real(n.saturating_sub(k)) + 1.0)
}

/// `ln` of the probability of `k` successes in `n` trials, of which each succeeds with probability `p` in (0, 1).
pub fn ln_binomial(k: u64, n: u64, p: f64) -> f64 {
    ln_choose(n, k) + real(k) * p.ln() + real(n.saturating_sub(k)) * (-p).ln_1p()
}

/// `ln` of the probability that of `successes` among `n + m`, exactly `k` fall among the `n`.
pub fn ln_hypergeometric(k: u64, n: u64, m: u64, successes: u64) -> f64 {
    ln_choose(n, k) + ln_choose(m, successes.saturating_sub(k)) - ln_choose(n + m, successes)
}

/// `ln` of how much more probable `counts` are where their shares are unknown, Dirichlet with `concentration * weights`, than
/// where they are the weights. The weights need not add up to 1.
///
/// # Errors
/// [`Undefined::BadWeights`] unless there is one finite weight above 0 for each count.
///
/// Source: Lindon, Malek (2022), Anytime-Valid Inference for Multinomial Count Data, NeurIPS, equation 7.
pub fn ln_dirichlet_bayes_factor(counts: &[u64], weights: &[f64], concentration: f64) -> Result<f64, Undefined> {
    let whole: f64 = weights.iter().sum();
    if counts.len() != weights.len() || !whole.is_finite() || weights.iter().any(|weight| *weight <= 0.0) {
        return Err(Undefined::BadWeights);
    }
    let total = counts.iter().map(|count| real(*count)).sum::<f64>();
    let mut ln = ln_gamma(concentration) - ln_gamma(concentration + total);
    for (count, weight) in counts.iter().zip(weights) {
        let (count, share) = (real(*count), weight / whole);
        ln += ln_gamma(concentration * share + count) - ln_gamma(concentration * share) - count * share.ln();
    }
    Ok(ln)
}
