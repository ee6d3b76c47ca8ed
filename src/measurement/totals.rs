//! The sums of everybody who is counted in one experiment.
//!
//! By part of the units a map of numbers, each of which merges and subtracts exactly; what has become nothing is not there. So totals are a
//! function of the set of those who are counted, with one exception that is said where it is made: a breakdown of too many values.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::number::{Number, One, Step};
use super::ripe::Counts;
use super::totals_key::{Note, Part, What};
use super::{Contribution, Outcome};
use crate::statistics::{Histogram, Undefined};

/// A breakdown with more different values is given up: it parts nothing that a reader could act on.
pub const MAX_KEPT_VALUES: usize = 1_000;

/// Exact sums: in whatever order visitors are added and taken out again, of the same visitors they are the same.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// None is empty. Whoever reads shares them: the next change copies the numbers of its own parts, and no others.
    pub(super) parts: BTreeMap<Part, Arc<Numbers>>,
    /// Which numbers are not as they were when this was last asked.
    pub(super) changed: BTreeMap<Part, BTreeSet<What>>,
}

/// The numbers of a part of the units.
pub(super) type Numbers = BTreeMap<What, Number>;

/// A visitor who is taken out was not counted so, or more were counted than there are numbers: the count has to begin anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the totals of an experiment contradict what is taken out of them")]
pub struct NotCounted;

impl PartialEq for Totals {
    /// Whether they say the same; what was asked of them before is not looked at.
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
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

    /// Takes a visitor out as they were, and counts them as they are. Only numbers that differ are touched, so both sides may come from
    /// [`super::MeasuredExperiment::touched`].
    ///
    /// # Errors
    /// As [`Totals::subtract`] and [`Totals::add`].
    pub fn exchange(&mut self, was: &Contribution, is: &Contribution) -> Result<(), NotCounted> {
        let Some(variant) = is.variant.filter(|_| are_side_by_side(was, is)) else {
            self.subtract(was)?;
            return self.add(is);
        };
        let (notes_were, notes_are): (BTreeSet<Note>, BTreeSet<Note>) = (notes(was).collect(), notes(is).collect());
        for gone in notes_were.difference(&notes_are) {
            self.note(*gone, is, Step::Subtract)?;
        }
        for new in notes_are.difference(&notes_were) {
            self.note(*new, is, Step::Add)?;
        }
        let by_metric = (0_u16..).zip(was.outcomes.iter().zip(&is.outcomes));
        let changed: Vec<_> = by_metric.filter(|(_, (was, is))| was != is).collect();
        if changed.is_empty() {
            return Ok(());
        }
        for part in self.parts_of(is) {
            let day = day_of(&part, is);
            self.change(part, |open| {
                changed.iter().try_for_each(|(metric, (was, is_now))| {
                    let place = Place { metric: *metric, variant: place(variant), day };
                    open.outcome(place, was, Step::Subtract)?;
                    open.outcome(place, is_now, Step::Add)
                })
            })?;
        }
        Ok(())
    }

    /// The same for somebody who reads, while others are counted here: nothing of it counts as changed.
    #[must_use]
    pub fn reading(&self) -> Self {
        Self { parts: self.parts.clone(), changed: BTreeMap::new() }
    }

    /// How many visitors are counted, by the place of their variant; none of variants behind the last that has any.
    pub fn units(&self) -> Vec<u64> {
        let mut units = Vec::new();
        for (what, number) in self.of_part(&Part::All) {
            let (What::Units(variant), Number::Count(count)) = (what, number) else { break };
            units.resize(usize::from(*variant), 0);
            units.push(*count);
        }
        units
    }

    /// The numbers of some of the units; first how many they are.
    pub(super) fn of_part(&self, part: &Part) -> impl Iterator<Item = (&What, &Number)> {
        self.parts.get(part).into_iter().flat_map(|numbers| numbers.iter())
    }

