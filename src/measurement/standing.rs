//! Where an experiment stands: what happened to it, in the order of the journal.
//!
//! In: [`Happening`]s, each with the number of its journal entry. Out: since when it runs and on which terms, what was changed on the way,
//! whether its breaker tripped, which looks were taken. Idempotent: an entry that is in it is passed over.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::happening::{Batch, Happening, Harm, Look};
use crate::experiment::Term;

/// More deviations are not kept one by one: the first ones are, and how many came behind them.
pub const MAX_DEVIATIONS: usize = 200;

/// For so long it is remembered how many units there were: a week for the rate, and some more.
const REMEMBERED_MS: i64 = 8 * 24 * 3_600_000;

/// Where an experiment stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    /// The last journal entry that is folded in; 0 = none.
    pub folded: u64,
    /// Since when it runs, in milliseconds since 1970.
    pub started: Option<i64>,
    /// On which terms it goes on now.
    pub terms: Vec<Term>,
    /// What was changed after its start, oldest first.
    pub deviations: Vec<Deviation>,
    /// Deviations beyond [`MAX_DEVIATIONS`].
    pub more_deviations: u64,
    /// The first harm that tripped its breaker.
    pub tripped: Option<Tripped>,
    /// The splits of a bandit in their order, each with the instant from which it held.
    pub batches: Vec<(i64, Batch)>,
    /// Planned looks in their order, each with its instant.
    pub looks: Vec<(i64, Look)>,
    /// What percentiles came to, by metric; `None`: there were no values before.
    pub caps: BTreeMap<String, Option<f64>>,
    /// Instants and units of the points of the last days, oldest first.
    pub units: VecDeque<(i64, u64)>,
}

/// Something that was settled at the start and changed afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deviation {
    /// In milliseconds since 1970.
    pub at: i64,
    /// Such as `alpha`.
    pub topic: String,
    /// What was settled; `None`: nothing.
    pub was: Option<String>,
    /// What it was changed to; `None`: it was taken away.
    pub is: Option<String>,
}

/// A breaker that tripped.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tripped {
    /// In milliseconds since 1970.
    pub at: i64,
    /// Why.
    #[serde(flatten)]
    pub harm: Harm,
}

impl Standing {
    /// Folds in what happened, unless it is in already.
    pub fn fold(&mut self, order: u64, at: i64, happening: &Happening) {
        if order <= self.folded {
            return;
        }
        self.folded = order;
        match happening {
            Happening::Started { terms } if self.started.is_none() => {
                self.started = Some(at);
                self.terms.clone_from(terms);
            }
            // It began anew only as another process saw it: what is locked stays locked.
            Happening::Started { terms } | Happening::Changed { terms } => self.change(at, terms),
            Happening::Tripped(harm) => {
                self.tripped.get_or_insert_with(|| Tripped { at, harm: harm.clone() });
            }
            Happening::Weights(batch) => {
                if self.batches.last().is_none_or(|(_, last)| last.number < batch.number) {
                    self.batches.push((at, batch.clone()));
                }
            }
            Happening::Look(look) => {
                if self.looks.last().is_none_or(|(_, last)| last.number < look.number) {
                    self.looks.push((at, look.clone()));
                }
            }
            Happening::Point(point) => {
                self.units.push_back((at, point.units));
                while self.units.front().is_some_and(|(then, _)| at.saturating_sub(*then) > REMEMBERED_MS) {
                    self.units.pop_front();
                }
            }
            Happening::Cap { metric, value } => {
                self.caps.entry(metric.clone()).or_insert(*value);
            }
        }
    }

    fn change(&mut self, at: i64, terms: &[Term]) {
        let text =
            |terms: &[Term], topic: &str| terms.iter().find(|term| term.topic == topic).map(|term| term.text.clone());
        let topics = self.terms.iter().chain(terms.iter().filter(|new| text(&self.terms, &new.topic).is_none()));
        let mut found: Vec<Deviation> = Vec::new();
        for Term { topic, .. } in topics {
            let (was, is) = (text(&self.terms, topic), text(terms, topic));
            if was != is {
                found.push(Deviation { at, topic: topic.clone(), was, is });
            }
        }
        for deviation in found {
            if self.deviations.len() < MAX_DEVIATIONS {
                self.deviations.push(deviation);
            } else {
                self.more_deviations += 1;
            }
        }
        self.terms = terms.to_vec();
    }

    /// The information fractions of the looks that were taken, ascending.
    pub fn fractions(&self) -> impl Iterator<Item = f64> {
        self.looks.iter().map(|(_, look)| look.fraction)
    }

    /// The look that decided, if one did: nothing that comes later is claimed.
    pub fn deciding_look(&self) -> Option<&(i64, Look)> {
        self.looks.iter().find(|(_, look)| look.decides())
    }
}
