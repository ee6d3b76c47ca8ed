//! Page patterns against the paths of page events.

use crate::language::checked::PagePattern;

/// Whether a path (without query, fragment or trailing slash) fits a pattern: exact, case-sensitive, `*` one segment,
/// `/**` at the end the page itself and everything below.
pub(super) fn fits(pattern: &PagePattern, path: &str) -> bool {
    let inside = path.trim_matches('/');
    let mut parts = inside.split('/').filter(|_| !inside.is_empty());
    for segment in &pattern.segments {
        match (segment, parts.next()) {
            (None, Some(_)) => {}
            (Some(text), Some(part)) if **text == *part => {}
            _ => return false,
        }
    }
    pattern.everything_below || parts.next().is_none()
}
