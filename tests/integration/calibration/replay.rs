//! Experiments that are looked at again and again, and what each rule claims.

use rand::SeedableRng;
use rand::rngs::SmallRng;
use rayon::prelude::*;
use segue::statistics::anytime::{Evidence, Rule, Sides, Standing, Tuning};
use segue::statistics::calibration::rate_interval;
use segue::statistics::group_sequential::{Bounds, Design, Spending};
use segue::statistics::{Comparison, Region};

use super::metric::{Gain, Metric};

/// How often each experiment is looked at.
const LOOKS: u32 = 100;

/// The rate of false claims that every rule promises.
pub const ALPHA: f64 = 0.05;

/// No bound of any rule lies below this many standard errors, so a look at which the effect does is left out. (A rough value counts, hence the gap to 1.96.)
const IDLE: f64 = 1.8;

/// A kind of experiment.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    pub name: &'static str,
    pub metric: Metric,
    /// New units of the control and of the treatment between two looks.
    pub units: (u64, u64),
    /// The true relative lift.
    pub lift: f64,
    /// What a rule may claim wrongly: that the lift is not this.
    pub truth: f64,
}

/// The rules, in the order in which claims are counted.
pub const RULES: [&str; 6] = [
    "fixed, at the end",
    "10 looks, O'Brien-Fleming",
    "anytime",
    "anytime with horizon",
    "the same, 2 x beyond",
    "one-sided with horizon",
];

/// What happened in many experiments.
pub struct Claims {
    pub runs: u64,
    /// How often each rule claimed something at any look.
    pub counts: [u64; 6],
    /// The mean share of the sample that each rule used, stopping at its first claim.
    pub shares: [f64; 6],
    /// Of the fixed test at the end.
    pub p_values: Vec<f64>,
}

impl Claims {
    pub fn rate(&self, rule: usize) -> f64 {
        self.counts[rule] as f64 / self.runs as f64
    }

    /// The upper 99.9 % bound of a rule's rate.
    pub fn upper(&self, rule: usize) -> f64 {
        rate_interval(self.counts[rule], self.runs, 0.002).unwrap().upper
    }

    pub fn print(&self, name: &str) {
        println!("{name}: {} runs", self.runs);
        for (place, rule) in RULES.iter().enumerate() {
            let (rate, upper, share) = (100.0 * self.rate(place), 100.0 * self.upper(place), self.shares[place]);
            println!("    {rule:26} {rate:6.2} %  (99.9 % bound {upper:5.2} %)  share of the sample {share:.2}");
        }
    }
}

/// The rules for one setup.
struct Judges {
    bounds: Bounds,
    anytime: Rule,
    horizon: Rule,
    half_horizon: Rule,
}

impl Setup {
    /// The same without a difference.
    pub const fn new(name: &'static str, metric: Metric, units: (u64, u64)) -> Self {
        Self { name, metric, units, lift: 0.0, truth: 0.0 }
    }

    /// Runs so many experiments.
    pub fn run(&self, runs: u64) -> Claims {
        let planned = (self.units.0 + self.units.1) * u64::from(LOOKS);
        let fractions: Vec<f64> = (1..=10).map(|look| f64::from(look) / 10.0).collect();
        let design = Design { spending: Spending::ObrienFleming, alpha: ALPHA, sides: Sides::Two };
        let judges = Judges {
            bounds: design.bounds(&fractions).unwrap(),
            anytime: Rule::new(ALPHA, Tuning::default()).unwrap(),
            horizon: Rule::with_horizon(ALPHA, planned).unwrap(),
            half_horizon: Rule::with_horizon(ALPHA, planned / 2).unwrap(),
        };
        let found: Vec<_> = (0..runs).into_par_iter().map(|seed| self.once(&judges, seed)).collect();
        let mut claims = Claims { runs, counts: [0; 6], shares: [0.0; 6], p_values: Vec::new() };
        for (first, p_value) in found {
            for (place, first) in first.into_iter().enumerate() {
                claims.counts[place] += u64::from(first.is_some());
                claims.shares[place] += f64::from(first.unwrap_or(LOOKS)) / f64::from(LOOKS) / runs as f64;
            }
            claims.p_values.extend(p_value);
        }
        claims
    }

    /// The look at which each rule first claims something, and the fixed p-value.
    fn once(&self, judges: &Judges, seed: u64) -> ([Option<u32>; 6], Option<f64>) {
        let mut random = SmallRng::seed_from_u64(seed);
        let (mut control, mut treatment) = (Gain::default(), Gain::default());
        let (mut first, mut p_value) = ([None; 6], None);
        for look in 1..=LOOKS {
            self.metric.draw(self.units.0, 0.0, &mut control, &mut random);
            self.metric.draw(self.units.1, self.lift, &mut treatment, &mut random);
            if look < LOOKS && self.metric.roughly(&control, &treatment, self.truth).abs() < IDLE {
                continue;
            }
            let (control, treatment) = (control.sums(self.metric), treatment.sums(self.metric));
            let Ok(comparison) = self.metric.compare(&control, &treatment) else { continue };
            let claims = self.claims(judges, look, &comparison, Evidence::of(&control, &treatment));
            for (first, claim) in first.iter_mut().zip(claims) {
                *first = first.or(claim.then_some(look));
            }
            if look == LOOKS {
                p_value = Some(comparison.difference.p_value().value);
            }
        }
        (first, p_value)
    }

    fn claims(&self, judges: &Judges, look: u32, comparison: &Comparison, evidence: Evidence) -> [bool; 6] {
        let excludes = |critical: f64| match comparison.lift_region(critical) {
            Ok(Region::Within(lifts)) => self.truth < lifts.lower || self.truth > lifts.upper,
            Ok(Region::Outside(lifts)) => self.truth > lifts.lower && self.truth < lifts.upper,
            Ok(Region::Everything) | Err(_) => false,
        };
        let always = |rule: &Rule| match rule.look(comparison, evidence).unwrap() {
            Standing::Waiting(_) => false,
            Standing::Open(look) => {
                let excludes = excludes(look.critical);
                // On the absolute scale and in Fieller's interval it is one decision.
                let nothing = self.truth == 0.0 && comparison.baseline != 0.0;
                assert!(!nothing || excludes == (look.p_value.value < ALPHA), "{look:?} {comparison:?}");
                excludes
            }
        };
        let is_better = |rule: &Rule| {
            let units = (comparison.control.units + comparison.treatment.units) as f64;
            let effect = comparison.difference_from_lift(self.truth).unwrap();
            let answer = rule.answer(comparison, &effect, units, evidence, Sides::One).unwrap();
            matches!(answer, Standing::Open(look) if look.p_value.value <= ALPHA)
        };
        let fixed = comparison.difference.critical(ALPHA).unwrap();
        let planned =
            judges.bounds.looks().get((look / 10).saturating_sub(1) as usize).filter(|_| look.is_multiple_of(10));
        [
            look == LOOKS && excludes(fixed),
            planned.is_some_and(|bound| excludes(bound.z)),
            always(&judges.anytime),
            always(&judges.horizon),
            always(&judges.half_horizon),
            is_better(&judges.horizon),
        ]
    }
}
