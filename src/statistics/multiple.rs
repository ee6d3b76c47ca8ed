//! Many tests at once: p-values made larger by as much as looking at many of them costs.
//!
//! In: p-values (or e-values) in any order. Out: adjusted p-values in the same order; a test is rejected where its adjusted p-value is
//! at or below alpha. All work on [`Probability`], so that tiny p-values keep their logarithm.

use super::{Probability, Undefined};

/// Adjusted p-values, in the order in which the tests came.
#[derive(Debug, Clone, PartialEq)]
pub struct Adjusted(pub Vec<Probability>);

impl Adjusted {
    /// Which tests are rejected at `alpha`.
    ///
    /// A product of decimals like 0.01 by 5 may lie an ulp above the alpha that it equals on paper; it counts as reached.
    pub fn rejections(&self, alpha: f64) -> Vec<bool> {
        self.0.iter().map(|adjusted| adjusted.value <= alpha * (1.0 + 4.0 * f64::EPSILON)).collect()
    }
}

/// Each times the number of tests: no false rejection at all with probability `1 - alpha`, however the tests depend.
///
/// # Errors
/// [`Undefined::OutOfRange`] if a p-value is not in `[0, 1]`.
///
/// Source: Bonferroni (1936); Dunn (1961), Journal of the American Statistical Association 56, 52-64.
pub fn bonferroni(p_values: &[Probability]) -> Result<Adjusted, Undefined> {
    let count = checked(p_values)?;
    Ok(Adjusted(p_values.iter().map(|p| p.times(count)).collect()))
}

/// `1 - (1 - p)^m`: as [`bonferroni`] for independent tests, a little less strict.
///
/// # Errors
/// [`Undefined::OutOfRange`] if a p-value is not in `[0, 1]`.
///
/// Source: Šidák (1967), Journal of the American Statistical Association 62, 626-633.
pub fn sidak(p_values: &[Probability]) -> Result<Adjusted, Undefined> {
    let count = checked(p_values)?;
    let adjust = |p: &Probability| {
        if count * p.value < f64::EPSILON {
            return p.times(count);
        }
        // None of the tests: its logarithm, which near 0 and near 1 keeps the digits that the number loses.
        let none = (count * (-p.value).ln_1p()).max(-f64::MAX);
        let value = -none.exp_m1();
        let ln = if value < 0.5 { value.ln() } else { (-none.exp()).ln_1p() };
        Probability { value, log10: ln * std::f64::consts::LOG10_E }
    };
    Ok(Adjusted(p_values.iter().map(adjust).collect()))
}

/// Step-down Bonferroni: as safe, and rejects at least as much.
///
/// # Errors
/// [`Undefined::OutOfRange`] if a p-value is not in `[0, 1]`.
///
/// Source: Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
pub fn holm(p_values: &[Probability]) -> Result<Adjusted, Undefined> {
    let count = checked(p_values)?;
    let mut largest = None;
    Ok(in_order(p_values, Order::Ascending, |rank, p| {
        let adjusted = p.times(count - rank + 1.0);
        let adjusted = largest.map_or(adjusted, |before: Probability| before.max(adjusted));
        largest = Some(adjusted);
        adjusted
    }))
}

/// Step-up Bonferroni: as safe for independent or positively dependent tests, and rejects at least as much as [`holm`].
///
/// # Errors
/// [`Undefined::OutOfRange`] if a p-value is not in `[0, 1]`.
///
/// Source: Hochberg (1988), Biometrika 75, 800-802.
pub fn hochberg(p_values: &[Probability]) -> Result<Adjusted, Undefined> {
    let count = checked(p_values)?;
    Ok(step_up(p_values, |rank| count - rank + 1.0))
}

/// At most the share `alpha` of rejections is false on average, for independent or positively dependent tests.
///
/// # Errors
/// [`Undefined::OutOfRange`] if a p-value is not in `[0, 1]`.
///
/// Source: Benjamini, Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300.
pub fn benjamini_hochberg(p_values: &[Probability]) -> Result<Adjusted, Undefined> {
    let count = checked(p_values)?;
    Ok(step_up(p_values, |rank| count / rank))
}

