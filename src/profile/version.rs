//! Version numbers as apps really write them: any count of dotted numbers, an optional pre-release.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use semver::Prerelease;

/// More dotted numbers than this are refused.
pub const MAX_VERSION_PARTS: usize = 8;

/// A version such as `2.10`, `120.0.6099.71` or `1.0.0-beta.2`. Missing parts count as zero: `2.1` equals `2.1.0`.
///
/// Order: the numbers left to right, then a pre-release before its release (Semantic Versioning 2.0.0, item 11). Build
/// metadata after `+` takes no part in the order.
#[derive(Debug, Clone)]
pub struct Version {
    parts: Vec<u64>,
    pre: Prerelease,
    written: String,
}

/// The text is not a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a version is numbers with dots, such as 2.10 or 2.10.1-beta")]
pub struct NotAVersion;

impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(written: &str) -> Result<Self, NotAVersion> {
        let plain = written.split_once('+').map_or(written, |(plain, _)| plain);
        let (numbers, pre) = plain.split_once('-').unwrap_or((plain, ""));
        let parts = numbers
            .split('.')
            .map(|part| if part.bytes().all(|byte| byte.is_ascii_digit()) { part.parse().ok() } else { None })
            .collect::<Option<Vec<u64>>>()
            .filter(|parts| parts.len() <= MAX_VERSION_PARTS)
            .ok_or(NotAVersion)?;
        let pre = Prerelease::new(pre).map_err(|_| NotAVersion)?;
        Ok(Self { parts, pre, written: written.to_owned() })
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let longest = self.parts.len().max(other.parts.len());
        let part = |version: &Self, index: usize| version.parts.get(index).copied().unwrap_or(0);
        (0..longest)
            .map(|index| part(self, index).cmp(&part(other, index)))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| self.pre.cmp(&other.pre))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn versions_order_by_number_not_by_text() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        assert!(version("2.10") > version("2.9.9"));
        assert_eq!(version("2.1"), version("2.1.0"));
        assert!(version("1.0-beta") < version("1.0"));
        assert!(version("120.0.6099.71") > version("120.0.6099.7"));
        assert!(
            "".parse::<Version>().is_err() && "1..2".parse::<Version>().is_err() && "v1".parse::<Version>().is_err()
        );
    }
}
