//! The golden vectors: buckets and whole assignments, computed elsewhere and frozen.

use std::collections::BTreeMap;

use segue::experiment::{NotEnrolled, Purpose, bucket};
use serde::Deserialize;

use super::Site;

#[derive(Deserialize)]
struct Buckets {
    bucket: Vec<BucketRow>,
}

#[derive(Deserialize)]
struct BucketRow {
    name: String,
    purpose: char,
    salt: String,
    unit: String,
    /// How often the unit's text is repeated; once unless said.
    #[serde(default = "once")]
    times: usize,
    /// Sixteen hexadecimal digits.
    bucket: String,
}

#[derive(Deserialize)]
struct Assignments {
    experiment: Vec<Golden>,
}

/// A whole experiment, as its team writes it and as the twins in other languages are told of it.
#[derive(Deserialize)]
pub(super) struct Golden {
    pub(super) name: String,
    #[serde(default)]
    shared: String,
    definition: String,
    /// What `tests/reproductions/` take as their argument.
    pub(super) parameters: String,
    /// By unit: the variant, or why there is none.
    pub(super) assigned: BTreeMap<String, String>,
}

fn once() -> usize {
    1
}

/// The whole experiments of the golden vectors.
pub(super) fn golden() -> Vec<Golden> {
    toml::from_str::<Assignments>(include_str!("../../cases/assignment/assignments.toml")).unwrap().experiment
}

impl Golden {
    pub(super) fn site(&self) -> Site {
        Site::new(&self.shared, &[format!("status: running\n{}", self.definition)])
    }
}

impl Site {
    /// What the only experiment gives to a visitor of this id, in the words of the golden vectors.
    pub(super) fn assigned(&self, id: &str) -> &str {
        let name = self.experiments.experiments.keys().next().unwrap();
        match self.assign(name, id) {
            Ok(variant) => variant,
            Err(NotEnrolled::HeldOut(_)) => "held out",
            Err(NotEnrolled::OtherRange(_)) => "other range",
            Err(NotEnrolled::OutsideTraffic) => "outside traffic",
            Err(other) => panic!("{other}"),
        }
    }
}

fn purpose(letter: char) -> Purpose {
    match letter {
        'L' => Purpose::Layer,
        'T' => Purpose::Traffic,
        'V' => Purpose::Variant,
        'H' => Purpose::Holdout,
        other => panic!("`{other}` is no purpose"),
    }
}

#[test]
fn buckets_are_what_another_implementation_computed() {
    let rows = toml::from_str::<Buckets>(include_str!("../../cases/assignment/buckets.toml")).unwrap().bucket;
    assert!(rows.len() > 60);
    for row in rows {
        let got = bucket(purpose(row.purpose), &row.salt, &row.unit.repeat(row.times));
        assert_eq!(format!("{got:016x}"), row.bucket, "{}", row.name);
    }
}

#[test]
fn assignments_are_what_another_implementation_computed() {
    let mut words = std::collections::BTreeSet::new();
    for experiment in golden() {
        let site = experiment.site();
        for (id, expected) in &experiment.assigned {
            assert_eq!(site.assigned(id), expected, "{}: `{id}`", experiment.name);
            words.insert(expected.clone());
        }
    }
    assert!(["held out", "other range", "outside traffic"].iter().all(|word| words.contains(*word)), "{words:?}");
}

#[test]
fn the_document_quotes_the_vectors() {
    let document = include_str!("../../../docs/assignment.md");
    let rows = toml::from_str::<Buckets>(include_str!("../../cases/assignment/buckets.toml")).unwrap().bucket;
    let known = |purpose: &str, salt: &str, bucket: &str| {
        let is_it = |row: &BucketRow| row.purpose.to_string() == purpose && row.salt == salt && row.bucket == bucket;
        rows.iter().any(is_it)
    };
    let quoted = regex::Regex::new(r"(?m)^\| `([LTVH])` \| `(\w+)` \| .* \| `0x([0-9a-f]{16})` \|$").unwrap();
    let quoted: Vec<_> = quoted.captures_iter(document).map(|row| row.extract().1).collect();
    assert_eq!(quoted.len(), 14);
    for [purpose, salt, bucket] in quoted {
        assert!(known(purpose, salt, bucket), "{purpose} {salt} {bucket}");
    }
}
