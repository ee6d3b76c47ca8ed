//! Bandits in which nothing is different: the split follows the data, and no rule may be fooled by that.

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;
use segue::analysis::{Kind, Measured, Metric, bandit_weights};
use segue::statistics::anytime::{Evidence, Rule, Standing, Tuning};
use segue::statistics::calibration::rate_interval;
use segue::statistics::{
    Batch, Cell, Comparison, Effect, Observation, SampleRatio, SampleRatioLooks, SplitBatch, Sums, compare_batches,
};

use super::replay::ALPHA;

/// Replays of each setup.
const RUNS: u64 = 5_000;

/// Batches of each.
const BATCHES: u32 = 40;

/// Units of a batch.
const UNITS: u64 = 240;

/// No variant gets less of a batch.
const FLOOR: f64 = 0.05;

/// What a unit brings, at a time from 0 to 1; the same in every variant.
type Draw = fn(&mut SmallRng, f64) -> Observation;

/// What was claimed of the first treatment in one replay.
#[derive(Default, Clone, Copy)]
struct Claims {
    /// Within batches, at any look.
    anytime: bool,
    /// Within batches, at the end alone.
    fixed: bool,
    /// Of pooled sums, at any look and at the end alone.
    pooled_anytime: bool,
    pooled_fixed: bool,
    /// The estimate by its standard error, within batches and pooled.
    z: (f64, f64),
    /// What the treatment's units came to.
    level: f64,
    /// Whether the sample ratio check ever failed.
    broken_split: bool,
}

/// Shares of replays that claim something, by rules that promise nothing of a bandit.
#[derive(Debug, Clone, Copy)]
struct Rates {
    /// Within batches, at the end alone.
    fixed: f64,
    pooled_anytime: f64,
    pooled_fixed: f64,
    /// The mean level of a variant.
    level: f64,
}

#[derive(Clone, Copy)]
struct Setup {
    name: &'static str,
    kind: Kind,
    draw: Draw,
}

fn outcome(outcome: f64) -> Observation {
    Observation { outcome, ..Observation::default() }
}

fn payment(random: &mut SmallRng, payers: f64, sigma: f64) -> f64 {
    if !random.random_bool(payers) {
        return 0.0;
    }
    // Box and Muller.
    let (radius, angle) = (random.random::<f64>(), random.random::<f64>());
    (sigma * (-2.0 * (1.0 - radius).ln()).sqrt() * (2.0 * std::f64::consts::PI * angle).cos()).exp()
}

const CONVERSIONS: Setup = Setup {
    name: "conversions 10 %",
    kind: Kind::Conversion,
    draw: |random, _| outcome(f64::from(u8::from(random.random_bool(0.1)))),
};

const REVENUE: Setup =
    Setup { name: "revenue (10 % pay)", kind: Kind::Sum, draw: |random, _| outcome(payment(random, 0.1, 1.0)) };

const DRIFT: Setup = Setup {
    name: "conversions from 5 % to 25 % in time",
    kind: Kind::Conversion,
    draw: |random, time| outcome(f64::from(u8::from(random.random_bool(0.05 + 0.2 * time)))),
};

const RATIO: Setup = Setup {
    name: "clicks by views",
    kind: Kind::Ratio,
    draw: |random, _| {
        let rate = random.random::<f64>() * 0.4;
        let views = random.random_range(1..=if rate > 0.2 { 12 } else { 4 });
        let clicks = (0..views).filter(|_| random.random_bool(rate)).count();
        Observation { outcome: clicks as f64, denominator: f64::from(views), covariate: 0.0 }
    },
};

