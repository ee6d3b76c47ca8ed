//! Do the rules keep what they promise? Experiments in which nothing is different, looked at a hundred times, and some in which something is.
//!
//! All seeds are fixed. `cargo test --test integration calibration -- --ignored --nocapture` prints the rates; `docs/statistics.md` quotes them.

mod bandits;
mod metric;
mod replay;
mod scorecards;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;
use segue::statistics::calibration::{rate_interval, uniformity};
use segue::statistics::{CONCENTRATION, SampleRatio, SampleRatioLooks};

use metric::Metric::{self, Adjusted, Conversion, Ratio, Revenue};
use replay::{ALPHA, Claims, Setup};

/// Of each kind of A/A test.
const RUNS: u64 = 10_000;

/// A tenth pays, the largest of a thousand payers about 20 times what is usual.
const REVENUE: Metric = Revenue { payers: 0.1, sigma: 1.0 };

/// Two in a hundred pay, and one payer in a thousand pays a hundred times what is usual.
const HARSH_REVENUE: Metric = Revenue { payers: 0.02, sigma: 1.5 };

/// No rule that may be looked at whenever one likes claims more than it promises, at the upper 99.9 % bound.
fn check_anytime(setup: Setup) -> Claims {
    let claims = setup.run(RUNS);
    claims.print(setup.name);
    for rule in 2..6 {
        assert!(claims.upper(rule) <= ALPHA, "{}: {} of {RUNS}", setup.name, claims.counts[rule]);
    }
    claims
}

/// The fixed test and the planned looks are as often wrong as they say: within 3.3 standard errors, and the p-values are uniform.
fn check_fixed(setup: Setup, claims: &Claims) {
    let band = 3.3 * (ALPHA * (1.0 - ALPHA) / RUNS as f64).sqrt();
    for rule in 0..2 {
        assert!((claims.rate(rule) - ALPHA).abs() <= band, "{}: {}", setup.name, claims.rate(rule));
    }
    let found = uniformity(&claims.p_values).unwrap();
    println!("    fixed p-values: distance {:.4} from uniform, p = {:.3}", found.distance, found.p_value.value);
    assert!(found.p_value.value > 0.001, "{}: {found:?}", setup.name);
}

#[test]
#[ignore = "slow suite: 20,000 A/A tests"]
fn conversions() {
    let even = Setup::new("conversions 10 %, 50/50", Conversion { rate: 0.1 }, (200, 200));
    check_fixed(even, &check_anytime(even));
    let uneven = Setup::new("conversions 10 %, 90/10", Conversion { rate: 0.1 }, (360, 40));
    check_fixed(uneven, &check_anytime(uneven));
}

#[test]
#[ignore = "slow suite: 30,000 A/A tests"]
fn revenue() {
    let even = Setup::new("revenue, 50/50", REVENUE, (200, 200));
    check_fixed(even, &check_anytime(even));
    check_anytime(Setup::new("revenue, 90/10", REVENUE, (360, 40)));
    check_anytime(Setup::new("revenue, 10/90", REVENUE, (40, 360)));
}

#[test]
#[ignore = "slow suite: 20,000 A/A tests"]
fn harsh_revenue() {
    check_anytime(Setup::new("harsh revenue, 50/50", HARSH_REVENUE, (1000, 1000)));
    let uneven = check_anytime(Setup::new("harsh revenue, 90/10", HARSH_REVENUE, (1800, 200)));
    // What the anytime rules are cautious about: here a test at the end alone is wrong too often.
    assert!(uneven.rate(0) > 0.06);
}

#[test]
#[ignore = "slow suite: 20,000 A/A tests"]
fn ratios() {
    let even = Setup::new("ratio, 50/50", Ratio, (60, 60));
    check_fixed(even, &check_anytime(even));
    check_anytime(Setup::new("ratio, 90/10", Ratio, (180, 20)));
}

#[test]
#[ignore = "slow suite: 20,000 A/A tests"]
fn adjusted_means() {
    let even = Setup::new("CUPED, 50/50", Adjusted, (200, 200));
    check_fixed(even, &check_anytime(even));
    check_anytime(Setup::new("CUPED, 90/10", Adjusted, (360, 40)));
}

/// The true lift is 20 %, and stays inside Fieller's interval at every look.
#[test]
#[ignore = "slow suite: 20,000 experiments"]
fn relative_lifts() {
    let conversions = Setup::new("relative lift of conversions, 50/50", Conversion { rate: 0.1 }, (200, 200));
    check_anytime(Setup { lift: 0.2, truth: 0.2, ..conversions });
    let adjusted = Setup::new("relative lift of an adjusted mean, 90/10", Adjusted, (360, 40));
    check_anytime(Setup { lift: 0.2, truth: 0.2, ..adjusted });
}

/// What each rule finds of a lift of 8 % that a fixed test finds in 74 of 100. GrowthBook's and Eppo's sequences find 41 and 43 (44 when tuned
/// for the sample), O'Brien and Fleming's looks 72.
#[test]
#[ignore = "slow suite: 5,000 experiments"]
fn power() {
    let setup = Setup::new("a lift of 8 % of conversions 10 %, 50/50", Conversion { rate: 0.1 }, (200, 200));
    let found = Setup { lift: 0.08, ..setup }.run(5_000);
    found.print(setup.name);
    for (rule, least, most) in [(0, 0.72, 0.77), (1, 0.70, 0.75), (2, 0.38, 0.45), (3, 0.67, 0.73)] {
        let rate = found.rate(rule);
        assert!((least..=most).contains(&rate), "rule {rule}: {rate}");
    }
}

/// The split is as planned, and the sequential check says otherwise no more often than it may, at any of a hundred looks.
#[test]
#[ignore = "slow suite: 10,000 splits"]
fn sample_ratio() {
    for weights in [&[0.5, 0.5][..], &[0.5, 0.3, 0.2]] {
        let fails = |seed| {
            let mut random = SmallRng::seed_from_u64(seed);
            let (mut counts, mut looks) = (vec![0_u64; weights.len()], SampleRatioLooks::default());
            for _ in 0..100 {
                for _ in 0..400 {
                    let mut place = random.random::<f64>();
                    let variant = weights.iter().position(|weight| {
                        place -= weight;
                        place < 0.0
                    });
                    counts[variant.unwrap_or(0)] += 1;
                }
                looks.look(&SampleRatio::of(&counts, weights, CONCENTRATION).unwrap());
            }
            looks.fails(ALPHA)
        };
        let count = (0..5_000_u64).into_par_iter().filter(|seed| fails(*seed)).count() as u64;
        let upper = rate_interval(count, 5_000, 0.002).unwrap().upper;
        println!("sample ratio {weights:?}: {:.2} %, 99.9 % bound {:.2} %", count as f64 / 50.0, 100.0 * upper);
        assert!(upper <= ALPHA);
    }
}
