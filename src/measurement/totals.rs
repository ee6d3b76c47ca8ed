//! The sums of everybody who is counted in one experiment.
//!
//! A flat map of numbers, each of which merges and subtracts exactly; what has become nothing is not there. So totals are a function of the set of
//! those who are counted, with one exception that is said where it is made: a breakdown of too many values.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::totals_key::{Key, Note, Part, What};
use super::{Contribution, Outcome};
use crate::statistics::{Histogram, Observation, Sums, Undefined};

/// A breakdown with more different values is given up: it parts nothing that a reader could act on.
pub const MAX_KEPT_VALUES: usize = 1_000;

/// Exact sums: in whatever order visitors are added and taken out again, of the same visitors they are the same.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    pub(super) numbers: BTreeMap<Key, Number>,
    /// By breakdown, how many units have each value.
    pub(super) values: BTreeMap<u16, BTreeMap<Arc<str>, u64>>,
    /// Which numbers are not as they were when this was last asked.
    pub(super) changed: BTreeSet<Key>,
}

/// One number, or several that go together.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Number {
    Count(u64),
    Sums(Box<Sums>),
    Values(Histogram),
}

/// A visitor who is taken out was not counted so, or more were counted than there are numbers: the count has to begin anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the totals of an experiment contradict what is taken out of them")]
pub struct NotCounted;

impl PartialEq for Totals {
    /// Whether they say the same; what was asked of them before is not looked at.
    fn eq(&self, other: &Self) -> bool {
        self.numbers == other.numbers
    }
}

/// What happens to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Add,
    Subtract,
}

impl Totals {
    /// Counts a visitor.
    ///
    /// # Errors
    /// [`NotCounted`], beyond the range of numbers; then the totals are worth nothing.
    pub fn add(&mut self, contribution: &Contribution) -> Result<(), NotCounted> {
        self.step(contribution, Step::Add)
    }

    /// Takes a visitor out who was counted exactly so.
    ///
    /// # Errors
    /// [`NotCounted`], where nobody was; then the totals are worth nothing.
    pub fn subtract(&mut self, contribution: &Contribution) -> Result<(), NotCounted> {
        self.step(contribution, Step::Subtract)
    }

    /// Whether nobody is counted.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// How many visitors are counted, by the place of their variant; none of variants behind the last that has any.
    pub fn units(&self) -> Vec<u64> {
        let mut units = Vec::new();
        for (key, number) in self.of_part(&Part::All) {
            let (What::Units(variant), Number::Count(count)) = (key.1, number) else { break };
            units.resize(usize::from(variant), 0);
            units.push(*count);
        }
        units
    }

