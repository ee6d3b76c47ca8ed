//! Numbers that bound what is remembered of a visitor: lengths of time and counts.

use jiff::SignedDuration;

use super::Checker;
use crate::language::syntax::{Integer, SpanLiteral};

/// A hundred years: no rule looks further back, and no instant less or plus this overflows.
pub const MAX_SPAN_DAYS: u64 = 36_500;

/// `at least N times`, `on N different days`, `limit N`: nobody counts further, and the counts must fit a visitor's memory.
pub const MAX_COUNT: u64 = 10_000;

impl Checker<'_> {
    /// A length of time within the limit.
    pub(super) fn span(&mut self, span: &SpanLiteral) -> Option<SignedDuration> {
        let seconds = i64::try_from(span.count).ok().and_then(|count| count.checked_mul(span.unit.seconds()));
        let length = seconds.map(SignedDuration::from_secs).filter(|length| *length <= longest());
        if length.is_none() {
            let finding = self
                .error("span-too-long", span.at.0, "this span is too long")
                .label(format!("at most {MAX_SPAN_DAYS} days are allowed"))
                .help("without a window a condition looks at everything that is known");
            self.report(finding);
        }
        length
    }

    /// A length of time that something can lie in.
    pub(super) fn span_above_zero(&mut self, span: &SpanLiteral) -> Option<SignedDuration> {
        let length = self.span(span)?;
        if length.is_zero() {
            let finding = self
                .error("empty-window", span.at.0, "nothing can happen in no time")
                .label("a span of zero")
                .help("write at least 1 second");
            self.report(finding);
            return None;
        }
        Some(length)
    }

    /// A count within the limit.
    pub(super) fn count(&mut self, count: &Integer) -> Option<u64> {
        if count.value > MAX_COUNT {
            let finding = self
                .error("count-too-large", count.at.0, format!("{} is too many to count", count.value))
                .label(format!("at most {MAX_COUNT} are allowed"))
                .help("for large totals compare a value: count of order in last 90 days >= 20000");
            self.report(finding);
            return None;
        }
        Some(count.value)
    }
}

fn longest() -> SignedDuration {
    SignedDuration::from_hours(24 * MAX_SPAN_DAYS.cast_signed())
}
