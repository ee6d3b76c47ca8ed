//! Numbers of 32 digits, for logarithms whose difference is asked for.
//!
//! `ln Γ(1e9)` is 2e10, so a difference of two has 6 digits left behind the point in `f64`; here it has 20. The exponent of a
//! small tail needs it too: of `exp(-700.1)`, the last digit of the exponent is the thirteenth of the result.

use std::f64::consts::{LN_2, SQRT_2};
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::sync::LazyLock;

/// A number as the unevaluated sum of two, the second at most half a unit in the last place of the first.
///
/// Source: Dekker (1971), Numerische Mathematik 18, 224-242; Hida, Li, Bailey (2001), ARITH-15, 155-162.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wide {
    high: f64,
    low: f64,
}

/// `ln 2`.
const LN_2_WIDE: Wide = Wide { high: LN_2, low: 2.319_046_813_846_299_6e-17 };

/// `ln sqrt(2 pi)`.
pub(super) const LN_SQRT_TAU: Wide = Wide { high: 0.918_938_533_204_672_8, low: -3.878_294_158_067_242e-17 };

impl Wide {
    /// The nearest `f64`.
    pub(super) fn value(self) -> f64 {
        self.high + self.low
    }

    /// `e` to this power, rounded about once.
    pub(super) fn exp(self) -> f64 {
        self.high.exp() * (1.0 + self.low)
    }

    /// The exact sum of two.
    pub(super) fn of_sum(a: f64, b: f64) -> Self {
        let high = a + b;
        let of_b = high - a;
        Self { high, low: (a - (high - of_b)) + (b - of_b) }
    }

    /// The exact product of two, where it does not underflow.
    pub(super) fn of_product(a: f64, b: f64) -> Self {
        let high = a * b;
        Self { high, low: a.mul_add(b, -high) }
    }

    /// The natural logarithm of a positive number.
    pub(super) fn ln(self) -> Self {
        // The mantissa between the roots of 1/2 and 2, and the power of two.
        let size = self.high.clamp(f64::MIN_POSITIVE, f64::MAX);
        let bits = size.to_bits();
        let exponent = i32::try_from(bits >> 52).unwrap_or(0) - 1023;
        let mantissa = f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52));
        let exponent = if mantissa > SQRT_2 { exponent + 1 } else { exponent };
        let (half, rest) = (2.0_f64.powi(-(exponent / 2)), 2.0_f64.powi(exponent / 2 - exponent));
        let reduced = Self { high: size * half * rest, low: self.low * half * rest };
        // ln x = ln c + ln (x / c), c on a grid on which 1 lies: so numbers near 1 keep all digits.
        let (nearest, ln_nearest) = nearest(reduced.high);
        let sum = atanh((reduced - nearest) / (reduced + nearest)) + ln_nearest;
        if exponent == 0 { sum } else { sum + LN_2_WIDE * Self::from(f64::from(exponent)) }
    }

    /// The natural logarithm of 1 + this, which lies above -1.
    pub(super) fn ln_1p(self) -> Self {
        if self.high.abs() > 0.5 / GRID {
            return (self + Self::from(1.0)).ln();
        }
        atanh(self / (self + Self::from(2.0)))
    }
}

/// Steps of the grid of known logarithms in 1.
const GRID: f64 = 128.0;

/// The first and the last step between the roots of 1/2 and 2.
const ENDS: (i32, i32) = (90, 182);

/// The logarithms of the grid, computed once.
static LOGARITHMS: LazyLock<Vec<(Wide, Wide)>> = LazyLock::new(|| {
    let at = |step: i32| (Wide::from(f64::from(step) / GRID), ln_of_ratio(step, 128));
    (ENDS.0..=ENDS.1).map(at).collect()
});

/// The next number of the grid, and its logarithm.
fn nearest(x: f64) -> (Wide, Wide) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 92")]
    let index = ((x * GRID).round() - f64::from(ENDS.0)) as usize;
    LOGARITHMS.get(index).copied().unwrap_or((Wide::from(1.0), Wide::from(0.0)))
}

/// `ln (a / b)` by the whole series; slow.
fn ln_of_ratio(a: i32, b: i32) -> Wide {
    let x = Wide::from(f64::from(a - b)) / Wide::from(f64::from(a + b));
    let mut sum = Wide::from(0.0);
    // |x| is at most 0.18: the last term is 1e-36.
    for odd in (1..=47_i32).rev().step_by(2) {
        sum = sum * x * x + Wide::from(1.0) / Wide::from(f64::from(odd));
    }
    sum * x * Wide::from(2.0)
}

/// `2 atanh x = 2 (x + x^3/3 + x^5/5 + ..)` for `x` of at most 1/500.
fn atanh(x: Wide) -> Wide {
    const FIFTH: Wide = Wide { high: 0.2, low: -f64::EPSILON / 20.0 };
    const THIRD: Wide = Wide { high: 1.0 / 3.0, low: f64::EPSILON / 12.0 };
    let square = x * x;
    let far = square.high * (1.0 / 7.0 + square.high * (1.0 / 9.0 + square.high * (1.0 / 11.0)));
    let sum = x + x * square * (THIRD + square * (FIFTH + Wide::from(far)));
    Wide { high: 2.0 * sum.high, low: 2.0 * sum.low }
}

impl From<f64> for Wide {
    fn from(number: f64) -> Self {
        Self { high: number, low: 0.0 }
    }
}

impl Add for Wide {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let high = Self::of_sum(self.high, other.high);
        let low = Self::of_sum(self.low, other.low);
        let sum = fast(high.high, high.low + low.high);
        fast(sum.high, sum.low + low.low)
    }
}

impl Neg for Wide {
    type Output = Self;

    fn neg(self) -> Self {
        Self { high: -self.high, low: -self.low }
    }
}

impl Sub for Wide {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Wide {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let product = Self::of_product(self.high, other.high);
        fast(product.high, product.low + (self.high * other.low + self.low * other.high))
    }
}

impl Div for Wide {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let first = self.high / other.high;
        let rest = self - other * Self::from(first);
        let second = rest.high / other.high;
        let rest = rest - other * Self::from(second);
        fast(first, second) + Self::from(rest.high / other.high)
    }
}

/// The sum of two where the first is the larger.
fn fast(a: f64, b: f64) -> Wide {
    let high = a + b;
    Wide { high, low: b - (high - a) }
}
