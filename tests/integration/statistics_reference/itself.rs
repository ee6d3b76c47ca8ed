//! The comparison itself: that it would find what is wrong.

use segue::statistics::Undefined;
use serde_json::{Value, json};

use super::case::Case;
use super::found::{Found, Tally};

/// What a case finds wrong: the faults, then the goals missed.
fn faults(expected: &Value, answer: impl FnOnce(&mut Found)) -> (Vec<String>, usize) {
    let case = Case::of(json!({
        "id": "welch_t-x001", "tags": ["random"], "input": {}, "expected": expected,
        "rel_tol": 1e-7, "rel_tol_goal": 1e-9, "rel_tol_loose": 1e-3,
    }));
    let mut tally = Tally::default();
    let mut found = Found::new(&case, &mut tally);
    answer(&mut found);
    found.finish();
    (tally.faults, tally.goal_missed.len())
}

fn of_one(field: &str, expected: f64, got: f64, statistic: f64) -> (usize, usize) {
    let expected = json!({field: expected, "standard_error": 0.5, "statistic": statistic});
    let (faults, missed) = faults(&expected, |found| {
        found.number(field, got);
        found.number("standard_error", 0.5);
        found.number("statistic", statistic);
    });
    (faults.len(), missed)
}

#[test]
fn a_number_that_is_off_is_found() {
    for (field, expected, allowed, goal, statistic) in [
        ("estimate", 2.0, 2e-7, 2e-9, 1.0),
        ("estimate", 0.0, 0.5e-7, 0.5e-9, 1.0),
        ("ci_low", -0.01, 0.5e-7, 0.5e-9, 1.0),
        ("degrees_of_freedom", 3.0, 3e-7, 3e-9, 1.0),
        ("p_value", 0.25, 0.25e-7, 0.25e-9, 1.0),
        ("p_value_greater", 1e-20, 81e-27, 81e-29, 9.0),
        ("log10_p_value", -20.0, 20e-8, 20e-8, 9.0),
        ("chance_to_win", 0.5, 0.5e-9, 0.5e-9, 1.0),
        ("chance_to_win", 1e-6, 1e-12, 1e-12, 1.0),
        ("a_loose_one", 5.0, 5e-3, 5e-3, 1.0),
    ] {
        assert_eq!(of_one(field, expected, expected, statistic), (0, 0), "{field}");
        assert_eq!(of_one(field, expected, expected + 0.99 * goal, statistic), (0, 0), "{field} within its goal");
        let misses = usize::from(goal < allowed);
        assert_eq!(
            of_one(field, expected, expected - 0.99 * allowed, statistic),
            (0, misses),
            "{field} within its tolerance"
        );
        assert_eq!(
            of_one(field, expected, expected + 1.01 * allowed, statistic),
            (1, 0),
            "{field} beyond its tolerance"
        );
        assert_eq!(of_one(field, expected, f64::NAN, statistic), (1, 0), "{field} is no number");
        assert_eq!(of_one(field, expected, f64::INFINITY, statistic), (1, 0), "{field} is infinite");
    }
}

#[test]
fn a_made_up_number_a_wrong_reason_and_a_field_left_out_are_found() {
    let undefined = json!({"status": "zero_variance", "p_value": null, "estimate": 1.0, "relative": null});
    let answer = |p: Result<f64, Undefined>, relative: Result<f64, Undefined>, estimate: Option<f64>| {
        faults(&undefined, |found| {
            found.status(&p);
            found.number("p_value", p);
            found.number("relative.estimate", relative);
            estimate.into_iter().for_each(|estimate| found.number("estimate", estimate));
        })
        .0
    };
    let why = Err(Undefined::ZeroVariance);
    assert_eq!(answer(why, why, Some(1.0)), [""; 0]);
    // A status and a p-value that are made up.
    assert_eq!(answer(Ok(1.0), why, Some(1.0)).len(), 2);
    assert_eq!(answer(why, Err(Undefined::ZeroBaseline), Some(1.0)).len(), 1);
    assert_eq!(answer(why, Ok(0.0), Some(1.0)).len(), 1);
    assert_eq!(answer(why, why, None), ["welch_t-x001: estimate was never compared"]);
    let list = json!({"adjusted": [0.1, 0.2], "reject": [true, false]});
    let of_lists = |adjusted: &[f64], reject: &[bool]| {
        faults(&list, |found| {
            found.numbers("adjusted", adjusted);
            found.flags("reject", reject);
        })
        .0
        .len()
    };
    assert_eq!(of_lists(&[0.1, 0.2], &[true, false]), 0);
    assert_eq!(of_lists(&[0.1], &[true, false]), 1);
    assert_eq!(of_lists(&[0.1, 0.3], &[true, true]), 2);
}
