//! "Did you mean": the declared name nearest to what the author wrote.

/// Names further away than this many edits are no suggestion; short names allow a third of their length.
pub const MAX_SUGGESTION_DISTANCE: usize = 3;

/// The candidate nearest to `written` by Damerau-Levenshtein distance, ties by candidate order; `None` when none is near.
///
/// ```
/// assert_eq!(segue::diagnostic::nearest("contry", ["city", "country"]), Some("country"));
/// assert_eq!(segue::diagnostic::nearest("zzz", ["city", "country"]), None);
/// ```
pub fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = MAX_SUGGESTION_DISTANCE.min(1 + written.chars().count() / 3);
    candidates
        .into_iter()
        .map(|candidate| (edits(written, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be typed, removed, changed or swapped to make one word of the other.
pub fn edits(written: &str, candidate: &str) -> usize {
    strsim::damerau_levenshtein(written, candidate)
}
