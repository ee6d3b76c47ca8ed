//! Where an experiment stands: what happened to it, in the order of the journal.
//!
//! In: [`Happening`]s, each with the number of its journal entry. Out: since when it runs and on which terms, what was changed on the way,
//! whether its breaker tripped, which looks were taken. Idempotent: an entry that is in it is passed over.

use std::collections::VecDeque;

use super::happening::{Batch, Happening, Harm, Look, Read};
use crate::experiment::{Term, Terms};
use crate::measurement::{CapSource, Caps, Turn};

/// More deviations are not kept one by one: the first ones are, and how many came behind them.
pub const MAX_DEVIATIONS: usize = 200;

/// It is remembered so often that it was stopped or went on; behind that it stays as it was.
const MAX_TURNS: usize = 1_000;

/// For so long it is remembered how many units there were: a week for the rate, and some more.
const REMEMBERED_MS: i64 = 8 * 24 * 3_600_000;

/// Terms that say what the assignment function deals.
const DEALING_TERMS: [&str; 6] = ["unit", "assignment", "variants", "traffic", "layer", "layer salt"];

/// Where an experiment stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    /// The last journal entry that is folded in; 0 = none.
    pub folded: u64,
    /// Since when it runs, in milliseconds since 1970.
    pub started: Option<i64>,
    /// The hash of the terms on which it began.
    pub started_hash: String,
    /// On which terms it goes on now.
    pub terms: Vec<Term>,
    /// What was changed after its start, oldest first.
    pub deviations: Vec<Deviation>,
    /// Deviations beyond [`MAX_DEVIATIONS`].
    pub more_deviations: u64,
    /// The first harm that tripped its breaker.
    pub tripped: Option<Tripped>,
    /// Since when it is stopped, if somebody did that, in milliseconds since 1970.
    pub stopped: Option<i64>,
    /// When it ceased to enrol, by that or by its breaker, and when it went on, in their order.
    pub turns: Vec<Turn>,
    /// The splits of a bandit in their order.
    pub batches: Vec<HeldBatch>,
    /// When what the assignment function deals was changed last, in milliseconds since 1970; `None`: never.
    pub dealt_since: Option<i64>,
    /// Planned looks in their order, each with its instant.
    pub looks: Vec<(i64, Look)>,
    /// What the look that decided read.
    pub read: Option<Box<Read>>,
    /// What percentiles came to, in the order in which they were found: once of each source.
    pub caps: Vec<CapOf>,
    /// Instants and units of the points of the last days, oldest first.
    pub units: VecDeque<(i64, u64)>,
}

/// The split of a bandit, and from when on it held.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldBatch {
    /// The number of its journal entry: what was told before it is of no batch that came after.
    pub order: u64,
    /// In milliseconds since 1970.
    pub at: i64,
    /// The split.
    pub batch: Batch,
}

/// Something that was settled at the start and changed afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// What a percentile of a metric came to.
#[derive(Debug, Clone, PartialEq)]
pub struct CapOf {
    /// The metric.
    pub metric: String,
    /// Of what it was taken.
    pub source: CapSource,
    /// In the metric's own unit; `None`: there were no values before the experiment, so nothing is capped.
    pub value: Option<f64>,
}

