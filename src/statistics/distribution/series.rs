//! Functions whose plain formula cancels near 0.

/// `e^x - 1 - x`.
pub(in crate::statistics) fn exp_m1_less_x(x: f64) -> f64 {
    if x.abs() > 0.25 {
        return x.exp_m1() - x;
    }
    // x^2/2! + x^3/3! + ..
    horner(&FACTORIALS, x) * x * x
}

/// `ln(1 + x) - x` for `x` above -1.
pub(in crate::statistics) fn ln_1p_less_x(x: f64) -> f64 {
    if x.abs() > 0.15 {
        return x.ln_1p() - x;
    }
    // ln(1 + x) = 2 (r + r^3/3 + r^5/5 + ..), |r| at most 0.082.
    let r = x / (2.0 + x);
    let square = r * r;
    r * (2.0 * square * horner(&ODDS, square) - x)
}

/// The polynomial with these coefficients, the highest power first.
pub(super) fn horner(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

const FACTORIALS: [f64; 11] = [
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    1.0 / 2.0,
];

const ODDS: [f64; 7] = [1.0 / 15.0, 1.0 / 13.0, 1.0 / 11.0, 1.0 / 9.0, 1.0 / 7.0, 1.0 / 5.0, 1.0 / 3.0];
