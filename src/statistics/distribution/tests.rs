//! What holds of every distribution, at extreme arguments too; values are in `tests/integration/tails.rs`.

use proptest::prelude::*;

use super::{beta, chi_squared, gamma, normal, student_t};
use crate::statistics::Probability;

/// Sizes from the smallest number to the largest.
const SIZES: [f64; 26] = [
    0.0,
    5e-324,
    1e-310,
    1e-200,
    1e-100,
    1e-20,
    1e-8,
    1e-3,
    0.1,
    0.3,
    0.5,
    0.9,
    1.0,
    1.000_000_1,
    2.0,
    10.0,
    38.0,
    1e3,
    1e8,
    1e15,
    1e30,
    1e100,
    1e149,
    1e151,
    1e300,
    f64::MAX,
];

fn assert_fine(found: Probability, at: &[f64]) {
    let Probability { value, log10 } = found;
    assert!((0.0..=1.0).contains(&value) && log10 <= 0.0 && log10.is_finite(), "{found:?} at {at:?}");
    assert!(value > 0.0 || log10 < -323.0, "{found:?} at {at:?}");
}

fn from(least: f64, most: f64) -> impl Iterator<Item = f64> {
    SIZES.into_iter().filter(move |size| (least..=most).contains(size))
}

#[test]
fn every_argument_has_a_probability() {
    for x in SIZES.into_iter().chain([f64::INFINITY]) {
        for z in [x, -x] {
            assert_fine(normal::upper_tail(z), &[z]);
            assert_fine(normal::two_sided(z), &[z]);
            for freedom in from(0.1, f64::MAX).chain([f64::INFINITY]) {
                assert_fine(student_t::upper_tail(z, freedom), &[z, freedom]);
                assert_fine(student_t::two_sided(z, freedom), &[z, freedom]);
            }
        }
        for freedom in from(0.1, 1e15) {
            assert_fine(chi_squared::upper_tail(x, freedom), &[x, freedom]);
            for other in from(0.1, 1e15).filter(|_| x <= 1.0) {
                assert_fine(beta::lower_tail(x, freedom, other), &[x, freedom, other]);
                assert_fine(beta::upper_tail(x, freedom, other), &[x, freedom, other]);
            }
        }
    }
}

#[test]
fn every_probability_has_a_quantile() {
    for p in from(5e-324, 0.999) {
        assert!(normal::upper_quantile(p).is_finite(), "{p}");
        assert!(
            normal::upper_quantile_of_log10(-1.0 / p).is_finite() && normal::upper_quantile_of_log10(-p).is_finite()
        );
        for freedom in from(0.1, f64::MAX).chain([f64::INFINITY]) {
            assert!(student_t::upper_quantile(p, freedom).is_finite(), "{p} {freedom}");
        }
        for (a, b) in from(0.1, 1e15).flat_map(|a| from(0.1, 1e15).map(move |b| (a, b))) {
            assert!((0.0..=1.0).contains(&beta::lower_quantile(p, a, b)), "{p} {a} {b}");
        }
    }
}

/// As a reader would compare them: to ten digits.
fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-10 * a.abs().max(b.abs())
}

proptest! {
    #[test]
    fn tails_of_both_sides_add_up_to_1(t in -40.0..40.0, ln_freedom in -0.6..28.0, x in 0.01..0.99, a in 0.2..1e4, b in 0.2..1e4) {
        let freedom = f64::exp(ln_freedom);
        prop_assert!(near(student_t::upper_tail(t, freedom).value + student_t::upper_tail(-t, freedom).value, 1.0));
        prop_assert!(near(normal::upper_tail(t).value + normal::upper_tail(-t).value, 1.0));
        prop_assert!(near(beta::lower_tail(x, a, b).value + beta::upper_tail(x, a, b).value, 1.0));
        prop_assert!(near(beta::upper_tail(x, a, b).log10, beta::lower_tail(x, a, b).complement().log10)
            || beta::upper_tail(x, a, b).log10 < -5.0);
    }

    #[test]
    fn quantiles_invert_tails(log10_p in -290.0..-0.001, ln_freedom in 0.0..28.0, a in 0.5..1e5, b in 0.5..1e5) {
        let (p, freedom) = (10.0_f64.powf(log10_p), f64::exp(ln_freedom));
        prop_assert!(near(normal::upper_tail(normal::upper_quantile(p)).log10, log10_p));
        prop_assert!(near(normal::upper_quantile_of_log10(log10_p), normal::upper_quantile(p)));
        prop_assert!(near(student_t::upper_tail(student_t::upper_quantile(p, freedom), freedom).log10, log10_p));
        let x = beta::lower_quantile(p, a, b);
        prop_assert!(near(beta::lower_tail(x, a, b).log10, log10_p) || x > 0.999_999, "{x}");
    }

    #[test]
    fn farther_out_is_less_probable(t in 0.0..1e4, more in 1e-3..1e3, ln_freedom in -0.6..40.0, shape in 0.5..1e4) {
        let freedom = f64::exp(ln_freedom);
        prop_assert!(student_t::upper_tail(t + more, freedom) < student_t::upper_tail(t, freedom));
        prop_assert!(normal::upper_tail(t + more) < normal::upper_tail(t));
        prop_assert!(gamma::upper_tail(shape, t + more) < gamma::upper_tail(shape, t) || t < shape);
        // Heavier tails than the normal distribution's.
        prop_assert!(student_t::upper_tail(t, freedom).log10 >= normal::upper_tail(t).log10 - 1e-15);
    }
}
