//! A 64-bit fingerprint of bytes that is the same in every version and on every machine: cells are found by it.

use crate::profile::Value;

/// FNV-1a with a final mix, so that short texts differ in all bits.
///
/// Source: Fowler, Noll, Vo; the mix is the finaliser of `splitmix64` (Steele, Lea, Flood 2014).
pub fn fingerprint(bytes: &[u8]) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    let hash = bytes.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// Equal values have equal fingerprints: `1` and `1.0`, `2.1` and `2.1.0`.
pub fn value_fingerprint(value: &Value) -> u64 {
    let text = match value {
        Value::Text(text) => return fingerprint(text.as_bytes()),
        Value::Number(number) => format!("n{}", number.normalize()),
        Value::Boolean(yes) => format!("b{yes}"),
        Value::Moment(moment) => format!("m{}", moment.as_nanosecond()),
        Value::Span(span) => format!("s{}", span.as_nanos()),
        Value::Version(version) => format!("v{}", plain_version(&version.to_string())),
        Value::List(texts) => format!("l{texts:?}"),
        Value::Date(date) => format!("d{date}"),
        Value::Time(time) => format!("t{time}"),
    };
    fingerprint(text.as_bytes())
}

/// Without build metadata, leading zeros and zero parts at the end.
fn plain_version(written: &str) -> String {
    let plain = written.split_once('+').map_or(written, |(plain, _)| plain);
    let (numbers, pre) = plain.split_once('-').unwrap_or((plain, ""));
    let mut parts: Vec<&str> = numbers.split('.').map(|part| part.trim_start_matches('0')).collect();
    while parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    format!("{}-{pre}", parts.join("."))
}
