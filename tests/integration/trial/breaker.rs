//! The breaker trips on proven harm, and on nothing else.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::Trial;

/// Visitors come two at a time, and the breaker looks after each ten.
fn trips(seed: u64, rates: [f64; 2], visitors: usize, more: &str) -> Option<String> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut trial = Trial::new(&format!("metrics: {{primary: buyers, guardrails: [failures]}}\n{more}"));
    for number in 0..visitors {
        let variant = number % 2;
        let (bought, failed) = (random.random_bool(0.1), random.random_bool(rates[variant]));
        trial.count(variant, &[bought, failed]);
        if number % 10 == 9 {
            trial.look();
        }
        if let Some(tripped) = &trial.standing.tripped {
            return Some(tripped.harm.because.clone());
        }
    }
    None
}

#[test]
fn harm_trips_the_breaker_under_any_plan_and_never_where_it_is_off() {
    for (plan, trips_then) in [
        ("plan: {stop: anytime}", true),
        ("plan: {stop: fixed, visitors: 100000}", true),
        ("plan: {stop: group_sequential, visitors: 100000}", true),
        ("breaker: off", false),
    ] {
        let because = trips(7, [0.2, 0.5], 1_000, plan);
        assert_eq!(because.is_some(), trips_then, "{plan}: {because:?}");
        assert!(because.is_none_or(|because| because.starts_with("failures is up ") && because.contains("with b")));
    }
    assert_eq!(trips(7, [0.5, 0.2], 1_000, ""), None, "an improvement is no harm");
}

#[test]
fn without_harm_the_breaker_hardly_ever_trips() {
    // At alpha 0.05 there would be 3 at most on average.
    let tripped = (0..60).filter(|seed| trips(*seed, [0.2, 0.2], 1_000, "").is_some()).count();
    assert!(tripped <= 4, "{tripped}");
}

#[test]
#[ignore = "slow suite: 1,000 experiments without a difference, looked at 400 times each"]
fn without_harm_the_breaker_trips_no_more_often_than_alpha() {
    let tripped = (0..1_000).filter(|seed| trips(*seed, [0.2, 0.2], 4_000, "").is_some()).count();
    assert!(tripped <= 50, "{tripped} of 1,000 at alpha 0.05");
}