    /// Of how many units something is to be said; of those alone whose numbers count.
    pub(super) fn noted(&self, note: Note, counts: Counts) -> u64 {
        let count = |(what, number): (&What, &Number)| match (what, number) {
            (What::Noted(of), Number::Count(count)) if *of == note && counts.are_of_all() => *count,
            (What::NotedOn(of, day), Number::Count(count))
                if *of == note && (counts.are_of_all() || counts.are_until(*day)) =>
            {
                *count
            }
            _ => 0,
        };
        self.of_part(&Part::All).map(count).fold(0, u64::saturating_add)
    }

    /// The values of a breakdown that anybody has, each with its numbers.
    pub(super) fn values(&self, breakdown: u16) -> impl Iterator<Item = (&Arc<str>, &Arc<Numbers>)> {
        self.parts.range(Part::Value(breakdown, Arc::from(""))..).map_while(move |(part, numbers)| match part {
            Part::Value(of, value) if *of == breakdown => Some((value, numbers)),
            _ => None,
        })
    }

    /// The batches of which anybody is, ascending.
    pub(super) fn batch_numbers(&self) -> BTreeSet<u32> {
        let numbers = self.parts.range(Part::Batch(0)..).filter_map(|(part, _)| match part {
            Part::Batch(number) | Part::Told(number) => Some(*number),
            _ => None,
        });
        numbers.collect()
    }

    fn step(&mut self, contribution: &Contribution, step: Step) -> Result<(), NotCounted> {
        let Some(variant) = contribution.variant else { return self.note(Note::Unknown, contribution, step) };
        let variant = place(variant);
        for note in notes(contribution) {
            self.note(note, contribution, step)?;
        }
        if step == Step::Add {
            self.make_room(contribution);
        }
        for part in self.parts_of(contribution) {
            let day = day_of(&part, contribution);
            self.change(part, |open| {
                open.change(What::Units(variant), step, &One::Unit)?;
                if day.tells {
                    open.change(What::UnitsOn(variant, day.number), step, &One::Unit)?;
                }
                let mut outcomes = (0_u16..).zip(&contribution.outcomes);
                outcomes.try_for_each(|(metric, outcome)| open.outcome(Place { metric, variant, day }, outcome, step))
            })?;
        }
        Ok(())
    }

    /// A planned look asks about those whom it reads, so that there notes are kept by the day of the exposure, as numbers are.
    fn note(&mut self, note: Note, of: &Contribution, step: Step) -> Result<(), NotCounted> {
        let what = match note {
            Note::Later(_) => What::Noted(note),
            _ if of.has_looks => What::NotedOn(note, of.day),
            _ => What::Noted(note),
        };
        self.change(Part::All, |open| open.change(what, step, &One::Unit))
    }

    fn change(
        &mut self,
        part: Part,
        change: impl FnOnce(&mut Open<'_>) -> Result<(), NotCounted>,
    ) -> Result<(), NotCounted> {
        let numbers = Arc::make_mut(self.parts.entry(part.clone()).or_default());
        let changed = self.changed.entry(part.clone()).or_default();
        change(&mut Open { numbers, changed })?;
        if numbers.is_empty() {
            self.parts.remove(&part);
        }
        Ok(())
    }

    /// The parts that a visitor is of.
    fn parts_of(&self, contribution: &Contribution) -> Vec<Part> {
        let values = (0_u16..).zip(&contribution.values).filter(|(breakdown, _)| !self.is_given_up(*breakdown));
        let values = values.map(|(breakdown, value)| Part::Value(breakdown, Arc::clone(value)));
        let batch = if contribution.is_told { Part::Told } else { Part::Batch };
        std::iter::once(Part::All).chain(values).chain(contribution.batch.map(batch)).collect()
    }

    pub(super) fn is_given_up(&self, breakdown: u16) -> bool {
        self.parts.get(&Part::All).is_some_and(|numbers| numbers.contains_key(&What::GivenUp(breakdown)))
    }

    /// Gives breakdowns up of which a visitor has one value too many, until everybody is counted anew: what they would have to forget and
    /// what to keep would depend on who came first.
    fn make_room(&mut self, contribution: &Contribution) {
        for (breakdown, value) in (0_u16..).zip(&contribution.values) {
            let part = Part::Value(breakdown, Arc::clone(value));
            let is_kept = self.parts.contains_key(&part) || self.values(breakdown).count() < MAX_KEPT_VALUES;
            if is_kept || self.is_given_up(breakdown) {
                continue;
            }
            let changed = &mut self.changed;
            self.parts.retain(|part, numbers| {
                let is_of = matches!(part, Part::Value(of, _) if *of == breakdown);
                if is_of {
                    changed.entry(part.clone()).or_default().extend(numbers.keys());
                }
                !is_of
            });
            let all = Arc::make_mut(self.parts.entry(Part::All).or_default());
            all.insert(What::GivenUp(breakdown), Number::Count(1));
            self.changed.entry(Part::All).or_default().insert(What::GivenUp(breakdown));
        }
    }
}

/// The numbers of a part while they change.
struct Open<'t> {
    numbers: &'t mut Numbers,
    changed: &'t mut BTreeSet<What>,
}