/// As [`benjamini_hochberg`], however the tests depend.
///
/// # Errors
/// [`Undefined::OutOfRange`] if a p-value is not in `[0, 1]`.
///
/// Source: Benjamini, Yekutieli (2001), Annals of Statistics 29, 1165-1188.
pub fn benjamini_yekutieli(p_values: &[Probability]) -> Result<Adjusted, Undefined> {
    let count = checked(p_values)?;
    let harmonic: f64 = (1..=p_values.len()).rev().map(|rank| 1.0 / number(rank)).sum();
    Ok(step_up(p_values, |rank| harmonic * count / rank))
}

/// e-BH, on natural logarithms of e-values: at most the share `alpha` of rejections is false on average, however the tests depend and
/// whenever each was stopped. It is Benjamini and Hochberg's procedure on `1 / e`.
///
/// # Errors
/// [`Undefined::OutOfRange`] if a logarithm is NaN. (Minus infinity is the e-value 0.)
///
/// Source: Wang, Ramdas (2022), Journal of the Royal Statistical Society B 84, 822-852.
pub fn e_benjamini_hochberg(ln_e_values: &[f64]) -> Result<Adjusted, Undefined> {
    if ln_e_values.iter().any(|ln| ln.is_nan()) {
        return Err(Undefined::OutOfRange);
    }
    let inverses: Vec<_> = ln_e_values.iter().map(|ln| Probability::of_ln(-ln)).collect();
    benjamini_hochberg(&inverses)
}

