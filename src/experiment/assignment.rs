//! Which variant a visitor gets, and with what probability; or why none.
//!
//! A function of the definition, the visitor, the instant and what steers the experiment: nothing is stored, nothing is drawn.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Batch, Experiment, Purpose, Range, Share, Split, Status, Steering, Variant, bucket};
use crate::profile::{ExposedTo, Schema, Visitor};

/// The variant that a visitor gets.
#[derive(Debug, Clone, Copy)]
pub struct Assignment<'e> {
    /// Which one.
    pub variant: &'e Variant,
    /// How it came about.
    pub by: Assigned,
}

/// How an assignment came about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Assigned {
    /// By the bucket: the visitor is in the experiment.
    Bucket {
        /// The probability that an enrolled unit gets this variant: its exact share of the 2^64 buckets, rounded to the
        /// nearest `f64`, in `(0, 1]`.
        probability: f64,
        /// Of a bandit the batch, from 1, or the number of an [`even_split`](super::even_split); 0 of other experiments.
        batch: u32,
    },
    /// By an earlier exposure: the visitor was shown this variant and keeps it.
    Exposed {
        /// The probability with which it was assigned then, in (0, 1]; `None` where the split was made elsewhere.
        probability: Option<f64>,
    },
    /// A guardrail's breaker tripped, so everybody who is enrolled gets the control; shown, not counted.
    Breaker,
    /// The definition says so for this tester; shown, not counted.
    Forced,
    /// The experiment is over and this variant won; shown, not counted.
    Winner,
}

/// Why a visitor gets no variant; then the rule that shows the experiment does not match.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotEnrolled {
    /// Nobody but its testers sees a draft.
    #[error("it is a draft")]
    Draft,
    /// It is paused.
    #[error("it is paused")]
    Paused,
    /// It is over without a winner.
    #[error("it is stopped and has no winner")]
    Stopped,
    /// Its time has not come.
    #[error("it starts at {0}")]
    NotStarted(Timestamp),
    /// Its time is over.
    #[error("it ended at {0}")]
    Ended(Timestamp),
    /// The split is made elsewhere.
    #[error("its split is made elsewhere")]
    External,
    /// This visitor has no account, or whatever is assigned.
    #[error("`{0}` is unknown")]
    UnknownUnit(Arc<str>),
    /// A holdout keeps this visitor out.
    #[error("the holdout `{0}` keeps this visitor out")]
    HeldOut(Arc<str>),
    /// The unit belongs to another part of the layer.
    #[error("the visitor is in another part of the layer `{0}`")]
    OtherRange(Arc<str>),
    /// The unit is in its range, not in its traffic.
    #[error("the visitor is outside its traffic")]
    OutsideTraffic,
}

