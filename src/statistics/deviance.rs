//! How far a count lies from what was expected, on the scale of likelihoods.

/// `(1 + d) ln(1 + d) - d` for `d` of at least -1: the deviance of a count that exceeds what was expected by this share of it,
/// by what was expected. At least 0; 1 at -1.
///
/// Sums of it do not cancel, unlike those of `count ln(count / expected)`.
///
/// Source: Loader (2000), Fast and Accurate Computation of Binomial Probabilities, function `bd0`.
pub(super) fn relative_deviance(d: f64) -> f64 {
    if d <= -1.0 {
        return 1.0;
    }
    if d.abs() > 0.25 {
        return (1.0 + d) * d.ln_1p() - d;
    }
    // With `v = d / (2 + d)`: `1 + d = (1 + v) / (1 - v)` and `ln(1 + d) = 2 (v + v^3 / 3 + v^5 / 5 + ..)`.
    let v = d / (2.0 + d);
    let square = v * v;
    let (mut power, mut odd, mut rest) = (v, 1.0, 0.0);
    loop {
        power *= square;
        odd += 2.0;
        let more = rest + power / odd;
        if more == rest {
            return 2.0 * (square + (1.0 + v) * rest) / (1.0 - v);
        }
        rest = more;
    }
}

#[cfg(test)]
mod tests {
    use super::relative_deviance;

    #[test]
    fn deviance_has_all_digits() {
        // mpmath, 60 digits.
        for (d, expected) in [
            (-1.0, 1.0),
            (-0.9, 0.669_741_490_700_595_5),
            (0.2, 0.018_785_868_152_745_553),
            (-0.2, 0.021_485_158_948_632_198),
            (1e-9, 4.999_999_998_333_334e-19),
            (1e9, 19_723_265_858.669_678),
        ] {
            let got = relative_deviance(d);
            assert!((got - expected).abs() <= 4e-16 * expected, "{d}: {got:e}, not {expected:e}");
        }
        assert_eq!(relative_deviance(0.0), 0.0);
    }
}
