//! Two shares: beta priors, and a normal prior on the effect.

use segue::statistics::{Comparison, Level};

use super::bayesian_normal;
use super::case::Case;
use super::found::Found;

pub fn compare(case: &Case, found: &mut Found) {
    match case.text("model") {
        "gaussian_effect" => {
            let level = |variant: &str| level(case.count(&format!("{variant}.n")), case.count(&format!("{variant}.sum")));
            bayesian_normal::report(case, found, Comparison::of_independent(level("control"), level("treatment")));
        }
        "beta_binomial" => {}
        other => panic!("{}: no model {other}", case.id),
    }
}

/// With the variance of a share, `p (1 - p)`.
#[expect(clippy::cast_precision_loss, reason = "counts of the table are below 2^53")]
fn level(units: u64, conversions: u64) -> Level {
    let (n, x) = (units as f64, conversions as f64);
    Level { units, value: x / n, variance: x / n * ((n - x) / n) }
}
