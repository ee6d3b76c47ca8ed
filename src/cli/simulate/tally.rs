//! Who was in what, counted.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::experiment::{Assigned, Experiment, NotEnrolled, Steering, Unit};
use crate::profile::{Schema, Type, Value, Visitor};

/// Which experiments, and when.
pub(super) struct Simulated<'r> {
    pub(super) experiments: Vec<Experiment>,
    pub(super) schema: &'r Schema,
    pub(super) now: Timestamp,
}

/// What was counted of some ids; two of them add up.
#[derive(Clone)]
pub(super) struct Tally {
    pub(super) ids: u64,
    /// As the experiments.
    pub(super) experiments: Vec<Enrolment>,
    /// How many ids are enrolled in both the first and the second, for each first before each second, row by row.
    pub(super) both: Vec<u64>,
}

/// What was counted of one experiment.
#[derive(Clone)]
pub(super) struct Enrolment {
    /// As its variants; those who were dealt one.
    pub(super) variants: Vec<u64>,
    /// Testers.
    pub(super) forced: u64,
    /// Those who see the winner of an experiment that is over.
    pub(super) winner: u64,
    /// In the words of the reason.
    pub(super) not_enrolled: BTreeMap<Arc<str>, u64>,
}

impl Enrolment {
    /// How many are enrolled.
    pub(super) fn enrolled(&self) -> u64 {
        self.variants.iter().sum()
    }
}

impl Simulated<'_> {
    /// Nothing counted yet.
    pub(super) fn nothing(&self) -> Tally {
        let none = |experiment: &Experiment| Enrolment {
            variants: vec![0; experiment.variants.len()],
            forced: 0,
            winner: 0,
            not_enrolled: BTreeMap::new(),
        };
        let pairs = self.experiments.len() * self.experiments.len().saturating_sub(1) / 2;
        Tally { ids: 0, experiments: self.experiments.iter().map(none).collect(), both: vec![0; pairs] }
    }

    /// Counts one id: a visitor with this id, whose accounts and other units have it too.
    pub(super) fn count(&self, id: &str, tally: &mut Tally) {
        let visitor = self.visitor(id);
        tally.ids += 1;
        let mut enrolled = Vec::new();
        let steering = Steering::default();
        for (index, (experiment, counts)) in self.experiments.iter().zip(&mut tally.experiments).enumerate() {
            match experiment.assign(&visitor, self.schema, self.now, &steering) {
                Ok(assignment) => match assignment.by {
                    Assigned::Forced => counts.forced += 1,
                    Assigned::Winner => counts.winner += 1,
                    // Nobody was exposed and nothing tripped: that is what a server knows.
                    Assigned::Exposed { .. } | Assigned::Breaker => {}
                    Assigned::Bucket { .. } => {
                        let name = &assignment.variant.name;
                        let place = experiment.variants.iter().position(|variant| variant.name == *name);
                        if let Some(count) = place.and_then(|place| counts.variants.get_mut(place)) {
                            *count += 1;
                        }
                        enrolled.push(index);
                    }
                },
                Err(why) => counts.refuse(&why),
            }
        }
        for (at, second) in enrolled.iter().enumerate() {
            for first in enrolled.iter().take(at) {
                if let Some(count) = tally.both.get_mut(place_of_pair(*first, *second)) {
                    *count += 1;
                }
            }
        }
    }

    fn visitor(&self, id: &str) -> Visitor {
        let mut visitor = Visitor { id: id.into(), ..Visitor::default() };
        let units = self.experiments.iter().flat_map(|experiment| {
            std::iter::once(&experiment.unit).chain(experiment.holdouts.iter().map(|holdout| &holdout.unit))
        });
        for unit in units {
            let Unit::Attribute(name) = unit else { continue };
            let Some(declared) = self.schema.attributes.get(name).filter(|_| !visitor.attributes.contains_key(name))
            else {
                continue;
            };
            let value = match declared.kind {
                Type::Number => id.parse().ok().map(Value::Number),
                _ => Some(Value::Text(id.into())),
            };
            if let Some(value) = value {
                visitor.attributes.insert(Arc::clone(name), value);
            }
            if let Some(purpose) = &declared.purpose {
                visitor.consent.insert(Arc::clone(purpose), true);
            }
        }
        visitor
    }
}

/// Where [`Tally::both`] counts a pair; the first is less than the second.
pub(super) fn place_of_pair(first: usize, second: usize) -> usize {
    second * second.saturating_sub(1) / 2 + first
}

impl Enrolment {
    fn refuse(&mut self, why: &NotEnrolled) {
        let words = why.to_string();
        match self.not_enrolled.get_mut(words.as_str()) {
            Some(count) => *count += 1,
            None => {
                self.not_enrolled.insert(words.into(), 1);
            }
        }
    }
}

impl Tally {
    pub(super) fn add(mut self, other: &Self) -> Self {
        self.ids += other.ids;
        for (own, other) in self.experiments.iter_mut().zip(&other.experiments) {
            own.variants.iter_mut().zip(&other.variants).for_each(|(own, other)| *own += other);
            own.forced += other.forced;
            own.winner += other.winner;
            for (why, count) in &other.not_enrolled {
                *own.not_enrolled.entry(Arc::clone(why)).or_default() += count;
            }
        }
        self.both.iter_mut().zip(&other.both).for_each(|(own, other)| *own += other);
        self
    }
}
