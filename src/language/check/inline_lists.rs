//! Lists written out: `is one of [..]`, `includes any of [..]`.

use std::collections::HashSet;
use std::sync::Arc;

use super::Checker;
use super::events::Scope;
use super::filters::written_out;
use super::operands::article;
use super::values::Typed;
use crate::diagnostic::Span;
use crate::language::checked::{Expr, ExprKind, Test};
use crate::language::print_value;
use crate::language::syntax::{self, List, ValueKind};
use crate::profile::{Type, Value};

/// A longer list is data; it belongs into an attribute that is filled elsewhere.
pub const MAX_LIST_VALUES: usize = 10_000;

impl<'a> Checker<'a> {
    pub(super) fn one_of(
        &mut self,
        left: Typed<'a>,
        negated: bool,
        list: &List,
        scope: Scope<'a>,
    ) -> Option<(Expr, Test)> {
        self.list_length(list)?;
        if left.kind() == Type::List {
            let finding = self
                .error("wrong-type", left.at, format!("`{}` is a list, not one value", left.expr.text))
                .label("a list")
                .help(format!("write: {} includes any of [..]", left.expr.text));
            self.report(finding);
            return None;
        }
        let values: Vec<_> = list.values.iter().map(|value| self.list_value(&left, value, scope)).collect();
        let values = values.into_iter().collect::<Option<Vec<_>>>()?;
        self.repeated_values(&values);
        let values = values.into_iter().map(|(value, _)| value).collect();
        Some((left.expr, Test::OneOf { negated, values }))
    }

    fn list_value(&mut self, left: &Typed<'a>, value: &syntax::Value, scope: Scope<'a>) -> Option<(Value, Span)> {
        if !written_out(value) {
            self.not_written_out(left, value, scope);
            return None;
        }
        let right = self.value(value, scope)?;
        let (left, right) = self.same_type(left.clone(), right)?;
        self.choice(&left, &right)?;
        match right.expr.node {
            ExprKind::Constant(value) => Some((value, right.at)),
            _ => {
                let finding = self
                    .error("wrong-type", right.at, "a list holds plain values")
                    .label("this depends on the visitor's zone or is computed")
                    .help("write: \"2026-11-27T18:30:00Z\" for a moment, or compare with between");
                self.report(finding);
                None
            }
        }
    }

    fn not_written_out(&mut self, left: &Typed<'a>, value: &syntax::Value, scope: Scope<'a>) {
        if let ValueKind::Path(syntax::Path { end: None, name }) = &value.kind
            && left.kind() == Type::Text
            && !self.means_something(&name.text, scope)
        {
            self.missing_quotes(left, &name.text, value.at.0);
            return;
        }
        let finding = self
            .error("not-written-out", value.at.0, "a list holds values written out")
            .label("not a plain value")
            .help(format!("compare with it by itself: {} is ..", left.expr.text));
        self.report(finding);
    }

    pub(super) fn includes_list(&mut self, left: Typed<'a>, list: &List) -> Option<(Expr, Vec<Arc<str>>)> {
        self.list_length(list)?;
        let texts = self.texts_of(list)?;
        self.includes(left, texts)
    }

    /// The texts of a list that holds nothing else; anything else is reported.
    pub(super) fn texts_of<'t>(&mut self, list: &'t List) -> Option<Vec<(&'t str, Span)>> {
        let mut texts = Vec::new();
        let mut complete = true;
        for value in &list.values {
            if let ValueKind::Text(text) = &value.kind {
                texts.push((text.as_str(), value.at.0));
            } else {
                complete = false;
                let finding = self
                    .error("wrong-type", value.at.0, "this list holds texts")
                    .label("not a text")
                    .help(format!("in quotes: \"{}\"", print_value(value)));
                self.report(finding);
            }
        }
        complete.then_some(texts)
    }

    pub(super) fn includes(&mut self, left: Typed<'a>, texts: Vec<(&str, Span)>) -> Option<(Expr, Vec<Arc<str>>)> {
        if left.kind() != Type::List {
            let shown = &left.expr.text;
            let help = match (left.kind(), texts.as_slice()) {
                (Type::Text, [(text, _)]) => format!("write: {shown} contains \"{text}\", or: {shown} is \"{text}\""),
                (Type::Text, _) => format!("write: {shown} is one of [..]"),
                _ => format!("compare it with: {shown} is .."),
            };
            let finding = self
                .error("wrong-type", left.at, "`includes` looks into lists only")
                .label(format!("this is {}", article(left.kind())))
                .help(help);
            self.report(finding);
            return None;
        }
        let mut checked = Vec::new();
        for (text, at) in &texts {
            let (text, fits) = (self.text(text, *at), self.choice_text(&left, text, *at));
            checked.push(text.filter(|_| fits.is_some()).map(|text| (Value::Text(text), *at)));
        }
        let values = checked.into_iter().collect::<Option<Vec<_>>>()?;
        self.repeated_values(&values);
        Some((left.expr, texts.into_iter().map(|(text, _)| text.into()).collect()))
    }

    pub(super) fn list_length(&mut self, list: &List) -> Option<()> {
        if list.values.len() <= MAX_LIST_VALUES {
            return Some(());
        }
        let finding = self
            .error("list-too-long", list.at.0, format!("this list has {} values", list.values.len()))
            .label(format!("at most {MAX_LIST_VALUES} are allowed"))
            .help("fill an attribute with what these values have in common, and compare that");
        self.report(finding);
        None
    }

    /// Warns of values that stand in a list twice.
    fn repeated_values(&mut self, values: &[(Value, Span)]) {
        let mut seen = HashSet::new();
        for (value, at) in values {
            let key = match value {
                Value::Number(number) => number.normalize().to_string(),
                value => value.to_string(),
            };
            if !seen.insert(key) {
                let finding = self
                    .warning("repeated-value", *at, format!("{value} stands in this list twice"))
                    .label("again")
                    .help("leave it out");
                self.report(finding);
            }
        }
    }
}
