//! Walks through a program and notes which cells its conditions need.

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::HashMap;
use jiff::SignedDuration;
use rust_decimal::prelude::ToPrimitive;

use super::CellPlan;
use super::division::{Division, FAVOURITE_BUCKETS, MAX_BUCKETS, ceil, milliseconds, width};
use super::shows::ShowKey;
use super::spec::{Key, Kind, Spec};
use crate::behaviour::{Keep, Link};
use crate::language::checked::{
    Behaviour, CalendarUnit, Chain, Compare, Condition, End, EventKind, EventQuery, Expr, ExprKind, Frequency,
    Function, Leaf, LeafKind, Place, Program, Test, Then, Window,
};
use crate::profile::{Schema, Value};

/// Numbers of times up to this are counted exactly, larger ones in buckets.
pub(super) const MAX_EXACT_TIMES: u64 = 64;

/// Between two instants of the past, so many times are counted exactly: each part of time keeps twice as many.
const MAX_EXACT_TIMES_AGO: u64 = 4;

/// A number of different values that is not compared with a number is counted up to this.
pub(super) const DISTINCT_VALUES: u32 = 64;

/// Nobody compares a number of different values with a larger one.
const MAX_DISTINCT_VALUES: u32 = 1_024;

/// The longest run, and the largest number of different days, weeks or months.
const MAX_PERIODS: u64 = 400;

/// Local days of several zones overlap: so many more periods are kept than are asked for.
const SPARE_PERIODS: u64 = 4;

/// The most periods in a period that goes on.
const DAYS_OF_A_MONTH: u64 = 31;

pub(super) struct Collector<'p> {
    program: &'p Program,
    schema: &'p Schema,
    plan: CellPlan,
    /// By the text of a `distinct`: how many values must be told apart.
    distinct: HashMap<Arc<str>, u32>,
    segments: Vec<Option<BTreeSet<usize>>>,
    measures: Vec<Option<BTreeSet<usize>>>,
}

impl<'p> Collector<'p> {
    pub fn new(program: &'p Program, schema: &'p Schema) -> Self {
        Self {
            program,
            schema,
            plan: CellPlan::default(),
            distinct: HashMap::default(),
            segments: vec![None; program.segments.len()],
            measures: vec![None; program.measures.len()],
        }
    }

    pub fn collect(mut self) -> CellPlan {
        let program = self.program;
        program.segments.iter().for_each(|segment| self.compared(&segment.condition));
        for block in program.slots.iter().flat_map(|slot| &slot.blocks) {
            block.rules.iter().for_each(|rule| self.compared(&rule.body.condition));
        }
        self.plan.segments = (0..program.segments.len()).map(|index| self.segment(index)).collect();
        for (segment, needs) in program.segments.iter().zip(self.plan.segments.clone()) {
            self.rule(&segment.place, needs);
        }
        for slot in &program.slots {
            for block in &slot.blocks {
                for rule in &block.rules {
                    let mut needs = BTreeSet::new();
                    self.condition(&rule.body.condition, &mut needs);
                    self.shows(&slot.name, &rule.place, Some(&rule.body.condition), &rule.body.then, &mut needs);
                    self.rule(&rule.place, needs);
                }
                if let Some(otherwise) = &block.otherwise {
                    let mut needs = BTreeSet::new();
                    self.shows(&slot.name, &otherwise.place, None, &otherwise.then, &mut needs);
                    self.rule(&otherwise.place, needs);
                }
            }
        }
        self.plan
    }

    fn rule(&mut self, place: &Place, needs: BTreeSet<usize>) {
        if !needs.is_empty() {
            self.plan.rules.push((place.clone(), needs));
        }
    }