    /// The numbers of some of the units; first how many they are.
    pub(super) fn of_part<'t>(&'t self, part: &'t Part) -> impl Iterator<Item = (&'t Key, &'t Number)> {
        let first = Key(part.clone(), What::Units(0));
        self.numbers.range(first..).take_while(move |(key, _)| key.0 == *part)
    }

    pub(super) fn count(&self, key: &Key) -> u64 {
        match self.numbers.get(key) {
            Some(Number::Count(count)) => *count,
            _ => 0,
        }
    }

    fn step(&mut self, contribution: &Contribution, step: Step) -> Result<(), NotCounted> {
        let Contribution { variant, values, batch, .. } = contribution;
        let Some(variant) = variant else {
            return self.change(Key(Part::All, What::Noted(Note::Unknown)), step, &One::Unit);
        };
        let variant = place(*variant);
        for note in notes(contribution) {
            self.change(Key(Part::All, What::Noted(note)), step, &One::Unit)?;
        }
        self.part(&Part::All, variant, contribution, step)?;
        for (breakdown, value) in (0_u16..).zip(values) {
            if self.has_room(breakdown, value, step) {
                self.part(&Part::Value(breakdown, Arc::clone(value)), variant, contribution, step)?;
            }
        }
        if let Some(batch) = batch {
            self.part(&Part::Batch(*batch), variant, contribution, step)?;
        }
        Ok(())
    }

    /// What a visitor brings to the numbers of some of the units.
    fn part(&mut self, part: &Part, variant: u16, by: &Contribution, step: Step) -> Result<(), NotCounted> {
        self.change(Key(part.clone(), What::Units(variant)), step, &One::Unit)?;
        for (metric, outcome) in (0_u16..).zip(&by.outcomes) {
            let key = |what| Key(part.clone(), what);
            match outcome {
                Outcome::Observed(observed) => {
                    self.change(key(What::Sums(metric, variant)), step, &One::Observed(*observed))?;
                }
                Outcome::Later(observed) => {
                    self.change(key(What::Day(metric, variant, by.day)), step, &One::Observed(*observed))?;
                }
                Outcome::Values(values) => {
                    for (stripe, values) in Histogram::of_unit(values)?.stripes() {
                        self.change(key(What::Values(metric, variant, stripe)), step, &One::Values(values))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn change(&mut self, key: Key, step: Step, one: &One) -> Result<(), NotCounted> {
        let number = match step {
            Step::Add => self.numbers.entry(key.clone()).or_insert_with(|| one.nothing()),
            Step::Subtract => self.numbers.get_mut(&key).ok_or(NotCounted)?,
        };
        number.step(step, one)?;
        if number.is_nothing() {
            self.numbers.remove(&key);
        }
        self.changed.insert(key);
        Ok(())
    }

    /// Whether a breakdown goes on. One that had too many values is given up until everybody is counted anew: what it would have to forget and
    /// what to keep would depend on who came first.
    fn has_room(&mut self, breakdown: u16, value: &Arc<str>, step: Step) -> bool {
        let given_up = Key(Part::All, What::GivenUp(breakdown));
        if self.numbers.contains_key(&given_up) {
            return false;
        }
        let known = self.values.entry(breakdown).or_default();
        let units = known.entry(Arc::clone(value)).or_default();
        *units = if step == Step::Add { *units + 1 } else { units.saturating_sub(1) };
        if *units == 0 {
            known.remove(value);
        }
        if known.len() <= MAX_KEPT_VALUES {
            return true;
        }
        self.values.remove(&breakdown);
        let changed = &mut self.changed;
        self.numbers.retain(|key, _| {
            let is_of = matches!(&key.0, Part::Value(of, _) if *of == breakdown);
            if is_of {
                changed.insert(key.clone());
            }
            !is_of
        });
        self.changed.insert(given_up.clone());
        self.numbers.insert(given_up, Number::Count(1));
        false
    }
}

/// What one visitor brings to one number.
enum One {
    Unit,
    Observed(Observation),
    Values(Histogram),
}

impl One {
    fn nothing(&self) -> Number {
        match self {
            Self::Unit => Number::Count(0),
            Self::Observed(_) => Number::Sums(Box::default()),
            Self::Values(_) => Number::Values(Histogram::default()),
        }
    }
}

impl Number {
    fn step(&mut self, step: Step, one: &One) -> Result<(), NotCounted> {
        match (self, one, step) {
            (Self::Count(count), One::Unit, Step::Add) => *count = count.checked_add(1).ok_or(NotCounted)?,
            (Self::Count(count), One::Unit, Step::Subtract) => *count = count.checked_sub(1).ok_or(NotCounted)?,
            (Self::Sums(sums), One::Observed(observed), Step::Add) => sums.add(*observed)?,
            (Self::Sums(sums), One::Observed(observed), Step::Subtract) => {
                let mut unit = Sums::default();
                unit.add(*observed)?;
                sums.subtract(&unit)?;
            }
            (Self::Values(all), One::Values(values), Step::Add) => all.merge(values)?,
            (Self::Values(all), One::Values(values), Step::Subtract) => all.subtract(values)?,
            // Of another kind of metric: these totals are of another definition.
            _ => return Err(NotCounted),
        }
        Ok(())
    }

    pub(super) fn is_nothing(&self) -> bool {
        match self {
            Self::Count(count) => *count == 0,
            Self::Sums(sums) => sums.units() == 0,
            Self::Values(values) => values.events() == 0,
        }
    }
}

fn notes(contribution: &Contribution) -> impl Iterator<Item = Note> {
    let Contribution { is_mixed, is_unexpected, accumulates, truncated, .. } = contribution;
    let plain = [(*is_mixed, Note::Mixed), (*is_unexpected, Note::Unexpected), (*accumulates, Note::Later)];
    let plain = plain.into_iter().filter(|(holds, _)| *holds).map(|(_, note)| note);
    plain.chain(truncated.iter().map(|metric| Note::Truncated(place(*metric))))
}

/// Variants and metrics are few.
pub(super) fn place(place: usize) -> u16 {
    u16::try_from(place).unwrap_or(u16::MAX)
}

impl From<Undefined> for NotCounted {
    fn from(_: Undefined) -> Self {
        Self
    }
}
