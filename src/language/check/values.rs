//! Values: what type they have, and how they are computed.

use std::sync::Arc;

use super::Checker;
use super::events::{KnownEvent, Scope};
use super::operands::article;
use super::paths::{Choices, part};
use crate::diagnostic::Span;
use crate::language::checked::{Expr, ExprKind, Function};
use crate::language::format::function_word;
use crate::language::print_value;
use crate::language::syntax::{self, Aggregate, Elapsed, MomentKind, ValueKind};
use crate::profile::{Type, Value};

/// A value in the making.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    pub kind: Type,
    pub node: ExprKind,
    pub choices: Choices<'a>,
}

/// A checked value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Typed<'a> {
    pub expr: Expr,
    pub choices: Choices<'a>,
    pub at: Span,
}

impl Node<'_> {
    pub fn new(kind: Type, node: ExprKind) -> Self {
        Self { kind, node, choices: Choices::Any }
    }

    pub fn constant(value: Value) -> Self {
        Self::new(value.kind(), ExprKind::Constant(value))
    }
}

impl Typed<'_> {
    pub fn kind(&self) -> Type {
        self.expr.kind
    }

    /// The value, if it is written out.
    pub fn literal(&self) -> Option<&Value> {
        match &self.expr.node {
            ExprKind::Constant(value) => Some(value),
            _ => None,
        }
    }
}

impl<'a> Checker<'a> {
    pub(super) fn value(&mut self, value: &syntax::Value, scope: Scope<'a>) -> Option<Typed<'a>> {
        let Node { kind, node, choices } = self.node(value, scope)?;
        Some(Typed { expr: Expr { kind, node, text: print_value(value).into() }, choices, at: value.at.0 })
    }

    fn node(&mut self, value: &syntax::Value, scope: Scope<'a>) -> Option<Node<'a>> {
        match &value.kind {
            ValueKind::Number(number) => Some(Node::constant(Value::Number(number.value))),
            ValueKind::Text(text) => Some(Node::constant(Value::Text(self.text(text, value.at.0)?))),
            ValueKind::Boolean(yes) => Some(Node::constant(Value::Boolean(*yes))),
            ValueKind::Moment(MomentKind::Date(date)) => Some(Node::constant(Value::Date(*date))),
            ValueKind::Moment(MomentKind::DateTime(civil)) => Some(Node::new(Type::Moment, ExprKind::Civil(*civil))),
            ValueKind::Moment(MomentKind::Time(time)) => Some(Node::constant(Value::Time(*time))),
            ValueKind::Span(span) => Some(Node::constant(Value::Span(self.span(span)?))),
            ValueKind::Path(path) => self.path(path, scope),
            ValueKind::Aggregate(aggregate) => self.aggregate(aggregate),
            ValueKind::Elapsed(elapsed) => self.elapsed(elapsed),
            ValueKind::Call(name, _) => {
                self.not_yet(&name.text, name.at.0);
                None
            }
            ValueKind::Arithmetic(left, operator, right) => {
                let (left, right) = (self.value(left, scope), self.value(right, scope));
                self.arithmetic(left?, *operator, right?, value.at.0)
            }
        }
    }

    fn aggregate(&mut self, aggregate: &Aggregate) -> Option<Node<'a>> {
        let function = aggregate.function;
        let found = match function {
            Function::Count => self.counted_event(&aggregate.path).map(|event| (event, None)),
            _ => {
                let before = format!("{} of", function_word(function));
                self.event_property(&aggregate.path, &before).map(|(event, property)| (event, Some(property)))
            }
        };
        let filter = self.filter(found.as_ref().map(|(event, _)| *event), aggregate.filter.as_deref());
        let window = self.window(Some(&aggregate.window));
        let (event, property) = found?;
        let (kind, choices) = match &property {
            Some(property) => self.yields(function, property.kind, property.choices, &aggregate.path)?,
            None => (Type::Number, Choices::Any),
        };
        let query = event.query(filter?, property.as_ref());
        let property = property.map(|property| Arc::clone(&property.name));
        Some(Node { kind, node: ExprKind::Aggregate { function, query, property, window: window? }, choices })
    }

    /// What an aggregate of a property of some type is.
    fn yields(
        &mut self,
        function: Function,
        kind: Type,
        choices: Choices<'a>,
        name: &syntax::Name,
    ) -> Option<(Type, Choices<'a>)> {
        let ordered = matches!(kind, Type::Number | Type::Moment | Type::Span | Type::Version);
        let (fits, needs) = match function {
            Function::Sum | Function::Average => (kind == Type::Number, "a number"),
            Function::Smallest | Function::Largest => (ordered, "a number, a moment, a span or a version"),
            Function::Distinct | Function::Favourite => (kind != Type::List, "one value, not a list"),
            Function::Count => (true, ""),
        };
        if !fits {
            let (word, at, name) = (function_word(function), name.at.0, &name.text);
            let finding = self
                .error("wrong-type", at, format!("`{word} of` needs {needs}"))
                .label(format!("this is {}", article(kind)))
                .help(match kind {
                    Type::List => format!("test the list itself: last {name} includes \"..\""),
                    _ => format!("how many different ones: distinct of {name}; the most frequent: favourite of {name}"),
                });
            self.report(finding);
            return None;
        }
        Some(match function {
            Function::Distinct | Function::Count => (Type::Number, Choices::Any),
            Function::Favourite => (kind, choices),
            _ => (kind, Choices::Any),
        })
    }

    fn counted_event(&mut self, name: &syntax::Name) -> Option<KnownEvent<'a>> {
        let Some((head, tail)) = name.text.split_once('.') else {
            return self.event(name);
        };
        let event = self.event_named(head, part(name.at.0, 0, head.len()))?;
        let finding = self
            .error("wrong-type", name.at.0, format!("`count of` counts events, not their `{tail}`"))
            .label("an event alone stands here")
            .help(format!("write: count of {}   (how many different values: distinct of {})", event.name(), name.text));
        self.report(finding);
        None
    }

    fn elapsed(&mut self, elapsed: &Elapsed) -> Option<Node<'a>> {
        let query = self.event_query(&elapsed.event)?;
        Some(Node::new(Type::Number, ExprKind::Elapsed { unit: elapsed.unit, end: elapsed.end, query }))
    }
}