/// The smallest of what this p-value and each larger one come to, times their factors.
fn step_up(p_values: &[Probability], factor: impl Fn(f64) -> f64) -> Adjusted {
    let mut smallest = Probability::ONE;
    in_order(p_values, Order::Descending, |rank, p| {
        smallest = smallest.min(p.times(factor(rank)));
        smallest
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Order {
    Ascending,
    Descending,
}

/// Adjusts each by its rank (1 = the smallest), in this order; the answers stand where the p-values stood.
fn in_order(
    p_values: &[Probability],
    order: Order,
    mut adjust: impl FnMut(f64, Probability) -> Probability,
) -> Adjusted {
    let mut ranked: Vec<_> = p_values.iter().copied().enumerate().collect();
    ranked.sort_by(|(_, a), (_, b)| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    let mut ranked: Vec<_> = (1..).map(number).zip(ranked).collect();
    if order == Order::Descending {
        ranked.reverse();
    }
    let mut adjusted: Vec<_> = ranked.into_iter().map(|(rank, (place, p))| (place, adjust(rank, p))).collect();
    adjusted.sort_by_key(|(place, _)| *place);
    Adjusted(adjusted.into_iter().map(|(_, p)| p).collect())
}

/// The number of tests.
fn checked(p_values: &[Probability]) -> Result<f64, Undefined> {
    let within = |p: &Probability| (0.0..=1.0).contains(&p.value) && p.log10 <= 0.0;
    if p_values.iter().all(within) { Ok(number(p_values.len())) } else { Err(Undefined::OutOfRange) }
}

#[expect(clippy::cast_precision_loss, reason = "no list of tests has 2^53 of them")]
fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn probabilities(values: &[f64]) -> Vec<Probability> {
        values.iter().map(|value| Probability::of_value(*value)).collect()
    }

    fn values(adjusted: Result<Adjusted, Undefined>) -> Vec<f64> {
        adjusted.unwrap().0.iter().map(|p| p.value).collect()
    }

    #[test]
    fn a_small_family_by_hand() {
        let p = probabilities(&[0.01, 0.04, 0.03, 0.005]);
        let close = |got: Vec<f64>, expected: [f64; 4]| {
            assert!(got.iter().zip(expected).all(|(got, expected)| (got - expected).abs() < 1e-15), "{got:?}");
        };
        close(values(bonferroni(&p)), [0.04, 0.16, 0.12, 0.02]);
        close(values(holm(&p)), [0.03, 0.06, 0.06, 0.02]);
        close(values(hochberg(&p)), [0.03, 0.04, 0.04, 0.02]);
        close(values(benjamini_hochberg(&p)), [0.02, 0.04, 0.04, 0.02]);
        assert_eq!(holm(&p).unwrap().rejections(0.05), [true, false, false, true]);
    }

    #[test]
    fn sidak_keeps_its_digits() {
        // mpmath, 60 digits: 1 - (1 - p)^m.
        let p = probabilities(&[1e-9, 1e-3, 0.9, 0.5, 1.0]);
        let expected = [4.999_999_99e-9, 4.990_009_995_001e-3, 0.99999, 0.96875, 1.0];
        for (got, expected) in sidak(&p).unwrap().0.iter().zip(expected) {
            assert!((got.value / expected - 1.0).abs() < 1e-15, "{got:?}");
            assert!((got.log10 - expected.log10()).abs() < 1e-15 * got.log10.abs().max(1.0), "{got:?}");
        }
    }

    #[test]
    fn tiny_and_certain_p_values_stay_in_order() {
        let p =
            [Probability::ONE, Probability::of_ln(-5000.0), Probability::of_ln(-4000.0), Probability::of_ln(-1e-20)];
        for adjusted in
            [bonferroni(&p), sidak(&p), holm(&p), hochberg(&p), benjamini_hochberg(&p), benjamini_yekutieli(&p)]
        {
            let adjusted = adjusted.unwrap().0;
            assert!(adjusted[1].log10 < adjusted[2].log10 && adjusted[2].log10 < -1700.0);
            assert!((adjusted[1].log10 + 5000.0 * std::f64::consts::LOG10_E - 4f64.log10()).abs() < 0.4);
            assert_eq!((adjusted[0].value, adjusted[3].value), (1.0, 1.0));
        }
        assert_eq!(values(holm(&[])), [0.0; 0]);
        assert_eq!(holm(&[Probability { value: f64::NAN, log10: 0.0 }]), Err(Undefined::OutOfRange));
        assert_eq!(holm(&[Probability { value: 1.5, log10: 0.0 }]), Err(Undefined::OutOfRange));
        assert_eq!(e_benjamini_hochberg(&[f64::NAN]), Err(Undefined::OutOfRange));
    }

    proptest! {
        #[test]
        fn e_bh_is_what_its_definition_says(ln in prop::collection::vec(-3.0..9.0_f64, 1..12), alpha in 0.01..0.5_f64) {
            let count = number(ln.len());
            let mut sorted = ln.clone();
            sorted.sort_by(|a, b| b.total_cmp(a));
            let rejected = (1..=ln.len()).rev().find(|k| number(*k) * sorted[k - 1].exp() / count >= 1.0 / alpha).unwrap_or(0);
            let found = e_benjamini_hochberg(&ln).unwrap().rejections(alpha);
            prop_assert_eq!(found.iter().filter(|reject| **reject).count(), rejected);
            prop_assert!(ln.iter().zip(&found).all(|(e, reject)| *reject == (rejected > 0 && *e >= sorted[rejected.max(1) - 1])));
        }

        #[test]
        fn the_procedures_are_ordered_and_follow_their_input(p in prop::collection::vec(0.0..1.0_f64, 1..15)) {
            let mut turned = p.clone();
            turned.reverse();
            let (p, turned) = (probabilities(&p), probabilities(&turned));
            let mut reversed = values(holm(&turned));
            reversed.reverse();
            prop_assert_eq!(values(holm(&p)), reversed);
            let lists = [bonferroni(&p), holm(&p), hochberg(&p), benjamini_hochberg(&p)].map(values);
            for index in 0..p.len() {
                prop_assert!(lists.windows(2).all(|pair| pair[1][index] <= pair[0][index] * (1.0 + 1e-15)));
                prop_assert!(lists[3][index] >= p[index].value);
            }
        }
    }
}
