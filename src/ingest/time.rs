//! When a message happened, by the server's clock.

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use serde_json::{Map, Value as Json};

use super::refusal::Refusal;
use super::{LATENESS, Reason};
use crate::profile::parse_moment;

/// A moment in whole milliseconds. Always downward: a moment never overtakes another.
pub(super) fn to_millisecond(moment: Timestamp) -> Timestamp {
    let downward = TimestampRound::new().smallest(Unit::Millisecond).mode(RoundMode::Floor);
    moment.round(downward).unwrap_or(moment)
}

/// A moment as kept messages write it.
pub(super) fn written(moment: Timestamp) -> String {
    format!("{moment:.3}")
}

/// When the client says it happened, by its own clock: `timestamp`, else `originalTimestamp`. RudderStack's clients write
/// into the latter when they made the message, also where their caller gave the event another time.
pub(super) fn original(sent: &Map<String, Json>) -> Result<Option<Timestamp>, Refusal> {
    for name in ["timestamp", "originalTimestamp"] {
        let Some(value) = sent.get(name) else { continue };
        let moment = value.as_str().map(str::trim);
        let moment = moment.and_then(|text| parse_moment(text).ok().or_else(|| end_of_time(text)));
        return match moment {
            Some(moment) => Ok(Some(moment)),
            None => {
                let cause = format!("`{name}` is no moment; send RFC 3339, such as \"2026-11-20T10:00:00.000Z\"");
                Err(Refusal::new(Reason::BadTime, cause))
            }
        };
    }
    Ok(None)
}

/// The calendar ends a day before the year 9999 does, and `9999-12-31` is how many write "never". Days and leap years
/// are those of 9995.
fn end_of_time(text: &str) -> Option<Timestamp> {
    let rest = text.strip_prefix("9999-")?;
    parse_moment(&format!("9995-{rest}")).ok().map(|_| Timestamp::MAX)
}

/// `received - (sent_at - original)`: what lay between the event and its sending by the client's clock, before the
/// arrival by ours. Without `sentAt` the client's clock is believed, without a time of its own the message happened when
/// it arrived. A message that another server passed on was corrected there: its `sentAt` does not count.
///
/// Source: Segment, HTTP API, `timestamp`.
pub(super) fn corrected(original: Option<Timestamp>, sent_at: Option<Timestamp>, received: Timestamp) -> Timestamp {
    let at = match (original, sent_at) {
        (None, _) => received,
        (Some(original), None) => original,
        (Some(original), Some(sent_at)) => received.checked_sub(sent_at.duration_since(original)).unwrap_or(original),
    };
    to_millisecond(at).min(received)
}

/// Whether an event came so long after `newest` that it opens no sequence.
pub(super) fn is_late(at: Timestamp, newest: Timestamp) -> bool {
    newest.duration_since(at) > LATENESS
}
