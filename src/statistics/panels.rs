//! Cuts an interval into panels that are short where a function bends.

/// More panels than any question needs; one that would need more is answered by [`None`].
const LIMIT: usize = 100_000;

/// The ends of the panels from `lower` to `upper`, ascending: from each the next lies `step` farther.
///
/// A step that `f64` cannot tell from nothing becomes the next number. `None` if that would take too many panels.
pub fn ends(lower: f64, upper: f64, step: impl Fn(f64) -> f64) -> Option<Vec<f64>> {
    let mut ends = vec![lower];
    let mut here = lower;
    while here < upper {
        if ends.len() > LIMIT {
            return None;
        }
        here = (here + step(here)).max(here.next_up()).min(upper);
        ends.push(here);
    }
    Some(ends)
}
