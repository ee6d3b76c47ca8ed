//! An experiment with all that is known of it: its definition, what was counted, what happened to it.
//!
//! In: these. Out: the plan and the data that room `analysis` takes, at any instant: planned looks, batches of a bandit, a breaker and changes of
//! the plan stand in the data, so that whoever reads them says the same.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::plan;
use super::standing::Standing;
use crate::analysis::{Batch, Change, Data, Plan, Seen, Tripped};
use crate::experiment::{Experiment, Split, Status, Stop, even_split};
use crate::measurement::{CountedBatch, MeasuredExperiment, MeasuredMetric, Totals};

/// Terms whose change parts the units into some who cannot be compared with the others.
const BREAKING_TERMS: [&str; 3] = ["variants", "unit", "assignment"];

/// An experiment with all that is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Watched<'a> {
    /// As its team defines it now.
    pub definition: &'a Experiment,
    /// What is counted, with caps as they were fixed.
    pub measured: &'a MeasuredExperiment,
    /// What happened to it.
    pub standing: &'a Standing,
    /// What was counted.
    pub totals: &'a Totals,
    /// Whether not everybody is counted yet.
    pub is_recounting: bool,
}

/// The looks that a plan asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedLooks {
    /// How many; the last is at the end.
    pub looks: u32,
    /// Units of all variants at the end, above 0.
    pub units: u64,
}

/// A look that is due.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DueLook {
    /// Which one, from 1 on.
    pub number: u32,
    /// Who was exposed until this day counts, in days since 1970: everything is known of them.
    pub day: i64,
    /// How many they are.
    pub units: u64,
    /// The share of the planned units, in (0, 1]; 1 at the end, which may come with fewer.
    pub fraction: f64,
}

impl PlannedLooks {
    /// Those of an experiment: of a fixed plan the one at its end; `None` where none are planned.
    pub fn of(definition: &Experiment) -> Option<Self> {
        let units = definition.plan.visitors.filter(|units| *units > 0)?;
        match definition.plan.stop {
            Stop::Fixed => Some(Self { looks: 1, units }),
            Stop::GroupSequential { looks, .. } => Some(Self { looks: looks.max(1), units }),
            Stop::Anytime => None,
        }
    }

    /// The last look for which so many units suffice; 0 = none.
    pub fn reached(self, units: u64) -> u32 {
        let reached = u128::from(units) * u128::from(self.looks) / u128::from(self.units);
        u32::try_from(reached).map_or(self.looks, |reached| reached.min(self.looks))
    }

    /// At how many units a look is due.
    pub fn units_of(self, look: u32) -> u64 {
        let units = (u128::from(look) * u128::from(self.units)).div_ceil(u128::from(self.looks));
        u64::try_from(units).unwrap_or(u64::MAX)
    }

    /// The share of the planned units, in `[0, 1]`.
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more than f64 has")]
    pub fn fraction(self, units: u64) -> f64 {
        (units as f64 / self.units as f64).min(1.0)
    }
}