/// A breaker that tripped.
#[derive(Debug, Clone, PartialEq)]
pub struct Tripped {
    /// In milliseconds since 1970.
    pub at: i64,
    /// Why.
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
                self.started_hash = Terms(terms.clone()).hash();
                self.terms.clone_from(terms);
            }
            // It began anew only as another process saw it: what is locked stays locked.
            Happening::Started { terms } | Happening::Changed { terms } => self.change(at, terms),
            Happening::Tripped(harm) => {
                self.tripped.get_or_insert_with(|| Tripped { at, harm: harm.clone() });
                self.turn(order, at);
            }
            Happening::Stopped => {
                self.stopped.get_or_insert(at);
                self.turn(order, at);
            }
            Happening::Resumed => {
                self.stopped = None;
                self.turn(order, at);
            }
            Happening::Weights(batch) => {
                if self.batches.last().is_none_or(|last| last.batch.number < batch.number) {
                    self.batches.push(HeldBatch { order, at, batch: batch.clone() });
                }
            }
            Happening::Look { look, read } => {
                if self.looks.last().is_none_or(|(_, last)| last.number < look.number) {
                    if self.deciding_look().is_none() && look.decides() {
                        self.read.clone_from(read);
                    }
                    self.looks.push((at, look.clone()));
                }
            }
            Happening::Point(point) => {
                self.units.push_back((at, point.units));
                while self.units.front().is_some_and(|(then, _)| at.saturating_sub(*then) > REMEMBERED_MS) {
                    self.units.pop_front();
                }
            }
            Happening::Cap { metric, source, value } => self.cap(at, metric, *source, *value),
        }
    }

    /// Notes whether it enrols from now on, where that is new.
    fn turn(&mut self, order: u64, at: i64) {
        let enrols = self.stopped.is_none() && self.tripped.is_none();
        let enrolled = self.turns.last().is_none_or(|last| last.enrols);
        if enrols != enrolled && self.turns.len() < MAX_TURNS {
            self.turns.push(Turn { order, at, enrols });
        }
    }

    /// A cap that was found stays. One of another source counts beside it, and is a deviation: the metric was changed after the start.
    fn cap(&mut self, at: i64, metric: &str, source: CapSource, value: Option<f64>) {
        let mut of_metric = self.caps.iter().filter(|known| known.metric == metric);
        if of_metric.clone().any(|known| known.source == source) {
            return;
        }
        let text = |value: Option<f64>| value.map_or_else(|| "none".to_owned(), |value| value.to_string());
        if let Some(former) = of_metric.next_back() {
            let (was, is) = (Some(text(former.value)), Some(text(value)));
            self.deviate(Deviation { at, topic: format!("cap of {metric}"), was, is });
        }
        self.caps.push(CapOf { metric: metric.to_owned(), source, value });
    }

    /// What percentiles came to, by their sources.
    pub fn caps(&self) -> Caps {
        self.caps.iter().map(|found| (found.source, found.value)).collect()
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
        if found.iter().any(|deviation| DEALING_TERMS.contains(&&*deviation.topic)) {
            self.dealt_since = Some(at);
        }
        found.into_iter().for_each(|deviation| self.deviate(deviation));
        self.terms = terms.to_vec();
    }

    fn deviate(&mut self, deviation: Deviation) {
        if self.deviations.len() < MAX_DEVIATIONS {
            self.deviations.push(deviation);
        } else {
            self.more_deviations += 1;
        }
    }

    /// The look that decided, if one did: nothing that comes later is claimed.
    pub fn deciding_look(&self) -> Option<&(i64, Look)> {
        self.looks.iter().find(|(_, look)| look.decides())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::analysis::Code;
    use crate::trial::{Decision, Point};

    fn terms(lines: &[(&str, &str)]) -> Vec<Term> {
        lines.iter().map(|(topic, text)| Term { topic: (*topic).into(), text: (*text).into() }).collect()
    }

    fn look(number: u32, code: Code) -> Happening {
        let look = Look {
            number,
            units: 1_000 * u64::from(number),
            fraction: f64::from(number) / 5.0,
            decision: Decision { code, variant: None, text: String::new() },
            found: Vec::new(),
        };
        Happening::Look { look, read: None }
    }

    fn harm(metric: &str) -> Happening {
        Happening::Tripped(Harm { metric: metric.to_owned(), variant: "b".to_owned(), because: "worse".to_owned() })
    }

    #[test]
    fn deviations_say_what_was_and_what_is() {
        let mut standing = Standing::default();
        standing.fold(1, 10, &Happening::Started { terms: terms(&[("alpha", "0.05"), ("stop", "fixed")]) });
        assert_eq!((standing.started, standing.deviations.len()), (Some(10), 0));
        standing.fold(2, 20, &Happening::Changed { terms: terms(&[("alpha", "0.1"), ("looks", "5")]) });
        let said: Vec<_> =
            standing.deviations.iter().map(|one| (&*one.topic, one.was.as_deref(), one.is.as_deref())).collect();
        let expected =
            [("alpha", Some("0.05"), Some("0.1")), ("stop", Some("fixed"), None), ("looks", None, Some("5"))];
        assert_eq!(said, expected);
        assert!(standing.deviations.iter().all(|one| one.at == 20));
        standing.fold(3, 30, &Happening::Changed { terms: terms(&[("alpha", "0.05"), ("stop", "fixed")]) });
        assert_eq!(standing.deviations.len(), 6, "to go back is a change too");
        let began = Terms(terms(&[("alpha", "0.05"), ("stop", "fixed")]));
        assert_eq!(standing.started_hash, began.hash(), "what was settled at the start stays what it was");
    }

    #[test]
    fn of_too_many_deviations_the_first_are_kept() {
        let mut standing = Standing::default();
        standing.fold(1, 0, &Happening::Started { terms: terms(&[("alpha", "0")]) });
        for order in 2..MAX_DEVIATIONS as u64 + 12 {
            standing.fold(order, 0, &Happening::Changed { terms: terms(&[("alpha", &order.to_string())]) });
        }
        assert_eq!((standing.deviations.len(), standing.more_deviations), (MAX_DEVIATIONS, 10));
        assert_eq!(standing.deviations[0].is.as_deref(), Some("2"));
    }

    #[test]
    fn the_first_harm_and_the_deciding_look_stay() {
        let mut standing = Standing::default();
        for (order, what) in (1..).zip([
            harm("errors"),
            harm("bounces"),
            look(1, Code::Continue),
            look(3, Code::Ship),
            look(4, Code::Continue),
        ]) {
            standing.fold(order, order as i64, &what);
        }
        assert_eq!(standing.tripped.as_ref().map(|tripped| &*tripped.harm.metric), Some("errors"));
        assert_eq!(standing.deciding_look().map(|(at, look)| (*at, look.number)), Some((4, 3)));
        assert_eq!(standing.looks.iter().map(|(_, look)| look.fraction).collect::<Vec<_>>(), [0.2, 0.6, 0.8]);
    }

    #[test]
    fn a_cap_of_another_source_is_a_deviation() {
        let mut standing = Standing::default();
        let cap = |source, value| Happening::Cap { metric: "spend".to_owned(), source: CapSource(source), value };
        for (order, what) in (1..).zip([cap(1, Some(90.0)), cap(1, Some(80.0)), cap(2, Some(50.5)), cap(3, None)]) {
            standing.fold(order, 7, &what);
        }
        let caps = [(CapSource(1), Some(90.0)), (CapSource(2), Some(50.5)), (CapSource(3), None)];
        assert_eq!(standing.caps(), Caps::from(caps));
        let said: Vec<_> =
            standing.deviations.iter().map(|one| (&*one.topic, one.was.as_deref(), one.is.as_deref())).collect();
        assert_eq!(said, [("cap of spend", Some("90"), Some("50.5")), ("cap of spend", Some("50.5"), Some("none"))]);
    }

    #[test]
    fn units_are_remembered_for_a_week() {
        let mut standing = Standing::default();
        let hour = 3_600_000;
        for order in 1..=1_000_u64 {
            standing.fold(order, order as i64 * hour, &Happening::Point(Point { units: order, rows: Vec::new() }));
        }
        assert_eq!(standing.units.front(), Some(&(808 * hour, 808)));
        assert_eq!(standing.units.back(), Some(&(1_000 * hour, 1_000)));
    }

    fn happening() -> impl Strategy<Value = Happening> {
        prop_oneof![
            "[ab]".prop_map(|alpha| Happening::Started { terms: terms(&[("alpha", &alpha)]) }),
            "[abc]".prop_map(|alpha| Happening::Changed { terms: terms(&[("alpha", &alpha)]) }),
            "[xy]".prop_map(|metric| harm(&metric)),
            (1..6_u32).prop_map(|number| look(number, Code::Continue)),
            any::<bool>().prop_map(|stops| if stops { Happening::Stopped } else { Happening::Resumed }),
            (1..5_u32).prop_map(|number| Happening::Weights(Batch { number, weights: Vec::new() })),
            (0..9_u64).prop_map(|units| Happening::Point(Point { units, rows: Vec::new() })),
            ("[pq]", 0..3_u64, any::<bool>()).prop_map(|(metric, source, known)| {
                Happening::Cap { metric, source: CapSource(source), value: known.then_some(1.0) }
            }),
        ]
    }

    proptest! {
        /// A crash leaves some entries folded; a replay begins anywhere before them.
        #[test]
        fn a_replay_changes_nothing(
            what in proptest::collection::vec(happening(), 1..30), crash in any::<prop::sample::Index>(), back in any::<prop::sample::Index>(),
        ) {
            let fold = |standing: &mut Standing, from: usize, until: usize| {
                for (order, what) in (from as u64..).zip(&what[from..until]) {
                    standing.fold(order + 1, order as i64 * 1_000, what);
                }
            };
            let mut whole = Standing::default();
            fold(&mut whole, 0, what.len());
            let crash = crash.index(what.len());
            let mut replayed = Standing::default();
            fold(&mut replayed, 0, crash);
            fold(&mut replayed, back.index(crash + 1), what.len());
            prop_assert_eq!(replayed, whole);
        }
    }
}
