//! How a cell that counts divides time.

use jiff::SignedDuration;
use jiff::civil::DateTime;

use crate::language::checked::{CalendarUnit, Window};
use crate::profile::span_text;

/// A window is divided into at most so many parts of one width, and one more for the part that it cuts.
pub(super) const MAX_BUCKETS: i64 = 100;

/// The parts of a window in which the most frequent values are counted.
const QUARTERS: i64 = 4;

/// Days of other zones than the visitor's may be the newest: so many local periods are kept for the one that goes on.
const KEPT_PERIODS: u32 = 3;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Widths that people understand.
const WIDTHS: [i64; 19] = [
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    3 * DAY,
    7 * DAY,
    14 * DAY,
    30 * DAY,
    90 * DAY,
    365 * DAY,
];

/// The parts in which occurrences are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Division {
    /// One part for all.
    Whole,
    /// One part for what came from a local time on.
    Since(DateTime),
    /// Parts of one width in milliseconds, and how many are kept.
    Width(i64, u32),
    /// Local days, weeks or months, and how many are kept.
    Period(CalendarUnit, u32),
}

impl Division {
    /// For a window; `None` for a visit, which is no part of time.
    pub fn of(window: Window, most: i64) -> Option<Self> {
        Some(match window {
            Window::Ever => Self::Whole,
            Window::Since(civil) => Self::Since(civil),
            Window::Last(span) | Window::Ago { older: span, .. } => {
                let (width, parts) = width(span, most);
                Self::Width(width, parts)
            }
            Window::This(unit) => Self::Period(unit, KEPT_PERIODS),
            Window::ThisVisit => return None,
        })
    }

    /// The first instant of a part of one width.
    pub fn start(self, part: i64) -> i64 {
        match self {
            Self::Width(width, _) => part.saturating_mul(width),
            _ => 0,
        }
    }

    /// The same in quarters of a window, of whatever length: values take more room than sums.
    pub fn quarters(window: Window) -> Option<Self> {
        match window {
            Window::Last(span) | Window::Ago { older: span, .. } => {
                let width = ceil(milliseconds(span).max(1), QUARTERS);
                Some(Self::Width(width, u32::try_from(QUARTERS + 1).unwrap_or(u32::MAX)))
            }
            _ => Self::of(window, QUARTERS),
        }
    }

    /// How many parts are kept.
    pub fn parts(self) -> u32 {
        match self {
            Self::Whole | Self::Since(_) => 1,
            Self::Width(_, parts) | Self::Period(_, parts) => parts,
        }
    }
}

/// The width of the parts of a span, and how many it touches at most.
pub(super) fn width(span: SignedDuration, most: i64) -> (i64, u32) {
    let span = milliseconds(span).max(1);
    let fits = |width: &&i64| ceil(span, **width) <= most;
    let width = WIDTHS.iter().find(fits).copied().unwrap_or_else(|| ceil(span, most));
    (width, u32::try_from(ceil(span, width) + 1).unwrap_or(u32::MAX))
}

/// How many parts of a width cover a span.
pub(super) fn ceil(span: i64, width: i64) -> i64 {
    span / width.max(1) + i64::from(span % width.max(1) > 0)
}

/// Whole milliseconds of a span.
pub(super) fn milliseconds(span: SignedDuration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// A width in words: `day`, `3 days`, `15 minutes`.
pub(super) fn width_text(width: i64) -> String {
    let text = span_text(SignedDuration::from_millis(width));
    text.strip_prefix("1 ").map_or(text.clone(), str::to_owned)
}
