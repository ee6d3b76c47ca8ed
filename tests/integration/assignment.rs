//! The assignment function: its vectors for ever, its twins in other languages, its laws and its statistics.

mod laws;
mod layers;
mod moves;
mod precedence;
mod reproductions;
mod statistics;
mod vectors;

use std::fmt::Write;
use std::sync::Arc;

use jiff::Timestamp;
use segue::content::Catalogue;
use segue::diagnostic::Severity;
use segue::experiment::{Experiment, Experiments, NotEnrolled, Steering};
use segue::profile::{Schema, Value, Visitor};

const SCHEMA: &str = "attributes: {account_id: {type: text}, device_id: {type: text}}";
const CONTENT: &str = "content: {summer_hero: {value: Sun}, winter_hero: {value: Snow}}";

/// Experiments as a team writes them, read as a release reads them.
struct Site {
    schema: Schema,
    experiments: Experiments,
}

/// One experiment, written out by [`Definition::yaml`].
#[derive(Debug, Clone)]
struct Definition {
    name: String,
    salt: Option<String>,
    unit: Option<&'static str>,
    /// Name, start and end in hundredths of a percent.
    layer: Option<(&'static str, u32, u32)>,
    /// In hundredths of a percent.
    traffic: u32,
    weights: Vec<u32>,
    shown: &'static str,
}

impl Site {
    /// Reads what experiments share, and some experiments.
    fn new(shared: &str, definitions: &[String]) -> Self {
        let mut findings = Vec::new();
        let named = |name: &str, text: &str| (Arc::from(name), Arc::from(text));
        let schema = Schema::read(&[named("schema.yaml", SCHEMA)], &|_| None, &mut findings);
        let catalogue = Catalogue::read(&[named("content.yaml", CONTENT)], &schema, &mut findings);
        let mut files = vec![named("shared.yaml", shared)];
        files.extend(definitions.iter().enumerate().map(|(index, text)| named(&format!("{index}.yaml"), text)));
        let experiments = Experiments::read(&files, &schema, &catalogue, &mut findings);
        findings.retain(|finding| finding.severity == Severity::Error);
        assert!(findings.is_empty(), "{findings:#?}\n{shared}\n{}", definitions.join("\n---\n"));
        Self { schema, experiments }
    }

    fn of(shared: &str, definitions: &[&Definition]) -> Self {
        Self::new(shared, &definitions.iter().map(|definition| definition.yaml()).collect::<Vec<_>>())
    }

    fn get(&self, name: &str) -> &Experiment {
        self.experiments.get(name).unwrap()
    }

    /// The variant of a visitor who is nothing but an id, or why there is none.
    fn assign(&self, name: &str, id: &str) -> Result<&str, NotEnrolled> {
        self.assign_visitor(name, &Visitor { id: id.into(), ..Visitor::default() })
    }

    fn assign_visitor(&self, name: &str, visitor: &Visitor) -> Result<&str, NotEnrolled> {
        self.get(name)
            .assign(visitor, &self.schema, now(), &Steering::default())
            .map(|assignment| &*assignment.variant.name)
    }
}

impl Definition {
    /// In no layer, everybody, weights as given for variants `a`, `b`, `c`, ..
    fn new(name: &str, weights: &[u32]) -> Self {
        Self {
            name: name.to_owned(),
            salt: None,
            unit: None,
            layer: None,
            traffic: 10_000,
            weights: weights.to_vec(),
            shown: "nothing",
        }
    }

    fn yaml(&self) -> String {
        let mut text = format!("experiment: {}\nstatus: running\ntraffic: {}\n", self.name, percent(self.traffic));
        if let Some(salt) = &self.salt {
            // JSON is YAML.
            writeln!(text, "salt: {}", serde_json::to_string(salt).unwrap()).unwrap();
        }
        if let Some(unit) = self.unit {
            writeln!(text, "unit: {unit}").unwrap();
        }
        if let Some((layer, start, end)) = self.layer {
            writeln!(text, "layer: {{name: {layer}, range: {}..{}}}", percent(start), percent(end)).unwrap();
        }
        text.push_str("variants:\n");
        for (index, weight) in self.weights.iter().enumerate() {
            let name = variant_name(index);
            writeln!(text, "  - {{name: {name}, weight: {weight}, show: {}}}", self.shown).unwrap();
        }
        text
    }
}

/// Hundredths of a percent as definitions write them: 5 is `0.05%`.
fn percent(hundredths: u32) -> String {
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

/// `a`, `b`, `c`, ..
fn variant_name(index: usize) -> char {
    char::from(b'a' + u8::try_from(index).unwrap())
}

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn with_account(id: &str, account: &str) -> Visitor {
    let attributes = [("account_id".into(), Value::Text(account.into()))].into();
    Visitor { id: id.into(), attributes, ..Visitor::default() }
}

/// Ids as sites have them: numbers, UUIDs, addresses, and whatever people type. All different, the same at every call.
fn ids(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|index| match index % 4 {
        0 => index.to_string(),
        1 => uuid(index as u64),
        2 => format!("{}.{}@example.com", NAMES[index / 4 % NAMES.len()], index),
        _ => format!("{}\u{301} {index} {}", LETTERS[index / 4 % LETTERS.len()], "🙂".repeat(index % 7)),
    })
}

const NAMES: [&str; 6] = ["ada.lovelace", "ole.nordmann", "li", "a.very.long.name.of.somebody", "x", "maria"];
const LETTERS: [&str; 6] = ["é", "שלום", "مرحبا", "訪問者", "👩\u{200d}👧", "blåbær"];

/// Looks like a random UUID.
fn uuid(number: u64) -> String {
    let (high, low) = (mixed(number), mixed(!number));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0x3fff | 0x8000,
        low & 0xffff_ffff_ffff
    )
}

/// SplitMix64, so that ids owe nothing to the hash under test.
fn mixed(number: u64) -> u64 {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
    state = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ state >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ state >> 31
}
