//! Conversions of units, tables of counts and the sample ratio: at the edges, at random, and by their laws.

mod chi_squared;
mod laws;
mod oracle;

use std::process::Stdio;

use segue::statistics::{SampleRatio, SampleRatioLooks, Undefined};

use crate::oracle::with_mpmath;

/// Nobody, everybody, a billion, one in a million.
#[test]
fn the_edges_have_twelve_digits() {
    oracle::compare_proportions(include_str!("../../cases/statistics/two_proportions.toml"));
    oracle::compare_exact_tests(include_str!("../../cases/statistics/exact_tests.toml"));
    oracle::compare_sample_ratios(include_str!("../../cases/statistics/sample_ratio.toml"));
    oracle::compare_tables(include_str!("../../cases/statistics/tables.toml"));
}

/// Runs where mpmath is: the test command installs it into the target folder.
#[test]
#[ignore = "slow suite: mpmath takes minutes for 60 digits"]
fn fresh_counts_have_twelve_digits() {
    type Comparing = fn(&str);
    let parts: [(&str, &str, Comparing); 4] = [
        ("two_proportions", "60", oracle::compare_proportions),
        ("exact_tests", "15", oracle::compare_exact_tests),
        ("sample_ratio", "500", oracle::compare_sample_ratios),
        ("tables", "200", oracle::compare_tables),
    ];
    for (part, cases, compare) in parts {
        let Some(printed) = with_mpmath("proportions.py", &[part, "20261123", cases], Stdio::null()) else { return };
        compare(&printed);
    }
}

#[test]
fn somebody_where_nobody_can_be_fails_at_once() {
    let seen = |counts: &[u64]| SampleRatio::of(counts, &[0.5, 0.0, 0.5], 10_000.0).unwrap();
    let mut looks = SampleRatioLooks::default();
    looks.look(&seen(&[100, 0, 101]));
    assert!(!looks.fails(0.05) && looks.impossible().is_none());
    assert_eq!(seen(&[100, 1, 101]), SampleRatio::Impossible(1));
    looks.look(&seen(&[100, 1, 101]));
    assert!(looks.fails(1e-300));
    assert_eq!(SampleRatio::of(&[1, 2], &[1.0, 0.0], 10_000.0), Ok(SampleRatio::Impossible(1)));
    assert_eq!(SampleRatio::of(&[1, 0], &[1.0, 0.0], 10_000.0), Err(Undefined::TooFewCells));
    assert_eq!(SampleRatio::of(&[1, 1], &[1.0], 10_000.0), Err(Undefined::BadWeights));
    assert_eq!(SampleRatio::of(&[1, 1], &[1.0, 1.0], 0.0), Err(Undefined::OutOfRange));
}

#[test]
fn evidence_once_seen_stays() {
    let mut looks = SampleRatioLooks::default();
    let look = |looks: &mut SampleRatioLooks, counts: [u64; 2]| {
        looks.look(&SampleRatio::of(&counts, &[1.0, 1.0], 10_000.0).unwrap());
        looks.p_value().value
    };
    let first = look(&mut looks, [10_000, 12_000]);
    assert!(first < 1e-20);
    assert_eq!(look(&mut looks, [1_000_000, 1_000_000]).to_bits(), first.to_bits());
}
