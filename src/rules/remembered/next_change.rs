//! When a truth may change by itself, without any event.
//!
//! In: segments and a memory. Out: the earliest instant to look again: when an event leaves (or enters) a window, at local
//! midnight where days count, when a span since an event is full, when time is up for what was left undone, when a clause begins
//! or ends. Each such instant is one at which the truth *may* change.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::CellPlan;
use super::division::{Division, milliseconds};
use super::plan::Remembered;
use super::spec::Spec;
use crate::behaviour::{Cell, Memory};
use crate::language::checked::{
    Active, Behaviour, CalendarUnit, Chain, Condition, End, Expr, ExprKind, Frequency, Leaf, LeafKind, Program, Test,
    Unit, Window,
};
use crate::profile::Schema;
use crate::rules::calendar;

/// How often ranks are worked out again.
const RANKS_MS: i64 = 60_000;

/// Looks for the earliest instant after now.
pub(super) struct Watch<'a> {
    remembered: Remembered<'a>,
    program: &'a Program,
    schema: &'a Schema,
    pub(super) now: Timestamp,
    earliest: Option<Timestamp>,
    segments: BTreeSet<usize>,
    measures: BTreeSet<usize>,
}

impl CellPlan {
    /// The earliest instant after now at which the truth of one of these segments (by their place in the program) may change
    /// although nothing happens: never too late, perhaps too early. `None`: never.
    ///
    /// Local times count in the site's zone: a request that names another is evaluated by itself.
    pub fn next_change(
        &self,
        program: &Program,
        schema: &Schema,
        segments: &[usize],
        memory: &Memory,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let mut watch = Watch {
            remembered: Remembered { plan: self, memory },
            program,
            schema,
            now,
            earliest: None,
            segments: BTreeSet::new(),
            measures: BTreeSet::new(),
        };
        segments.iter().for_each(|index| watch.segment(*index));
        watch.earliest
    }
}

impl<'a> Watch<'a> {
    pub(super) fn consider(&mut self, at: Timestamp) {
        if at > self.now && self.earliest.is_none_or(|earliest| at < earliest) {
            self.earliest = Some(at);
        }
    }

    pub(super) fn consider_ms(&mut self, at: i64) {
        if let Ok(at) = Timestamp::from_millisecond(at) {
            self.consider(at);
        }
    }

