//! The kernel: a normal mixture over the possible effects.
//!
//! In: z and g = (variance of the mixing normal) / (squared standard error). Out: the likelihood ratio of "some effect" against
//! none, averaged over the mixing normal: an e-value, whose expectation under no effect is at most 1 at every stopping time.
//! Confidence sequences and mSPRT differ only in how they choose g ([`Tuning`](super::Tuning)).

use std::f64::consts::LN_2;

use crate::statistics::Probability;
use crate::statistics::distribution::normal;

/// Which deviations count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sides {
    /// To both sides.
    Two,
    /// Above only.
    One,
}

/// The natural logarithm of the e-value at `z`, for `g` above 0; finite.
///
/// Two-sided `z² g / (2 (1 + g)) - ln(1 + g) / 2`; one-sided the mixture over the upper half of the normal, which adds
/// `ln(2 Φ(z sqrt(g / (1 + g))))`.
///
/// Source: Johari, Koomen, Pekelis, Walsh (2022), Operations Research 70, 1806-1821, eq. 9; Waudby-Smith, Arbour, Sinha, Kennedy,
/// Ramdas (2023), arXiv 2103.06476v7, eq. 9 and section B.
pub fn ln_e_value(z: f64, g: f64, sides: Sides) -> f64 {
    let x = scaled(z, g);
    let spread = 0.5 * g.ln_1p();
    let ln = match sides {
        Sides::Two => 0.5 * x * x - spread,
        // Below 0 the square and the tail cancel: what is left is the tail by the density.
        Sides::One if x < 0.0 => LN_2 + normal::mills(-x).ln() + normal::ln_density(0.0) - spread,
        Sides::One => 0.5 * x * x - spread + LN_2 + normal::upper_tail(-x).ln(),
    };
    ln.clamp(-f64::MAX, f64::MAX)
}

/// The p-value at `z`, for `g` above 0: small at any look with at most that probability where there is no effect.
///
/// It is at or below `alpha` exactly where `z` is at or beyond [`critical`]. Two-sided it is `min(1, 1 / E)`.
///
/// Source: as [`critical`].
pub fn p_value(z: f64, g: f64, sides: Sides) -> Probability {
    match sides {
        Sides::Two => Probability::of_ln(-ln_e_value(z, g, sides)),
        Sides::One if z <= 0.0 => Probability::ONE,
        Sides::One => {
            // sqrt(1 + g) / (2 (e^h - 1)), where e^h may leave the range of `f64`.
            let x = scaled(z, g);
            let h = 0.5 * x * x;
            let ln_power = if h > 1.0 { h + (-(-h).exp()).ln_1p() } else { h.exp_m1().max(f64::MIN_POSITIVE).ln() };
            Probability::of_ln((0.5 * g.ln_1p() - LN_2 - ln_power).max(-f64::MAX))
        }
    }
}

/// How many standard errors the interval at confidence `1 - alpha` reaches (one-sided: below the estimate only), for `g` above 0
/// and `alpha` in (0, 1), valid at every look together.
///
/// Source: Waudby-Smith et al. (2023), eq. 9 (two-sided) and 134 (one-sided; it inverts a closed lower bound of the e-value).
pub fn critical(g: f64, alpha: f64, sides: Sides) -> f64 {
    let inflated = (1.0 + g) / g;
    match sides {
        Sides::Two => (inflated * (g.ln_1p() - 2.0 * alpha.ln())).sqrt(),
        Sides::One => (2.0 * inflated * ((0.5 * g.ln_1p()).exp() / (2.0 * alpha)).ln_1p()).sqrt(),
    }
}

/// `z sqrt(g / (1 + g))`.
fn scaled(z: f64, g: f64) -> f64 {
    z * (g / (1.0 + g)).sqrt()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::statistics::quadrature;

    #[test]
    fn the_e_value_is_the_average_likelihood_ratio() {
        for (z, g) in [(0.0, 0.5), (2.3, 1.7), (-1.2, 12.0), (4.0, 0.03)] {
            let tau = f64::sqrt(g);
            let ratio = |effect: f64| (effect * z - 0.5 * effect * effect).exp() * normal::density(effect / tau) / tau;
            let both = quadrature::integral(-12.0 * tau, 12.0 * tau, 40, ratio);
            let upper = 2.0 * quadrature::integral(0.0, 12.0 * tau, 40, ratio);
            assert!((ln_e_value(z, g, Sides::Two) - both.ln()).abs() < 1e-12, "{z} {g}");
            assert!((ln_e_value(z, g, Sides::One) - upper.ln()).abs() < 1e-9, "{z} {g}");
        }
    }

    /// Far below 0 the ratio falls as `2 / (sqrt(2 π) x)`, and not to nothing.
    #[test]
    fn one_sided_far_on_the_wrong_side_no_digit_is_lost() {
        for x in [-1e3, -1e8, -1e100] {
            let found = ln_e_value(x * f64::sqrt(2.0), 1.0, Sides::One);
            let expected = 2.0_f64.ln() - 0.5 * std::f64::consts::TAU.ln() - x.abs().ln() - 0.5 * 2.0_f64.ln();
            assert!((found - expected).abs() < 2.0 / (x * x) + 1e-13, "{x}: {found}, not {expected}");
        }
        assert!(ln_e_value(-1.432e308, 7.868e299, Sides::One).is_finite());
    }

    #[test]
    fn the_expectation_without_effect_is_one() {
        for g in [0.1, 1.0, 30.0] {
            for sides in [Sides::Two, Sides::One] {
                let reach = 12.0 * f64::sqrt(1.0 + g);
                let mean = quadrature::integral(-reach, reach, 60, |z| {
                    (ln_e_value(z, g, sides) + normal::ln_density(z)).exp()
                });
                assert!((mean - 1.0).abs() < 1e-8, "{g} {mean}");
            }
        }
    }

    proptest! {
        #[test]
        fn p_value_and_critical_agree(g in 1e-6..1e6_f64, alpha in 1e-12..0.9_f64, one in any::<bool>()) {
            let sides = if one { Sides::One } else { Sides::Two };
            let edge = critical(g, alpha, sides);
            let p = p_value(edge, g, sides);
            prop_assert!((p.value / alpha - 1.0).abs() < 1e-9, "{p:?} {alpha}");
            prop_assert!(p_value(edge * 1.001, g, sides) < p);
            // The closed one-sided form is never below the inverse of the e-value.
            prop_assert!(p.log10 >= -ln_e_value(edge, g, sides) / std::f64::consts::LN_10 - 1e-9);
        }

        #[test]
        fn every_answer_is_finite(z in any::<f64>().prop_filter("finite", |z| z.is_finite()), g in 1e-300..1e300_f64, one in any::<bool>()) {
            let sides = if one { Sides::One } else { Sides::Two };
            prop_assert!(ln_e_value(z, g, sides).is_finite());
            let p = p_value(z, g, sides);
            prop_assert!((0.0..=1.0).contains(&p.value) && p.log10 <= 0.0 && p.log10.is_finite());
        }
    }
}
