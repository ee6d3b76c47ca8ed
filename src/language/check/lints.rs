//! Warnings: what is allowed and cannot be meant. Each is certain, or it is not said.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;

use super::Checker;
use super::order::value_order;
use super::slots::Placed;
use crate::diagnostic::Span;
use crate::language::checked::{Behaviour, Condition, Expr, ExprKind, Leaf, LeafKind, Order, Test, Window};
use crate::language::syntax;
use crate::profile::{Type, Value};

/// What the tests of one value in one `and` chain ask of it so far.
#[derive(Default)]
struct Asked {
    /// The value is unknown.
    unknown: bool,
    /// Some test needs it to be known.
    known: bool,
    /// The largest lower end, and whether that end itself is out.
    low: Option<(Value, bool)>,
    /// The smallest upper end, and whether that end itself is out.
    high: Option<(Value, bool)>,
    /// The only values left.
    among: Option<Vec<Value>>,
}

impl<'a> Checker<'a> {
    /// Warns of `and` chains that no visitor fulfils: `age > 50 and age < 40`.
    pub(super) fn contradictions(&mut self, written: &'a syntax::Condition, checked: &Condition) {
        match (written, checked) {
            (syntax::Condition::All(pieces), Condition::All(parts)) => {
                let mut asked: HashMap<&str, Asked> = HashMap::new();
                for (piece, part) in pieces.iter().zip(parts) {
                    let (syntax::Condition::Leaf(leaf), Condition::Leaf(Leaf { kind, .. })) = (&piece.condition, part)
                    else {
                        self.contradictions(&piece.condition, part);
                        continue;
                    };
                    let LeafKind::Comparison(value, test) = kind else { continue };
                    if !asked.entry(&value.text).or_default().ask(value.kind, test) {
                        self.never_true(leaf.at.0, &value.text);
                        return;
                    }
                }
            }
            (syntax::Condition::Any(pieces), Condition::Any(parts)) => {
                pieces.iter().zip(parts).for_each(|(piece, part)| self.contradictions(&piece.condition, part));
            }
            _ => {}
        }
    }

    fn never_true(&mut self, at: Span, value: &str) {
        let finding = self
            .warning("never-true", at, "no visitor fulfils this condition")
            .label(format!("what stands before it already asks something else of `{value}`"))
            .help("take one of the two tests out, or write `or` between them");
        self.report(finding);
    }

    /// Warns of conditions that say only what was not done lately: they are true for every new visitor.
    pub(super) fn absence_without_age(&mut self, written: &'a syntax::Condition, checked: &Condition) {
        let pieces: Vec<(&syntax::Condition, &Condition)> = match (written, checked) {
            (syntax::Condition::All(pieces), Condition::All(parts)) => {
                pieces.iter().map(|piece| &piece.condition).zip(parts).collect()
            }
            other => vec![other],
        };
        let absence = pieces.iter().find_map(|(written, checked)| match (written, checked) {
            (syntax::Condition::Not(negation), Condition::Not(inner)) => match &**inner {
                Condition::Leaf(Leaf {
                    kind: LeafKind::Behaviour(Behaviour { chain: None, frequency: None, window, .. }),
                    ..
                }) if matches!(window, Window::Last(_)) => Some(negation.at.0),
                _ => None,
            },
            _ => None,
        });
        let Some(at) = absence else { return };
        if pieces.iter().any(|(_, checked)| says_something_of_the_past(checked, false)) {
            return;
        }
        let finding = self
            .warning("absence-without-age", at, "this is also true for visitors who have only just come")
            .label("what was never done was not done lately either")
            .help("to leave new visitors out add: and days since first visit_start >= 7");
        self.report(finding);
    }

