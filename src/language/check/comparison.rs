//! Tests of a value: of what type both sides must be, and which tests a type has.

use std::cmp::Ordering;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::Checker;
use super::events::Scope;
use super::operands::article;
use super::order::order;
use super::values::Typed;
use crate::diagnostic::Span;
use crate::language::checked::{Expr, Order, Test};
use crate::language::syntax::{self, Number, Text};
use crate::profile::{Type, Value, Version};

impl<'a> Checker<'a> {
    pub(super) fn comparison(
        &mut self,
        left: &syntax::Value,
        test: &syntax::Test,
        scope: Scope<'a>,
    ) -> Option<(Expr, Test)> {
        let left = self.value(left, scope)?;
        match test {
            syntax::Test::Known(known) => Some((left.expr, Test::Known(*known))),
            syntax::Test::OneOf { negated, list } => self.one_of(left, *negated, list, scope),
            syntax::Test::Is { negated, value } => self.is(left, *negated, value, scope),
            syntax::Test::Top(number) => self.top(left, number),
            syntax::Test::Contains(text) => {
                self.text_test(left, text, "contains").map(|(left, text)| (left, Test::Contains(text)))
            }
            syntax::Test::StartsWith(text) => {
                self.text_test(left, text, "starts with").map(|(left, text)| (left, Test::StartsWith(text)))
            }
            syntax::Test::EndsWith(text) => {
                self.text_test(left, text, "ends with").map(|(left, text)| (left, Test::EndsWith(text)))
            }
            syntax::Test::Matches(text) => {
                let (left, _) = self.text_test(left, text, "matches")?;
                Some((left, Test::Matches(self.pattern(text)?)))
            }
            syntax::Test::Includes(text) => {
                self.includes(left, vec![(&text.text, text.at.0)]).map(|(left, texts)| (left, Test::IncludesAny(texts)))
            }
            syntax::Test::IncludesAny(list) => {
                self.includes_list(left, list).map(|(left, texts)| (left, Test::IncludesAny(texts)))
            }
            syntax::Test::IncludesAll(list) => {
                self.includes_list(left, list).map(|(left, texts)| (left, Test::IncludesAll(texts)))
            }
            syntax::Test::Between(low, high) => self.between(left, low, high, scope),
            syntax::Test::Order(sign, value) => self.order_test(left, *sign, value, scope),
        }
    }

    fn is(&mut self, left: Typed<'a>, negated: bool, value: &syntax::Value, scope: Scope<'a>) -> Option<(Expr, Test)> {
        let right = self.beside(&left, value, scope)?;
        if left.kind() == Type::List || right.kind() == Type::List {
            self.list_compared(&left, &right);
            return None;
        }
        let (left, right) = self.same_type(left, right)?;
        self.choice(&left, &right)?;
        self.choice(&right, &left)?;
        Some((left.expr, Test::Is { negated, value: right.expr }))
    }

    fn list_compared(&mut self, left: &Typed<'_>, right: &Typed<'_>) {
        let (list, other) = if left.kind() == Type::List { (left, right) } else { (right, left) };
        let what = if other.kind() == Type::List { "\"..\"" } else { &other.expr.text };
        let finding = self
            .error("wrong-type", list.at, format!("`{}` is a list, not one value", list.expr.text))
            .label("a list")
            .help(format!("write: {} includes {what}", list.expr.text));
        self.report(finding);
    }

    fn top(&mut self, left: Typed<'a>, number: &Number) -> Option<(Expr, Test)> {
        if left.kind() != Type::Number {
            let finding = self
                .error("wrong-type", left.at, "only numbers have a top")
                .label(format!("this is {}", article(left.kind())))
                .help("compare a number or a measure: spend_90d is in top 10 percent");
            self.report(finding);
            return None;
        }
        if number.value <= Decimal::ZERO || number.value >= Decimal::ONE_HUNDRED {
            let finding = self
                .error("percent-out-of-range", number.at.0, "a share of visitors lies between 0 and 100 percent")
                .label("out of range")
                .help("write a number above 0 and below 100");
            self.report(finding);
            return None;
        }
        Some((left.expr, Test::Top(number.value)))
    }

    fn text_test(&mut self, left: Typed<'a>, text: &Text, words: &str) -> Option<(Expr, Arc<str>)> {
        let shown = &left.expr.text;
        let help = match left.kind() {
            Type::Text => return Some((left.expr, self.text(&text.text, text.at.0)?)),
            Type::List => format!("write: {shown} includes \"{}\"", text.text),
            Type::Boolean => format!("write: {shown} is yes"),
            _ => "compare it with: is, <, <=, >, >= or between".to_owned(),
        };
        let finding = self
            .error("wrong-type", left.at, format!("`{words}` searches in texts only"))
            .label(format!("this is {}", article(left.kind())))
            .help(help);
        self.report(finding);
        None
    }

    fn order_test(
        &mut self,
        left: Typed<'a>,
        sign: Order,
        value: &syntax::Value,
        scope: Scope<'a>,
    ) -> Option<(Expr, Test)> {
        let right = self.beside(&left, value, scope)?;
        let (left, right) = self.same_type(left, right)?;
        self.has_order(&left, &right)?;
        Some((left.expr, Test::Order(sign, right.expr)))
    }

