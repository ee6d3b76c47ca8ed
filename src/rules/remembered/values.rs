//! Numbers and values, from what is remembered.

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::kind::Kind;
use super::occurrences::{Known, known};
use super::plan::Remembered;
use super::spec::Spec;
use crate::behaviour::{Cell, Frequent};
use crate::language::checked::{End, EventQuery, ExprKind, Function, Operator, Window};
use crate::profile::Value;
use crate::rules::aggregate::of_values;
use crate::rules::{Situation, arithmetic};

impl<'a> Situation<'a> {
    /// An aggregate, which is found by its text; as the reference evaluator's.
    pub(in crate::rules) fn remembered_aggregate(
        &self,
        remembered: Remembered<'a>,
        text: &str,
        function: Function,
        query: &EventQuery,
        window: Window,
    ) -> Option<Value> {
        if self.refused_query(query).is_some() {
            return None;
        }
        let (spec, cell) = remembered.of_value(text)?;
        match cell {
            Some(Cell::Visits(_)) => {
                let inside = self.remembered_inside(spec, cell, window);
                let values: Vec<&Value> = inside.iter().filter_map(|known| known.value).collect();
                let count = self.remembered_count(spec, cell, query, window);
                of_values(function, usize::try_from(count).unwrap_or(usize::MAX), &values)
            }
            Some(Cell::Kept(_)) => {
                let inside = self.remembered_inside(spec, cell, window);
                let mut keys: Vec<u64> = inside.iter().map(|known| known.key).collect();
                keys.sort_unstable();
                keys.dedup();
                Some(whole(keys.len() as u64))
            }
            Some(Cell::Frequent(_) | Cell::VisitFrequent(_)) => {
                self.remembered_frequent(spec, cell, window).favourite().cloned()
            }
            Some(Cell::Sums(_) | Cell::VisitSums(_)) => {
                let sums = self.remembered_sums(spec, cell, window);
                match function {
                    Function::Count => Some(whole(sums.count)),
                    Function::Sum => sums.sum.map(Value::Number),
                    Function::Average => {
                        arithmetic::compute(Value::Number(sums.sum?), Operator::Divide, whole(sums.values))
                    }
                    Function::Smallest => sums.smallest,
                    Function::Largest => sums.largest,
                    Function::Distinct | Function::Favourite => None,
                }
            }
            Some(Cell::Chain(_)) | None => of_values(function, 0, &[]),
        }
    }

    fn remembered_frequent(&self, spec: &Spec, cell: Option<&'a Cell>, window: Window) -> Frequent {
        let mut all = Frequent::default();
        match (cell, spec.kind.division()) {
            (Some(Cell::VisitFrequent(visits)), _) => {
                let current = visits.current(self.now.as_millisecond());
                current.into_iter().for_each(|visit| all.join(visit.content.clone()));
            }
            (Some(Cell::Frequent(parts)), Some(division)) => {
                let included = parts.parts().iter().filter(|(part, _)| self.includes(window, division, *part));
                included.for_each(|(_, frequent)| all.join(frequent.clone()));
            }
            _ => {}
        }
        all
    }

    /// The first or last event of a query, which is found by the text of the value that asks for it.
    pub(in crate::rules) fn remembered_at_end(
        &self,
        remembered: Remembered<'a>,
        text: &str,
        end: End,
        query: &EventQuery,
    ) -> Option<(Timestamp, Option<&'a Value>)> {
        if self.refused_query(query).is_some() {
            return None;
        }
        let (spec, cell) = remembered.of_value(text)?;
        let mut known: Vec<Known<'a>> = known(spec, cell);
        known.retain(|known| known.at <= self.now);
        let known = match end {
            End::First => known.first(),
            End::Last => known.last(),
        };
        known.map(|known| (known.at, known.value))
    }

    /// What is to be said of a behaviour or a value: since when it counts, in which buckets, how far it may be off.
    pub(in crate::rules) fn remembered_note(&self, text: &str, is_behaviour: bool, window: Window) -> Option<String> {
        let remembered = self.remembered?;
        let cells: Vec<(&Spec, Option<&Cell>)> = match is_behaviour {
            true => remembered.of_behaviour(text)?.collect(),
            false => vec![remembered.of_value(text)?],
        };
        let mut notes: Vec<String> = Vec::new();
        let since = cells.iter().filter_map(|(spec, _)| remembered.counted_since(spec.id)).max();
        notes.extend(since.map(|since| format!("counted since {since}")));
        for (spec, cell) in cells {
            if let Some(super::division::Division::Width(width, _)) = spec.kind.division()
                && let Window::Last(span) | Window::Ago { older: span, .. } = window
            {
                let from = self.now.as_millisecond().saturating_sub(super::division::milliseconds(span));
                let start = Timestamp::from_millisecond(from.div_euclid(width).saturating_mul(width)).ok()?;
                notes.push(format!("counted by {}, from {start}", super::division::width_text(width)));
            }
            match (&spec.kind, cell) {
                (Kind::Frequent(_) | Kind::VisitFrequent, Some(_)) => {
                    let frequent = self.remembered_frequent(spec, cell, window);
                    if frequent.lost > 0 {
                        let Frequent { lost, values, .. } = frequent;
                        notes.push(format!("counts of {values} values may be {lost} too low"));
                    }
                }
                (Kind::Log(_) | Kind::Steps, Some(Cell::Kept(kept)))
                    if kept.occurrences().len() == super::kind::LOGGED as usize =>
                {
                    notes.push(format!("of the newest {}", super::kind::LOGGED));
                }
                _ => {}
            }
        }
        notes.dedup();
        (!notes.is_empty()).then(|| notes.join(", "))
    }

    /// The same of an expression.
    pub(in crate::rules) fn remembered_value_note(&self, node: &ExprKind, text: &str) -> Option<String> {
        match node {
            ExprKind::Aggregate { window, .. } => self.remembered_note(text, false, *window),
            ExprKind::OfEvent { .. } | ExprKind::Elapsed { .. } => self.remembered_note(text, false, Window::Ever),
            ExprKind::Fact { .. } => self.remembered_note(text, false, Window::Ever),
            ExprKind::Measure(index) => {
                let measure = self.program.measures.get(*index)?;
                self.remembered_value_note(&measure.value.node, &measure.value.text)
            }
            _ => None,
        }
    }
}

fn whole(count: u64) -> Value {
    Value::Number(Decimal::from(count))
}