    pub(super) fn zone(&self) -> &'a TimeZone {
        &self.schema.zone
    }

    fn segment(&mut self, index: usize) {
        let program = self.program;
        if let Some(segment) = program.segments.get(index).filter(|_| self.segments.insert(index)) {
            segment.active.iter().for_each(|active| self.active(active));
            self.condition(&segment.condition);
        }
    }

    fn active(&mut self, active: &Active) {
        let zone = active.zone.as_ref().unwrap_or(&self.schema.zone);
        let ends = [active.from, active.until].into_iter().flatten();
        ends.filter_map(|civil| calendar::instant(civil, zone)).for_each(|at| self.consider(at));
    }

    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| self.condition(part)),
            Condition::Not(part) => self.condition(part),
            Condition::Leaf(leaf) => self.leaf(leaf),
        }
    }

    fn leaf(&mut self, leaf: &Leaf) {
        match &leaf.kind {
            LeafKind::Segment(index) => self.segment(*index),
            LeafKind::List(_) | LeafKind::Consent(_) => {}
            LeafKind::Behaviour(behaviour) => self.behaviour(&leaf.text, behaviour),
            LeafKind::Comparison(expr, test) => {
                self.expr(expr);
                self.local_time(expr, test);
                match test {
                    Test::Is { value, .. } | Test::Order(_, value) => self.expr(value),
                    Test::Between(low, high) => {
                        self.expr(low);
                        self.expr(high);
                    }
                    Test::Top(_) => self.consider_ms(self.now.as_millisecond().saturating_add(RANKS_MS)),
                    _ => {}
                }
            }
        }
    }

    fn behaviour(&mut self, text: &str, behaviour: &Behaviour) {
        let remembered = self.remembered;
        if let (Some(Frequency::InARow(_, unit)), Window::Ever) = (behaviour.frequency, behaviour.window) {
            self.next_period(unit);
        }
        let Some(cells) = remembered.of_behaviour(text) else { return };
        for (spec, cell) in cells {
            let Some(cell) = cell else { continue };
            if let Some(Chain::Without(_, within)) = &behaviour.chain {
                // The time of any start may be the one that is up next, and leaves the window from then on.
                for at in instants(spec, cell, self.now) {
                    let due = at.0.saturating_add(milliseconds(*within));
                    self.consider_ms(due);
                    self.leaves((due, due), behaviour.window);
                }
            }
            self.cell(spec, cell, behaviour.window);
        }
        self.window(behaviour.window);
    }

    /// When something that a cell knows leaves or enters a window.
    fn cell(&mut self, spec: &Spec, cell: &Cell, window: Window) {
        instants(spec, cell, self.now).into_iter().for_each(|at| self.leaves(at, window));
    }

    /// `at`: the first and the last instant of what is in the window or not.
    fn leaves(&mut self, (first, last): (i64, i64), window: Window) {
        match window {
            Window::Last(span) => self.consider_ms(last.saturating_add(milliseconds(span))),
            Window::Ago { newer, older } => {
                self.consider_ms(first.saturating_add(milliseconds(newer)));
                self.consider_ms(last.saturating_add(milliseconds(older)));
            }
            Window::Ever | Window::ThisVisit | Window::This(_) | Window::Since(_) => {}
        }
    }

    /// When a window itself begins anew.
    fn window(&mut self, window: Window) {
        match window {
            Window::ThisVisit => self.end_of_visit(),
            Window::This(unit) => self.next_period(unit),
            Window::Since(civil) => {
                calendar::instant(civil, self.zone()).into_iter().for_each(|at| self.consider(at));
            }
            Window::Ever | Window::Last(_) | Window::Ago { .. } => {}
        }
    }

    fn end_of_visit(&mut self) {
        let end = self.remembered.visits().and_then(|visits| visits.current_end());
        end.into_iter().for_each(|end| self.consider_ms(end));
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.node {
            ExprKind::Fact { name, .. } => match &**name {
                "visit.number" | "visit.is_new" => self.end_of_visit(),
                "local.date" | "local.weekday" => self.next_period(CalendarUnit::Day),
                "local.hour" => self.next_hour(),
                _ => {}
            },
            ExprKind::Measure(index) => {
                let program = self.program;
                if let Some(measure) = program.measures.get(*index).filter(|_| self.measures.insert(*index)) {
                    self.expr(&measure.value);
                }
            }
            ExprKind::Arithmetic(left, _, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Elapsed { unit, end, .. } => self.elapsed(&expr.text, *unit, *end),
            ExprKind::Aggregate { window, .. } => {
                if let Some((spec, Some(cell))) = self.remembered.of_value(&expr.text) {
                    self.cell(spec, cell, *window);
                }
                self.window(*window);
            }
            ExprKind::Constant(_)
            | ExprKind::Civil(_)
            | ExprKind::Attribute { .. }
            | ExprKind::Property(_)
            | ExprKind::OfEvent { .. } => {}
        }
    }

    /// When the next whole unit since an event is full.
    fn elapsed(&mut self, text: &str, unit: Unit, end: End) {
        let Some((spec, cell)) = self.remembered.of_value(text) else { return };
        let known = super::occurrences::known(spec, cell);
        let known = match end {
            End::First => known.first(),
            End::Last => known.last(),
        };
        let Some(at) = known.map(|known| known.at) else { return };
        let units = self.now.duration_since(at).as_secs().div_euclid(unit.seconds()).saturating_add(1);
        let span = SignedDuration::from_secs(units.saturating_mul(unit.seconds()));
        at.checked_add(span).into_iter().for_each(|at| self.consider(at));
    }
}

/// The first and last instant of everything that a cell knows, in milliseconds.
fn instants(spec: &Spec, cell: &Cell, now: Timestamp) -> Vec<(i64, i64)> {
    let parts = |parts: Vec<i64>| match spec.kind.division() {
        Some(Division::Width(width, _)) => parts
            .into_iter()
            .map(|part| (part.saturating_mul(width), part.saturating_add(1).saturating_mul(width).saturating_sub(1)))
            .collect(),
        _ => Vec::new(),
    };
    match cell {
        Cell::Kept(kept) => kept.occurrences().iter().map(|known| (known.at, known.at)).collect(),
        Cell::Visits(visits) => visits.visits().iter().map(|visit| (visit.start, visit.start)).collect(),
        Cell::Sums(sums) => parts(sums.parts().iter().map(|(part, _)| *part).collect()),
        Cell::Frequent(frequent) => parts(frequent.parts().iter().map(|(part, _)| *part).collect()),
        Cell::VisitSums(_) | Cell::VisitFrequent(_) => Vec::new(),
        Cell::Chain(chain) => {
            let progress = chain.progress(now.as_millisecond());
            let reached = progress.reached.last().copied().flatten();
            [reached, progress.pending, progress.abandoned].into_iter().flatten().map(|at| (at, at)).collect()
        }
    }
}
