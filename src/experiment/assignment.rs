//! Which variant a visitor gets, and with what probability; or why none.
//!
//! A function of the definition, the visitor and the instant: nothing is stored, nothing is drawn.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Experiment, Purpose, Split, Status, Variant, bucket};
use crate::profile::{Schema, Visitor};

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
    },
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
    /// experiment, its status and schedule, the range in the layer and the traffic, the variant's range.
    ///
    /// # Errors
    /// [`NotEnrolled`].
    pub fn assign(&self, visitor: &Visitor, schema: &Schema, now: Timestamp) -> Result<Assignment<'_>, NotEnrolled> {
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
        let unknown = || NotEnrolled::UnknownUnit(self.unit.word().into());
        let unit = self.unit.id(visitor, schema).ok_or_else(unknown)?;
        let variant = self.variant_of(&unit)?;
        Ok(Assignment { variant, by: Assigned::Bucket { probability: variant.range.share().to_f64() } })
    }

    /// The variant that a unit's buckets give, whatever the status and the holdouts.
    ///
    /// # Errors
    /// [`NotEnrolled::OtherRange`], [`NotEnrolled::OutsideTraffic`].
    pub fn variant_of(&self, unit: &str) -> Result<&Variant, NotEnrolled> {
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
        // INVARIANT: the variants' ranges cover every bucket.
        self.variants.iter().find(|variant| variant.range.holds(place)).ok_or(NotEnrolled::OutsideTraffic)
    }
}

impl Assignment<'_> {
    /// The probability that an enrolled unit gets this variant; `None` where chance had no part in it.
    pub fn probability(&self) -> Option<f64> {
        match self.by {
            Assigned::Bucket { probability } => Some(probability),
            Assigned::Forced | Assigned::Winner => None,
        }
    }
}