impl Watched<'_> {
    /// Its plan, as room `analysis` takes it.
    pub fn plan(&self) -> Plan {
        plan(self.definition, self.measured)
    }

    /// Units of all variants.
    pub fn units(&self) -> u64 {
        self.totals.units().iter().fold(0, |sum, units| sum.saturating_add(*units))
    }

    /// What room `analysis` takes, with everything that happened.
    pub fn data(&self, now: Timestamp) -> Data {
        self.marked(self.totals.data(self.measured, now), now)
    }

    /// The same, not broken down: what is decided by.
    pub(super) fn data_of_all(&self, now: Timestamp) -> Data {
        self.marked(self.totals.data_of_all(self.measured, now), now)
    }

    fn marked(&self, mut data: Data, now: Timestamp) -> Data {
        data.batches = self.batches(now);
        data.seen = self.seen(now);
        self.mark(&mut data, i64::MAX);
        data.quality.is_recounting = self.is_recounting;
        let name = |(metric, _): (MeasuredMetric, f64)| metric.definition.name.to_string();
        data.quality.without_cap = self.lacking_caps().into_iter().map(name).collect();
        data
    }

    /// What a look reads.
    pub(super) fn data_at(&self, look: &DueLook) -> Data {
        let mut data = self.totals.data_until(self.measured, look.day);
        data.looks = self.standing.looks.iter().map(|(_, look)| look.fraction).collect();
        data.seen = if look.fraction >= 1.0 { Seen::AtTheEnd } else { Seen::Live };
        self.mark(&mut data, i64::MAX);
        data
    }

    /// What happened to the experiment belongs to whatever is read of it. What was changed after `read`, in milliseconds since 1970, breaks
    /// nothing of it: those who were read then came before.
    pub(super) fn mark(&self, data: &mut Data, read: i64) {
        data.tripped = self.standing.tripped.as_ref().map(|tripped| Tripped {
            metric: tripped.harm.metric.clone(),
            variant: tripped.harm.variant.clone(),
            at: instant(tripped.at).to_string(),
            because: tripped.harm.because.clone(),
        });
        data.quality.changed_terms = self.changes(read);
    }

    /// Metrics whose cap is a percentile that was not found yet of what it is taken of now, with the share of values below it.
    pub fn lacking_caps(&self) -> Vec<(MeasuredMetric, f64)> {
        let caps = self.standing.caps();
        let is_found = |metric: &MeasuredMetric| metric.cap_source().is_some_and(|source| caps.contains_key(&source));
        let lacking = self.measured.percentiles().filter(|(metric, _)| !is_found(metric));
        lacking.map(|(metric, share)| (metric.clone(), share)).collect()
    }

    /// Once nobody new is enrolled for ever, a look at all who came is the last. Looks that are planned are another matter; and of a split that was
    /// made elsewhere nobody knows who is told of later.
    fn seen(&self, now: Timestamp) -> Seen {
        let Experiment { split, schedule, .. } = self.definition;
        let is_over = is_stopped(self.definition) || schedule.over_since(now).is_some();
        match split {
            _ if !is_over || self.measured.has_looks => Seen::Live,
            Split::External => Seen::Ended,
            Split::Hash | Split::Bandit => Seen::AtTheEnd,
        }
    }

    /// Whether somebody stopped it before its end and before everybody came who was planned: that was nobody's plan, so no look is taken.
    pub(super) fn is_cut_short(&self, planned: PlannedLooks) -> bool {
        let end = self.definition.schedule.until.map(Timestamp::as_millisecond);
        let ended_before = self.standing.stopped.zip(end).is_some_and(|(stopped, end)| end <= stopped);
        is_stopped(self.definition) && !ended_before && self.units() < planned.units
    }

    /// Units of all variants of whom everything is known that a look counts.
    pub fn ripe_units(&self, now: Timestamp) -> u64 {
        self.measured.ripe_day(now).map_or(0, |day| self.totals.units_until(day))
    }

    /// The look that is due.
    ///
    /// The last one when the planned units are complete, or, if fewer came, when all are who came until the stated end. At that end one is due
    /// unless it was looked at before, however many looks were taken on the way. None where somebody stopped it before.
    pub fn due_look(&self, now: Timestamp) -> Option<DueLook> {
        let planned = PlannedLooks::of(self.definition).filter(|planned| !self.is_cut_short(*planned))?;
        let day = self.measured.ripe_day(now)?;
        let units = self.totals.units_until(day);
        let is_over = self.definition.schedule.over_since(now).is_some() && units > 0 && units == self.units();
        let (number, fraction) =
            if is_over { (planned.looks, 1.0) } else { (planned.reached(units), planned.fraction(units)) };
        let (last, before) = self.standing.looks.last().map_or((0, 0.0), |(_, look)| (look.number, look.fraction));
        // The end is looked at also where fewer looks are planned by now than were taken.
        let number = if fraction >= 1.0 { number.max(last.saturating_add(1)) } else { number };
        let is_due = number > last && fraction > before && self.standing.deciding_look().is_none();
        is_due.then_some(DueLook { number, day, units, fraction })
    }

    fn batches(&self, now: Timestamp) -> Vec<Batch> {
        if !self.measured.is_bandit {
            return Vec::new();
        }
        let batch = |counted: CountedBatch| Batch {
            weights: self.weights(counted.number, &counted.units),
            dealt: if counted.number == 0 { vec![0; counted.dealt.len()] } else { counted.dealt },
            units: counted.units,
            metrics: counted.metrics,
        };
        self.totals.batches(self.measured, now).into_iter().map(batch).collect()
    }

    /// By variant, what its share was in a split of this number, with so many units.
    ///
    /// All alike where no batch held. Of other variants than those of now it is only known who got one: the others were not there.
    fn weights(&self, number: u32, units: &[u64]) -> Vec<f64> {
        let batches = &self.standing.batches;
        // INVARIANT: ascending by their numbers.
        let known = batches.binary_search_by_key(&number, |held| held.batch.number);
        let known = known.ok().and_then(|place| batches.get(place)).map(|held| &held.batch.weights);
        let knows_all = known.is_none() && self.is_even_split_of_now(number);
        let variants = self.measured.variants.iter().zip(units);
        let weight = |(variant, units): (&Arc<str>, &u64)| match known {
            Some(weights) => weights.iter().find(|(name, _)| name == variant).map_or(0.0, |(_, weight)| *weight),
            None if knows_all || *units > 0 => 1.0,
            None => 0.0,
        };
        variants.map(weight).collect()
    }

    /// Whether in a split of this number the variants of now shared alike: before any batch, or behind one of other variants.
    fn is_even_split_of_now(&self, number: u32) -> bool {
        let batches = self.standing.batches.iter().map(|held| held.batch.number);
        std::iter::once(0).chain(batches).any(|after| even_split(after, self.definition) == number)
    }

    /// Whether a change of this term parts the units into some who cannot be compared with the others. What was split elsewhere is not dealt by the weights
    /// of the file: they only say what split is expected.
    fn is_breaking(&self, topic: &str) -> bool {
        let is_dealt_here = self.definition.split != Split::External;
        BREAKING_TERMS.contains(&topic) && (topic != "variants" || is_dealt_here)
    }

    fn changes(&self, read: i64) -> Vec<Change> {
        let text = |text: &Option<String>| text.as_deref().unwrap_or("nothing").to_owned();
        let change = |deviation: &super::Deviation| Change {
            topic: deviation.topic.clone(),
            was: text(&deviation.was),
            is: text(&deviation.is),
            breaks: deviation.at <= read && self.is_breaking(&deviation.topic),
        };
        self.standing.deviations.iter().map(change).collect()
    }
}

/// Whether somebody stopped it. Of a split that is made elsewhere only `until` says who comes too late.
pub(super) fn is_stopped(definition: &Experiment) -> bool {
    matches!(definition.status, Status::Stopped { .. }) && definition.split != Split::External
}

/// The instant of milliseconds since 1970; the nearest that there is.
pub(super) fn instant(at: i64) -> Timestamp {
    Timestamp::from_millisecond(at).unwrap_or(if at < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// From one instant to a later one.
pub(super) fn between(from: i64, now: Timestamp) -> SignedDuration {
    now.duration_since(instant(from))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_look_is_reached_with_its_units_and_not_before(looks in 1..200_u32, units in 1..10_000_000_u64, look in 1..200_u32) {
            let (planned, look) = (PlannedLooks { looks, units }, look.min(looks));
            let due = planned.units_of(look);
            prop_assert!(planned.reached(due) >= look);
            prop_assert!(planned.reached(due - 1) < look);
            prop_assert!(planned.reached(u64::MAX) == looks && planned.reached(0) == 0);
        }
    }
}
