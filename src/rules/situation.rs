//! One visitor at one moment under one program: all that an evaluation may read.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Truth;
use super::remembered::{CellPlan, Remembered};
use super::visit::Visits;
use crate::behaviour::{Memory, Ranks};
use crate::language::checked::{Active, Condition, Leaf, LeafKind, Program};
use crate::profile::{Context, Event, Schema, TRACKING, Value, Visitor};

/// One visitor at one moment under one program. Equal arguments give equal answers.
#[derive(Debug)]
pub struct Situation<'a> {
    pub(super) program: &'a Program,
    pub(super) schema: &'a Schema,
    pub(super) visitor: &'a Visitor,
    pub(super) context: &'a Context,
    pub(super) now: Timestamp,
    /// Sorted when somebody first asks: most decisions look at no event.
    events: OnceCell<Vec<&'a Event>>,
    visits: OnceCell<Visits<'a>>,
    /// Segments that name segments would double the work at each level; so each is evaluated once.
    segments: RefCell<BTreeMap<usize, Truth>>,
    /// The same for measures.
    pub(super) measures: RefCell<BTreeMap<usize, Option<Value>>>,
    /// What is known of the visitor's events where they are not at hand.
    pub(super) remembered: Option<Remembered<'a>>,
    /// Who is among the top so many percent.
    pub(super) ranks: Option<&'a Ranks>,
}

impl<'a> Situation<'a> {
    /// Looks at nothing yet.
    pub fn new(
        program: &'a Program,
        schema: &'a Schema,
        visitor: &'a Visitor,
        context: &'a Context,
        now: Timestamp,
    ) -> Self {
        Self {
            program,
            schema,
            visitor,
            context,
            now,
            events: OnceCell::new(),
            visits: OnceCell::new(),
            segments: RefCell::default(),
            measures: RefCell::default(),
            remembered: None,
            ranks: None,
        }
    }

    /// Reads what the visitor did from a memory, which a plan of the same program made, and not from the visitor's events.
    #[must_use]
    pub fn remembering(mut self, plan: &'a CellPlan, memory: &'a Memory) -> Self {
        self.remembered = Some(Remembered { plan, memory });
        self
    }

    /// Knows the ranks among all visitors; without them `is in top` is unknown.
    #[must_use]
    pub fn ranked(mut self, ranks: &'a Ranks) -> Self {
        self.ranks = Some(ranks);
        self
    }

    /// The moment of the evaluation.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The visitor's events up to now: oldest first, equal times in the order of arrival.
    pub(super) fn events(&self) -> &[&'a Event] {
        self.events.get_or_init(|| {
            let mut events: Vec<&Event> = self.visitor.events.iter().filter(|event| event.at <= self.now).collect();
            events.sort_by_key(|event| event.at);
            events
        })
    }

    /// The same, divided into visits.
    pub(super) fn visits(&self) -> &Visits<'a> {
        self.visits.get_or_init(|| Visits::derive(self.events(), self.schema.visit_timeout, self.now))
    }

    /// When the visit began that goes on now.
    pub(super) fn current_visit_start(&self) -> Option<Timestamp> {
        match self.remembered {
            None => self.visits().current_start(),
            Some(remembered) => {
                let start = remembered.visits()?.current(self.now.as_millisecond())?.start;
                Timestamp::from_millisecond(start).ok()
            }
        }
    }

    /// The number of the visit that this request belongs to, from 1.
    pub(super) fn visit_number(&self) -> u64 {
        match self.remembered {
            None => self.visits().number(),
            Some(remembered) => remembered.visits().map_or(1, |visits| {
                visits.count().saturating_add(u64::from(visits.current(self.now.as_millisecond()).is_none()))
            }),
        }
    }

    /// The visitor's zone where the request names it, else the site's.
    pub fn zone(&self) -> &'a TimeZone {
        self.context.zone.as_ref().unwrap_or(&self.schema.zone)
    }

    /// Whether a clause's time includes now; no clause always does.
    pub fn is_active(&self, active: Option<&Active>) -> bool {
        active.is_none_or(|active| active.covers(self.now, self.zone()))
    }

    /// Whether the condition holds.
    pub fn truth(&self, condition: &Condition) -> Truth {
        self.truth_within(condition, None)
    }

    /// The same inside an event filter, where names are properties of `event`.
    pub(super) fn truth_within(&self, condition: &Condition, event: Option<&Event>) -> Truth {
        match condition {
            Condition::All(parts) => {
                let mut all = Truth::True;
                for part in parts {
                    all = all.and(self.truth_within(part, event));
                    if all == Truth::False {
                        break;
                    }
                }
                all
            }
            Condition::Any(parts) => {
                let mut any = Truth::False;
                for part in parts {
                    any = any.or(self.truth_within(part, event));
                    if any == Truth::True {
                        break;
                    }
                }
                any
            }
            Condition::Not(inner) => self.truth_within(inner, event).negate(),
            Condition::Leaf(leaf) => self.leaf_truth(leaf, event),
        }
    }

    pub(super) fn leaf_truth(&self, leaf: &Leaf, event: Option<&Event>) -> Truth {
        match &leaf.kind {
            LeafKind::Segment(index) => self.segment_truth(*index),
            LeafKind::List(name) => self.is_on_list(name).into(),
            LeafKind::Consent(purpose) => self.visitor.grants(self.schema, purpose).into(),
            LeafKind::Behaviour(behaviour) => {
                self.evidence(&leaf.text, behaviour).map(|evidence| evidence.holds(behaviour)).into()
            }
            LeafKind::Comparison(expr, test) => self.test_truth(expr, test, event),
        }
    }

    /// Whether the visitor is in a segment, by its place in the program.
    pub fn segment(&self, index: usize) -> Truth {
        self.segment_truth(index)
    }

    /// Outside its active time a segment is empty.
    pub(super) fn segment_truth(&self, index: usize) -> Truth {
        if let Some(truth) = self.segments.borrow().get(&index) {
            return *truth;
        }
        let truth = match self.program.segments.get(index) {
            Some(segment) if self.is_active(segment.active.as_ref()) => self.truth(&segment.condition),
            _ => Truth::False,
        };
        self.segments.borrow_mut().insert(index, truth);
        truth
    }

    pub(super) fn is_on_list(&self, name: &str) -> bool {
        let Some(list) = self.schema.lists.get(name) else { return false };
        std::iter::once(&self.visitor.id).chain(&self.visitor.other_ids).any(|id| list.members.contains(id))
    }

    /// The first of the purposes that this visitor has not granted.
    pub(super) fn refused<'p>(&self, purposes: impl IntoIterator<Item = &'p Arc<str>>) -> Option<&'p str> {
        purposes.into_iter().map(AsRef::as_ref).find(|purpose| !self.visitor.grants(self.schema, purpose))
    }

    /// Whether behaviour may be looked at.
    pub(super) fn is_tracked(&self) -> bool {
        self.visitor.grants(self.schema, TRACKING)
    }
}
