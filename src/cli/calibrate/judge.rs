//! What each plan says of one replay.

use crate::analysis::Compared;
use crate::cli::mixed::mixed;
use crate::statistics::anytime::{Evidence, Rule, Sides, Standing, Tuning};
use crate::statistics::group_sequential::{Design, Spending};
use crate::statistics::{Adjustment, Sums, Undefined, real};

use super::Arguments;
use super::halves::Halves;
use super::history::{History, Known};

/// A metric as it is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judged {
    /// Its place in the history.
    pub(super) metric: usize,
    /// Whether what the covariate explains is taken out.
    pub(super) is_adjusted: bool,
}

/// What one replay showed of one metric.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// In the order of [`super::rates::Claim::ALL`].
    pub(super) claimed: [bool; 6],
    /// Of the fixed test at the last look.
    pub(super) p_value: Option<f64>,
    /// Looks at which the start-up rule said "not yet".
    pub(super) waited: u64,
    /// Whether it ever said anything else.
    pub(super) opened: bool,
}

/// What one replay showed, by [`Judge::judged`].
pub(super) type Run = Vec<Seen>;

/// The plans, as they are fixed before the first look.
pub(super) struct Judge {
    /// Metrics, plain and adjusted.
    pub(super) judged: Vec<Judged>,
    seed: u64,
    alpha: f64,
    looks: Vec<Look>,
    anytime: Rule,
    horizon: Rule,
}

/// A look that is planned.
struct Look {
    /// So many units are in by then.
    units: usize,
    /// The bound of the group-sequential plan.
    bound: f64,
}

impl Judge {
    pub(super) fn new(history: &History, arguments: &Arguments) -> Result<Self, Undefined> {
        let (units, count) = (history.units(), arguments.looks as usize);
        let places: Vec<usize> = (1..=count).map(|look| units * look / count).collect();
        let fractions: Vec<f64> = places.iter().map(|place| real(*place as u64) / real(units as u64)).collect();
        let design = Design { spending: Spending::ObrienFleming, alpha: arguments.alpha, sides: Sides::Two };
        let bounds = design.bounds(&fractions)?;
        let looks = places.into_iter().zip(bounds.looks()).map(|(units, bound)| Look { units, bound: bound.z });
        let judged = history.metrics.iter().enumerate().flat_map(|(metric, known)| {
            let plain = Judged { metric, is_adjusted: false };
            [Some(plain), known.has_covariate.then_some(Judged { metric, is_adjusted: true })]
        });
        Ok(Self {
            judged: judged.flatten().collect(),
            seed: arguments.seed,
            alpha: arguments.alpha,
            looks: looks.collect(),
            anytime: Rule::new(arguments.alpha, Tuning::default())?,
            horizon: Rule::with_horizon(arguments.alpha, units as u64)?,
        })
    }

    /// One replay: splits the units, looks, and says what was seen.
    pub(super) fn run(&self, history: &History, run: u64) -> Run {
        let mut halves = Halves::new(mixed(mixed(self.seed).wrapping_add(run)), history.metrics.len());
        let mut seen: Run = vec![Seen::default(); self.judged.len()];
        let mut from = 0;
        for (place, look) in self.looks.iter().enumerate() {
            history.between(from, look.units).for_each(|(key, observations)| halves.add(key, observations));
            from = look.units;
            let is_last = place + 1 == self.looks.len();
            let mut seen = seen.iter_mut();
            for (place, metric) in history.metrics.iter().enumerate() {
                // What has no number, as where nobody converted yet, claims nothing.
                let sums = Self::sums(&halves, place, metric).ok();
                for is_adjusted in [false, true].into_iter().take(1 + usize::from(metric.has_covariate)) {
                    if let (Some(seen), Some(sums)) = (seen.next(), &sums) {
                        let _undefined = self.look(metric, is_adjusted, sums, look.bound, is_last, seen);
                    }
                }
            }
        }
        seen
    }

    /// The sums of both halves, and what the start-up rule goes by.
    fn sums(halves: &Halves, place: usize, metric: &Known) -> Result<([Sums; 2], Evidence), Undefined> {
        let sums = halves.sums(place)?;
        let evidence = if metric.center.outcome == 0.0 {
            Evidence::of(&sums[0], &sums[1])
        } else {
            let [control, treatment] = halves.outcomes(place, metric.center.outcome)?;
            Evidence::of(&control, &treatment)
        };
        Ok((sums, evidence))
    }

    fn look(
        &self,
        metric: &Known,
        is_adjusted: bool,
        (sums, evidence): &([Sums; 2], Evidence),
        bound: f64,
        is_last: bool,
        seen: &mut Seen,
    ) -> Result<(), Undefined> {
        // As `segue analyse` makes it.
        let [control, treatment] = sums;
        let compared = Compared::of_sums(metric.kind, control, treatment, evidence.control + evidence.treatment)?;
        let comparison = match is_adjusted {
            true => Adjustment::of(metric.kind.measure(), sums)?.compare(control, treatment)?,
            false => compared.comparison?,
        };
        let p_value = comparison.difference.p_value().value;
        let [fixed, peeking, group_sequential, anytime, horizon, without_start_up] = &mut seen.claimed;
        *peeking |= p_value <= self.alpha;
        *group_sequential |= comparison.difference.statistic().abs() >= bound;
        let claims = |answer: Standing| matches!(answer, Standing::Open(look) if look.p_value.value <= self.alpha);
        let answer = self.anytime.look(&comparison, *evidence)?;
        match answer {
            Standing::Waiting(_) => seen.waited += 1,
            Standing::Open(_) => seen.opened = true,
        }
        *anytime |= claims(answer);
        *horizon |= claims(self.horizon.look(&comparison, *evidence)?);
        *without_start_up |= claims(self.anytime.starting_at(0.0).look(&comparison, *evidence)?);
        if is_last {
            let p_value = match compared.counts {
                Some(counts) if !is_adjusted => counts.test()?.p_value.value,
                _ => p_value,
            };
            *fixed = p_value <= self.alpha;
            seen.p_value = Some(p_value);
        }
        Ok(())
    }
}
