//! What the engine answered to a case, field by field, beside what it must answer.

use std::collections::BTreeSet;

use segue::statistics::{Probability, Undefined};
use serde_json::Value;

use super::case::Case;
use super::is_own;
use super::rule::{Closeness, closeness, is_probability, split};

/// What the engine has for a field.
#[derive(Debug, Clone, Copy)]
pub enum Got {
    Number(f64),
    Undefined(Undefined),
    /// The field has no meaning here, such as the variance between clusters where there are none.
    Absent,
}

impl From<f64> for Got {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<Undefined> for Got {
    fn from(why: Undefined) -> Self {
        Self::Undefined(why)
    }
}

impl From<Result<f64, Undefined>> for Got {
    fn from(result: Result<f64, Undefined>) -> Self {
        result.map_or_else(Self::Undefined, Self::Number)
    }
}

impl From<Option<f64>> for Got {
    fn from(number: Option<f64>) -> Self {
        number.map_or(Self::Absent, Self::Number)
    }
}

/// Reasons of the engine's that are finer than those of the tables' README: the engine's, and what a table may call it.
const FINER: [(&str, &str); 7] = [
    ("no_units", "too_few_units"),
    ("no_units", "zero_margin"),
    ("contradiction", "zero_variance"),
    ("zero_denominator", "zero_baseline"),
    ("too_few_units", "zero_variance"),
    ("too_few_cells", "too_few_units"),
    ("zero_baseline", "unbounded"),
];

/// What a whole table came to.
#[derive(Default)]
pub struct Tally {
    fields: usize,
    /// The largest error in the units of the rule, and where.
    worst: (f64, String),
    /// The largest plain relative error of a p-value, and where.
    worst_probability: (f64, String),
    /// The largest error by what it may be, and where.
    tightest: (f64, String),
    pub faults: Vec<String>,
    /// Numbers that a library's known fault explains.
    pub library_faults: usize,
    /// Cases without the tag `ill_conditioned` or `library_limit` that miss the goal.
    pub goal_missed: Vec<String>,
}

impl Tally {
    /// A line of the table in `docs/statistics.md`.
    pub fn line(&self, name: &str, cases: usize) -> String {
        let at = |(error, place): &(f64, String)| match *error {
            0.0 => "0 | ".to_owned(),
            error => format!("{error:.1e} | {place}"),
        };
        format!(
            "| `{name}` | {cases} | {} | {} | {} | {} | {} |",
            self.fields,
            at(&self.worst),
            at(&self.worst_probability),
            at(&self.tightest),
            self.goal_missed.len()
        )
    }
}

/// What the engine answered to one case. Each field is compared as it is handed in; one that the table does not ask for passes.
pub struct Found<'a> {
    case: &'a Case,
    tally: &'a mut Tally,
    compared: BTreeSet<String>,
}

impl<'a> Found<'a> {
    pub fn new(case: &'a Case, tally: &'a mut Tally) -> Self {
        Self { case, tally, compared: BTreeSet::new() }
    }

    /// `ok`, or the reason why a number is undefined.
    pub fn status<T>(&mut self, result: &Result<T, Undefined>) {
        let code = result.as_ref().map_or_else(|why| why.code(), |_| "ok");
        self.compared.insert("status".to_owned());
        if !self.is_called(code) {
            self.fault(format!("status is {code}, not {}", self.case.status()));
        }
    }

    /// The engine refuses the whole: no number that the table has may be one of a test.
    pub fn refused(&mut self, why: Undefined) {
        self.status(&Err::<(), _>(why));
        let mut paths = Vec::new();
        leaves("", self.case.expected(), &mut paths);
        for path in paths.into_iter().filter(|path| !path.ends_with("status")) {
            self.number(&path, why);
        }
    }

    /// Somebody is where nobody can be: no test is made, and chance explains nothing.
    pub fn impossible(&mut self) {
        let mut paths = Vec::new();
        leaves("", self.case.expected(), &mut paths);
        for path in paths {
            let is_p_value = is_probability(split(&path).1);
            if is_p_value && self.case.expected_number(&path).is_some_and(|expected| expected != 0.0) {
                self.fault(format!("{path} is not 0, though somebody is in a cell of weight 0"));
            }
            self.compared.insert(path);
        }
    }

    /// Whether the table's status is what the engine says: to the letter in the project's own tables.
    fn is_called(&self, code: &str) -> bool {
        code == self.case.status() || (!is_own() && FINER.contains(&(code, self.case.status())))
    }

    /// A number, by its path inside `expected`, such as `relative.estimate`.
    pub fn number(&mut self, field: &str, got: impl Into<Got>) {
        let expected = self.case.expected_at(field).or_else(|| {
            // Where `relative` is null, `relative.estimate` must be undefined.
            let (parent, _) = field.split_once('.')?;
            self.case.expected_at(parent).filter(|parent| parent.is_null())
        });
        let Some(expected) = expected else { return };
        self.compared.insert(field.to_owned());
        match (got.into(), expected.as_f64()) {
            (Got::Number(got), Some(expected)) => self.compare(field, got, expected),
            (Got::Undefined(why), None) => self.compare_reason(field, why),
            (Got::Undefined(why), Some(1.0)) if is_probability(split(field).1) && self.is_called(why.code()) => {}
            (Got::Undefined(why), Some(0.0)) if field.contains("log10_") && self.is_called(why.code()) => {}
            (Got::Undefined(Undefined::ZeroVariance), Some(expected)) if self.has_no_width(field, expected) => {}
            (Got::Absent, None) => {}
            (got, _) => self.fault(format!("{field} is {got:?}, not {expected}")),
        }
    }

