//! The Brownian score from look to look, where it has not been stopped.
//!
//! In: where the score starts, and at each look the range in which it goes on. Out: probabilities of what it does at the next look.
//! `B(t) = z sqrt(t)` has independent increments of variance `t_k - t_(k-1)`. The density of those still going on is kept at the nodes of
//! Gauss and Legendre's rule, without drift; a drift only reweighs it (`exp(θ x - θ² t / 2)`), so one walk answers for all drifts.
//!
//! Source: Armitage, McPherson, Rowe (1969), Journal of the Royal Statistical Society A 132, 235-244; Jennison, Turnbull (2000), Group
//! Sequential Methods, chapter 19.

use crate::statistics::distribution::normal;
use crate::statistics::quadrature;

/// Deviations in a panel of 32 nodes. Halving it changes bounds by less than 1e-12.
const PANEL: f64 = 6.0;

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
    stages: Vec<Stage>,
}

impl Walk {
    /// Of a score that stands at `place` at this fraction.
    pub fn from(fraction: f64, place: f64) -> Self {
        Self { start: place, stages: vec![Stage { fraction, nodes: vec![(place, 1.0)] }] }
    }

    /// How many looks it has gone through.
    pub fn looks(&self) -> usize {
        self.stages.len() - 1
    }

    /// The probability of going on through all looks before the one with this index (from 0), and then to be above `level` at `fraction`; with its
    /// derivative by `-level`.
    pub fn above(&self, look: usize, fraction: f64, level: f64, drift: f64) -> (f64, f64) {
        self.beyond(look, fraction, drift, |place| level - place)
    }

    /// The same for being below `level`.
    pub fn below(&self, look: usize, fraction: f64, level: f64, drift: f64) -> f64 {
        self.beyond(look, fraction, drift, |place| place - level).0
    }

    fn beyond(&self, look: usize, fraction: f64, drift: f64, distance: impl Fn(f64) -> f64) -> (f64, f64) {
        let (Some(stage), Some(first)) = (self.stages.get(look), self.stages.first()) else { return (0.0, 0.0) };
        let step = fraction - stage.fraction;
        let deviation = step.sqrt();
        let passed = stage.fraction - first.fraction;
        let (mut probability, mut density) = (0.0, 0.0);
        for (place, mass) in &stage.nodes {
            let weight = if drift == 0.0 {
                *mass
            } else {
                mass * (drift * (place - self.start) - 0.5 * drift * drift * passed).exp()
            };
            let away = distance(place + drift * step) / deviation;
            if weight > 0.0 {
                probability += weight * normal::upper_tail(away).value;
                density += weight * normal::density(away) / deviation;
            }
        }
        (probability, density)
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
        let width = (upper - lower).max(0.0);
        let finest = deviation.min((next - fraction).sqrt());
        let nodes = quadrature::grid(lower, upper, panels(width / (PANEL * finest)));
        let scale = 1.0 / (deviation * (2.0 * std::f64::consts::PI).sqrt());
        let inverse = -0.5 / (deviation * deviation);
        let nodes = nodes
            .into_iter()
            .map(|(place, weight)| {
                let density: f64 = stage
                    .nodes
                    .iter()
                    .map(|(from, mass)| mass * (inverse * (place - from) * (place - from)).exp())
                    .sum();
                (place, weight * scale * density)
            })
            .collect();
        self.stages.push(Stage { fraction, nodes });
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 1000")]
fn panels(count: f64) -> u32 {
    count.ceil().clamp(1.0, 1000.0) as u32
}
