//! First match wins: the blocks of a slot by priority, their rules in text order, then `otherwise`.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::{Answer, ContentNames, Decision, Explanation, PassedOver, Reason, Request};
use crate::behaviour::{Memory, Ranks};
use crate::content::Shown;
use crate::diagnostic::nearest;
use crate::experiment::Steering;
use crate::language::checked::{Active, Block, Otherwise, Outcome, Place, Rule, Slot, Then};
use crate::release::Release;
use crate::rules::compiled::Search;
use crate::rules::{ShowKey, Situation};

/// An explanation lists no more rules that were passed over: nobody reads on, and each costs an evaluation.
pub const MAX_PASSED_OVER: usize = 1_000;

/// Why a limit does not block where events are sent with the request.
const NO_SHOWS_NOTE: &str = "its limit does not block here: no shows are known";

/// A slot was asked for that the release does not declare.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no slot `{slot}`")]
pub struct UnknownSlot {
    /// As asked for.
    pub slot: Arc<str>,
    /// The declared slot with the nearest name, if any is near.
    pub nearest: Option<Arc<str>>,
}

/// What is known beside the request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Past<'a> {
    /// What the visitor did and was shown, as the release's cells remember it; without it the request's events count, and no
    /// shows are known.
    pub memory: Option<&'a Memory>,
    /// The ranks among all visitors; without them `is in top` is unknown.
    pub ranks: Option<&'a Ranks>,
    /// What live results do to assignments; without it nothing tripped, and every bandit is before its first batch.
    pub steering: Option<&'a Steering>,
}

/// Decides the slots that a request asks for, from the events that it brings. Equal arguments give equal answers.
///
/// # Errors
/// [`UnknownSlot`], and then nothing is decided.
pub fn decide(release: &Release, request: &Request, now: Timestamp) -> Result<Answer, UnknownSlot> {
    decide_from(release, request, Past::default(), now)
}

/// The same from what is remembered of the visitor.
///
/// # Errors
/// [`UnknownSlot`], and then nothing is decided.
pub fn decide_from(
    release: &Release,
    request: &Request,
    past: Past<'_>,
    now: Timestamp,
) -> Result<Answer, UnknownSlot> {
    let unsteered = Steering::default();
    let steering = past.steering.unwrap_or(&unsteered);
    let slots: Vec<(usize, &Slot)> = match &request.slots {
        None => release.program.slots.iter().enumerate().collect(),
        Some(names) => names.iter().map(|name| find(release, name)).collect::<Result<_, _>>()?,
    };
    let mut situation = Situation::new(&release.program, &release.schema, &request.visitor, &request.context, now);
    if let Some(memory) = past.memory {
        situation = situation.remembering(&release.cells, memory);
    }
    if let Some(ranks) = past.ranks {
        situation = situation.ranked(ranks);
    }
    let mut search = release.compiled.search(&situation);
    let deciding = Deciding { release, request, situation: &situation, steering };
    let decisions = slots.into_iter().map(|(index, slot)| {
        let winner = deciding.winner(index, slot, &mut search);
        deciding.decision(slot, winner)
    });
    Ok(Answer { visitor: Arc::clone(&request.visitor.id), release: release.id.clone(), decisions: decisions.collect() })
}

fn find<'r>(release: &'r Release, name: &Arc<str>) -> Result<(usize, &'r Slot), UnknownSlot> {
    let slots = &release.program.slots;
    release.compiled.slot(name).and_then(|index| Some((index, slots.get(index)?))).ok_or_else(|| UnknownSlot {
        slot: Arc::clone(name),
        nearest: nearest(name, slots.iter().map(|slot| &*slot.name)).map(Arc::from),
    })
}

/// What one request is decided from.
pub(super) struct Deciding<'a> {
    pub(super) release: &'a Release,
    pub(super) request: &'a Request,
    pub(super) situation: &'a Situation<'a>,
    pub(super) steering: &'a Steering,
}