    /// Notes with which numbers counts of different values are compared.
    fn compared(&mut self, condition: &Condition) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| self.compared(part)),
            Condition::Not(part) => self.compared(part),
            Condition::Leaf(leaf) => {
                if let LeafKind::Comparison(expr, test) = &leaf.kind {
                    let most = largest_constant(test).unwrap_or(DISTINCT_VALUES).saturating_add(1);
                    self.compare_distinct(expr, most.min(MAX_DISTINCT_VALUES));
                }
            }
        }
    }

    fn compare_distinct(&mut self, expr: &Expr, most: u32) {
        match &expr.node {
            ExprKind::Aggregate { function: Function::Distinct, .. } => {
                let known = self.distinct.entry(Arc::clone(&expr.text)).or_default();
                *known = most.max(*known);
            }
            ExprKind::Measure(index) => {
                let program = self.program;
                if let Some(measure) = program.measures.get(*index) {
                    self.compare_distinct(&measure.value, most);
                }
            }
            ExprKind::Arithmetic(left, _, right) => {
                self.compare_distinct(left, DISTINCT_VALUES);
                self.compare_distinct(right, DISTINCT_VALUES);
            }
            _ => {}
        }
    }

    fn segment(&mut self, index: usize) -> BTreeSet<usize> {
        if let Some(Some(known)) = self.segments.get(index) {
            return known.clone();
        }
        let mut needs = BTreeSet::new();
        if let Some(segment) = self.program.segments.get(index) {
            self.condition(&segment.condition, &mut needs);
        }
        if let Some(known) = self.segments.get_mut(index) {
            *known = Some(needs.clone());
        }
        needs
    }

    fn measure(&mut self, index: usize) -> BTreeSet<usize> {
        if let Some(Some(known)) = self.measures.get(index) {
            return known.clone();
        }
        let mut needs = BTreeSet::new();
        if let Some(measure) = self.program.measures.get(index) {
            self.expr(&measure.value, &mut needs);
        }
        if let Some(known) = self.measures.get_mut(index) {
            *known = Some(needs.clone());
        }
        needs
    }

    fn condition(&mut self, condition: &Condition, needs: &mut BTreeSet<usize>) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().for_each(|part| self.condition(part, needs));
            }
            Condition::Not(part) => self.condition(part, needs),
            Condition::Leaf(leaf) => self.leaf(leaf, needs),
        }
    }

    fn leaf(&mut self, leaf: &Leaf, needs: &mut BTreeSet<usize>) {
        match &leaf.kind {
            LeafKind::Segment(index) => needs.extend(self.segment(*index)),
            LeafKind::List(_) | LeafKind::Consent(_) => {}
            LeafKind::Behaviour(behaviour) => {
                // A hundred thousand rules name few different behaviours.
                if let Some(cells) = self.plan.behaviours.get(&leaf.text) {
                    needs.extend(cells.iter().copied());
                    return self.window(behaviour.window, needs);
                }
                let cells = self.behaviour(behaviour, needs);
                needs.extend(cells.iter().copied());
                self.plan.behaviours.insert(Arc::clone(&leaf.text), cells);
            }
            LeafKind::Comparison(expr, test) => {
                self.expr(expr, needs);
                match test {
                    Test::Is { value, .. } | Test::Order(_, value) => self.expr(value, needs),
                    Test::Between(low, high) => {
                        self.expr(low, needs);
                        self.expr(high, needs);
                    }
                    Test::Top(_) => {
                        self.plan.ranked.insert(Arc::clone(&expr.text), expr.clone());
                    }
                    _ => {}
                }
            }
        }
    }

    /// The cell of a behaviour; of a sequence that no cell can hold, a cell for each step.
    fn behaviour(&mut self, behaviour: &Behaviour, needs: &mut BTreeSet<usize>) -> Vec<usize> {
        let Behaviour { subject, chain, frequency, window } = behaviour;
        self.window(*window, needs);
        if let Some(chain) = chain {
            return self.chain(subject, chain, *window);
        }
        if let EventKind::VisitStart = subject.kind {
            return vec![self.visits_of(subject, None)];
        }
        let ago = match window {
            Window::Ago { newer, older } => Some((*newer, *older)),
            _ => None,
        };
        let kind = match (frequency, ago) {
            (None, None) => Kind::Kept(Keep::Newest(1), Key::Nothing),
            (None, Some(ago)) => ends(ago, 1),
            (Some(Frequency::Times(compare, number)), ago) => times(*compare, *number, ago, *window),
            (Some(Frequency::Different(_, _, unit) | Frequency::InARow(_, unit)), Some(_)) => {
                Kind::Log(Key::Period(*unit))
            }
            (Some(Frequency::Different(_, number, unit)), None) => {
                Kind::Kept(Keep::PerKey(periods(number.saturating_add(1))), Key::Period(*unit))
            }
            (Some(Frequency::InARow(number, unit)), None) => {
                let kept = match window {
                    Window::Ever => number.saturating_add(SPARE_PERIODS),
                    Window::Last(span) => periods_in(*span, *unit).saturating_add(SPARE_PERIODS),
                    Window::This(_) | Window::ThisVisit => DAYS_OF_A_MONTH + SPARE_PERIODS,
                    Window::Since(_) | Window::Ago { .. } => MAX_PERIODS,
                };
                Kind::Kept(Keep::PerKey(periods(kept)), Key::Period(*unit))
            }
        };
        vec![self.cell(Spec::new(self.schema, kind, vec![subject.clone()], None))]
    }

    fn chain(&mut self, subject: &EventQuery, chain: &Chain, window: Window) -> Vec<usize> {
        let (link, others): (Link, Vec<&EventQuery>) = match chain {
            Chain::Then(steps) => {
                let within = steps.iter().map(|(_, within)| milliseconds(*within)).collect();
                (Link::Then(within), steps.iter().map(|(query, _)| query).collect())
            }
            Chain::Without(other, within) => (Link::Without(milliseconds(*within)), vec![other]),
        };
        let queries: Vec<EventQuery> = std::iter::once(subject).chain(others).cloned().collect();
        let is_plain = queries.iter().all(|query| !matches!(query.kind, EventKind::VisitStart)) && queries.len() <= 64;
        if is_plain && !matches!(window, Window::Ago { .. }) {
            return vec![self.cell(Spec::new(self.schema, Kind::Chain(link), queries, None))];
        }
        let step = |query: EventQuery| match query.kind {
            EventKind::VisitStart => self.visits_of(&query, None),
            _ => self.cell(Spec::new(self.schema, Kind::Steps, vec![query], None)),
        };
        queries.into_iter().map(step).collect()
    }

    fn expr(&mut self, expr: &Expr, needs: &mut BTreeSet<usize>) {
        let needs_none = matches!(
            expr.node,
            ExprKind::Constant(_) | ExprKind::Civil(_) | ExprKind::Attribute { .. } | ExprKind::Property(_)
        );
        if needs_none {
            return;
        }
        if let Some(cell) = self.plan.values.get(&expr.text) {
            needs.insert(*cell);
            if let ExprKind::Aggregate { window, .. } = &expr.node {
                self.window(*window, needs);
            }
            return;
        }
        let cell = match &expr.node {
            ExprKind::Fact { name, .. } if ["visit.number", "visit.is_new"].contains(&&**name) => self.all_visits(),
            ExprKind::Measure(index) => return needs.extend(self.measure(*index)),
            ExprKind::Arithmetic(left, _, right) => {
                self.expr(left, needs);
                return self.expr(right, needs);
            }
            ExprKind::OfEvent { end, query, property } => self.at_end(*end, query, Some(property)),
            ExprKind::Elapsed { end, query, .. } => self.at_end(*end, query, None),
            ExprKind::Aggregate { function, query, property, window } => {
                self.window(*window, needs);
                let most = self.distinct.get(&expr.text).copied().unwrap_or(DISTINCT_VALUES);
                self.aggregate(*function, query, property.as_ref(), *window, most)
            }
            ExprKind::Constant(_)
            | ExprKind::Civil(_)
            | ExprKind::Attribute { .. }
            | ExprKind::Fact { .. }
            | ExprKind::Property(_) => return,
        };
        needs.insert(cell);
        self.plan.values.insert(Arc::clone(&expr.text), cell);
    }

    fn at_end(&mut self, end: End, query: &EventQuery, property: Option<&Arc<str>>) -> usize {
        if let EventKind::VisitStart = query.kind {
            return self.visits_of(query, property);
        }
        let keep = match end {
            End::First => Keep::Oldest(1),
            End::Last => Keep::Newest(1),
        };
        let kind = Kind::Kept(keep, Key::Nothing);
        self.cell(Spec::new(self.schema, kind, vec![query.clone()], property.cloned()))
    }

    fn aggregate(
        &mut self,
        function: Function,
        query: &EventQuery,
        property: Option<&Arc<str>>,
        window: Window,
        most: u32,
    ) -> usize {
        if let EventKind::VisitStart = query.kind {
            return self.visits_of(query, property);
        }
        let is_ago = matches!(window, Window::Ago { .. });
        let kind = match function {
            Function::Distinct if is_ago => Kind::Log(Key::Value),
            Function::Distinct => Kind::Kept(Keep::PerKey(most), Key::Value),
            Function::Favourite => Division::of(window, FAVOURITE_BUCKETS).map_or(Kind::VisitFrequent, Kind::Frequent),
            Function::Smallest | Function::Largest => {
                Division::of(window, MAX_BUCKETS).map_or(Kind::VisitSums(true), Kind::Extremes)
            }
            Function::Count | Function::Sum | Function::Average => {
                Division::of(window, MAX_BUCKETS).map_or(Kind::VisitSums(false), Kind::Sums)
            }
        };
        self.cell(Spec::new(self.schema, kind, vec![query.clone()], property.cloned()))
    }

    /// A window over the visit that goes on needs to know when it began.
    fn window(&mut self, window: Window, needs: &mut BTreeSet<usize>) {
        if window == Window::ThisVisit {
            needs.insert(self.all_visits());
        }
    }

    fn all_visits(&mut self) -> usize {
        if let Some(known) = self.plan.visits {
            return known;
        }
        let query = EventQuery { kind: EventKind::VisitStart, purposes: Vec::new(), filter: None };
        let cell = self.visits_of(&query, None);
        self.plan.visits = Some(cell);
        cell
    }

    fn visits_of(&mut self, query: &EventQuery, property: Option<&Arc<str>>) -> usize {
        self.cell(Spec::new(self.schema, Kind::Visits, vec![query.clone()], property.cloned()))
    }

    fn shows(
        &mut self,
        slot: &str,
        place: &Place,
        condition: Option<&Condition>,
        then: &Then,
        needs: &mut BTreeSet<usize>,
    ) {
        let Some(spec) = Spec::of_shows(self.schema, slot, condition, then) else { return };
        if then.limit.as_ref().is_some_and(|limit| limit.span.is_none()) {
            needs.insert(self.all_visits());
        }
        let cell = self.cell(spec);
        needs.insert(cell);
        if let Some(key) = ShowKey::of(slot, condition, then) {
            self.plan.shows.insert(key, cell);
            self.plan.show_keys.insert(place.clone(), key);
        }
    }

    /// The place of a cell; an equal one is the same.
    fn cell(&mut self, spec: Spec) -> usize {
        if let Some(known) = self.plan.by_id.get(&spec.id) {
            return *known;
        }
        let place = self.plan.cells.len();
        self.plan.by_id.insert(spec.id, place);
        if spec.is_of_every_event() {
            self.plan.of_every_event.push(place);
        } else {
            for query in &spec.queries {
                match &query.kind {
                    EventKind::Named(name) => self.plan.by_event.entry(Arc::clone(name)).or_default().push(place),
                    EventKind::Page(pattern) => {
                        let first = match pattern.segments.first() {
                            Some(first) => first.clone().unwrap_or_else(|| "*".into()),
                            None if pattern.everything_below => "*".into(),
                            None => "".into(),
                        };
                        self.plan.by_page.entry(first).or_default().push(place);
                    }
                    EventKind::VisitStart => {}
                }
            }
        }
        self.plan.cells.push(spec);
        place
    }
}

