//! The Brownian score from look to look, where it has not been stopped.
//!
//! In: where the score starts, and at each look the range in which it goes on. Out: probabilities of what it does at the next look.
//! `B(t) = z sqrt(t)` has independent increments of variance `t_k - t_(k-1)`. The density of those still going on is kept at the nodes of
//! Gauss and Legendre's rule, without drift; a drift only reweighs it (`exp(θ x - θ² t / 2)`), so one walk answers for all drifts.
//!
//! Source: Armitage, McPherson, Rowe (1969), Journal of the Royal Statistical Society A 132, 235-244; Jennison, Turnbull (2000), Group
//! Sequential Methods, chapter 19.

use std::f64::consts::FRAC_1_SQRT_2;

use crate::statistics::{Undefined, quadrature};

/// `sqrt(2 pi)`.
const SQRT_TAU: f64 = 2.506_628_274_631_000_5;

/// Deviations in a panel of 32 nodes. A third of it changes bounds by less than 1e-11, even of 100 looks.
const PANEL: f64 = 9.0;

/// Beyond so many deviations a density is 0 in `f64`.
const FAR: f64 = 38.0;

/// Without a lower end, the walk is followed to so many deviations below 0 ...
const LOW: f64 = 9.0;

/// ... and so much lower as a drift of this size takes it.
const LOW_DRIFT: f64 = 4.0;

/// Where the score may be at one look, if it goes on.
#[derive(Debug, Clone, PartialEq)]
struct Stage {
    fraction: f64,
    /// Place and mass without drift.
    nodes: Vec<(f64, f64)>,
}

/// A walk up to a look.
#[derive(Debug, Clone, PartialEq)]
pub struct Walk {
    start: f64,
    is_symmetric: bool,
    stages: Vec<Stage>,
}

impl Walk {
    /// Of a score that stands at `place` at this fraction.
    pub fn from(fraction: f64, place: f64) -> Self {
        Self { start: place, is_symmetric: place == 0.0, stages: vec![Stage { fraction, nodes: vec![(place, 1.0)] }] }
    }

    /// The probability, under a drift, of going on through all looks before the one with this index (from 0), and then to be above `level` at
    /// `fraction`.
    pub fn above(&self, look: usize, fraction: f64, level: f64, drift: f64) -> f64 {
        self.beyond(look, fraction, drift, |place| level - place)
    }

    /// The same for being below `level`.
    pub fn below(&self, look: usize, fraction: f64, level: f64, drift: f64) -> f64 {
        self.beyond(look, fraction, drift, |place| place - level)
    }

    fn beyond(&self, look: usize, fraction: f64, drift: f64, distance: impl Fn(f64) -> f64) -> f64 {
        let (Some(stage), Some(first)) = (self.stages.get(look), self.stages.first()) else { return 0.0 };
        let step = fraction - stage.fraction;
        let scale = FRAC_1_SQRT_2 / step.sqrt();
        let passed = 0.5 * drift * drift * (stage.fraction - first.fraction);
        let part = |(place, mass): &(f64, f64)| {
            let weight = if drift == 0.0 { *mass } else { mass * (drift * (place - self.start) - passed).exp() };
            0.5 * weight * libm::erfc(distance(place + drift * step) * scale)
        };
        stage.nodes.iter().map(part).sum()
    }

    /// The level that the score exceeds with this probability at `fraction`, above 0, having gone on through all looks so far, without drift.
    ///
    /// Halley's steps on the logarithm of the probability, which is concave.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] if the probability is not above 0, or more than what is left.
    pub fn exceeded(&self, fraction: f64, probability: f64, start: f64) -> Result<f64, Undefined> {
        let stage = self.stages.last().ok_or(Undefined::OutOfRange)?;
        let deviation = (fraction - stage.fraction).sqrt();
        let wanted = probability.ln();
        let mut level = start;
        for _ in 0..40 {
            let (mut tail, mut density, mut slope) = (0.0, 0.0, 0.0);
            for (place, mass) in &stage.nodes {
                let away = (level - place) / deviation;
                let here = mass * (-0.5 * away * away).exp();
                tail += mass * libm::erfc(away * FRAC_1_SQRT_2);
                density += here;
                slope += here * away;
            }
            // Of the logarithm of the probability, in deviations: value, first and second derivative.
            let (tail, density, slope) = (0.5 * tail, density / SQRT_TAU, slope / SQRT_TAU);
            let (value, first) = (tail.ln() - wanted, -density / tail);
            let second = slope / tail - first * first;
            if !value.is_finite() || !first.is_finite() {
                // So far out that nothing is left in `f64`: half-way back to where the score may be.
                let highest = stage.nodes.last().map_or(level, |(place, _)| *place);
                level = 0.5 * (level + highest);
                continue;
            }
            // Newton's step, which from above never passes the place, where Halley's is not near it.
            let bend = (0.5 * value * second / (first * first)).min(0.5);
            let step = value / first / (1.0 - bend);
            level -= step * deviation;
            if (step * deviation).abs() <= 1e-12 * level.abs().max(deviation) {
                return Ok(level);
            }
        }
        Err(Undefined::NoSolution)
    }

    /// Goes on to a look where the score continues between `lower` (`None` = from anywhere below) and `upper`. `next` is the fraction of the look after
    /// it, which decides how fine the grid must be.
    pub fn go_on(&mut self, fraction: f64, lower: Option<f64>, upper: f64, next: f64) {
        let Some(stage) = self.stages.last() else { return };
        let deviation = (fraction - stage.fraction).sqrt();
        let spread = self.stages.first().map_or(0.0, |first| fraction - first.fraction).sqrt();
        let upper = upper.min(self.start + FAR * spread);
        let lower = lower.map_or(self.start - LOW * spread - LOW_DRIFT * spread * spread, |lower| {
            lower.max(self.start - FAR * spread)
        });
        let finest = deviation.min((next - fraction).sqrt());
        let mut nodes = quadrature::grid(lower, upper, panels((upper - lower) / (PANEL * finest)));
        let scale = 1.0 / (deviation * SQRT_TAU);
        let inverse = -0.5 / (deviation * deviation);
        let density = |place: f64| -> f64 {
            stage.nodes.iter().map(|(from, mass)| mass * (inverse * (place - from) * (place - from)).exp()).sum()
        };
        // What is symmetric up to now need only be computed once.
        let known = if self.is_symmetric && lower == -upper { nodes.len() / 2 } else { 0 };
        self.is_symmetric = known > 0;
        nodes.iter_mut().skip(known).for_each(|(place, weight)| *weight *= scale * density(*place));
        let mirrored: Vec<f64> = nodes.iter().rev().take(known).map(|(_, mass)| *mass).collect();
        nodes.iter_mut().zip(mirrored).for_each(|((_, mass), mirrored)| *mass = mirrored);
        self.stages.push(Stage { fraction, nodes });
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 1000")]
fn panels(count: f64) -> u32 {
    count.ceil().clamp(1.0, 1000.0) as u32
}
