//! All that is asked of two beta distributions, from one walk over the log-odds in which both live.
//!
//! In: two shares. Out: which is higher, and by how much in expectation, with the digits of sums of positive terms. At every node the
//! tails are integrals of the density so far, so that no incomplete beta function is asked for: that is what makes it hundreds of times faster
//! than an integral over tails. Where the two lie so far apart that only their far tails meet, it declines.

use super::shares::Share;
use crate::statistics::distribution::series::{exp_m1_less_x, ln_1p_less_x};
use crate::statistics::panels;
use crate::statistics::quadrature::{NODES, ONES, TABLE};

/// What two shares are to one another.
#[derive(Debug, Clone, Copy)]
pub struct Swept {
    /// That the second is higher.
    pub higher: f64,
    /// That the first is higher.
    pub lower: f64,
    /// By how much the second exceeds the first in expectation, where being below counts as 0.
    pub above: f64,
    /// By how much the first exceeds the second.
    pub below: f64,
}

/// Beyond so many deviations of the difference the tails that meet are too far out for sums from their own ends.
const FARTHEST_APART: f64 = 6.0;

/// A sharper one than so many times the other would need panels without end.
const SHARPEST: f64 = 100.0;

/// What lies so much below the peak, in logarithms, weighs less than the last digit of what is asked for.
const ENOUGH: f64 = 46.0;

/// Walks over both; `None` where that would cost digits.
pub fn sweep(first: Share, second: Share) -> Option<Swept> {
    let (first, second) = (Density::of(first), Density::of(second));
    let apart = (first.peak - second.peak).abs() / first.deviation().hypot(second.deviation());
    let sharper = first.deviation() / second.deviation();
    if apart > FARTHEST_APART || !(1.0 / SHARPEST..=SHARPEST).contains(&sharper) {
        return None;
    }
    let lower = first.ends.0.min(second.ends.0);
    let upper = first.ends.1.max(second.ends.1);
    let ends = panels::ends(lower, upper, |here| first.step(here).min(second.step(here)))?;
    let steps: Vec<Panel> =
        ends.iter().zip(ends.iter().skip(1)).map(|(low, high)| Panel::of(*low, *high, &first, &second)).collect();
    Some(join(&steps))
}

/// The density of the log-odds of a share, as 1 at its peak.
struct Density {
    /// The smaller parameter, so that the share at the peak is at most a half and nothing cancels.
    a: f64,
    whole: f64,
    /// Of the share with the smaller parameter.
    share: f64,
    /// Whether the log-odds count the other way.
    mirrored: bool,
    peak: f64,
    /// Where it begins and ends to be worth something.
    ends: (f64, f64),
}

impl Density {
    fn of(share: Share) -> Self {
        let Share { alpha, beta } = share;
        let (a, whole) = (alpha.min(beta), alpha + beta);
        let peak = (alpha / beta).ln();
        let plain = Self { a, whole, share: a / whole, mirrored: alpha > beta, peak, ends: (peak, peak) };
        Self { ends: (plain.border(-1.0), plain.border(1.0)), ..plain }
    }

    /// About, where the parameters are large.
    fn deviation(&self) -> f64 {
        1.0 / (self.a * (1.0 - self.share)).sqrt()
    }

    fn away(&self, log_odds: f64) -> f64 {
        if self.mirrored { self.peak - log_odds } else { log_odds - self.peak }
    }

    /// `a d - n ln(1 + s (e^d - 1))`, whose first powers of d cancel.
    fn ln(&self, log_odds: f64) -> f64 {
        let d = self.away(log_odds);
        if d.abs() > 0.25 {
            return self.a * d - self.whole * (self.share * d.exp_m1()).ln_1p();
        }
        let bend = exp_m1_less_x(d);
        -self.a * bend - self.whole * ln_1p_less_x(self.share * (d + bend))
    }

    /// How far a panel may go from here: four deviations, or so far that the logarithm falls by 20.
    fn step(&self, log_odds: f64) -> f64 {
        if log_odds < self.ends.0 {
            return self.ends.0 - log_odds;
        }
        if log_odds >= self.ends.1 {
            return f64::INFINITY;
        }
        // Of the log-odds themselves, whichever way they are counted: the slope's sign does not matter.
        let rise = (-self.away(log_odds)).exp() * (1.0 - self.share) / self.share;
        let share = 1.0 / (1.0 + rise);
        let bend = self.whole * share * (1.0 - share);
        let slope = self.a - self.whole * share;
        (2.0 * (2.0 / bend.sqrt()).ln_1p()).min(20.0 / slope.abs()).min(4.0)
    }