/// A number of times: the newest so many are enough to know whether there are as many.
fn times(compare: Compare, number: u64, ago: Option<(SignedDuration, SignedDuration)>, window: Window) -> Kind {
    let most = match compare {
        Compare::AtLeast | Compare::FewerThan => number.max(1),
        Compare::AtMost | Compare::Exactly | Compare::MoreThan => number.saturating_add(1),
    };
    match (ago, u32::try_from(most)) {
        (None, Ok(most)) if number <= MAX_EXACT_TIMES => Kind::Kept(Keep::Newest(most), Key::Nothing),
        (Some(ago), Ok(most)) if number <= MAX_EXACT_TIMES_AGO => ends(ago, most),
        _ => match Division::of(window, MAX_BUCKETS) {
            Some(division) => Kind::Sums(division),
            None => Kind::VisitSums(false),
        },
    }
}

/// Between two instants of the past: where they lie in different parts of time, the ends of the parts tell. Instants that lie
/// too near to each other for that are counted in buckets.
fn ends((newer, older): (SignedDuration, SignedDuration), each: u32) -> Kind {
    let (least, parts) = width(older, MAX_BUCKETS);
    let width_ms = milliseconds(older.saturating_sub(newer)).max(1);
    if width_ms < least {
        return Kind::Sums(Division::Width(least, parts));
    }
    let parts = u32::try_from(ceil(milliseconds(older), width_ms) + 1).unwrap_or(u32::MAX);
    Kind::Kept(Keep::Ends { width_ms, each, parts }, Key::Nothing)
}

fn periods(number: u64) -> u32 {
    u32::try_from(number.clamp(1, MAX_PERIODS)).unwrap_or(u32::MAX)
}

/// How many periods a span touches at most.
fn periods_in(span: SignedDuration, unit: CalendarUnit) -> u64 {
    let days = match unit {
        CalendarUnit::Day => 1,
        CalendarUnit::Week => 7,
        CalendarUnit::Month => 28,
    };
    u64::try_from(milliseconds(span) / (days * 23 * 3_600_000) + 2).unwrap_or(u64::MAX)
}

/// The largest number that a test compares with; `None` when it compares with no number.
fn largest_constant(test: &Test) -> Option<u32> {
    let number = |value: &Value| match value {
        Value::Number(number) => number.ceil().to_u32(),
        _ => None,
    };
    let constant = |expr: &Expr| match &expr.node {
        ExprKind::Constant(value) => number(value),
        _ => None,
    };
    match test {
        Test::OneOf { values, .. } => values.iter().map(number).collect::<Option<Vec<_>>>()?.into_iter().max(),
        Test::Is { value, .. } | Test::Order(_, value) => constant(value),
        Test::Between(low, high) => Some(constant(low)?.max(constant(high)?)),
        _ => None,
    }
}