/// Which outcome of a visitor.
#[derive(Debug, Clone, Copy)]
struct Place {
    metric: u16,
    variant: u16,
    day: Day,
}

/// The day of an exposure.
#[derive(Debug, Clone, Copy)]
struct Day {
    /// Since 1970.
    number: i64,
    /// Whether numbers are kept by it that are of no day else.
    tells: bool,
}

/// A planned look counts everybody of some days; what is shown of parts of them decides nothing.
fn day_of(part: &Part, contribution: &Contribution) -> Day {
    Day { number: contribution.day, tells: contribution.has_looks && *part == Part::All }
}

impl Open<'_> {
    fn outcome(&mut self, place: Place, outcome: &Outcome, step: Step) -> Result<(), NotCounted> {
        let Place { metric, variant, day } = place;
        match outcome {
            Outcome::Observed(observed) if !day.tells => {
                self.change(What::Sums(metric, variant), step, &One::Observed(*observed))
            }
            Outcome::Observed(observed) | Outcome::Later(observed) => {
                self.change(What::Day(metric, variant, day.number), step, &One::Observed(*observed))
            }
            Outcome::Values(values) => {
                for (stripe, values) in Histogram::of_unit(values)?.stripes() {
                    let what = match day.tells {
                        true => What::ValuesOn(metric, variant, stripe, day.number),
                        false => What::Values(metric, variant, stripe),
                    };
                    self.change(what, step, &One::Values(values))?;
                }
                Ok(())
            }
            // Nobody knows what that is.
            Outcome::Untouched => Err(NotCounted),
        }
    }

    fn change(&mut self, what: What, step: Step, one: &One) -> Result<(), NotCounted> {
        let number = match step {
            Step::Add => self.numbers.entry(what).or_insert_with(|| one.nothing()),
            Step::Subtract => self.numbers.get_mut(&what).ok_or(NotCounted)?,
        };
        number.step(step, one)?;
        if number.is_nothing() {
            self.numbers.remove(&what);
        }
        self.changed.insert(what);
        Ok(())
    }
}

/// Whether what two contributions bring goes to the same numbers.
fn are_side_by_side(was: &Contribution, is: &Contribution) -> bool {
    let of = |one: &Contribution| (one.variant, one.day, one.has_looks, one.batch, one.is_told, one.outcomes.len());
    of(was) == of(is) && was.values == is.values
}

fn notes(contribution: &Contribution) -> impl Iterator<Item = Note> {
    let Contribution { is_mixed, is_unexpected, is_undealt, accumulates, truncated, day, .. } = contribution;
    let plain = [
        (*is_mixed, Note::Mixed),
        (*is_unexpected, Note::Unexpected),
        (*is_undealt, Note::Undealt),
        (*accumulates, Note::Later(*day)),
    ];
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
