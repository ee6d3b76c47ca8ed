//! Lengths of time as people write them: `30 minutes`.

use jiff::SignedDuration;

/// The text is not a length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a span is a number and a unit, such as 30 minutes or 2 days")]
pub struct NotASpan;

/// Units with their length in seconds. A day is 24 hours, a month is 30 days.
const UNITS: [(&str, i64); 6] =
    [("second", 1), ("minute", 60), ("hour", 3_600), ("day", 86_400), ("week", 604_800), ("month", 2_592_000)];

/// Reads `NUMBER UNIT`, as rules write it: a whole number, then seconds, minutes, hours, days, weeks or months (30 days).
///
/// # Errors
/// [`NotASpan`], also for a span beyond what fits 64 bits of seconds.
///
/// ```
/// assert_eq!(segue::profile::parse_span("30 minutes").unwrap().as_secs(), 1800);
/// ```
pub fn parse_span(text: &str) -> Result<SignedDuration, NotASpan> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at_checked(digits).ok_or(NotASpan)?;
    let unit = unit.trim_start().to_ascii_lowercase();
    let unit = unit.strip_suffix('s').unwrap_or(&unit);
    let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(NotASpan)?;
    let count: i64 = count.parse().map_err(|_| NotASpan)?;
    count.checked_mul(*seconds).map(SignedDuration::from_secs).ok_or(NotASpan)
}

/// A span as definitions write it, in the largest unit up to days that it is a whole number of: `14 days`, `36 hours`.
///
/// ```
/// use segue::profile::{parse_span, span_text};
/// assert_eq!(span_text(parse_span("2 weeks").unwrap()), "14 days");
/// assert_eq!(span_text(parse_span("60 minutes").unwrap()), "1 hour");
/// assert_eq!(span_text(jiff::SignedDuration::from_millis(1_500)), "1500 milliseconds");
/// ```
pub fn span_text(span: SignedDuration) -> String {
    let span = span.as_millis();
    let units = UNITS.iter().rev().filter(|(unit, _)| !["week", "month"].contains(unit));
    let mut lengths = units.map(|(unit, seconds)| (*unit, i128::from(*seconds) * 1_000));
    let (unit, length) = lengths.find(|(_, length)| span % length == 0).unwrap_or(("millisecond", 1));
    let count = span / length;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::parse_span;

    #[test]
    fn spans_are_a_number_and_a_unit() {
        let seconds = |text: &str| parse_span(text).map(|span| span.as_secs()).ok();
        assert_eq!(seconds("1 month"), Some(2_592_000));
        assert_eq!(seconds(" 3days "), Some(259_200));
        assert_eq!(seconds("2 Weeks"), Some(1_209_600));
        for bad in [
            "",
            "days",
            "3",
            "1.5 hours",
            "-1 day",
            "3 dayss",
            "3 years",
            "99999999999999999999 days",
            "9223372036854775807 months",
        ] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
