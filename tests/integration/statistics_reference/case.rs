//! A reference table and its cases.

use std::path::Path;

use serde_json::Value;

/// A table: the cases of one method.
pub struct Table {
    pub cases: Vec<Case>,
}

/// One case: what goes in, and what must come out.
pub struct Case {
    pub id: String,
    whole: Value,
}

impl Table {
    /// The table in a file. It must be whole.
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()));
        let mut whole: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(whole["schema_version"].as_u64(), Some(1), "{}", path.display());
        let Value::Array(cases) = whole["cases"].take() else { panic!("{} has no cases", path.display()) };
        assert_eq!(whole["count"].as_u64(), u64::try_from(cases.len()).ok(), "{} is not whole", path.display());
        Self { cases: cases.into_iter().map(Case::of).collect() }
    }
}

impl Case {
    pub fn of(whole: Value) -> Self {
        Self { id: whole["id"].as_str().unwrap().to_owned(), whole }
    }
}

/// An input: a path is names and places joined by dots, such as `control.n`.
impl Case {
    pub fn has(&self, path: &str) -> bool {
        self.input(path).is_some_and(|value| !value.is_null())
    }

    pub fn number(&self, path: &str) -> f64 {
        self.input(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("{}: no number {path}", self.id))
    }

    pub fn numbers(&self, path: &str) -> Vec<f64> {
        self.list(path).iter().map(|number| number.as_f64().unwrap()).collect()
    }

    /// A whole number, also one that is written as `1e9` or `5.0`.
    pub fn count(&self, path: &str) -> u64 {
        self.input(path).and_then(whole).unwrap_or_else(|| panic!("{}: no count {path}", self.id))
    }

    pub fn counts(&self, path: &str) -> Vec<u64> {
        self.list(path).iter().map(|count| whole(count).unwrap()).collect()
    }

    pub fn text(&self, path: &str) -> &str {
        self.input(path).and_then(Value::as_str).unwrap_or_else(|| panic!("{}: no text {path}", self.id))
    }

    pub fn flag(&self, path: &str) -> bool {
        self.input(path).and_then(Value::as_bool).unwrap_or_else(|| panic!("{}: no flag {path}", self.id))
    }

    /// How long a list is.
    pub fn length(&self, path: &str) -> usize {
        self.list(path).len()
    }

    fn list(&self, path: &str) -> &[Value] {
        self.input(path).and_then(Value::as_array).unwrap_or_else(|| panic!("{}: no list {path}", self.id))
    }

    fn input(&self, path: &str) -> Option<&Value> {
        at(&self.whole["input"], path)
    }
}

/// What must come out.
impl Case {
    pub fn expected(&self) -> &Value {
        &self.whole["expected"]
    }

    pub fn expected_at(&self, path: &str) -> Option<&Value> {
        at(self.expected(), path)
    }

    pub fn expected_number(&self, path: &str) -> Option<f64> {
        self.expected_at(path).and_then(Value::as_f64)
    }

    /// `ok`, or why there is no number. Some tables have none.
    pub fn status(&self) -> &str {
        self.expected()["status"].as_str().unwrap_or("ok")
    }

    /// What stands beside `input` and `expected`: tolerances.
    pub fn beside(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.whole.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value))
    }

    pub fn tolerance(&self) -> f64 {
        self.whole["rel_tol"].as_f64().unwrap_or_else(|| panic!("{}: no rel_tol", self.id))
    }

    /// What a careful implementation meets; the tolerance where the case asks for no more.
    pub fn goal(&self) -> f64 {
        self.whole["rel_tol_goal"].as_f64().unwrap_or_else(|| self.tolerance())
    }

    pub fn is_tagged(&self, tag: &str) -> bool {
        self.whole["tags"].as_array().is_some_and(|tags| tags.iter().any(|known| known == tag))
    }
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    value.pointer(&format!("/{}", path.replace('.', "/")))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is whole and small enough, as checked")]
fn whole(value: &Value) -> Option<u64> {
    let is_whole = |number: &f64| number.fract() == 0.0 && (0.0..9e15).contains(number);
    value.as_u64().or_else(|| value.as_f64().filter(is_whole).map(|number| number as u64))
}
