//! Where the labels of an axis stand, and what they say.

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};

use crate::analysis::{Point, words};
use crate::statistics::real;

/// What the looks are ordered by, left to right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Along {
    /// How many units had been counted.
    Units,
    /// Moments in UTC, as seconds since 1970.
    Time,
}

const DAY: f64 = 86_400.0;

/// Steps between moments that people count in, in seconds: from a second to a year of whole weeks.
const STEPS: [f64; 17] = [
    1.0,
    5.0,
    15.0,
    60.0,
    300.0,
    900.0,
    3600.0,
    10_800.0,
    21_600.0,
    43_200.0,
    DAY,
    2.0 * DAY,
    7.0 * DAY,
    14.0 * DAY,
    28.0 * DAY,
    91.0 * DAY,
    364.0 * DAY,
];

/// So many labels fit below a panel.
const LABELS: f64 = 9.0;

impl Along {
    /// Time, if the label of every look is a date or a moment.
    pub(super) fn of<'p>(points: impl IntoIterator<Item = &'p Point>) -> Self {
        let mut moments = points.into_iter().map(|point| moment(&point.label)).peekable();
        if moments.peek().is_some() && moments.all(|moment| moment.is_some()) { Self::Time } else { Self::Units }
    }

    /// Where a look stands.
    pub(super) fn place(self, point: &Point) -> f64 {
        match self {
            Self::Units => real(point.n),
            Self::Time => moment(&point.label).unwrap_or_default(),
        }
    }

    /// What a look is called.
    pub(super) fn name(self, point: &Point) -> String {
        match self {
            Self::Units => format!("{} units", words::count(point.n)),
            Self::Time => to_the_second(&point.label),
        }
    }

    /// What stands below the axis.
    pub(super) fn title(self, from: f64, to: f64) -> String {
        match self {
            Self::Units => "units counted".to_owned(),
            Self::Time => {
                let (first, last) = (at_moment(from, "%Y"), at_moment(to, "%Y"));
                let years = if first == last { first } else { format!("{first} to {last}") };
                format!("time (UTC), {years}")
            }
        }
    }

    /// Where labels stand between two ends, and how far apart.
    pub(super) fn ticks(self, from: f64, to: f64) -> (Vec<f64>, f64) {
        match self {
            Self::Units => round_ticks(from, to, LABELS),
            Self::Time => {
                let step = STEPS.into_iter().find(|step| (to - from) / step <= LABELS);
                let step = step.unwrap_or_else(|| round_step((to - from) / LABELS / DAY) * DAY);
                (multiples(step, from, to), step)
            }
        }
    }

    /// A label that stands so far from the next.
    pub(super) fn label(self, at: f64, step: f64) -> String {
        match self {
            Self::Units => short_count(at),
            Self::Time if step >= DAY => at_moment(at, "%b %-d"),
            Self::Time if step >= 60.0 => at_moment(at, "%b %-d %H:%M"),
            Self::Time => at_moment(at, "%H:%M:%S"),
        }
    }
}

/// Round numbers between two ends, and how far apart they are.
pub(super) fn round_ticks(from: f64, to: f64, count: f64) -> (Vec<f64>, f64) {
    let step = round_step((to - from) / count);
    (multiples(step, from, to), step)
}

/// With its sign, and the decimals that tell it from a neighbour at this distance.
pub(super) fn decimal(value: f64, step: f64) -> String {
    // A tick beside 0 may be a trace off it.
    if value.abs() < step / 1e6 {
        return "0".to_owned();
    }
    if value.abs() >= 1e7 || value.abs().max(step) < 1e-5 {
        return format!("{value:+.2e}");
    }
    let decimals = if step >= 1.0 { 0 } else { whole(-step.log10().floor()) };
    format!("{value:+.decimals$}")
}

/// `12,500` as `12.5 k`.
fn short_count(count: f64) -> String {
    let (value, prefix) = match count {
        _ if count >= 1e9 => (count / 1e9, " G"),
        _ if count >= 1e6 => (count / 1e6, " M"),
        _ if count >= 1e4 => (count / 1e3, " k"),
        _ => (count, ""),
    };
    let text = format!("{value:.3}");
    format!("{}{prefix}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// The next of 1, 2, 5, 10, 20, 50, ... upwards; 1 for what is no width.
fn round_step(width: f64) -> f64 {
    if !(width > 0.0 && width.is_finite()) {
        return 1.0;
    }
    let power = 10_f64.powf(width.log10().floor());
    let factor = width / power;
    power * [1.0, 2.0, 5.0].into_iter().find(|round| factor <= *round).unwrap_or(10.0)
}

/// At most twenty, however small the step is beside its ends.
fn multiples(step: f64, from: f64, to: f64) -> Vec<f64> {
    let first = (from / step).ceil();
    (0..20_u8).map(|count| (first + f64::from(count)) * step).take_while(|at| *at <= to).collect()
}

/// Of a label such as `2026-11-20` or `2026-11-20T10:00:00Z`, as seconds since 1970.
fn moment(label: &str) -> Option<f64> {
    let of_date = || label.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    // A date would also be read from the beginning of a longer text, so that moments come first.
    let moment = label.parse::<Timestamp>().ok().or_else(of_date)?;
    Some(seconds(moment.as_second()))
}

/// A moment without parts of a second; a date as it is.
fn to_the_second(label: &str) -> String {
    label.parse::<Timestamp>().map_or_else(|_| label.to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

#[expect(clippy::cast_possible_truncation, reason = "a fraction of a second is not shown")]
fn at_moment(seconds: f64, format: &str) -> String {
    Timestamp::from_second(seconds as i64).map_or_else(|_| "?".to_owned(), |at| at.strftime(format).to_string())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is kept between 0 and 9")]
fn whole(count: f64) -> usize {
    count.clamp(0.0, 9.0) as usize
}

#[expect(clippy::cast_precision_loss, reason = "moments and counts are placed to the pixel")]
fn seconds(count: i64) -> f64 {
    count as f64
}

/// One direction of a panel with its labels.
#[derive(Debug, Clone)]
pub(super) struct Scale {
    /// Where it begins.
    pub(super) from: f64,
    /// Where it ends, beyond the beginning.
    pub(super) to: f64,
    /// Where labels stand.
    pub(super) ticks: Vec<f64>,
}

impl Ranged for Scale {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    #[expect(clippy::cast_possible_truncation, reason = "a float becomes the nearest pixel")]
    fn map(&self, value: &f64, (low, high): (i32, i32)) -> i32 {
        let share = (value - self.from) / (self.to - self.from);
        low + (f64::from(high - low) * share).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks.clone() }
    }

    fn range(&self) -> Range<f64> {
        self.from..self.to
    }
}
