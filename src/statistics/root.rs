//! Where a function is 0.
//!
//! In: a function and an interval at whose ends its signs differ. Out: the place, to the last digits, in a bounded number of steps.

use super::Undefined;

/// More steps than the method ever takes on `f64`: bisection alone needs 64 where an interval has an ordinary scale.
const STEPS: u32 = 200;

/// Where `function` crosses 0 between `lower` and `upper`, to `tolerance` (absolute; 0 = as close as `f64` allows).
///
/// # Errors
/// [`Undefined::NoSolution`] if the signs at the ends are the same, or a value is NaN.
///
/// Source: Brent (1973), Algorithms for Minimization without Derivatives, chapter 4.
///
/// ```
/// let root = segue::statistics::root::find(0.0, 2.0, 0.0, |x| x * x - 2.0)?;
/// assert!((root - 2.0_f64.sqrt()).abs() < 1e-15);
/// # Ok::<(), segue::statistics::Undefined>(())
/// ```
pub fn find(lower: f64, upper: f64, tolerance: f64, mut function: impl FnMut(f64) -> f64) -> Result<f64, Undefined> {
    let (mut a, mut b) = (lower, upper);
    let (mut at_a, mut at_b) = (function(a), function(b));
    if at_a == 0.0 {
        return Ok(a);
    }
    if at_b == 0.0 {
        return Ok(b);
    }
    if at_a.is_nan() || at_b.is_nan() || (at_a > 0.0) == (at_b > 0.0) {
        return Err(Undefined::NoSolution);
    }
    // b is the best place so far, a the one before it, c the other side of the root.
    let (mut c, mut at_c) = (a, at_a);
    let (mut step, mut step_before) = (b - a, b - a);
    for _ in 0..STEPS {
        if (at_b > 0.0) == (at_c > 0.0) {
            (c, at_c) = (a, at_a);
            (step, step_before) = (b - a, b - a);
        }
        if at_c.abs() < at_b.abs() {
            (a, b, c) = (b, c, b);
            (at_a, at_b, at_c) = (at_b, at_c, at_b);
        }
        let least = 2.0 * f64::EPSILON * b.abs() + 0.5 * tolerance;
        let half = 0.5 * (c - b);
        if half.abs() <= least || at_b == 0.0 {
            return Ok(b);
        }
        let guess = interpolated([(a, at_a), (b, at_b), (c, at_c)]);
        if step_before.abs() >= least
            && at_a.abs() > at_b.abs()
            && guess.is_finite()
            && guess * half > 0.0
            && guess.abs() < (1.5 * half.abs() - 0.5 * least).min(0.5 * step_before.abs())
        {
            (step_before, step) = (step, guess);
        } else {
            (step_before, step) = (half, half);
        }
        (a, at_a) = (b, at_b);
        b += if step.abs() > least { step } else { least.copysign(half) };
        at_b = function(b);
        if at_b.is_nan() {
            return Err(Undefined::NoSolution);
        }
    }
    Ok(b)
}

/// The step from the second point to the zero of the line or inverse parabola through the points.
fn interpolated([(a, at_a), (b, at_b), (c, at_c)]: [(f64, f64); 3]) -> f64 {
    let s = at_b / at_a;
    if a == c {
        return (c - b) * s / (s - 1.0);
    }
    let (q, r) = (at_a / at_c, at_b / at_c);
    s * ((c - b) * q * (q - r) - (b - a) * (r - 1.0)) / -((q - 1.0) * (r - 1.0) * (s - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_have_all_digits() {
        let close = |found: Result<f64, Undefined>, expected: f64| {
            let found = found.unwrap();
            assert!((found - expected).abs() <= 4e-16 * expected.abs().max(1e-3), "{found:e} {expected:e}");
        };
        close(find(0.0, 3.0, 0.0, |x| x.cos()), std::f64::consts::FRAC_PI_2);
        close(find(0.0, 1e6, 0.0, |x| x.ln_1p() - 1.0), std::f64::consts::E - 1.0);
        close(find(-4.0, 5.0, 0.0, |x| x * x * x - 8.0), 2.0);
        // A step: only bisection gets there.
        close(find(0.0, 1.0, 0.0, |x| if x < 0.7 { -1.0 } else { 1.0 }), 0.7);
        close(find(0.0, 1.0, 0.0, |x| (x - 0.25).powi(9) + 0.0), 0.25);
    }

    #[test]
    fn no_change_of_sign_is_no_root() {
        assert_eq!(find(1.0, 2.0, 0.0, |x| x), Err(Undefined::NoSolution));
        assert_eq!(find(-1.0, 2.0, 0.0, |_| f64::NAN), Err(Undefined::NoSolution));
    }
}