impl Experiment {
    /// Which variant a visitor gets at an instant.
    ///
    /// In this order: a forced variant (unless the experiment is over or external), a holdout, the winner of a stopped
    /// experiment, its status and schedule; then, for whoever was exposed before or is in the range and the traffic: the control if
    /// the breaker tripped, the variant of the first exposure, the variant's range. Of a bandit the ranges are those of the batch.
    ///
    /// # Errors
    /// [`NotEnrolled`].
    pub fn assign(
        &self,
        visitor: &Visitor,
        schema: &Schema,
        now: Timestamp,
        steering: &Steering,
    ) -> Result<Assignment<'_>, NotEnrolled> {
        if self.split == Split::External {
            return Err(NotEnrolled::External);
        }
        let over = matches!(self.status, Status::Stopped { .. });
        if let Some(variant) = self.forced.get(&visitor.id).and_then(|index| self.variants.get(*index))
            && !over
        {
            return Ok(Assignment { variant, by: Assigned::Forced });
        }
        if let Some(holdout) = self
            .holdouts
            .iter()
            .find(|holdout| holdout.unit.id(visitor, schema).is_some_and(|unit| holdout.holds(&unit)))
        {
            return Err(NotEnrolled::HeldOut(Arc::clone(&holdout.name)));
        }
        match self.status {
            Status::Draft => return Err(NotEnrolled::Draft),
            Status::Paused => return Err(NotEnrolled::Paused),
            Status::Stopped { winner } => {
                let variant = winner.and_then(|index| self.variants.get(index)).ok_or(NotEnrolled::Stopped)?;
                return Ok(Assignment { variant, by: Assigned::Winner });
            }
            Status::Running => {}
        }
        if let Some(from) = self.schedule.not_before(now) {
            return Err(NotEnrolled::NotStarted(from));
        }
        if let Some(until) = self.schedule.over_since(now) {
            return Err(NotEnrolled::Ended(until));
        }
        let assignment = match self.kept(visitor) {
            Some(kept) => kept,
            None => {
                let unknown = || NotEnrolled::UnknownUnit(self.unit.word().into());
                let unit = self.unit.id(visitor, schema).ok_or_else(unknown)?;
                self.deal(&unit, steering)?
            }
        };
        if steering.is_tripped(self) { self.broken() } else { Ok(assignment) }
    }

    /// The variant of the first exposure; `None` where there was none, or the variant is gone.
    fn kept(&self, visitor: &Visitor) -> Option<Assignment<'_>> {
        let exposed = self.exposure_of(visitor)?;
        let variant = self.variant(&exposed.variant)?;
        Some(Assignment { variant, by: Assigned::Exposed { probability: exposed.probability } })
    }

    /// The first exposure of a visitor to this experiment, as long as its salt stands.
    pub fn exposure_of<'v>(&self, visitor: &'v Visitor) -> Option<&'v ExposedTo> {
        let is_of = |exposed: &&ExposedTo| exposed.experiment.salt == self.salt && exposed.experiment.name == self.name;
        visitor.exposed.iter().find(is_of)
    }

    fn broken(&self) -> Result<Assignment<'_>, NotEnrolled> {
        // INVARIANT: an experiment has variants.
        let variant = self.control().ok_or(NotEnrolled::OutsideTraffic)?;
        Ok(Assignment { variant, by: Assigned::Breaker })
    }

    /// The variant of a bandit that a unit's bucket gives while all share alike, whatever its traffic.
    pub fn even_variant(&self, unit: &str) -> Option<&Variant> {
        let place = bucket(Purpose::Variant, &self.salt, unit);
        (0..self.variants.len())
            .find(|index| self.even_range(*index).holds(place))
            .and_then(|index| self.variants.get(index))
    }

    /// What a unit's buckets give ([`Assigned::Bucket`]), whatever the status, the holdouts and the breaker.
    ///
    /// # Errors
    /// [`NotEnrolled::OtherRange`], [`NotEnrolled::OutsideTraffic`].
    pub fn deal(&self, unit: &str, steering: &Steering) -> Result<Assignment<'_>, NotEnrolled> {
        let place = match &self.layer {
            Some(placement) => bucket(Purpose::Layer, &placement.layer.salt, unit),
            None => bucket(Purpose::Traffic, &self.salt, unit),
        };
        if !self.enrolled().holds(place) {
            return Err(match &self.layer {
                Some(placement) if !placement.range.holds(place) => {
                    NotEnrolled::OtherRange(Arc::clone(&placement.layer.name))
                }
                _ => NotEnrolled::OutsideTraffic,
            });
        }
        let place = bucket(Purpose::Variant, &self.salt, unit);
        let (batch, number) = if self.split == Split::Bandit { steering.batch(self) } else { (None, 0) };
        let mut ranges = self.variants.iter().enumerate().map(|(index, variant)| (variant, self.range(index, batch)));
        // INVARIANT: the variants' ranges cover every bucket.
        let (variant, range) = ranges.find(|(_, range)| range.holds(place)).ok_or(NotEnrolled::OutsideTraffic)?;
        let probability = range.share().to_f64();
        Ok(Assignment { variant, by: Assigned::Bucket { probability, batch: number } })
    }

    /// The buckets of a variant: as defined, and of a bandit by its batch, or all alike before the first.
    fn range(&self, index: usize, batch: Option<&Batch>) -> Range {
        let variant = self.variants.get(index);
        match (self.split, batch) {
            (Split::Bandit, Some(batch)) => variant.and_then(|variant| batch.range(&variant.name)),
            (Split::Bandit, None) => Some(self.even_range(index)),
            (Split::Hash | Split::External, _) => variant.map(|variant| variant.range),
        }
        .unwrap_or(Range { start: Share::NONE, end: Share::NONE })
    }

    fn even_range(&self, index: usize) -> Range {
        let (index, count) = (index as u64, self.variants.len() as u64);
        Range { start: Share::of_weights(index, count), end: Share::of_weights(index + 1, count) }
    }
}

impl Assignment<'_> {
    /// The probability that an enrolled unit gets this variant; `None` where chance had no part in it.
    pub fn probability(&self) -> Option<f64> {
        match self.by {
            Assigned::Bucket { probability, .. } => Some(probability),
            Assigned::Exposed { probability } => probability,
            Assigned::Forced | Assigned::Winner | Assigned::Breaker => None,
        }
    }
}