    /// Warns of rules that an earlier rule of the slot always takes the visitors from.
    pub(super) fn unreachable(&mut self, placed: &[Placed<'a>]) {
        let mut seen: HashMap<String, (usize, Span)> = HashMap::new();
        for block in placed {
            for (rule, written) in block.block.rules.iter().zip(&block.rules) {
                let mut key = String::new();
                canonical(&rule.condition, &mut key);
                if let Some((file, at)) = seen.get(&key) {
                    let first = self.shown_place(*file, *at);
                    self.file = block.file;
                    let at = Span::new(written.at.0.start, written.outcome.at.0.start);
                    let finding = self
                        .warning("unreachable-rule", trimmed(self.source_text(), at), "this rule can never show")
                        .label(format!("the rule at {first} has the same condition and comes first"))
                        .help("take one of the two rules out, or change its condition");
                    self.report(finding);
                } else if block.block.active.is_none() && rule.then.active.is_none() && rule.then.limit.is_none() {
                    seen.insert(key, (block.file, written.at.0));
                }
            }
        }
    }

    /// Warns of segments and measures that nothing refers to.
    pub(super) fn unused(&mut self) {
        let names = Rc::clone(&self.names);
        for (index, named) in names.segments.iter().enumerate() {
            if !self.used.segments.contains(&index) {
                self.nobody_uses("segment", named.file, &named.item.name);
            }
        }
        for (index, named) in names.measures.iter().enumerate() {
            if !self.used.measures.contains(&index) {
                self.nobody_uses("measure", named.file, &named.item.name);
            }
        }
    }

    fn nobody_uses(&mut self, what: &str, file: usize, name: &syntax::Name) {
        self.file = file;
        let finding = self
            .warning("unused-name", name.at.0, format!("nothing uses the {what} `{}`", name.text))
            .label("no rule, segment or measure names it")
            .help("use it, or take it out");
        self.report(finding);
    }

    fn source_text(&self) -> &str {
        self.sources.get(self.file).map_or("", |source| &source.text)
    }
}

/// A span without the blanks at its end.
fn trimmed(text: &str, at: Span) -> Span {
    let length = text.get(at.start..at.end).map_or(at.end - at.start, |written| written.trim_end().len());
    // Only the first line is marked: a rule can be long.
    let first_line = text.get(at.start..at.end).and_then(|written| written.lines().next()).map_or(length, str::len);
    Span::new(at.start, at.start + length.min(first_line))
}

/// The condition as text that is equal for equal conditions. Longer than the printed form, and far quicker to make.
fn canonical(condition: &Condition, out: &mut String) {
    let (open, parts): (char, &[Condition]) = match condition {
        Condition::All(parts) => ('&', parts),
        Condition::Any(parts) => ('|', parts),
        Condition::Not(part) => ('!', std::slice::from_ref(part)),
        Condition::Leaf(leaf) => return out.push_str(&leaf.text),
    };
    out.push(open);
    for part in parts {
        out.push('(');
        canonical(part, out);
        out.push(')');
    }
}

/// Whether a condition can hold only for visitors who have done something, or asks how long they are known.
fn says_something_of_the_past(condition: &Condition, negated: bool) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().any(|part| says_something_of_the_past(part, negated))
        }
        Condition::Not(part) => says_something_of_the_past(part, !negated),
        Condition::Leaf(leaf) => match &leaf.kind {
            LeafKind::Behaviour(_) => !negated,
            LeafKind::Segment(_) | LeafKind::List(_) => true,
            LeafKind::Consent(_) => false,
            LeafKind::Comparison(value, _) => !is_of_now(value),
        },
    }
}

/// Whether a value says nothing of the visitor's past: a fact of the request, a literal.
fn is_of_now(value: &Expr) -> bool {
    match &value.node {
        ExprKind::Constant(_) | ExprKind::Civil(_) | ExprKind::Property(_) => true,
        ExprKind::Fact { name, .. } => !matches!(&**name, "visit.number" | "visit.is_new"),
        _ => false,
    }
}

impl Asked {
    /// Takes in one more test; `false` when nothing can fulfil all of them.
    fn ask(&mut self, kind: Type, test: &Test) -> bool {
        match test {
            Test::Known(false) => self.unknown = true,
            Test::Known(true) => self.known = true,
            Test::Is { negated: false, value } => {
                self.known = true;
                if let ExprKind::Constant(value) = &value.node {
                    self.keep(std::slice::from_ref(value));
                }
            }
            Test::OneOf { negated: false, values } => {
                self.known = true;
                self.keep(values);
            }
            Test::Order(order, bound) => {
                self.known = true;
                if let ExprKind::Constant(bound) = &bound.node {
                    self.bound(*order, bound);
                }
            }
            // Hours may run over midnight.
            Test::Between(low, high) if kind != Type::Time => {
                self.known = true;
                if let (ExprKind::Constant(low), ExprKind::Constant(high)) = (&low.node, &high.node) {
                    self.bound(Order::AtLeast, low);
                    self.bound(Order::AtMost, high);
                }
            }
            _ => self.known = true,
        }
        self.can_hold()
    }

    fn keep(&mut self, values: &[Value]) {
        self.among = Some(match self.among.take() {
            None => values.to_vec(),
            Some(among) => among.into_iter().filter(|value| values.contains(value)).collect(),
        });
    }

    fn bound(&mut self, order: Order, bound: &Value) {
        let (end, tighter, out) = match order {
            Order::Greater => (&mut self.low, Ordering::Greater, true),
            Order::AtLeast => (&mut self.low, Ordering::Greater, false),
            Order::Less => (&mut self.high, Ordering::Less, true),
            Order::AtMost => (&mut self.high, Ordering::Less, false),
        };
        match end {
            Some((known, known_out)) => match value_order(bound, known) {
                Some(Ordering::Equal) => *known_out |= out,
                Some(order) if order == tighter => *end = Some((bound.clone(), out)),
                _ => {}
            },
            None => *end = Some((bound.clone(), out)),
        }
    }

    fn can_hold(&self) -> bool {
        let inside = |value: &Value| {
            let above = self.low.as_ref().is_none_or(|(low, out)| match value_order(value, low) {
                Some(Ordering::Less) => false,
                Some(Ordering::Equal) => !out,
                _ => true,
            });
            let below = self.high.as_ref().is_none_or(|(high, out)| match value_order(value, high) {
                Some(Ordering::Greater) => false,
                Some(Ordering::Equal) => !out,
                _ => true,
            });
            above && below
        };
        let range = match (&self.low, &self.high) {
            (Some((low, low_out)), Some((high, high_out))) => match value_order(low, high) {
                Some(Ordering::Greater) => false,
                Some(Ordering::Equal) => !low_out && !high_out,
                _ => true,
            },
            _ => true,
        };
        let among = self.among.as_ref().is_none_or(|among| among.iter().any(inside));
        range && among && !(self.unknown && self.known)
    }
}
