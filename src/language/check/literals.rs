//! Values written out: their limits, and what they become beside a value of another type.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Time;

use super::Checker;
use super::operands::article;
use super::values::Typed;
use crate::diagnostic::Span;
use crate::language::checked::ExprKind;
use crate::profile::{Type, Value, Version, parse_span};

/// A longer text is no rule but content; it belongs in rules/content.
pub const MAX_TEXT_BYTES: usize = 4096;

/// Why a literal is not of the wanted type.
pub(super) enum Misfit {
    /// It is simply another type.
    OtherType,
    /// It is a text that was meant as a moment or a version, and is none.
    Unreadable(&'static str),
}

impl Checker<'_> {
    /// A text within the limit.
    pub(super) fn text(&mut self, text: &str, at: Span) -> Option<Arc<str>> {
        if text.len() > MAX_TEXT_BYTES {
            let finding = self
                .error("text-too-long", at, format!("this text has {} bytes", text.len()))
                .label(format!("at most {MAX_TEXT_BYTES} bytes are allowed"))
                .help("long texts belong in rules/content, as the value of a content item");
            self.report(finding);
            return None;
        }
        Some(text.into())
    }
}

/// Makes the value one of the wanted type: texts are read as versions and RFC 3339 moments, a date is its 00:00.
pub(super) fn fit(typed: &mut Typed<'_>, wanted: Type) -> Result<(), Misfit> {
    if typed.kind() == wanted {
        return Ok(());
    }
    let node = match (typed.literal(), wanted) {
        (Some(Value::Text(text)), Type::Version) => {
            let needs = "a version: numbers with dots, such as \"2.10.1\"";
            let version = text.parse::<Version>().map_err(|_| Misfit::Unreadable(needs))?;
            ExprKind::Constant(Value::Version(version))
        }
        (Some(Value::Text(text)), Type::Moment) => {
            let needs = "a moment: 2026-11-27, 2026-11-27T18:30 or \"2026-11-27T18:30:00Z\"";
            let moment = text.parse::<Timestamp>().map_err(|_| Misfit::Unreadable(needs))?;
            ExprKind::Constant(Value::Moment(moment))
        }
        (Some(Value::Date(date)), Type::Moment) => ExprKind::Civil(date.to_datetime(Time::midnight())),
        _ => return Err(Misfit::OtherType),
    };
    typed.expr.kind = wanted;
    typed.expr.node = node;
    Ok(())
}

/// What to write so that a literal beside a value of type `wanted` is of that type; `None` where there is no telling.
pub(super) fn remedy(wanted: Type, literal: &Typed<'_>) -> Option<String> {
    let written = &literal.expr.text;
    let write = |text: String| Some(format!("write: {text}"));
    match (wanted, literal.literal()?) {
        (Type::Number | Type::Span | Type::Date | Type::Time, Value::Text(text)) if reads_as(wanted, text) => {
            Some(format!("without quotes: {text}"))
        }
        (Type::Boolean, Value::Text(text)) => match &*text.to_ascii_lowercase() {
            "yes" | "true" | "1" => write("yes".to_owned()),
            "no" | "false" | "0" => write("no".to_owned()),
            _ => Some("compare with yes or no".to_owned()),
        },
        (Type::Boolean, _) => Some("compare with yes or no".to_owned()),
        (Type::Text | Type::Version, Value::Number(_)) => Some(format!("in quotes: \"{written}\"")),
        (Type::Text, Value::Boolean(_) | Value::Date(_) | Value::Time(_)) => Some(format!("in quotes: \"{written}\"")),
        (Type::Span, Value::Number(_)) => Some(format!("say of what: {written} days")),
        (Type::Number, Value::Span(_)) => write(written.split_whitespace().next().unwrap_or_default().to_owned()),
        (Type::Number, Value::Time(_)) => Some("for times of day write: local.time >= 18:00".to_owned()),
        (Type::Time, _) => Some("a time of day is written 18:30".to_owned()),
        (Type::Date, _) => Some("a date is written 2026-11-27".to_owned()),
        (Type::Moment, _) => Some("a moment is written 2026-11-27 or 2026-11-27T18:30".to_owned()),
        (Type::Version, _) => Some("a version is written in quotes: \"2.10\"".to_owned()),
        (Type::Span, _) => Some("a span is written 30 days".to_owned()),
        (Type::Number | Type::Text | Type::List, _) => Some(format!("compare with {}", article(wanted))),
    }
}

fn reads_as(wanted: Type, text: &str) -> bool {
    match wanted {
        Type::Number => text.parse::<rust_decimal::Decimal>().is_ok(),
        Type::Span => parse_span(text).is_ok(),
        Type::Date => text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10,
        Type::Time => text.len() == 5 && text.parse::<Time>().is_ok(),
        _ => false,
    }
}