impl Setup {
    fn once(self, seed: u64) -> Claims {
        let mut random = SmallRng::seed_from_u64(seed);
        let measure = self.kind.measure();
        let rule = Rule::new(ALPHA, Tuning::default()).unwrap();
        let mut claims = Claims::default();
        let mut pooled = vec![Sums::default(); 3];
        let (mut batches, mut splits): (Vec<Batch>, Vec<SplitBatch>) = (Vec::new(), Vec::new());
        let mut looks = SampleRatioLooks::default();
        for number in 0..BATCHES {
            let known: Vec<Measured> = pooled.iter().cloned().map(Measured::from).collect();
            let weights = bandit_weights(&Metric::new("m", self.kind), &known, FLOOR).unwrap();
            let mut sums = vec![Sums::default(); 3];
            for _ in 0..UNITS {
                let mut place = random.random::<f64>();
                let variant = weights.iter().position(|weight| {
                    place -= weight;
                    place < 0.0
                });
                let brought = (self.draw)(&mut random, f64::from(number) / f64::from(BATCHES));
                sums[variant.unwrap_or(0)].add(brought).unwrap();
            }
            pooled.iter_mut().zip(&sums).for_each(|(pooled, sums)| pooled.merge(sums).unwrap());
            splits.push(SplitBatch { counts: sums.iter().map(Sums::units).collect(), weights });
            let [control, treatment, _] = <[Sums; 3]>::try_from(sums).unwrap();
            batches.push(Batch { cell: Cell { control, treatment }, units: UNITS });
            looks.look(&SampleRatio::of_batches(&splits).unwrap());
            let is_last = number + 1 == BATCHES;
            let Ok(within) = compare_batches(measure, &batches, None) else { continue };
            let Ok(naive) = measure.compare(&pooled[0], &pooled[1]) else { continue };
            let clock = within.clock as f64;
            let claim = |rule: &Rule, comparison: &Comparison, units: f64, evidence: Evidence| {
                let sides = segue::statistics::anytime::Sides::Two;
                let answer = rule.answer(comparison, &comparison.difference, units, evidence, sides);
                matches!(answer, Ok(Standing::Open(look)) if look.p_value.value <= ALPHA)
            };
            claims.anytime |= claim(&rule, &within.comparison, clock, within.evidence);
            let evidence = Evidence::of(&pooled[0], &pooled[1]);
            claims.pooled_anytime |= claim(&rule, &naive, clock, evidence);
            if is_last {
                let fails = |effect: &Effect| effect.p_value().value <= ALPHA;
                claims.fixed = fails(&within.comparison.difference);
                claims.pooled_fixed = fails(&naive.difference);
                claims.level = naive.treatment.value;
                claims.z = (within.comparison.difference.statistic(), naive.difference.statistic());
            }
        }
        claims.broken_split = looks.fails(ALPHA);
        claims
    }

    /// The promised rates are kept within batches.
    fn check(self) -> Rates {
        let found: Vec<Claims> = (0..RUNS).into_par_iter().map(|seed| self.once(seed)).collect();
        let count = |claim: fn(&Claims) -> bool| found.iter().filter(|claims| claim(claims)).count() as u64;
        let rate = |count: u64| count as f64 / RUNS as f64;
        let upper = |count: u64| rate_interval(count, RUNS, 0.002).unwrap().upper;
        println!("{}: {RUNS} replays", self.name);
        let mean = |z: fn(&Claims) -> f64| found.iter().map(z).sum::<f64>() / RUNS as f64;
        let square = |z: fn(&Claims) -> f64| found.iter().map(|claims| z(claims).powi(2)).sum::<f64>() / RUNS as f64;
        println!("    z within batches: mean {:.3}, mean square {:.3}", mean(|c| c.z.0), square(|c| c.z.0));
        println!("    z pooled: mean {:.3}, mean square {:.3}", mean(|c| c.z.1), square(|c| c.z.1));
        let held = [("anytime", count(|claims| claims.anytime)), ("sample ratio", count(|claims| claims.broken_split))];
        for (rule, count) in held {
            println!("    {rule}: {:.2} % (99.9 % bound {:.2} %)", 100.0 * rate(count), 100.0 * upper(count));
        }
        let fixed = count(|claims| claims.fixed);
        let pooled = (count(|claims| claims.pooled_anytime), count(|claims| claims.pooled_fixed));
        println!("    at the end alone: {:.2} %", 100.0 * rate(fixed));
        println!("    pooled: anytime {:.2} %, at the end {:.2} %", 100.0 * rate(pooled.0), 100.0 * rate(pooled.1));
        for (rule, count) in held {
            assert!(upper(count) <= ALPHA, "{}, {rule}: {}", self.name, rate(count));
        }
        let level = mean(|claims| claims.level);
        println!("    the treatment's level: {level:.5}");
        Rates { fixed: rate(fixed), pooled_anytime: rate(pooled.0), pooled_fixed: rate(pooled.1), level }
    }
}

/// Pooled sums are wrong nearly twice as often as they say, and a variant's own mean is too low: once unlucky it gets few units to make up for it.
#[test]
#[ignore = "slow suite: 5,000 A/A bandits"]
fn bandits_on_conversions() {
    let found = CONVERSIONS.check();
    assert!(found.fixed < 0.065 && found.pooled_fixed > 0.075 && found.level < 0.0995, "{found:?}");
}

#[test]
#[ignore = "slow suite: 5,000 A/A bandits"]
fn bandits_on_ratios() {
    let found = RATIO.check();
    assert!(found.fixed < 0.065 && found.pooled_fixed > 0.07, "{found:?}");
}

/// All variants alike get better, and the one that has more units later looks better than the others: pooled sums claim it in most replays.
#[test]
#[ignore = "slow suite: 5,000 A/A bandits"]
fn bandits_while_the_level_drifts() {
    let found = DRIFT.check();
    assert!(found.fixed < 0.065 && found.pooled_fixed > 0.5 && found.pooled_anytime > 0.5, "{found:?}");
}

/// With 12 units of a variant in a batch, one of them a payer, tests that are made once err as those of a split 95/5 do.
#[test]
#[ignore = "slow suite: 5,000 A/A bandits"]
fn bandits_on_revenue() {
    let found = REVENUE.check();
    assert!(found.fixed < 0.095 && found.pooled_fixed > 0.1, "{found:?}");
}
