//! How close a number must be: the comparison rule of the tables' README.

use serde_json::Value;

use super::case::Case;

/// How far a number is off, and how far it may be.
#[derive(Debug, Clone, Copy)]
pub struct Closeness {
    /// In the units that the tolerance is in: relative to what the rule names for this field.
    pub error: f64,
    /// What a plain double-precision implementation must meet.
    pub tolerance: f64,
    /// What a careful one meets.
    pub goal: f64,
}

/// Compares a number with the expected one. `field` is a path inside `expected`.
pub fn closeness(case: &Case, field: &str, got: f64, expected: f64) -> Closeness {
    let difference = (got - expected).abs();
    let (scope, name) = split(field);
    if let Some((unit, tolerance, goal)) = exception(case, name) {
        let error = if unit == Unit::Absolute { difference } else { relative(difference, expected.abs()) };
        return Closeness { error, tolerance, goal };
    }
    let (tolerance, goal) = (case.tolerance(), case.goal());
    if case.id.starts_with("lan_demets") {
        return Closeness { error: difference, tolerance, goal };
    }
    if name.contains("log10_") {
        return Closeness { error: difference / expected.abs().max(1.0), tolerance: 1e-8, goal: 1e-8 };
    }
    if name.starts_with("chance_to_") {
        let error = relative(difference, expected).min(difference * 1e3);
        return Closeness { error, tolerance: 1e-9, goal: 1e-9 };
    }
    let scale = if is_probability(name) {
        // Below the smallest normal number the logarithm is compared instead.
        if expected < f64::MIN_POSITIVE && got < 2.0 * f64::MIN_POSITIVE {
            return Closeness { error: 0.0, tolerance, goal };
        }
        let statistic = statistic(case, scope, name);
        expected * (statistic * statistic).max(1.0)
    } else if name == "statistic" || name.ends_with("_statistic") {
        expected.abs().max(1e-6)
    } else if is_estimate(name) {
        expected.abs().max(error_of(case, scope, name))
    } else {
        expected.abs()
    };
    Closeness { error: relative(difference, scale), tolerance, goal }
}

/// Whether a field is a p-value, whose plain relative error grows with the square of the statistic.
pub fn is_probability(name: &str) -> bool {
    name.contains("p_value") && !name.contains("log10_")
}

/// A path's parent with its dot, and its last name. A place in a list belongs to the name.
pub fn split(field: &str) -> (&str, &str) {
    let path = field.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let name = path.rsplit_once('.').map_or(path, |(_, name)| name);
    path.strip_suffix(name).map_or(("", name), |scope| (scope, name))
}

fn relative(difference: f64, scale: f64) -> f64 {
    if difference == 0.0 { 0.0 } else { difference / scale }
}

fn is_estimate(name: &str) -> bool {
    name == "estimate" || name == "lift" || name.ends_with("_lift") || name.contains("ci_")
}

/// The standard error of an estimate or of an interval's middle; of two proportions' intervals their width.
fn error_of(case: &Case, scope: &str, name: &str) -> f64 {
    let expected = |name: &str| case.expected_number(&format!("{scope}{name}"));
    if case.id.starts_with("two_proportion_z") && name.contains("ci_") {
        let end = |this: &str| expected(&name.replace("_low", this).replace("_high", this));
        return end("_high").zip(end("_low")).map_or(0.0, |(high, low)| high - low);
    }
    let own = if name.starts_with("lift") { expected("lift_standard_error") } else { None };
    let names = ["standard_error", "standard_deviation", "delta_standard_error"];
    own.or_else(|| names.iter().find_map(|name| expected(name))).unwrap_or(0.0)
}

/// The statistic behind a p-value, of which its conditioning is the square.
fn statistic(case: &Case, scope: &str, name: &str) -> f64 {
    let expected = |name: &str| case.expected_number(&format!("{scope}{name}"));
    let own = if name.starts_with("g_") { expected("g_statistic") } else { None };
    let quotient = || Some(expected("estimate")? / expected("standard_error")?);
    own.or_else(|| expected("statistic")).or_else(quotient).unwrap_or(0.0)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Absolute,
    Relative,
}

/// A tolerance of its own: `rel_tol_<x>` or `abs_tol_<x>` for the fields with `<x>` in their name, `abs_tol` for all.
fn exception(case: &Case, name: &str) -> Option<(Unit, f64, f64)> {
    let of = |key: &str, value: &Value| {
        let (unit, of) = key
            .strip_prefix("abs_tol")
            .map(|of| (Unit::Absolute, of))
            .or_else(|| key.strip_prefix("rel_tol").map(|of| (Unit::Relative, of)))?;
        let applies = match of {
            "" => unit == Unit::Absolute,
            "_goal" => false,
            of => name.contains(of.strip_prefix('_')?),
        };
        applies.then(|| (of.len(), in_words(case, value).unwrap_or_else(|| (unit, number(value), number(value)))))
    };
    case.beside().filter_map(|(key, value)| of(key, value)).max_by_key(|(length, _)| *length).map(|(_, known)| known)
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("no tolerance: {value}"))
}

/// `abs 1e-6 (..; goal abs 1e-9 for n<=1e6)`, as a text.
fn in_words(case: &Case, value: &Value) -> Option<(Unit, f64, f64)> {
    let text = value.as_str()?;
    let after = |mark: &str| {
        let (_, rest) = text.split_once(mark)?;
        rest.split([' ', ')', ';']).next()?.parse::<f64>().ok()
    };
    let unit = if text.starts_with("abs ") { Unit::Absolute } else { Unit::Relative };
    let tolerance = after(if unit == Unit::Absolute { "abs " } else { "rel " }).unwrap_or_else(|| panic!("{text}"));
    let units = if case.has("counts") { case.numbers("counts").iter().sum() } else { f64::INFINITY };
    let goal = after("goal abs ").filter(|_| after("n<=").is_none_or(|most| units <= most)).unwrap_or(tolerance);
    Some((unit, tolerance, goal))
}
