//! Two values side by side: compared or computed with, they must fit each other.

use super::Checker;
use super::literals::{Misfit, fit, remedy};
use super::values::{Node, Typed};
use crate::diagnostic::Span;
use crate::language::checked::{ExprKind, Operator};
use crate::profile::{Type, Value};

/// A type with its article, for messages.
pub(super) fn article(kind: Type) -> &'static str {
    match kind {
        Type::Text => "a text",
        Type::Number => "a number",
        Type::Boolean => "yes or no",
        Type::Moment => "a moment",
        Type::Span => "a span of time",
        Type::Version => "a version",
        Type::List => "a list",
        Type::Date => "a date",
        Type::Time => "a time of day",
    }
}

impl<'a> Checker<'a> {
    /// Both values as one type, or one error.
    pub(super) fn same_type(&mut self, mut left: Typed<'a>, mut right: Typed<'a>) -> Option<(Typed<'a>, Typed<'a>)> {
        let Err(misfit) = fit(&mut right, left.kind()) else { return Some((left, right)) };
        match (fit(&mut left, right.kind()), misfit) {
            (Ok(()), _) => return Some((left, right)),
            (Err(Misfit::Unreadable(needs)), _) => self.unreadable(&left, needs),
            (Err(Misfit::OtherType), Misfit::Unreadable(needs)) => self.unreadable(&right, needs),
            (Err(Misfit::OtherType), Misfit::OtherType) => self.mismatch(&left, &right),
        }
        None
    }

    fn unreadable(&mut self, literal: &Typed<'_>, needs: &str) {
        let finding = self
            .error("wrong-type", literal.at, format!("`{}` cannot be read as what stands beside it", literal.expr.text))
            .label("not readable")
            .help(format!("write {needs}"));
        self.report(finding);
    }

    fn mismatch(&mut self, left: &Typed<'_>, right: &Typed<'_>) {
        let (wrong, other) =
            if right.literal().is_none() && left.literal().is_some() { (left, right) } else { (right, left) };
        let help = remedy(other.kind(), wrong).unwrap_or_else(|| match (left.kind(), right.kind()) {
            (Type::Date, Type::Moment) | (Type::Moment, Type::Date) => {
                "`local.date` is today; compare moments with moments".to_owned()
            }
            _ => format!("compare `{}` with {}", other.expr.text, article(other.kind())),
        });
        let finding = self
            .error(
                "wrong-type",
                wrong.at,
                format!("{} cannot be compared with {}", article(left.kind()), article(right.kind())),
            )
            .label(format!("this is {}", article(wrong.kind())))
            .also(other.at, format!("this is {}", article(other.kind())))
            .help(help);
        self.report(finding);
    }

    pub(super) fn arithmetic(
        &mut self,
        mut left: Typed<'a>,
        operator: Operator,
        mut right: Typed<'a>,
        at: Span,
    ) -> Option<Node<'a>> {
        let (left_kind, right_kind) = (left.kind(), right.kind());
        read_as_moment(&mut left, right_kind);
        read_as_moment(&mut right, left_kind);
        if operator == Operator::Divide && is_zero(&right) {
            let finding = self
                .error("division-by-zero", right.at, "division by zero is never known")
                .label("this is zero")
                .help("divide by another number");
            self.report(finding);
            return None;
        }
        let Some(kind) = result(left.kind(), operator, right.kind()) else {
            self.no_arithmetic(&left, operator, &right, at);
            return None;
        };
        Some(Node::new(kind, ExprKind::Arithmetic(Box::new(left.expr), operator, Box::new(right.expr))))
    }

    fn no_arithmetic(&mut self, left: &Typed<'_>, operator: Operator, right: &Typed<'_>, at: Span) {
        let (sign, act) = match operator {
            Operator::Add => ("+", "added to"),
            Operator::Subtract => ("-", "subtracted from"),
            Operator::Multiply => ("*", "multiplied with"),
            Operator::Divide => ("/", "divided by"),
        };
        let (first, second) = match operator {
            Operator::Add | Operator::Subtract => (right, left),
            Operator::Multiply | Operator::Divide => (left, right),
        };
        let message = format!("{} cannot be {act} {}", article(first.kind()), article(second.kind()));
        let finding = self
            .error("wrong-type", at, message)
            .label(format!("{} {sign} {}", left.kind().word(), right.kind().word()))
            .help("numbers: + - * /; spans: + - with spans, * / with a number; moments: moment - moment, moment + span, moment - span");
        self.report(finding);
    }
}

/// Reads a date as its 00:00, and a text as a moment, where what stands beside it asks for that. What cannot be read
/// stays as it is, and is reported as what it is.
fn read_as_moment(typed: &mut Typed<'_>, beside: Type) {
    let asked = match typed.literal() {
        Some(Value::Date(_)) => matches!(beside, Type::Moment | Type::Span | Type::Date),
        Some(Value::Text(_)) => beside == Type::Moment,
        _ => false,
    };
    if asked {
        let _ = fit(typed, Type::Moment);
    }
}

/// What comes out of an arithmetic; `None` if these types do not go together.
fn result(left: Type, operator: Operator, right: Type) -> Option<Type> {
    use Operator::{Add, Divide, Multiply, Subtract};
    match (left, operator, right) {
        (Type::Number, _, Type::Number) => Some(Type::Number),
        (Type::Moment, Add | Subtract, Type::Span) | (Type::Span, Add, Type::Moment) => Some(Type::Moment),
        (Type::Moment, Subtract, Type::Moment) => Some(Type::Span),
        (Type::Span, Add | Subtract, Type::Span) => Some(Type::Span),
        (Type::Span, Multiply | Divide, Type::Number) | (Type::Number, Multiply, Type::Span) => Some(Type::Span),
        _ => None,
    }
}

fn is_zero(typed: &Typed<'_>) -> bool {
    matches!(typed.literal(), Some(Value::Number(number)) if number.is_zero())
}
