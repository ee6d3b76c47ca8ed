//! What a cell says.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// What programs write where there is nothing: spreadsheets nothing, R, databases, pandas.
const MISSING: [&str; 6] = ["NA", "NULL", "null", "\\N", "NaN", "nan"];

/// A number; `None` where the cell is empty.
///
/// # Errors
/// What to write instead.
pub(super) fn number(cell: &str) -> Result<Option<f64>, &'static str> {
    let text = cell.trim();
    match text.as_bytes() {
        [] => return Ok(None),
        [digit @ b'0'..=b'9'] => return Ok(Some(f64::from(digit - b'0'))),
        _ => {}
    }
    // `parse` would also take words such as `infinity`.
    if text.bytes().next_back().is_some_and(|last| last.is_ascii_digit() || last == b'.') {
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => return Ok(Some(number)),
            Ok(_) => return Err("the number is too large; leave the cell empty where there is none"),
            Err(_) => {}
        }
    }
    if MISSING.contains(&text) {
        return Ok(None);
    }
    match text {
        "TRUE" | "True" | "true" | "T" | "t" | "yes" | "Yes" | "YES" => Ok(Some(1.0)),
        "FALSE" | "False" | "false" | "F" | "f" | "no" | "No" | "NO" => Ok(Some(0.0)),
        _ if is_with_comma(text) => Err("write numbers with a point and without separators, such as 1234.5"),
        _ => Err("write a number such as 12.5, or TRUE or FALSE; leave the cell empty where there is none"),
    }
}

fn is_with_comma(text: &str) -> bool {
    text.contains(',') && text.bytes().all(|byte| byte.is_ascii_digit() || b",.-+ ".contains(&byte))
}

/// An instant in microseconds since 1970. A date is its midnight, and without a zone it is UTC.
///
/// # Errors
/// What to write instead.
pub(super) fn time(cell: &str) -> Result<i64, &'static str> {
    let moment = any_time(cell)?;
    match moment {
        _ if moment < EARLIEST => Err(
            "it would be before 1990: is it the right column, and does it hold times? Leave rows out whose time stands for none",
        ),
        _ if moment >= LATEST => Err(
            "it would be after 2099: is it the right column, and does it hold times? Leave rows out whose time stands for none",
        ),
        _ => Ok(moment),
    }
}

/// 1990 and 2100, in microseconds since 1970: no experiment was before, and other numbers, read as times, lie outside. The bounds are fixed, so that
/// a table says the same on any day.
const EARLIEST: i64 = 631_152_000_000_000;
const LATEST: i64 = 4_102_444_800_000_000;

fn any_time(cell: &str) -> Result<i64, &'static str> {
    const NEVER: &str = "it would be after 2099; leave rows out whose time stands for none";
    const HELP: &str = "write a time such as 2026-11-20T10:00:00Z, a date, or seconds since 1970";
    let text = cell.trim();
    if let Ok(epoch) = text.parse::<f64>() {
        return micros_of_epoch(epoch).ok_or(HELP);
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant.as_microsecond());
    }
    let civil = text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(|date| date.at(0, 0, 0, 0)));
    let civil = civil.map_err(|_| if text.starts_with(BEYOND) { NEVER } else { HELP })?;
    civil.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp().as_microsecond()).map_err(|_| NEVER)
}

/// What programs write for "never".
const BEYOND: &str = "9999-12-31";

/// Seconds, milliseconds, microseconds or nanoseconds: whichever lies between 1970 and 5138.
fn micros_of_epoch(epoch: f64) -> Option<i64> {
    let micros = match epoch.abs() {
        size if size < 1e11 => epoch * 1e6,
        size if size < 1e14 => epoch * 1e3,
        size if size < 1e17 => epoch,
        size if size < 1e20 => epoch / 1e3,
        _ => return None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "at most 1e17")]
    Some(micros.round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_programs_write_them() {
        for (cell, expected) in [
            ("", None),
            ("  ", None),
            ("NA", None),
            ("0", Some(0.0)),
            ("7", Some(7.0)),
            (" 12.50 ", Some(12.5)),
            ("-3e2", Some(-300.0)),
            ("+1.", Some(1.0)),
            ("TRUE", Some(1.0)),
            ("false", Some(0.0)),
        ] {
            assert_eq!(number(cell), Ok(expected), "{cell}");
        }
        for (cell, help) in [
            ("1,234.5", "with a point"),
            ("12,5", "with a point"),
            ("inf", "a number"),
            ("1e999", "too large"),
            ("abc", "a number"),
            ("1 2", "a number"),
        ] {
            assert!(number(cell).unwrap_err().contains(help), "{cell}");
        }
    }

    #[test]
    fn times_are_read_as_programs_write_them() {
        for cell in [
            "2026-11-20T10:00:00Z",
            "2026-11-20T11:00:00+01:00",
            "2026-11-20 10:00:00",
            "1795168800",
            "1795168800000",
            "1795168800000000",
            "1795168800.0",
        ] {
            assert_eq!(time(cell), Ok(1_795_168_800_000_000), "{cell}");
        }
        assert_eq!(time("2026-11-20"), Ok(1_795_132_800_000_000));
        for never in ["2100-01-01", "9999-12-30", "9999-12-31", "9999-12-31 23:59:59", "9999-12-31T23:59:59Z"] {
            assert!(time(never).unwrap_err().contains("after 2099"), "{never}");
        }
        assert_eq!(time("1990-01-01"), Ok(EARLIEST));
        for no_time in ["12.50", "0", "1989-12-31", "-5", "48213"] {
            assert!(time(no_time).unwrap_err().contains("before 1990"), "{no_time}");
        }
        assert!(time("yesterday").is_err() && time("").is_err() && time("NaN").is_err());
    }
}
