//! What units bring in a simulated experiment.

use rand::Rng;
use rand::rngs::SmallRng;
use segue::statistics::{Adjustment, Comparison, Measure, Sums, Undefined, Variable};

/// A metric, as drawn for one unit.
#[derive(Debug, Clone, Copy)]
pub enum Metric {
    /// This share of units converts.
    Conversion { rate: f64 },
    /// This share of units pays, log-normally with this standard deviation of the logarithm.
    Revenue { payers: f64, sigma: f64 },
    /// Clicks by views: each unit has its own rate of clicks, and views that go with it.
    Ratio,
    /// Revenue with what the unit paid before (CUPED): the same tenth of units pays, and most of the logarithm is theirs.
    Adjusted,
}

/// Sums of what the units of one variant brought so far. Plain numbers: all that is added is of one size.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gain {
    pub units: u64,
    outcome: f64,
    outcome_squares: f64,
    /// The denominator or the covariate.
    other: f64,
    other_squares: f64,
    products: f64,
}

impl Gain {
    fn add(&mut self, outcome: f64, other: f64) {
        self.outcome += outcome;
        self.outcome_squares += outcome * outcome;
        self.other += other;
        self.other_squares += other * other;
        self.products += outcome * other;
    }

    /// As the engine takes them.
    pub fn sums(&self, metric: Metric) -> Sums {
        let mut sums = Sums::of_outcome(self.units, self.outcome, self.outcome_squares).unwrap();
        let other = match metric {
            Metric::Conversion { .. } | Metric::Revenue { .. } => return sums,
            Metric::Ratio => Variable::Denominator,
            Metric::Adjusted => Variable::Covariate,
        };
        sums.set(other, self.other).unwrap();
        sums.set_product(other, other, self.other_squares).unwrap();
        sums.set_product(Variable::Outcome, other, self.products).unwrap();
        sums
    }

    /// Mean and squared error of the mean of `outcome - slope * other`.
    fn less(&self, slope: f64) -> (f64, f64) {
        let n = self.units as f64;
        let mean = (self.outcome - slope * self.other) / n;
        let squares = self.outcome_squares - 2.0 * slope * self.products + slope * slope * self.other_squares;
        (mean, (squares / n - mean * mean).max(0.0) / n)
    }
}

impl Metric {
    /// Adds units whose expectation is `1 + lift` times the control's.
    pub fn draw(self, units: u64, lift: f64, gain: &mut Gain, random: &mut SmallRng) {
        gain.units += units;
        match self {
            Self::Conversion { rate } => {
                (0..count(units, rate * (1.0 + lift), random)).for_each(|_| gain.add(1.0, 0.0))
            }
            Self::Revenue { payers, sigma } => {
                (0..count(units, payers, random))
                    .for_each(|_| gain.add((1.0 + lift) * (sigma * normal(random)).exp(), 0.0));
            }
            Self::Ratio => {
                for _ in 0..units {
                    let rate = if random.random::<f64>() < 0.2 { 0.4 } else { 0.05 };
                    let mut views = 1.0;
                    while random.random::<f64>() < 0.4 + rate {
                        views += 1.0;
                    }
                    // The clicks of so many views in one draw: what is expected, rounded at random.
                    let expected: f64 = views * rate * (1.0 + lift);
                    gain.add((expected + random.random::<f64>()).floor(), views);
                }
            }
            Self::Adjusted => {
                for _ in 0..count(units, 0.1, random) {
                    let (own, before, after) = (normal(random), normal(random), normal(random));
                    let paid = |own: f64, other: f64, random: &mut SmallRng| {
                        if random.random::<f64>() < 0.8 { (own + 0.6 * other).exp() } else { 0.0 }
                    };
                    let (before, after) = (paid(own, before, random), paid(own, after, random));
                    gain.add((1.0 + lift) * after, before);
                }
            }
        }
    }

    /// The comparison that the engine makes.
    pub fn compare(self, control: &Sums, treatment: &Sums) -> Result<Comparison, Undefined> {
        match self {
            Self::Conversion { .. } | Self::Revenue { .. } => Measure::Mean.compare(control, treatment),
            Self::Ratio => Measure::Ratio.compare(control, treatment),
            Self::Adjusted => Adjustment::of(Measure::Mean, [control, treatment])?.compare(control, treatment),
        }
    }

    /// Roughly how many standard errors the treatment is from `1 + lift` times the control: only to leave out looks at which nothing can be claimed.
    pub fn roughly(self, control: &Gain, treatment: &Gain, lift: f64) -> f64 {
        let slope = match self {
            Self::Conversion { .. } | Self::Revenue { .. } => 0.0,
            Self::Ratio => (control.outcome + treatment.outcome) / (control.other + treatment.other),
            Self::Adjusted => {
                let n = (control.units + treatment.units) as f64;
                let mean = |of: fn(&Gain) -> f64| (of(control) + of(treatment)) / n;
                let (y, x) = (mean(|gain| gain.outcome), mean(|gain| gain.other));
                (mean(|gain| gain.products) - y * x) / (mean(|gain| gain.other_squares) - x * x).max(f64::MIN_POSITIVE)
            }
        };
        let ((a, of_a), (b, of_b)) = (control.less(slope), treatment.less(slope));
        let factor = 1.0 + lift;
        (b - factor * a) / (of_b + factor * factor * of_a).max(f64::MIN_POSITIVE).sqrt()
    }
}

/// How many of so many units do what one does with this probability: the gaps between them are geometric.
fn count(units: u64, probability: f64, random: &mut SmallRng) -> u64 {
    let scale = 1.0 / (-probability).ln_1p();
    let (mut count, mut place) = (0, 0.0);
    loop {
        place += 1.0 + ((1.0 - random.random::<f64>()).ln() * scale).floor();
        if place > units as f64 {
            return count;
        }
        count += 1;
    }
}

/// A standard normal number (Box and Muller, 1958).
fn normal(random: &mut SmallRng) -> f64 {
    let (radius, angle): (f64, f64) = (random.random(), random.random());
    (-2.0 * (1.0 - radius).ln()).sqrt() * (2.0 * std::f64::consts::PI * angle).cos()
}
