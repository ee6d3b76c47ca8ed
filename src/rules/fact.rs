//! The fact behind a leaf, in words for the author of a rule.

use super::{Situation, Truth};
use crate::behaviour::MIN_RANKED_VISITORS;
use crate::language::checked::{Active, EventKind, Expr, ExprKind, Leaf, LeafKind, Test};

impl Situation<'_> {
    /// Why a clause's time does not include now; `None` when it does.
    pub fn inactive_note(&self, active: Option<&Active>) -> Option<String> {
        let active = active.filter(|active| !self.is_active(Some(*active)))?;
        let zone = active.zone.as_ref().unwrap_or(self.zone());
        let instant = |civil| super::calendar::instant(civil, zone);
        let from = active.from.and_then(instant).filter(|from| *from > self.now);
        Some(match (from, active.until.and_then(instant)) {
            (Some(from), _) => format!("not active until {from}"),
            (None, Some(until)) => format!("not active since {until}"),
            (None, None) => "not active".to_owned(),
        })
    }

    /// The fact that a leaf uses.
    pub(super) fn fact(&self, leaf: &Leaf) -> String {
        match &leaf.kind {
            LeafKind::Segment(index) => self.segment_fact(*index),
            LeafKind::List(name) if self.is_on_list(name) => format!("on list {name}"),
            LeafKind::List(name) => format!("not on list {name}"),
            LeafKind::Consent(purpose) => {
                let granted = if self.visitor.grants(self.schema, purpose) { "granted" } else { "not granted" };
                let whose = if self.visitor.consent.contains_key(purpose) { "by the visitor" } else { "by default" };
                format!("{purpose} is {granted} {whose}")
            }
            LeafKind::Behaviour(behaviour) => self.behaviour_fact(&leaf.text, behaviour),
            LeafKind::Comparison(expr, test) => self.comparison_fact(expr, test),
        }
    }

    fn segment_fact(&self, index: usize) -> String {
        let inactive = self.program.segments.get(index).and_then(|segment| self.inactive_note(segment.active.as_ref()));
        match (inactive, self.segment_truth(index)) {
            (Some(note), _) => note,
            (None, Truth::True) => "in the segment".to_owned(),
            (None, Truth::False) => "not in the segment".to_owned(),
            (None, Truth::Unknown) => "not known whether in the segment".to_owned(),
        }
    }

    fn comparison_fact(&self, expr: &Expr, test: &Test) -> String {
        let mut facts = Vec::new();
        self.value_facts(expr, &mut facts);
        match test {
            Test::Is { value, .. } | Test::Order(_, value) => self.value_facts(value, &mut facts),
            Test::Between(low, high) => {
                self.value_facts(low, &mut facts);
                self.value_facts(high, &mut facts);
            }
            Test::Top(percent) => {
                facts.push(match self.ranks.and_then(|ranks| ranks.threshold(&expr.text, *percent)) {
                    Some(threshold) => format!("the top {percent} percent begin at {threshold}"),
                    None => format!("ranks are unknown: they need {MIN_RANKED_VISITORS} visitors who have a value"),
                })
            }
            _ => {}
        }
        facts.dedup();
        facts.join(", ")
    }

    /// Of arithmetic, first the parts and then the result; of constants, nothing.
    fn value_facts(&self, expr: &Expr, facts: &mut Vec<String>) {
        match &expr.node {
            ExprKind::Constant(_) | ExprKind::Civil(_) => return,
            ExprKind::Arithmetic(left, _, right) => {
                self.value_facts(left, facts);
                self.value_facts(right, facts);
            }
            _ => {}
        }
        facts.push(match (self.value(expr), self.refused_by(expr)) {
            (Some(_), _) if self.is_sensitive(expr) => {
                format!("{} is known, not shown because it is sensitive", expr.text)
            }
            (Some(value), _) => match self.remembered_value_note(&expr.node, &expr.text) {
                Some(note) => format!("{} = {value} ({note})", expr.text),
                None => format!("{} = {value}", expr.text),
            },
            (None, Some(purpose)) => format!("{} is unknown without consent for {purpose}", expr.text),
            (None, None) => format!("{} is unknown", expr.text),
        });
    }

    /// Whether a value comes from something that the schema declares as sensitive.
    fn is_sensitive(&self, expr: &Expr) -> bool {
        match &expr.node {
            ExprKind::Attribute { name, .. } => self.schema.attributes.get(name).is_some_and(|noun| noun.sensitive),
            ExprKind::Fact { name, .. } => name
                .strip_prefix("context.")
                .and_then(|name| self.schema.context.get(name))
                .is_some_and(|noun| noun.sensitive),
            ExprKind::OfEvent { query, property, .. } | ExprKind::Aggregate { query, property: Some(property), .. } => {
                let EventKind::Named(name) = &query.kind else { return false };
                let event = self.schema.events.get(name);
                event.and_then(|event| event.properties.get(property)).is_some_and(|noun| noun.sensitive)
            }
            ExprKind::Measure(index) => {
                self.program.measures.get(*index).is_some_and(|measure| self.is_sensitive(&measure.value))
            }
            ExprKind::Arithmetic(left, _, right) => self.is_sensitive(left) || self.is_sensitive(right),
            _ => false,
        }
    }
}
