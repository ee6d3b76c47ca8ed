//! Two halves of the units, and their sums up to a look.

use crate::cli::mixed::mixed;
use crate::statistics::{Observation, Sums, Undefined, Variable, real};

/// Sums of one half and metric, in plain numbers: a replay needs no more digits, and a thousand of them must be fast.
#[derive(Debug, Clone, Copy, Default)]
struct Running {
    units: u64,
    firsts: [f64; 3],
    seconds: [f64; 6],
}

impl Running {
    fn add(&mut self, observation: &Observation) {
        let Observation { outcome, denominator, covariate } = *observation;
        self.units += 1;
        for (sum, number) in self.firsts.iter_mut().zip([outcome, denominator, covariate]) {
            *sum += number;
        }
        let products = [
            outcome * outcome,
            outcome * denominator,
            outcome * covariate,
            denominator * denominator,
            denominator * covariate,
            covariate * covariate,
        ];
        for (sum, product) in self.seconds.iter_mut().zip(products) {
            *sum += product;
        }
    }

    fn sums(&self) -> Result<Sums, Undefined> {
        use Variable::{Covariate as X, Denominator as D, Outcome as Y};
        let [y, d, x] = self.firsts;
        let [yy, yd, yx, dd, dx, xx] = self.seconds;
        let mut sums = Sums::of_outcome(self.units, y, yy)?;
        for (variable, sum) in [(D, d), (X, x)] {
            sums.set(variable, sum)?;
        }
        for (a, b, sum) in [(Y, D, yd), (Y, X, yx), (D, D, dd), (D, X, dx), (X, X, xx)] {
            sums.set_product(a, b, sum)?;
        }
        Ok(sums)
    }

    fn outcome(&self, center: f64) -> Result<Sums, Undefined> {
        let ([sum, ..], [squares, ..]) = (self.firsts, self.seconds);
        let all = real(self.units) * center;
        Sums::of_outcome(self.units, sum + all, squares + center * (2.0 * sum + all))
    }
}

/// The halves of one replay.
#[derive(Debug, Clone)]
pub(super) struct Halves {
    seed: u64,
    /// By metric, then by half.
    running: Vec<[Running; 2]>,
}

impl Halves {
    /// Empty ones. The seed decides, with each unit's key, who goes where.
    pub(super) fn new(seed: u64, metrics: usize) -> Self {
        Self { seed, running: vec![[Running::default(); 2]; metrics] }
    }

    /// Counts a unit in its half.
    pub(super) fn add(&mut self, key: u64, observations: &[Observation]) {
        let half = usize::from(mixed(key ^ self.seed) >> 63 == 1);
        for (halves, observation) in self.running.iter_mut().zip(observations) {
            if let Some(running) = halves.get_mut(half) {
                running.add(observation);
            }
        }
    }

    /// Both halves of a metric, the first taken as the control.
    pub(super) fn sums(&self, metric: usize) -> Result<[Sums; 2], Undefined> {
        let [control, treatment] = self.running.get(metric).ok_or(Undefined::NoUnits)?;
        Ok([control.sums()?, treatment.sums()?])
    }

    /// The same of the outcome alone, with this added to that of each unit.
    pub(super) fn outcomes(&self, metric: usize, center: f64) -> Result<[Sums; 2], Undefined> {
        let [control, treatment] = self.running.get(metric).ok_or(Undefined::NoUnits)?;
        Ok([control.outcome(center)?, treatment.outcome(center)?])
    }
}
