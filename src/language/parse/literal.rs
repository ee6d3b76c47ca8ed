//! Numbers, texts, moments and spans as written, and what is wrong with those that do not fit.

use std::borrow::Cow;

use jiff::civil::{Date, Time};
use rust_decimal::Decimal;

use super::{Pair, Reader, Rule, word};
use crate::diagnostic::{Diagnostic, Span};
use crate::language::syntax::{CalendarUnit, Integer, Moment, MomentKind, Number, SpanLiteral, Text, Unit};

impl Reader<'_, '_> {
    pub(super) fn text(&mut self, pair: &Pair<'_>) -> Text {
        let written = word(pair);
        let inside = written.get(1..written.len().saturating_sub(1)).unwrap_or_default();
        let text = if inside.contains('\\') { unescaped(inside) } else { inside.to_owned() };
        Text { text, at: self.at(pair) }
    }

    pub(super) fn integer(&mut self, pair: &Pair<'_>) -> Option<Integer> {
        let at = self.at(pair);
        let value = digits(word(pair)).parse().ok();
        if value.is_none() {
            self.too_big(at.0, &format!("whole numbers go up to {}", u64::MAX));
        }
        Some(Integer { value: value?, at })
    }

    pub(super) fn number(&mut self, pair: &Pair<'_>) -> Option<Number> {
        let at = self.at(pair);
        let value = Decimal::from_str_exact(&digits(word(pair))).ok();
        // There is one zero: -0 is written 0.
        let value = value.map(|value| if value.is_zero() { value.abs() } else { value });
        if value.is_none() {
            self.too_big(at.0, "numbers have at most 28 digits");
        }
        Some(Number { value: value?, at })
    }

    fn too_big(&mut self, span: Span, help: &str) {
        let error = Diagnostic::error("number-too-long", self.file, span, "this number does not fit");
        self.findings.push(error.label("too many digits").help(help));
    }

    pub(super) fn span_literal(&mut self, pair: Pair<'_>) -> Option<SpanLiteral> {
        let at = self.at(&pair);
        let mut parts = pair.into_inner();
        let count = self.integer(&parts.next()?)?.value;
        Some(SpanLiteral { count, unit: unit(parts.next()?.as_str())?, at })
    }

    /// A unit without a number: one of it.
    pub(super) fn one_unit(&mut self, pair: &Pair<'_>) -> Option<SpanLiteral> {
        Some(SpanLiteral { count: 1, unit: unit(pair.as_str())?, at: self.at(pair) })
    }

    pub(super) fn moment(&mut self, pair: &Pair<'_>) -> Option<Moment> {
        let at = self.at(pair);
        let written = word(pair);
        let kind = match written.split_once('T') {
            Some((date, clock)) => self
                .date(date, at.0)
                .zip(self.clock(clock, at.0))
                .map(|(date, clock)| MomentKind::DateTime(date.to_datetime(clock))),
            None if written.contains('-') => self.date(written, at.0).map(MomentKind::Date),
            None => self.clock(written, at.0).map(MomentKind::Time),
        };
        Some(Moment { kind: kind?, at })
    }

    fn date(&mut self, written: &str, span: Span) -> Option<Date> {
        let mut numbers = written.splitn(3, '-').map(|part| part.parse::<i16>().ok());
        let (year, month, day) = (numbers.next()??, numbers.next()??, numbers.next()??);
        let first = Date::new(year, i8::try_from(month).ok()?, 1);
        let date = i8::try_from(day).ok().and_then(|day| Date::new(year, i8::try_from(month).ok()?, day).ok());
        if date.is_none() {
            let help = match first {
                Ok(first) => format!("that month has {} days", first.days_in_month()),
                Err(_) => "write year-month-day: 2026-11-27".to_owned(),
            };
            let error = Diagnostic::error("impossible-date", self.file, span, format!("there is no day `{written}`"));
            self.findings.push(error.label("not in the calendar").help(help));
        }
        date
    }

    fn clock(&mut self, written: &str, span: Span) -> Option<Time> {
        let (hour, minute) = written.split_once(':')?;
        let time = Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok();
        if time.is_none() {
            let error = Diagnostic::error("impossible-time", self.file, span, format!("there is no time `{written}`"));
            self.findings.push(error.label("not on the clock").help("times of day go from 00:00 to 23:59"));
        }
        time
    }
}

fn unescaped(written: &str) -> String {
    let mut text = String::with_capacity(written.len());
    let mut letters = written.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.extend(letters.next().map(|escaped| match escaped {
                'n' => '\n',
                't' => '\t',
                other => other,
            })),
            letter => text.push(letter),
        }
    }
    text
}

fn digits(written: &str) -> Cow<'_, str> {
    if written.contains('_') { Cow::Owned(written.replace('_', "")) } else { Cow::Borrowed(written) }
}

pub(super) fn unit(written: &str) -> Option<Unit> {
    match written.get(..2)?.to_ascii_lowercase().as_str() {
        "se" => Some(Unit::Second),
        "mi" => Some(Unit::Minute),
        "ho" => Some(Unit::Hour),
        "da" => Some(Unit::Day),
        "we" => Some(Unit::Week),
        "mo" => Some(Unit::Month),
        _ => None,
    }
}

pub(super) fn calendar_unit(pair: &Pair<'_>) -> Option<CalendarUnit> {
    debug_assert_eq!(pair.as_rule(), Rule::calendar_unit);
    match unit(pair.as_str())? {
        Unit::Day => Some(CalendarUnit::Day),
        Unit::Week => Some(CalendarUnit::Week),
        Unit::Month => Some(CalendarUnit::Month),
        Unit::Second | Unit::Minute | Unit::Hour => None,
    }
}