    fn between(
        &mut self,
        left: Typed<'a>,
        low: &syntax::Value,
        high: &syntax::Value,
        scope: Scope<'a>,
    ) -> Option<(Expr, Test)> {
        let (low, high) = (self.beside(&left, low, scope), self.beside(&left, high, scope));
        let (left, low) = self.same_type(left, low?)?;
        let (left, high) = self.same_type(left, high?)?;
        self.has_order(&left, &low)?;
        let reversed = order(&low.expr, &high.expr) == Some(Ordering::Greater);
        // Hours may run over midnight: between 22:00 and 06:00.
        if reversed && left.kind() != Type::Time {
            let finding = self
                .error("reversed-range", low.at.to(high.at), "nothing lies in this range")
                .label("the smaller value comes first")
                .help(format!("write: between {} and {}", high.expr.text, low.expr.text));
            self.report(finding);
            return None;
        }
        Some((left.expr, Test::Between(low.expr, high.expr)))
    }

    /// Whether values of the type of these two have an order; reports it if they have none.
    fn has_order(&mut self, left: &Typed<'_>, right: &Typed<'_>) -> Option<()> {
        let kind = left.kind();
        let help = match kind {
            Type::Text => unordered_text_help(left, right),
            Type::Boolean => format!("write: {} is yes", left.expr.text),
            Type::List => format!("write: {} includes \"..\"", left.expr.text),
            _ => return Some(()),
        };
        let at = left.at.to(right.at);
        let finding = self
            .error("no-order", at, format!("{} is neither smaller nor greater than another", article(kind)))
            .label("these have no order")
            .help(help);
        self.report(finding);
        None
    }

    /// The value on the other side; where a text is wanted, a bare word that means nothing else lacks its quotes.
    fn beside(&mut self, left: &Typed<'a>, value: &syntax::Value, scope: Scope<'a>) -> Option<Typed<'a>> {
        if let syntax::ValueKind::Path(syntax::Path { end: None, name }) = &value.kind
            && left.kind() == Type::Text
            && !self.means_something(&name.text, scope)
        {
            self.missing_quotes(left, &name.text, value.at.0);
            return None;
        }
        self.value(value, scope)
    }

    /// Whether a bare word is a known name here; every dotted one counts as a name.
    pub(super) fn means_something(&self, name: &str, scope: Scope<'a>) -> bool {
        name.contains('.')
            || self.nouns.schema.attributes.contains_key(name)
            || self.names.measures.index(name).is_some()
            || matches!(scope, Scope::Event(event) if event.property(name).is_some())
    }

    /// Reports a word that should be a text.
    pub(super) fn missing_quotes(&mut self, left: &Typed<'a>, word: &str, at: Span) {
        let names = self.nouns.schema.attributes.keys().map(|name| &**name);
        let near = if left.choices.all().contains(&word) { None } else { self.nearest("attribute alone", word, names) };
        let attribute = near.map_or_else(String::new, |near| format!("   (or did you mean the attribute `{near}`?)"));
        let finding = self
            .error("missing-quotes", at, format!("`{word}` is neither a text nor a known name"))
            .label("a text stands in quotes")
            .help(format!("write: \"{word}\"{attribute}"));
        self.report(finding);
    }

    /// Whether a text written out may occur in a value with declared choices; reports it if it may not.
    pub(super) fn choice(&mut self, value: &Typed<'a>, literal: &Typed<'a>) -> Option<()> {
        match literal.literal() {
            Some(Value::Text(text)) => self.choice_text(value, text, literal.at),
            _ => Some(()),
        }
    }

    pub(super) fn choice_text(&mut self, value: &Typed<'a>, text: &str, at: Span) -> Option<()> {
        if value.choices.allow(text) {
            return Some(());
        }
        let shown = &value.expr.text;
        let choices = value.choices.all();
        let help = match self.nearest(&format!("value of {shown}"), text, choices.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"?   {shown} is one of {}", choices.join(", ")),
            None => format!("{shown} is one of {}", choices.join(", ")),
        };
        let finding = self
            .error("unknown-choice", at, format!("`{shown}` is never \"{text}\""))
            .label("not among its declared values")
            .help(help);
        self.report(finding);
        None
    }
}

fn unordered_text_help(left: &Typed<'_>, right: &Typed<'_>) -> String {
    let (literal, other) = if left.literal().is_some() { (left, right) } else { (right, left) };
    let name = &other.expr.text;
    match literal.literal() {
        Some(Value::Text(text)) if text.parse::<Decimal>().is_ok() => {
            format!("declare `{name}` in rules/schema as `number`, or as `version`")
        }
        Some(Value::Text(text)) if text.parse::<Version>().is_ok() => {
            format!("declare `{name}` in rules/schema as `version`")
        }
        _ => "compare texts with: is, is one of, starts with, ends with, contains, matches".to_owned(),
    }
}
