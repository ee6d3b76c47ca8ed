//! Moments as clients write them: RFC 3339.

use jiff::Timestamp;

/// The text is not a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a moment is written as 2026-11-20T10:00:00Z")]
pub struct NotAMoment;

/// A moment keeps this many digits of a second's fraction; further ones are dropped.
const FRACTION_DIGITS: usize = 9;

/// Reads an RFC 3339 moment: date, `T` or a blank, time with seconds, any fraction, `Z` or an offset.
///
/// # Errors
/// [`NotAMoment`]: a date alone, a time without offset and everything else is none.
///
/// Source: RFC 3339, section 5.6.
///
/// ```
/// let moment = segue::profile::parse_moment("2026-11-22T05:24:20.117644+01:00").unwrap();
/// assert_eq!(moment.to_string(), "2026-11-22T04:24:20.117644Z");
/// ```
pub fn parse_moment(text: &str) -> Result<Timestamp, NotAMoment> {
    let (date_time, rest) = text.split_at_checked(19).ok_or(NotAMoment)?;
    let shape = "dddd-dd-ddTdd:dd:dd";
    let fits = date_time.bytes().zip(shape.bytes()).all(|(byte, shape)| match shape {
        b'd' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b't' | b' '),
        sign => byte == sign,
    });
    let (fraction, offset) =
        rest.split_at_checked(rest.find(['Z', 'z', '+', '-']).ok_or(NotAMoment)?).ok_or(NotAMoment)?;
    let fraction = match fraction.strip_prefix('.') {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!(".{}", digits.get(..FRACTION_DIGITS).unwrap_or(digits))
        }
        None if fraction.is_empty() => String::new(),
        _ => return Err(NotAMoment),
    };
    if !fits || !is_offset(offset) {
        return Err(NotAMoment);
    }
    format!("{date_time}{fraction}{offset}").parse().map_err(|_| NotAMoment)
}

/// `Z` or `+hh:mm`.
fn is_offset(text: &str) -> bool {
    let shape = "sdd:dd";
    matches!(text, "Z" | "z")
        || text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(byte, shape)| match shape {
                b's' => matches!(byte, b'+' | b'-'),
                b'd' => byte.is_ascii_digit(),
                sign => byte == sign,
            })
}

#[cfg(test)]
mod tests {
    use super::parse_moment;

    #[test]
    fn moments_are_rfc_3339_with_any_offset_and_fraction() {
        let read = |text: &str| parse_moment(text).map(|moment| moment.to_string()).ok();
        assert_eq!(read("2026-11-20T10:00:00Z").as_deref(), Some("2026-11-20T10:00:00Z"));
        assert_eq!(read("2026-11-20 10:00:00.5-08:00").as_deref(), Some("2026-11-20T18:00:00.5Z"));
        assert_eq!(read("2026-11-20t10:00:00.12345678987654321z").as_deref(), Some("2026-11-20T10:00:00.123456789Z"));
        assert_eq!(read("2016-12-31T23:59:60Z").as_deref(), Some("2016-12-31T23:59:59Z"));
        for bad in [
            "",
            "2026-11-20",
            "2026-11-20T10:00Z",
            "2026-11-20T10:00:00",
            "2026-11-20T10:00:00+0100",
            "2026-11-20T10:00:00.Z",
            "2026-02-30T10:00:00Z",
            "2026-11-20T10:00:00Z[Europe/Berlin]",
            "tomorrow at ten o'clock, more or less",
            "2026-11-20T10:00:00é",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
