//! Tails, quantiles and logarithms of counts against 60 digits of mpmath: `tests/cases/statistics/tails.toml`, and thousands of
//! fresh points in the slow suite. Run with `--nocapture` to see the worst error of each function, and that of statrs beside it.

use std::collections::BTreeMap;
use std::process::Stdio;

use segue::statistics::Probability;
use segue::statistics::distribution::{beta, chi_squared, counts, gamma, normal, student_t};
use statrs::distribution::{Beta, ChiSquared, ContinuousCDF, Normal, StudentsT};

use crate::oracle::with_mpmath;

/// Function -> rows of arguments and what is expected.
type Tables = BTreeMap<String, Vec<Vec<f64>>>;

/// What the installed oracle is seeded with: any number will do.
const SEED: &str = "20261123";

/// Points of each function in the slow suite: about two minutes of mpmath.
const POINTS: &str = "150";

/// The worst error of a function, and where.
#[derive(Debug, Default)]
struct Worst {
    value: f64,
    log10: f64,
    at: Vec<f64>,
    statrs: f64,
}

fn relative(got: f64, expected: f64) -> f64 {
    if got == expected {
        return 0.0;
    }
    // Below the normal numbers the last digit is large.
    ((got - expected) / expected.abs().max(f64::MIN_POSITIVE)).abs()
}

/// Absolute up to 1, relative above: a logarithm near 0 is that of a probability near 1.
fn of_log10(got: f64, expected: f64) -> f64 {
    if expected > -1e-3 { relative(got, expected) } else { (got - expected).abs() / expected.abs().max(1.0) }
}

fn judge(name: &str, row: &[f64], worst: &mut Worst) {
    let tail =
        |found: Probability, value: f64, log10: f64| (relative(found.value, value), of_log10(found.log10, log10));
    let single = |found: f64, expected: f64| (relative(found, expected), 0.0);
    let ln = |found: f64, expected: f64| ((found - expected).abs() / expected.abs().max(1.0), 0.0);
    let count = |number: f64| number as u64;
    let ((value, log10), statrs) = match (name, row) {
        ("normal_upper_tail", &[z, value, log10]) => {
            (tail(normal::upper_tail(z), value, log10), relative(Normal::standard().sf(z), value))
        }
        ("normal_upper_quantile", &[p, z]) => {
            (single(normal::upper_quantile(p), z), relative(-Normal::standard().inverse_cdf(p), z))
        }
        ("normal_upper_quantile_of_log10", &[log10, z]) => {
            (single(normal::upper_quantile_of_log10(log10), z), f64::NAN)
        }
        ("student_t_upper_tail", &[t, freedom, value, log10]) => {
            let statrs = StudentsT::new(0.0, 1.0, freedom).unwrap().sf(t);
            (tail(student_t::upper_tail(t, freedom), value, log10), relative(statrs, value))
        }
        ("student_t_upper_quantile", &[p, freedom, t]) => {
            // It never answers from 3e7 on, and panics far out.
            let known = StudentsT::new(0.0, 1.0, freedom).unwrap();
            let statrs = if freedom < 2e7 && p > 1e-15 { relative(-known.inverse_cdf(p), t) } else { f64::NAN };
            // Beyond 1e100 a number has the digits that its logarithm leaves it.
            let size = (t.abs().ln() / 230.0).max(1.0);
            let (error, log10) = single(student_t::upper_quantile(p, freedom), t);
            ((error / size, log10), statrs)
        }
        ("chi_squared_upper_tail", &[x, freedom, value, log10]) => {
            let statrs = ChiSquared::new(freedom).unwrap().sf(x);
            (tail(chi_squared::upper_tail(x, freedom), value, log10), relative(statrs, value))
        }
        ("beta_lower_tail", &[x, a, b, value, log10]) => {
            let statrs = Beta::new(a, b).unwrap().cdf(x);
            (tail(beta::lower_tail(x, a, b), value, log10), relative(statrs, value))
        }
        ("beta_lower_quantile", &[p, a, b, x]) => (single(beta::lower_quantile(p, a, b), x), f64::NAN),
        ("ln_gamma", &[x, expected]) => {
            let statrs = statrs::function::gamma::ln_gamma(x);
            (ln(gamma::ln_gamma(x), expected), (statrs - expected).abs() / expected.abs().max(1.0))
        }
        ("ln_rising", &[a, x, expected]) => (ln(gamma::ln_rising(a, x), expected), f64::NAN),
        ("ln_binomial", &[k, n, p, expected]) => (ln(counts::ln_binomial(count(k), count(n), p), expected), f64::NAN),
        ("ln_hypergeometric", &[k, n, m, successes, expected]) => {
            (ln(counts::ln_hypergeometric(count(k), count(n), count(m), count(successes)), expected), f64::NAN)
        }
        ("ln_dirichlet_bayes_factor", &[a, b, first, second, concentration, expected]) => {
            let found = counts::ln_dirichlet_bayes_factor(&[count(a), count(b)], &[first, second], concentration);
            (ln(found.unwrap(), expected), f64::NAN)
        }
        _ => panic!("{name}: {row:?}"),
    };
    assert!(value.is_finite() && log10.is_finite(), "{name} {row:?}");
    if value.max(log10) > worst.value.max(worst.log10) {
        worst.at = row.to_vec();
    }
    worst.value = worst.value.max(value);
    worst.log10 = worst.log10.max(log10);
    if !statrs.is_nan() {
        worst.statrs = worst.statrs.max(statrs);
    }
}

/// How far each function may be off: the value, relative, and log10.
fn allowed(name: &str) -> f64 {
    match name {
        // Absolute up to 1, because a logarithm of 0 has no digits of its own.
        "ln_gamma" | "ln_rising" | "ln_binomial" | "ln_hypergeometric" | "ln_dirichlet_bayes_factor" => 4e-15,
        _ => 1e-13,
    }
}

fn compare(tables: &Tables) {
    println!("{:32} {:>6} {:>9} {:>9} {:>9}  worst at", "function", "points", "value", "log10", "statrs");
    let mut wrong = Vec::new();
    for (name, rows) in tables {
        let mut worst = Worst::default();
        rows.iter().for_each(|row| judge(name, row, &mut worst));
        let Worst { value, log10, at, statrs } = &worst;
        println!("{name:32} {:6} {value:9.1e} {log10:9.1e} {statrs:9.1e}  {at:?}", rows.len());
        if value.max(*log10) > allowed(name) {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn tails_and_quantiles_have_thirteen_digits() {
    let tables: Tables = toml::from_str(include_str!("../cases/statistics/tails.toml")).unwrap();
    assert_eq!(tables.len(), 13);
    compare(&tables);
}

/// Runs where mpmath is: the test command installs it into the target folder.
#[test]
#[ignore = "slow suite: mpmath takes minutes for 60 digits"]
fn fresh_points_have_thirteen_digits() {
    let Some(printed) = with_mpmath("tails.py", &[SEED, POINTS], Stdio::null()) else { return };
    compare(&toml::from_str(&printed).unwrap());
}
