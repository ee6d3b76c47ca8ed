//! What is left of exponential and logarithm after their straight line: where both are near it, a subtraction would keep no digits.

/// `exp(x) - 1 - x`.
pub fn of_exp(x: f64) -> f64 {
    if x.abs() > 0.5 {
        return x.exp_m1() - x;
    }
    // 0.5^18 / 18! is far below the last digit of the first term.
    (3..=18_u32).rev().fold(1.0, |sum, k| 1.0 + sum * x / f64::from(k)) * x * x / 2.0
}

/// `x - ln(1 + x)` for `x` above -1.
pub fn of_ln(x: f64) -> f64 {
    if !(-0.4..=0.6).contains(&x) {
        return x - x.ln_1p();
    }
    // ln(1 + x) = 2 artanh(r), and 0.25^24 is below the last digit.
    let r = x / (2.0 + x);
    let square = r * r;
    let series = (0..=11_u32).rev().fold(0.0, |sum, k| 1.0 / f64::from(2 * k + 3) + square * sum);
    r * (x - 2.0 * square * series)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_remainders_have_all_digits() {
        // mpmath at 60 digits.
        let close = |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 4e-16, "{found:e} {expected:e}");
        close(of_exp(1e-8), 5.000000016666667e-17);
        close(of_exp(-0.5), 0.10653065971263342);
        close(of_exp(0.3), 0.049858807576003096);
        close(of_ln(1e-8), 4.999999966666667e-17);
        close(of_ln(0.6), 0.1299963707542645);
        close(of_ln(-0.4), 0.11082562376599068);
    }
}
