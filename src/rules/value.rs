//! Values: what an expression comes to for this visitor. `None` is unknown.

use std::sync::Arc;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::{Situation, arithmetic, calendar};
use crate::language::checked::{End, EventQuery, Expr, ExprKind, Unit};
use crate::profile::{Event, TRACKING, Value, facts};

/// The number of the visit that the request belongs to.
const VISIT_NUMBER: &str = "visit.number";
/// Whether that is the visitor's first visit.
const VISIT_IS_NEW: &str = "visit.is_new";

impl<'a> Situation<'a> {
    /// What an expression comes to; `None` is unknown.
    pub fn value(&self, expr: &Expr) -> Option<Value> {
        self.value_within(expr, None)
    }

    /// The same inside an event filter, where names are properties of `event`.
    pub(super) fn value_within(&self, expr: &Expr, event: Option<&Event>) -> Option<Value> {
        match &expr.node {
            ExprKind::Constant(value) => Some(value.clone()),
            ExprKind::Civil(civil) => calendar::instant(*civil, self.zone()).map(Value::Moment),
            ExprKind::Attribute { name, purpose } => match self.refused(purpose) {
                Some(_) => None,
                None => self.visitor.attributes.get(name).cloned(),
            },
            ExprKind::Fact { name, purpose } => match self.refused(purpose) {
                Some(_) => None,
                None => self.fact_value(name),
            },
            ExprKind::Property(name) => property(event?, name).cloned(),
            ExprKind::Measure(index) => self.measure_value(*index),
            ExprKind::OfEvent { end, query, property: name } => match self.remembered {
                None => property(self.at_end(query, *end)?, name).cloned(),
                Some(remembered) => self.remembered_at_end(remembered, &expr.text, *end, query)?.1.cloned(),
            },
            ExprKind::Aggregate { function, query, property, window } => match self.remembered {
                None => self.aggregate(*function, query, property.as_deref(), *window),
                Some(remembered) => self.remembered_aggregate(remembered, &expr.text, *function, query, *window),
            },
            ExprKind::Elapsed { unit, end, query } => {
                let at = match self.remembered {
                    None => self.at_end(query, *end)?.at,
                    Some(remembered) => self.remembered_at_end(remembered, &expr.text, *end, query)?.0,
                };
                Some(self.elapsed(*unit, at))
            }
            ExprKind::Arithmetic(left, operator, right) => {
                let (left, right) = (self.value_within(left, event)?, self.value_within(right, event)?);
                arithmetic::compute(left, *operator, right)
            }
        }
    }

    /// A fact of the request, by its name without `visit.`.
    pub(super) fn visit_value(&self, name: &str) -> Option<Value> {
        self.fact_value(&format!("visit.{name}"))
    }

    /// `visit.*`, `local.*` and `context.*` by full name.
    fn fact_value(&self, name: &str) -> Option<Value> {
        let local = || self.zone().to_datetime(self.now);
        match name {
            "local.time" => Some(Value::Time(local().time())),
            "local.date" => Some(Value::Date(local().date())),
            "local.hour" => Some(Value::Number(Decimal::from(local().hour()))),
            "local.weekday" => {
                let day = usize::try_from(local().weekday().to_monday_zero_offset()).ok()?;
                facts::WEEKDAYS.get(day).map(|word| Value::Text(Arc::from(*word)))
            }
            VISIT_NUMBER if self.is_tracked() => Some(Value::Number(Decimal::from(self.visit_number()))),
            VISIT_IS_NEW if self.is_tracked() => Some(Value::Boolean(self.visit_number() == 1)),
            VISIT_NUMBER | VISIT_IS_NEW => None,
            _ => self.context.facts.get(name).cloned(),
        }
    }

    fn measure_value(&self, index: usize) -> Option<Value> {
        if let Some(value) = self.measures.borrow().get(&index) {
            return value.clone();
        }
        let value = self.program.measures.get(index).and_then(|measure| self.value(&measure.value));
        self.measures.borrow_mut().insert(index, value.clone());
        value
    }

    /// The first or last of the events, by time and then by arrival.
    fn at_end(&self, query: &EventQuery, end: End) -> Option<&'a Event> {
        let events = self.occurrences(query)?;
        match end {
            End::First => events.first().copied(),
            End::Last => events.last().copied(),
        }
    }

    /// Whole units, floored; never negative, as no event lies after now.
    fn elapsed(&self, unit: Unit, since: Timestamp) -> Value {
        let seconds = self.now.duration_since(since).as_secs();
        Value::Number(Decimal::from(seconds.div_euclid(unit.seconds())))
    }

    /// The first purpose whose absence makes this expression unknown.
    pub(super) fn refused_by(&self, expr: &Expr) -> Option<String> {
        let owned = |purpose: Option<&str>| purpose.map(str::to_owned);
        match &expr.node {
            ExprKind::Fact { name, .. } if [VISIT_NUMBER, VISIT_IS_NEW].contains(&&**name) && !self.is_tracked() => {
                Some(TRACKING.to_owned())
            }
            ExprKind::Attribute { purpose, .. } | ExprKind::Fact { purpose, .. } => owned(self.refused(purpose)),
            ExprKind::OfEvent { query, .. } | ExprKind::Aggregate { query, .. } | ExprKind::Elapsed { query, .. } => {
                owned(self.refused_query(query))
            }
            ExprKind::Measure(index) => {
                self.program.measures.get(*index).and_then(|measure| self.refused_by(&measure.value))
            }
            ExprKind::Arithmetic(left, _, right) => self.refused_by(left).or_else(|| self.refused_by(right)),
            ExprKind::Constant(_) | ExprKind::Civil(_) | ExprKind::Property(_) => None,
        }
    }
}

/// A property of an event by name, or a `visit.*` fact that came with it by full name.
pub(super) fn property<'e>(event: &'e Event, name: &str) -> Option<&'e Value> {
    event.properties.get(name).or_else(|| event.context.facts.get(name))
}
