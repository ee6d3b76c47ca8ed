//! `+ - * /` on decimals, moments and spans. Division by zero and overflow are unknown, never a wrong number.

use jiff::SignedDuration;
use rust_decimal::Decimal;

use crate::language::checked::Operator;
use crate::profile::Value;

/// The result, or `None` where there is none.
pub(super) fn compute(left: Value, operator: Operator, right: Value) -> Option<Value> {
    use Operator::{Add, Divide, Multiply, Subtract};
    use Value::{Moment, Number, Span};
    match (left, operator, right) {
        (Number(a), Add, Number(b)) => a.checked_add(b).map(Number),
        (Number(a), Subtract, Number(b)) => a.checked_sub(b).map(Number),
        (Number(a), Multiply, Number(b)) => a.checked_mul(b).map(Number),
        // The digits of a quotient are nobody's written form: 25 / 2 is 12.5, not 12.50.
        (Number(a), Divide, Number(b)) => a.checked_div(b).map(|quotient| Number(quotient.normalize())),
        (Moment(a), Subtract, Moment(b)) => Some(Span(a.duration_since(b))),
        (Moment(a), Add, Span(b)) | (Span(b), Add, Moment(a)) => a.checked_add(b).ok().map(Moment),
        (Moment(a), Subtract, Span(b)) => a.checked_sub(b).ok().map(Moment),
        (Span(a), Add, Span(b)) => a.checked_add(b).map(Span),
        (Span(a), Subtract, Span(b)) => a.checked_sub(b).map(Span),
        (Span(a), Multiply, Number(b)) | (Number(b), Multiply, Span(a)) => {
            from_nanos(nanos(a)?.checked_mul(b)?).map(Span)
        }
        (Span(a), Divide, Number(b)) => from_nanos(nanos(a)?.checked_div(b)?).map(Span),
        _ => None,
    }
}

/// A span's length as a decimal, in nanoseconds.
fn nanos(span: SignedDuration) -> Option<Decimal> {
    Decimal::try_from_i128_with_scale(span.as_nanos(), 0).ok()
}

/// A span from its length in nanoseconds; parts of one are dropped.
fn from_nanos(nanos: Decimal) -> Option<SignedDuration> {
    SignedDuration::try_from_nanos_i128(nanos.trunc().mantissa())
}
