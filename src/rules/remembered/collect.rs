//! Walks through a program and notes which cells its conditions need.

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::HashMap;

use super::CellPlan;
use super::choose;
use super::distinct::DISTINCT_VALUES;
use super::division::milliseconds;
use super::kind::{Key, Kind};
use super::shows::ShowKey;
use super::spec::Spec;
use crate::behaviour::{Keep, Link};
use crate::language::checked::{
    Behaviour, Chain, Condition, End, EventKind, EventQuery, Expr, ExprKind, Function, Leaf, LeafKind, Place, Program,
    Test, Then, Window,
};
use crate::profile::Schema;

pub(super) struct Collector<'p> {
    pub(super) program: &'p Program,
    schema: &'p Schema,
    plan: CellPlan,
    /// By the text of a `distinct`: how many values must be told apart.
    pub(super) distinct: HashMap<Arc<str>, u32>,
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
        let Behaviour { subject, chain, window, .. } = behaviour;
        self.window(*window, needs);
        if let Some(chain) = chain {
            return self.chain(subject, chain, *window);
        }
        if let EventKind::VisitStart = subject.kind {
            return vec![self.visits_of(subject, None)];
        }
        let kind = choose::of_behaviour(behaviour);
        vec![self.plan.cell(Spec::new(self.schema, kind, vec![subject.clone()], None))]
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
            return vec![self.plan.cell(Spec::new(self.schema, Kind::Chain(link), queries, None))];
        }
        let step = |query: EventQuery| match query.kind {
            EventKind::VisitStart => self.visits_of(&query, None),
            _ => self.plan.cell(Spec::new(self.schema, Kind::Steps, vec![query], None)),
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
        self.plan.cell(Spec::new(self.schema, kind, vec![query.clone()], property.cloned()))
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
        let kind = choose::of_aggregate(function, window, most);
        self.plan.cell(Spec::new(self.schema, kind, vec![query.clone()], property.cloned()))
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
        self.plan.cell(Spec::new(self.schema, Kind::Visits, vec![query.clone()], property.cloned()))
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
        let cell = self.plan.cell(spec);
        needs.insert(cell);
        if let Some(key) = ShowKey::of(slot, condition, then) {
            self.plan.shows.insert(key, cell);
            self.plan.show_keys.insert(place.clone(), key);
        }
    }
}
