//! `and` chains that no visitor fulfils: `age > 50 and age < 40`, `segment vip and not segment vip`.

use std::collections::{HashMap, HashSet};

use rust_decimal::Decimal;

use super::super::Checker;
use super::super::order::value_order;
use super::canonical::{canonical, place};
use crate::diagnostic::Span;
use crate::language::checked::{Condition, Expr, ExprKind, Function, Leaf, LeafKind, Order, Test};
use crate::language::syntax;
use crate::profile::{Type, Value};

const ONE_OF_THE_TWO: &str = "take one of the two tests out, or write `or` between them";

impl<'a> Checker<'a> {
    /// Warns of every chain in a condition that can never be true.
    pub(in super::super) fn contradictions(&mut self, written: &syntax::Condition, checked: &Condition) {
        match (written, checked) {
            (syntax::Condition::All(pieces), Condition::All(parts)) => {
                let pieces: Vec<_> = pieces.iter().map(|piece| &piece.condition).zip(parts).collect();
                self.and_chain(&pieces);
                for (piece, part) in pieces {
                    if matches!(part, Condition::Any(_)) {
                        self.contradictions(piece, part);
                    }
                }
            }
            (syntax::Condition::Any(pieces), Condition::Any(parts)) => {
                pieces.iter().zip(parts).for_each(|(piece, part)| self.contradictions(&piece.condition, part));
            }
            (syntax::Condition::Leaf(_), Condition::Leaf(_)) => self.and_chain(&[(written, checked)]),
            _ => {}
        }
    }

    /// Warns at the first piece of a chain that cannot be true together with those before it.
    fn and_chain(&mut self, pieces: &[(&syntax::Condition, &Condition)]) {
        if self.is_plainly_possible(pieces) {
            return;
        }
        let mut asked: HashMap<&str, Asked> = HashMap::new();
        let mut said: HashMap<String, bool> = HashMap::new();
        for (written, part) in pieces {
            let (inner, negated) = match part {
                Condition::Not(inner) => (&**inner, true),
                part => (*part, false),
            };
            if let Condition::Leaf(leaf) = inner
                && let LeafKind::Comparison(value, test) = &leaf.kind
            {
                if !Asked::naturally(value).ask(value.kind, test, negated) {
                    let label = format!("`{}` is never below 0", value.text);
                    self.never_true(place(written), label, "compare it with 0 or more");
                    return;
                }
                if !asked.entry(&value.text).or_insert_with(|| Asked::naturally(value)).ask(value.kind, test, negated) {
                    let label = format!("what stands before it already asks something else of `{}`", value.text);
                    self.never_true(place(written), label, ONE_OF_THE_TWO);
                    return;
                }
            } else if pieces.len() > 1 && said.insert(canonical(inner), negated) == Some(!negated) {
                self.never_true(place(written), "the opposite stands before it".to_owned(), ONE_OF_THE_TWO);
                return;
            }
        }
    }

    /// Whether each piece tests another value, in a way that can be true: most chains are like that.
    fn is_plainly_possible(&self, pieces: &[(&syntax::Condition, &Condition)]) -> bool {
        let mut before: Vec<&str> = Vec::with_capacity(pieces.len());
        pieces.len() <= MAX_COMPARED
            && pieces.iter().all(|(_, part)| {
                let Condition::Leaf(leaf) = part else { return false };
                let LeafKind::Comparison(value, _) = &leaf.kind else { return false };
                let other = !before.contains(&&*value.text) && self.leaves.is_possible(leaf);
                before.push(&value.text);
                other
            })
    }

    fn never_true(&mut self, at: Span, label: String, help: &str) {
        let finding = self.warning("never-true", at, "no visitor fulfils this condition").label(label).help(help);
        self.report(finding);
    }
}

/// Longer chains are looked at in full.
const MAX_COMPARED: usize = 16;

/// Whether a test by itself can be true of anybody.
pub(in super::super) fn is_possible(leaf: &Leaf) -> bool {
    match &leaf.kind {
        LeafKind::Comparison(value, test) => Asked::naturally(value).ask(value.kind, test, false),
        _ => true,
    }
}

/// One end of a range.
#[derive(Debug, Clone)]
struct End {
    at: Value,
    /// Whether the end itself is outside.
    out: bool,
}

/// What the tests of one value in one chain ask of it so far.
#[derive(Debug, Default)]
struct Asked {
    /// The value is unknown.
    unknown: bool,
    /// Some test needs it to be known.
    known: bool,
    /// The largest lower end.
    low: Option<End>,
    /// The smallest upper end.
    high: Option<End>,
    /// The only values left.
    among: Option<Vec<Value>>,
    /// The values that are ruled out.
    out: Vec<Value>,
}

