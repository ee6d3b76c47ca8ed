//! The visitor's calendar: local days, weeks that start on Monday, calendar months.
//!
//! A period is named by its first day.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::language::checked::CalendarUnit;

/// The first day of the period that a day lies in.
pub(super) fn period(day: Date, unit: CalendarUnit) -> Date {
    match unit {
        CalendarUnit::Day => day,
        CalendarUnit::Week => day.saturating_sub(i64::from(day.weekday().to_monday_zero_offset()).days()),
        CalendarUnit::Month => day.first_of_month(),
    }
}

/// The period after this one.
pub(super) fn next(first_day: Date, unit: CalendarUnit) -> Date {
    first_day.saturating_add(length(unit))
}

/// The period before this one.
pub(super) fn previous(first_day: Date, unit: CalendarUnit) -> Date {
    first_day.saturating_sub(length(unit))
}

fn length(unit: CalendarUnit) -> jiff::Span {
    match unit {
        CalendarUnit::Day => 1.day(),
        CalendarUnit::Week => 1.week(),
        CalendarUnit::Month => 1.month(),
    }
}

/// When a clock in a zone shows this time: the earlier of two when it is set back; a time that it skips counts as much later
/// as it was set forward.
pub(super) fn instant(civil: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_ambiguous_timestamp(civil).compatible().ok()
}

/// The longest run of consecutive periods, among the runs that reach `reaching` or go beyond it.
///
/// `periods` are sorted and all different.
pub(super) fn longest_run(periods: &[Date], unit: CalendarUnit, reaching: Option<Date>) -> u64 {
    let mut longest = 0;
    let mut run = 0;
    let mut expected = None;
    for period in periods {
        run = if expected == Some(*period) { run + 1 } else { 1 };
        expected = Some(next(*period, unit));
        if reaching.is_none_or(|reaching| *period >= reaching) {
            longest = longest.max(run);
        }
    }
    longest
}