    /// A probability: `field`, and its logarithm in `log10_` and the field's name.
    pub fn probability(&mut self, field: &str, got: Result<Probability, Undefined>) {
        let (scope, name) = split(field);
        self.number(field, got.map(|probability| probability.value));
        self.number(&format!("{scope}log10_{name}"), got.map(|probability| probability.log10));
    }

    /// A list of numbers.
    pub fn numbers(&mut self, field: &str, got: &[f64]) {
        if self.has_length(field, got.len()) {
            got.iter().enumerate().for_each(|(place, got)| self.number(&format!("{field}.{place}"), *got));
        }
    }

    /// A list of truths.
    pub fn flags(&mut self, field: &str, got: &[bool]) {
        if self.has_length(field, got.len()) {
            for (place, got) in got.iter().enumerate() {
                let path = format!("{field}.{place}");
                let expected = self.case.expected_at(&path).and_then(Value::as_bool);
                self.tally.fields += 1;
                if expected != Some(*got) {
                    self.fault(format!("{path} is {got}, not {expected:?}"));
                }
                self.compared.insert(path);
            }
        }
    }

    /// A number that the table has and the engine does not say, as it refuses the whole.
    pub fn part_of_refusal(&mut self, field: &str) {
        self.compared.insert(field.to_owned());
    }

    /// A number of which the table has what a library's known fault makes of it, as the caller has checked.
    pub fn library_fault(&mut self, field: &str) {
        self.tally.library_faults += 1;
        self.compared.insert(field.to_owned());
    }

    /// Nothing that the table expects may have been left out.
    pub fn finish(mut self) {
        let mut paths = Vec::new();
        leaves("", self.case.expected(), &mut paths);
        // Another table whose numbers are always there need not be asked whether they are.
        let says_ok =
            |path: &str| path.ends_with("status") && self.case.expected_at(path).is_some_and(|said| said == "ok");
        paths.retain(|path| is_own() || !says_ok(path));
        for path in paths {
            let is_inside =
                |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            if !self.compared.iter().any(|known| is_inside(known, &path) || is_inside(&path, known)) {
                self.fault(format!("{path} was never compared"));
            }
        }
    }

    /// A standard error of 0, or an interval or estimate of one: the engine says instead that nothing varies.
    fn has_no_width(&self, field: &str, expected: f64) -> bool {
        let number = |name: &str| self.case.expected_number(name);
        let of_ends = || number(&field.replace("_low", "_high")) == number(&field.replace("_high", "_low"));
        match split(field).1 {
            name if name.contains("standard_error") => expected == 0.0,
            name if name.contains("ci_") => of_ends(),
            _ => number(&format!("{field}_standard_error")) == Some(0.0),
        }
    }

    fn has_length(&mut self, field: &str, length: usize) -> bool {
        let Some(expected) = self.case.expected_at(field) else { return false };
        let matches = expected.as_array().is_some_and(|expected| expected.len() == length);
        if !matches {
            self.fault(format!("{field} has {length} entries, not {expected}"));
            self.compared.insert(field.to_owned());
        }
        matches
    }

    fn compare_reason(&mut self, field: &str, why: Undefined) {
        self.tally.fields += 1;
        // Where the case as a whole is fine the table does not name the reason.
        if self.case.status() != "ok" && !self.is_called(why.code()) {
            self.fault(format!("{field} is undefined by {}, not {}", why.code(), self.case.status()));
        }
    }

    fn compare(&mut self, field: &str, got: f64, expected: f64) {
        self.tally.fields += 1;
        if !got.is_finite() {
            return self.fault(format!("{field} is {got}, not {expected:e}"));
        }
        let Closeness { error, tolerance, goal } = closeness(self.case, field, got, expected);
        let place = format!("{} {field}", self.case.id);
        let plain = (got - expected).abs() / expected.abs();
        if is_probability(split(field).1) && expected >= f64::MIN_POSITIVE && plain > self.tally.worst_probability.0 {
            self.tally.worst_probability = (plain, place.clone());
        }
        if error > self.tally.worst.0 {
            self.tally.worst = (error, place.clone());
        }
        if error / tolerance > self.tally.tightest.0 {
            self.tally.tightest = (error / tolerance, place.clone());
        }
        // Written so that NaN fails.
        let meets = |limit: f64| error <= limit;
        let said = format!("{field} is {got:e}, not {expected:e}: {error:.1e}, may be");
        if !meets(tolerance) {
            self.fault(format!("{said} {tolerance:e}"));
        } else if !meets(goal) && !["ill_conditioned", "library_limit"].iter().any(|tag| self.case.is_tagged(tag)) {
            self.tally.goal_missed.push(format!("{place}: {said} {goal:e} (goal)"));
        }
    }

    fn fault(&mut self, what: String) {
        self.tally.faults.push(format!("{}: {what}", self.case.id));
    }
}

/// The paths of all that is no object or list.
fn leaves(path: &str, value: &Value, paths: &mut Vec<String>) {
    let inside = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| leaves(&inside(name), value, paths)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(place, value)| leaves(&inside(&place.to_string()), value, paths));
        }
        _ => paths.push(path.to_owned()),
    }
}