/// What decides a slot.
#[derive(Clone, Copy)]
enum Winner<'a> {
    Rule(&'a Rule),
    Otherwise(&'a Otherwise),
    NoMatch,
    Inactive,
}

impl<'a> Deciding<'a> {
    fn decision(&self, slot: &'a Slot, winner: Winner<'a>) -> Decision {
        let mut decision = Decision {
            slot: Arc::clone(&slot.name),
            content: None,
            value: None,
            reason: Reason::NoMatch,
            rule: None,
            experiment: None,
            variant: None,
            layer: None,
            assignment_probability: None,
            because: None,
            release: self.release.id.clone(),
            show: None,
            exposure: None,
            explanation: self.request.explain.then(|| self.explain(slot, winner)),
        };
        match winner {
            Winner::Rule(rule) => {
                decision.show = self.show_key(&rule.place, &rule.body.then);
                self.show(&mut decision, &rule.place, &rule.body.then, Reason::Rule);
            }
            Winner::Otherwise(otherwise) => {
                decision.show = self.show_key(&otherwise.place, &otherwise.then);
                self.show(&mut decision, &otherwise.place, &otherwise.then, Reason::Otherwise);
            }
            Winner::NoMatch => {}
            Winner::Inactive => decision.reason = Reason::Inactive,
        }
        decision
    }

    /// `index` is the slot's place in the program.
    fn winner(&self, index: usize, slot: &'a Slot, search: &mut Search<'_>) -> Winner<'a> {
        let rule = |block: usize, rule: usize| slot.blocks.get(block)?.rules.get(rule);
        let may_show = |block, place| rule(block, place).is_some_and(|rule| self.may_show(rule));
        if let Some(found) = search.first(index, may_show).and_then(|(block, place)| rule(block, place)) {
            return Winner::Rule(found);
        }
        let mut blocks = slot.blocks.iter().filter(|block| self.is_active(block.active.as_ref())).peekable();
        if blocks.peek().is_none() && !slot.blocks.is_empty() {
            return Winner::Inactive;
        }
        let mut lasts = blocks.filter_map(|block| block.otherwise.as_ref());
        lasts.find(|last| self.shows(last)).map_or(Winner::NoMatch, Winner::Otherwise)
    }

    /// Whether an `otherwise` shows something now, to this visitor.
    fn shows(&self, last: &Otherwise) -> bool {
        self.is_active(last.then.active.as_ref())
            && self.enrols(&last.then.outcome)
            && self.limit_reached(&last.place, &last.then).is_none()
    }

    /// A rule whose experiment does not enrol this visitor, or that showed as often as it may, does not match.
    fn may_show(&self, rule: &Rule) -> bool {
        let then = &rule.body.then;
        self.enrols(&then.outcome) && self.limit_reached(&rule.place, then).is_none()
    }

    /// How often a rule with a limit was shown, if it may not be shown again.
    fn limit_reached(&self, place: &Place, then: &Then) -> Option<u64> {
        let limit = then.limit.as_ref().filter(|_| self.situation.knows_shows())?;
        self.situation.limit_reached(self.show_key(place, then)?, limit)
    }

    /// What a rule's shows are counted by, if it has a limit.
    fn show_key(&self, place: &Place, then: &Then) -> Option<ShowKey> {
        then.limit.as_ref().and_then(|_| self.release.cells.show_key(place))
    }

    /// Why a rule is passed over although its condition is true, in words.
    fn not_shown_note(&self, place: &Place, then: &Then) -> Option<String> {
        self.not_enrolled_note(&then.outcome).or_else(|| {
            let shown = self.limit_reached(place, then)?;
            let limit = then.limit.as_ref()?;
            let per = limit.span.map_or("this visit".to_owned(), |span| format!("the last {span:#}"));
            Some(format!("its limit is reached: shown {shown} of {} times in {per}", limit.count))
        })
    }

    fn is_active(&self, active: Option<&Active>) -> bool {
        self.situation.is_active(active)
    }

    fn show(&self, decision: &mut Decision, place: &Place, then: &Then, reason: Reason) {
        decision.rule = Some(place.to_string());
        decision.because.clone_from(&then.because);
        decision.reason = reason;
        let shown = match &then.outcome {
            Outcome::Show(shown) => shown,
            Outcome::Experiment(name) => {
                // INVARIANT: a rule whose experiment does not enrol the visitor did not match.
                let Some((experiment, Ok(assignment))) = self.assign(name) else { return };
                self.enrol(decision, experiment, assignment);
                &assignment.variant.shown
            }
        };
        match shown {
            Shown::Nothing if decision.experiment.is_some() => {}
            Shown::Nothing => decision.reason = Reason::Nothing,
            Shown::Literal(value) => decision.value = Some(value.clone()),
            Shown::Contents(names) => match self.render_all(&decision.slot, names) {
                Some((content, value)) => (decision.content, decision.value) = (Some(content), Some(value)),
                None => {
                    decision.reason = Reason::Error;
                    if let Some(explanation) = &mut decision.explanation {
                        let names = names.join("`, `");
                        explanation.notes.push(format!("`{names}` could not be rendered; the log says why"));
                    }
                }
            },
        }
    }

    /// Names and values, one or lists; `None` when one of them cannot be rendered.
    fn render_all(&self, slot: &str, names: &[Arc<str>]) -> Option<(ContentNames, Value)> {
        let mut values = names.iter().map(|name| self.render(slot, name)).collect::<Option<Vec<Value>>>()?;
        match names {
            [name] => Some((ContentNames::One(Arc::clone(name)), values.pop()?)),
            _ => Some((ContentNames::Several(names.to_vec()), Value::Array(values))),
        }
    }

    /// The cause of a failure goes to the log, not to the client.
    fn render(&self, slot: &str, name: &Arc<str>) -> Option<Value> {
        let Some(item) = self.release.catalogue.items.get(name) else {
            tracing::error!(release = %self.release.id, slot, content = &**name, "there is no such content");
            return None;
        };
        let Request { visitor, context, .. } = self.request;
        match item.render(visitor, context, &self.release.schema) {
            Ok(value) => Some(value),
            Err(cause) => {
                tracing::error!(release = %self.release.id, slot, content = &**name, %cause, "content could not be rendered");
                None
            }
        }
    }

    /// How the winner came about: all of its leaves, and each rule before it with what it failed on.
    fn explain(&self, slot: &'a Slot, winner: Winner<'a>) -> Explanation {
        let mut explanation = Explanation { leaves: Vec::new(), passed_over: Vec::new(), notes: Vec::new() };
        let limit = match winner {
            Winner::Rule(rule) => {
                explanation.leaves = self.situation.explain(&rule.body.condition);
                rule.body.then.limit.as_ref()
            }
            Winner::Otherwise(otherwise) => otherwise.then.limit.as_ref(),
            Winner::NoMatch | Winner::Inactive => None,
        };
        if limit.is_some() && !self.situation.knows_shows() {
            explanation.notes.push(NO_SHOWS_NOTE.to_owned());
        }
        for block in &slot.blocks {
            let block_note =
                self.situation.inactive_note(block.active.as_ref()).map(|note| format!("its block is {note}"));
            for rule in &block.rules {
                if matches!(winner, Winner::Rule(won) if std::ptr::eq(won, rule)) {
                    return explanation;
                }
                if explanation.passed_over.len() == MAX_PASSED_OVER {
                    let note = format!("more than {MAX_PASSED_OVER} rules were passed over: these are the first");
                    explanation.notes.push(note);
                    return explanation;
                }
                explanation.passed_over.push(self.passed_over(rule, block_note.clone()));
            }
        }
        let lasts = slot.blocks.iter().filter_map(|block| self.passed_otherwise(block));
        explanation.passed_over.extend(lasts);
        explanation
    }

    fn passed_over(&self, rule: &Rule, block_note: Option<String>) -> PassedOver {
        let note = block_note.or_else(|| self.situation.inactive_note(rule.body.then.active.as_ref()));
        let leaf = if note.is_none() { self.situation.blame(&rule.body.condition) } else { None };
        let matched = note.is_none() && leaf.is_none();
        let note = note.or_else(|| if matched { self.not_shown_note(&rule.place, &rule.body.then) } else { None });
        PassedOver { rule: rule.place.to_string(), leaf, note }
    }

    /// An `otherwise` is passed over only for its time, its block's, its experiment or its limit.
    fn passed_otherwise(&self, block: &Block) -> Option<PassedOver> {
        let otherwise = block.otherwise.as_ref()?;
        let block_note = self.situation.inactive_note(block.active.as_ref()).map(|note| format!("its block is {note}"));
        let note = block_note
            .or_else(|| self.situation.inactive_note(otherwise.then.active.as_ref()))
            .or_else(|| self.not_shown_note(&otherwise.place, &otherwise.then))?;
        Some(PassedOver { rule: otherwise.place.to_string(), leaf: None, note: Some(note) })
    }
}
