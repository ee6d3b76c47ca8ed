//! Whether too many of those who converted were in one of two variants: exact from the first of them, at every look.
//!
//! In: how many converted in a variant and in the one beside it, and the share that the variant would have of them. Out: a p-value. A normal
//! approximation has to wait until both variants have conversions; this one has not: where only one of them has any, that is what it is for.
//!
//! Whoever converts was in the variant with a probability of its own, the same for each of them: of shares `w` of the traffic and rates `p`
//! it is `w₁ p₁ / (w₀ p₀ + w₁ p₁)`. So the variants of those who converted, one after the other, are throws of one coin, whatever the
//! rates are and however many did not convert. The evidence is the likelihood ratio of a coin with a larger share, drawn evenly from all of
//! them, against the given share; under that share or a smaller one it is a supermartingale, and by Ville's inequality reaches
//! `1 / alpha` with probability alpha at most, over all looks together.

use crate::statistics::distribution::beta;
use crate::statistics::sums::real;
use crate::statistics::{Probability, Undefined};

/// The p-value that at most `share` of those who convert belong to the variant, of which `converted` did, and `others` beside it: valid at every
/// look, one-sided.
///
/// ```text
/// E = ∫ θᵏ (1 - θ)ᵐ dθ over (share, 1) / ((1 - share) shareᵏ (1 - share)ᵐ),   p = min(1, 1 / E)
/// ```
///
/// # Errors
/// [`Undefined::OutOfRange`] where the share is not in (0, 1).
///
/// Source: Robbins, Siegmund (1970), Boundary crossing probabilities for the Wiener process and sample sums, section 3: the mixture of binomial likelihood
/// ratios, here with the upper part of the uniform distribution.
pub fn too_many_converters(converted: u64, others: u64, share: f64) -> Result<Probability, Undefined> {
    if !(share > 0.0 && share < 1.0) {
        return Err(Undefined::OutOfRange);
    }
    let (k, m) = (real(converted), real(others));
    let above = beta::upper_tail(share, k + 1.0, m + 1.0).ln();
    let ln_e_value = beta::ln_beta(k + 1.0, m + 1.0) + above - k * share.ln() - (m + 1.0) * (-share).ln_1p();
    Ok(Probability::of_ln(-ln_e_value).min(Probability::ONE))
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::*;

    fn ln_e_value(converted: u64, others: u64, share: f64) -> f64 {
        let (k, m) = (real(converted), real(others));
        let cells = 20_000;
        let width = (1.0 - share) / f64::from(cells);
        let ratio = |theta: f64| {
            (k * (theta / share).ln() + if m == 0.0 { 0.0 } else { m * ((1.0 - theta) / (1.0 - share)).ln() }).exp()
        };
        // By midpoints: slow, and obvious.
        ((0..cells).map(|cell| ratio(share + width * (f64::from(cell) + 0.5))).sum::<f64>() / f64::from(cells)).ln()
    }

    #[test]
    fn it_is_the_mean_likelihood_ratio() {
        for (converted, others, share) in
            [(8, 0, 0.5), (0, 8, 0.5), (30, 12, 0.5), (12, 30, 0.5), (5, 5, 0.1), (300, 200, 0.52), (3, 1, 0.95)]
        {
            let found = -too_many_converters(converted, others, share).unwrap().ln();
            let expected = ln_e_value(converted, others, share).max(0.0);
            assert!((found - expected).abs() < 1e-5, "{converted} {others} {share}: {found}, not {expected}");
        }
        let found = too_many_converters(8, 0, 0.5).unwrap().value;
        assert!((found - 9.0 / 511.0).abs() < 1e-14, "{found}");
        for share in [0.0, 1.0, f64::NAN] {
            assert_eq!(too_many_converters(1, 1, share), Err(Undefined::OutOfRange));
        }
        assert_eq!(too_many_converters(0, 0, 0.5).unwrap(), Probability::ONE);
        assert_eq!(too_many_converters(0, 1_000_000_000, 0.5).unwrap(), Probability::ONE);
    }

    /// Where the share is the true one, one more of those who convert changes the evidence by nothing on average.
    #[test]
    fn the_evidence_is_a_martingale() {
        for share in [0.1, 0.5, 0.7] {
            for (converted, others) in [(20, 1), (100, 20), (400, 100)] {
                let e = |more: u64, less: u64| {
                    (-too_many_converters(converted + more, others + less, share).unwrap().ln()).exp()
                };
                let mean = share * e(1, 0) + (1.0 - share) * e(0, 1);
                assert!((mean / e(0, 0) - 1.0).abs() < 1e-9, "{share} {converted} {others}: {mean}");
            }
        }
    }

    #[test]
    fn whoever_looks_after_each_is_misled_no_more_often_than_alpha() {
        let (replays, alpha) = (2_000, 0.05);
        let misled = |seed: u64| {
            let mut random = StdRng::seed_from_u64(seed);
            let (mut converted, mut others) = (0, 0);
            (0..300).any(|_| {
                if random.random_bool(0.4) {
                    converted += 1
                } else {
                    others += 1
                }
                too_many_converters(converted, others, 0.4).unwrap().value <= alpha
            })
        };
        let found = (0..replays).filter(|seed| misled(*seed)).count();
        assert!(found <= 100, "{found} of {replays} at {alpha}");
    }
}
