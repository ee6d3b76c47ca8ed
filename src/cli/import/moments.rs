//! Times as files write them.

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use serde_json::Value as Json;

use crate::profile::parse_moment;

/// How the times of a file are written.
#[derive(Debug)]
pub(super) enum Moments {
    /// `2026-11-20T10:00:00Z`
    Rfc3339,
    /// Since 1970, with a fraction or not.
    UnixSeconds,
    /// Since 1970.
    UnixMilliseconds,
    /// As the signs of strftime say; without an offset in the text, in this zone. A date alone is its first instant.
    Signs(String, TimeZone),
}

impl Moments {
    /// The form that an author wrote.
    pub(super) fn read(written: &str, zone: TimeZone) -> Option<Self> {
        Some(match written {
            "rfc3339" => Self::Rfc3339,
            "unix seconds" => Self::UnixSeconds,
            "unix milliseconds" => Self::UnixMilliseconds,
            signs if signs.contains('%') => Self::Signs(signs.to_owned(), zone),
            _ => return None,
        })
    }

    /// The moment of a cell.
    pub(super) fn moment(&self, cell: &Json) -> Option<Timestamp> {
        let text = match cell {
            Json::String(text) => text.trim().to_owned(),
            Json::Number(number) => number.to_string(),
            _ => return None,
        };
        match self {
            Self::Rfc3339 => parse_moment(&text).ok(),
            Self::UnixSeconds => unix(&text, 3),
            Self::UnixMilliseconds => unix(&text, 0),
            Self::Signs(signs, zone) => {
                let read = strtime::parse(signs, &text).ok()?;
                if read.offset().is_some() {
                    return read.to_timestamp().ok();
                }
                let local = match read.to_datetime() {
                    Ok(local) => local,
                    Err(_) => read.to_date().ok()?.to_datetime(jiff::civil::Time::midnight()),
                };
                Some(local.to_zoned(zone.clone()).ok()?.timestamp())
            }
        }
    }
}

/// A count of seconds or milliseconds, to the millisecond: `scale` is how many digits behind the point count.
fn unix(text: &str, scale: usize) -> Option<Timestamp> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || !whole.chars().chain(fraction.chars()).all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let fraction: String = fraction.chars().chain(std::iter::repeat('0')).take(scale).collect();
    Timestamp::from_millisecond(sign * format!("{whole}{fraction}").parse::<i64>().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_read_as_the_mapping_says() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let read = |form: &str, cell: Json| {
            let moments = Moments::read(form, berlin.clone()).unwrap();
            moments.moment(&cell).map(|moment| moment.to_string())
        };
        for (form, cell, expected) in [
            ("rfc3339", json!("2026-11-20T10:00:00+01:00"), Some("2026-11-20T09:00:00Z")),
            ("unix seconds", json!("1500000000"), Some("2017-07-14T02:40:00Z")),
            ("unix seconds", json!(1_500_000_000), Some("2017-07-14T02:40:00Z")),
            ("unix seconds", json!("1500000000.5"), Some("2017-07-14T02:40:00.5Z")),
            ("unix seconds", json!("-0.25"), Some("1969-12-31T23:59:59.75Z")),
            ("unix milliseconds", json!(1_500_000_000_250_i64), Some("2017-07-14T02:40:00.25Z")),
            ("%Y%m%d", json!("19970101"), Some("1996-12-31T23:00:00Z")),
            ("%Y%m%d", json!(19_970_101), Some("1996-12-31T23:00:00Z")),
            ("%d.%m.%Y %H:%M", json!(" 01.07.2026 12:30 "), Some("2026-07-01T10:30:00Z")),
            ("%Y-%m-%d %H:%M:%S%z", json!("2026-07-01 12:30:00+0000"), Some("2026-07-01T12:30:00Z")),
            ("%Y%m%d", json!("1997-01-01"), None),
            ("rfc3339", json!("yesterday"), None),
            ("unix seconds", json!("soon"), None),
            ("unix seconds", json!("1.5.5"), None),
            ("unix seconds", json!(""), None),
            ("rfc3339", json!(true), None),
        ] {
            assert_eq!(read(form, cell.clone()).as_deref(), expected, "{form} {cell}");
        }
        assert!(Moments::read("sometime", berlin.clone()).is_none());
    }
}
