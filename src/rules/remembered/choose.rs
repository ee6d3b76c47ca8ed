//! Which kind of cell answers a condition.

use jiff::SignedDuration;

use super::division::{Division, MAX_BUCKETS, ceil, milliseconds, width};
use super::kind::{Key, Kind};
use crate::behaviour::Keep;
use crate::language::checked::{Behaviour, CalendarUnit, Compare, Frequency, Function, Window};

/// Numbers of times up to this are counted exactly, larger ones in buckets.
pub(super) const MAX_EXACT_TIMES: u64 = 64;

/// Between two instants of the past, so many times are counted exactly: each part of time keeps twice as many.
const MAX_EXACT_TIMES_AGO: u64 = 4;

/// The longest run, and the largest number of different days, weeks or months.
const MAX_PERIODS: u64 = 400;

/// Local days of several zones overlap: so many more periods are kept than are asked for.
const SPARE_PERIODS: u64 = 4;

/// The most periods in a period that goes on.
const DAYS_OF_A_MONTH: u64 = 31;

/// For a behaviour of one event that is no `visit_start`.
pub(super) fn of_behaviour(behaviour: &Behaviour) -> Kind {
    let Behaviour { frequency, window, .. } = behaviour;
    let ago = match window {
        Window::Ago { newer, older } => Some((*newer, *older)),
        _ => None,
    };
    match (frequency, ago) {
        (None, None) => Kind::Kept(Keep::Newest(1), Key::Nothing),
        (None, Some(ago)) => ends(ago, 1),
        (Some(Frequency::Times(compare, number)), ago) => times(*compare, *number, ago, *window),
        (Some(Frequency::Different(_, _, unit) | Frequency::InARow(_, unit)), Some(_)) => Kind::Log(Key::Period(*unit)),
        (Some(Frequency::Different(_, number, unit)), None) => {
            Kind::Kept(Keep::PerKey(periods(number.saturating_add(1))), Key::Period(*unit))
        }
        (Some(Frequency::InARow(number, unit)), None) => {
            let kept = match window {
                Window::Ever => number.saturating_add(SPARE_PERIODS),
                Window::Last(span) => periods_in(*span, *unit).saturating_add(SPARE_PERIODS),
                Window::This(_) | Window::ThisVisit => DAYS_OF_A_MONTH + SPARE_PERIODS,
                Window::Since(_) | Window::Ago { .. } => MAX_PERIODS,
            };
            Kind::Kept(Keep::PerKey(periods(kept)), Key::Period(*unit))
        }
    }
}

/// For an aggregate of an event that is no `visit_start`; `most` is how many values a `distinct` tells apart.
pub(super) fn of_aggregate(function: Function, window: Window, most: u32) -> Kind {
    let is_ago = matches!(window, Window::Ago { .. });
    match function {
        Function::Distinct if is_ago => Kind::Log(Key::Value),
        Function::Distinct => Kind::Kept(Keep::PerKey(most), Key::Value),
        Function::Favourite => Division::quarters(window).map_or(Kind::VisitFrequent, Kind::Frequent),
        Function::Smallest | Function::Largest => {
            Division::of(window, MAX_BUCKETS).map_or(Kind::VisitSums(true), Kind::Extremes)
        }
        Function::Count | Function::Sum | Function::Average => {
            Division::of(window, MAX_BUCKETS).map_or(Kind::VisitSums(false), Kind::Sums)
        }
    }
}

/// A number of times: the newest so many are enough to know whether there are as many.
fn times(compare: Compare, number: u64, ago: Option<(SignedDuration, SignedDuration)>, window: Window) -> Kind {
    let most = match compare {
        Compare::AtLeast | Compare::FewerThan => number.max(1),
        Compare::AtMost | Compare::Exactly | Compare::MoreThan => number.saturating_add(1),
    };
    match (ago, u32::try_from(most)) {
        (None, Ok(most)) if number <= MAX_EXACT_TIMES => Kind::Kept(Keep::Newest(most), Key::Nothing),
        (Some(ago), Ok(most)) if number <= MAX_EXACT_TIMES_AGO => ends(ago, most),
        _ => match Division::of(window, MAX_BUCKETS) {
            Some(division) => Kind::Sums(division),
            None => Kind::VisitSums(false),
        },
    }
}

/// Between two instants of the past: where they lie in different parts of time, the ends of the parts tell. Instants that lie
/// too near to each other for that are counted in buckets.
fn ends((newer, older): (SignedDuration, SignedDuration), each: u32) -> Kind {
    let (least, parts) = width(older, MAX_BUCKETS);
    let width_ms = milliseconds(older.saturating_sub(newer)).max(1);
    if width_ms < least {
        return Kind::Sums(Division::Width(least, parts));
    }
    let parts = u32::try_from(ceil(milliseconds(older), width_ms) + 1).unwrap_or(u32::MAX);
    Kind::Kept(Keep::Ends { width_ms, each, parts }, Key::Nothing)
}

fn periods(number: u64) -> u32 {
    u32::try_from(number.clamp(1, MAX_PERIODS)).unwrap_or(u32::MAX)
}

/// How many periods a span touches at most.
fn periods_in(span: SignedDuration, unit: CalendarUnit) -> u64 {
    let days = match unit {
        CalendarUnit::Day => 1,
        CalendarUnit::Week => 7,
        CalendarUnit::Month => 28,
    };
    u64::try_from(milliseconds(span) / (days * 23 * 3_600_000) + 2).unwrap_or(u64::MAX)
}