    /// Where it is over on one side.
    fn border(&self, side: f64) -> f64 {
        let is_over = |reach: f64| self.ln(side.mul_add(reach, self.peak)) < -ENOUGH;
        let mut reach = 8.0 * self.deviation();
        while !is_over(reach) && reach < 1e6 {
            reach *= 1.25;
        }
        side.mul_add(reach, self.peak)
    }
}

/// What one panel adds.
struct Panel {
    /// By density: the mass of the panel.
    masses: [f64; 2],
    /// The mass of the first by that of the second below it in the panel, and the other way round.
    products: [f64; 2],
    /// Integrals of the derivative of the share, by what the tails are made of: see [`join`].
    shares: Shares,
}

/// Integrals over a panel of the derivative of the share by its log-odds, times masses.
#[derive(Default)]
struct Shares {
    /// Times 1.
    plain: f64,
    /// Times the mass below, of each.
    below: [f64; 2],
    /// Times the mass above, of each.
    above: [f64; 2],
    /// Times the mass below of the first and above of the second.
    below_above: f64,
    /// Times the mass above of the first and below of the second.
    above_below: f64,
}

impl Panel {
    fn of(low: f64, high: f64, first: &Density, second: &Density) -> Self {
        let (half, middle) = ((high - low) / 2.0, f64::midpoint(low, high));
        let mut densities = [[0.0; NODES]; 2];
        let mut slopes = [0.0; NODES];
        for (place, node) in TABLE.nodes.iter().enumerate() {
            let log_odds = half.mul_add(*node, middle);
            for (density, values) in [first, second].into_iter().zip(&mut densities) {
                if let Some(value) = values.get_mut(place) {
                    *value = half * density.ln(log_odds).exp();
                }
            }
            if let Some(slope) = slopes.get_mut(place) {
                let small = (-log_odds.abs()).exp();
                *slope = half * small / ((1.0 + small) * (1.0 + small));
            }
        }
        let [a, b] = &densities;
        let (a_below, a_above) = TABLE.tails(a);
        let (b_below, b_above) = TABLE.tails(b);
        Self {
            masses: [TABLE.sum(a, &ONES), TABLE.sum(b, &ONES)],
            products: [TABLE.sum(b, &a_below), TABLE.sum(a, &b_below)],
            shares: Shares {
                plain: TABLE.sum(&slopes, &ONES),
                below: [TABLE.sum(&slopes, &a_below), TABLE.sum(&slopes, &b_below)],
                above: [TABLE.sum(&slopes, &a_above), TABLE.sum(&slopes, &b_above)],
                below_above: TABLE.product(&slopes, &a_below, &b_above),
                above_below: TABLE.product(&slopes, &a_above, &b_below),
            },
        }
    }
}

/// Puts the panels together: what lies in earlier panels is below all of a panel, what lies in later ones above.
fn join(panels: &[Panel]) -> Swept {
    let mut above: Vec<[f64; 2]> = Vec::with_capacity(panels.len());
    let mut later = [0.0; 2];
    for panel in panels.iter().rev() {
        above.push(later);
        later = [later[0] + panel.masses[0], later[1] + panel.masses[1]];
    }
    let whole = later;
    let mut below = [0.0; 2];
    let mut found = Swept { higher: 0.0, lower: 0.0, above: 0.0, below: 0.0 };
    for (panel, above) in panels.iter().zip(above.iter().rev()) {
        let Panel { masses, products, shares } = panel;
        found.higher += below[0] * masses[1] + products[0];
        found.lower += below[1] * masses[0] + products[1];
        found.above += below[0] * above[1] * shares.plain
            + below[0] * shares.above[1]
            + above[1] * shares.below[0]
            + shares.below_above;
        found.below += below[1] * above[0] * shares.plain
            + below[1] * shares.above[0]
            + above[0] * shares.below[1]
            + shares.above_below;
        below = [below[0] + masses[0], below[1] + masses[1]];
    }
    let scale = whole[0] * whole[1];
    Swept {
        higher: found.higher / scale,
        lower: found.lower / scale,
        above: found.above / scale,
        below: found.below / scale,
    }
}
