//! Quantiles of events, each unit's own or of units with several.

use segue::statistics::{Floor, Quantile, QuantileEstimate, Sums, Variable};

use super::case::Case;
use super::found::Found;
use super::welch_t::{asked, asked_estimate, report};

pub fn compare(case: &Case, found: &mut Found) {
    let quantile = Quantile::new(case.number("control.quantile")).unwrap();
    let (control, treatment) = (estimate(case, "control"), estimate(case, "treatment"));
    for (name, estimate) in [("control", &control), ("treatment", &treatment)] {
        let level = quantile.level_of(estimate, Some(Floor::GBSTATS));
        found.number(&format!("variance_{name}"), level.map(|level| level.variance));
        let field = format!("indicator_cluster_variance_{name}");
        match quantile.indicator_variance(estimate) {
            Ok(variance) => found.number(&field, variance),
            Err(why) => found.number(&field, Err(why)),
        }
    }
    let effect = asked(case, &quantile.compare(&control, &treatment, Some(Floor::GBSTATS)));
    found.status(&effect);
    let estimate = asked_estimate(case, Ok(treatment.value - control.value), Ok(control.value));
    report(case, found, "", effect, estimate);
}

fn estimate(case: &Case, variant: &str) -> QuantileEstimate {
    let of = |name: &str| case.number(&format!("{variant}.{name}"));
    let count = |name: &str| case.count(&format!("{variant}.{name}"));
    let clusters = case.flag("clustered").then(|| {
        use Variable::{Denominator, Outcome};
        let mut sums = Sums::of_outcome(count("n_clusters"), of("main_sum"), of("main_sum_squares")).unwrap();
        sums.set(Denominator, of("denominator_sum")).unwrap();
        sums.set_product(Denominator, Denominator, of("denominator_sum_squares")).unwrap();
        sums.set_product(Outcome, Denominator, of("main_denominator_sum_product")).unwrap();
        sums
    });
    QuantileEstimate {
        events: count("n"),
        sampled: count("n_star"),
        value: of("quantile_hat"),
        lower: of("quantile_lower"),
        upper: of("quantile_upper"),
        distinct: None,
        clusters,
    }
}