impl Asked {
    /// What is so for this value whatever is asked: counts are never below 0.
    fn naturally(value: &Expr) -> Self {
        let counted = match &value.node {
            ExprKind::Elapsed { .. } => true,
            ExprKind::Aggregate { function, .. } => matches!(function, Function::Count | Function::Distinct),
            ExprKind::Fact { name, .. } => matches!(&**name, "local.hour" | "visit.number"),
            _ => false,
        };
        let zero = End { at: Value::Number(Decimal::ZERO), out: false };
        Self { low: counted.then_some(zero), ..Self::default() }
    }

    /// Takes in one more test; `false` when nothing can fulfil all of them.
    fn ask(&mut self, kind: Type, test: &Test, negated: bool) -> bool {
        let known_asked = matches!(test, Test::Known(known) if *known != negated);
        if matches!(test, Test::Known(_)) && !known_asked {
            self.unknown = true;
        } else {
            // Every other test, and its opposite, is true of known values only.
            self.known = true;
        }
        match test {
            Test::Is { negated: not, value } => {
                if let ExprKind::Constant(value) = &value.node {
                    self.values(std::slice::from_ref(value), *not != negated);
                }
            }
            Test::OneOf { negated: not, values } => self.values(values, *not != negated),
            Test::Order(order, bound) => {
                if let ExprKind::Constant(bound) = &bound.node {
                    self.bound(if negated { opposite(*order) } else { *order }, bound);
                }
            }
            // Hours may run over midnight.
            Test::Between(low, high) if kind != Type::Time && !negated => {
                if let (ExprKind::Constant(low), ExprKind::Constant(high)) = (&low.node, &high.node) {
                    self.bound(Order::AtLeast, low);
                    self.bound(Order::AtMost, high);
                }
            }
            _ => {}
        }
        self.can_hold()
    }

    fn values(&mut self, values: &[Value], ruled_out: bool) {
        match (&mut self.among, ruled_out) {
            (Some(among), _) => {
                let named = Named::new(values);
                among.retain(|value| named.contains(value) != ruled_out);
            }
            (None, true) => self.out.extend_from_slice(values),
            (None, false) => {
                let out = Named::new(&self.out);
                self.among = Some(values.iter().filter(|value| !out.contains(value)).cloned().collect());
            }
        }
    }

    fn bound(&mut self, order: Order, bound: &Value) {
        let (end, tighter, out) = match order {
            Order::Greater => (&mut self.low, std::cmp::Ordering::Greater, true),
            Order::AtLeast => (&mut self.low, std::cmp::Ordering::Greater, false),
            Order::Less => (&mut self.high, std::cmp::Ordering::Less, true),
            Order::AtMost => (&mut self.high, std::cmp::Ordering::Less, false),
        };
        let new = End { at: bound.clone(), out };
        match end {
            None => *end = Some(new),
            Some(known) => match value_order(bound, &known.at) {
                Some(std::cmp::Ordering::Equal) => known.out |= out,
                Some(order) if order == tighter => *known = new,
                _ => {}
            },
        }
    }

    fn can_hold(&self) -> bool {
        let above = |value: &Value, end: &End| match value_order(value, &end.at) {
            Some(order) => order.is_gt() || (order.is_eq() && !end.out),
            None => true,
        };
        let below = |value: &Value, end: &End| match value_order(value, &end.at) {
            Some(order) => order.is_lt() || (order.is_eq() && !end.out),
            None => true,
        };
        let range = match (&self.low, &self.high) {
            (Some(low), Some(high)) => below(&low.at, high) && above(&high.at, low),
            _ => true,
        };
        let inside = |value: &Value| {
            self.low.as_ref().is_none_or(|low| above(value, low))
                && self.high.as_ref().is_none_or(|high| below(value, high))
        };
        let among = self.among.as_ref().is_none_or(|among| among.iter().any(inside));
        range && among && !(self.unknown && self.known)
    }
}

fn opposite(order: Order) -> Order {
    match order {
        Order::Less => Order::AtLeast,
        Order::AtMost => Order::Greater,
        Order::Greater => Order::AtMost,
        Order::AtLeast => Order::Less,
    }
}

/// Values to be found: texts and numbers by hash, for lists can be long; the rest one by one.
struct Named<'v> {
    values: &'v [Value],
    texts: HashSet<&'v str>,
    numbers: HashSet<Decimal>,
}

impl<'v> Named<'v> {
    fn new(values: &'v [Value]) -> Self {
        let (mut texts, mut numbers) = (HashSet::new(), HashSet::new());
        for value in values {
            match value {
                Value::Text(text) => drop(texts.insert(&**text)),
                Value::Number(number) => drop(numbers.insert(*number)),
                _ => {}
            }
        }
        Self { values, texts, numbers }
    }

    fn contains(&self, value: &Value) -> bool {
        match value {
            Value::Text(text) => self.texts.contains(&**text),
            Value::Number(number) => self.numbers.contains(number),
            value => self.values.contains(value),
        }
    }
}
