//! Random releases and visitors who nearly match them.
//!
//! Each leaf comes with hints: facts that make it true, or at least bring it near. A visitor takes most hints of one rule, so
//! that matches are common: a test whose visitors match nothing would be blind.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Map, Value, json};

use super::leaves::piece;

pub const NOW: &str = "2026-11-20T10:00:00Z";

pub const SCHEMA: &str = "
language: 1
max_state_per_visitor: 1048576
zone: Europe/Berlin
events:
  order: {properties: {amount: {type: number}, coupon: {type: text}}}
  cart_add: {}
  signup: {}
attributes:
  country: {type: text}
  plan: {type: text}
  age: {type: number}
  score: {type: number}
  vip: {type: boolean}
  app: {type: version}
  joined: {type: moment}
  interests: {type: list}
  tags: {type: list}
  email: {type: text, purpose: marketing}
lists: {staff: {file: lists/staff.txt}, testers: {file: lists/testers.txt}}
purposes: {tracking: {default: granted}, marketing: {default: denied}}
";

pub const SLOTS: [&str; 3] = ["hero", "banner", "footer"];

/// A fact that brings a visitor nearer to a leaf.
#[derive(Clone, Debug)]
pub enum Hint {
    Attribute(&'static str, Value),
    Entry(&'static str, String),
    Context(&'static str, String),
    Event(&'static str, i64, Value),
    Page(String, i64),
    Consent(bool),
    Id(&'static str),
}

#[derive(Clone, Debug)]
pub struct Piece {
    pub text: String,
    pub hints: Vec<Hint>,
}

/// The files of a release, and the hints of each of its rules.
pub struct Generated {
    pub files: Vec<(String, String)>,
    pub hints: Vec<Vec<Hint>>,
}

pub struct Generator {
    pub random: StdRng,
    pub segments: usize,
    pub measures: usize,
}

impl Generator {
    pub fn new(seed: u64) -> Self {
        Self { random: StdRng::seed_from_u64(seed), segments: 0, measures: 0 }
    }

    pub fn below(&mut self, end: i64) -> i64 {
        self.random.random_range(0..end)
    }

    pub fn some(&mut self, probability: f64) -> bool {
        self.random.random_bool(probability)
    }

    pub fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        *among.choose(&mut self.random).unwrap()
    }

    pub fn names(&mut self, letter: char, kinds: i64, count: i64) -> Vec<String> {
        let mut names: Vec<String> = (0..count).map(|_| format!("{letter}{}", self.below(kinds))).collect();
        names.sort();
        names.dedup();
        names
    }

    pub fn release(&mut self, rules_per_slot: usize) -> Generated {
        let content = "slots: {hero: {type: integer}, banner: {type: integer}, footer: {type: integer}}";
        let mut files = vec![
            ("rules/schema/a.yaml".to_owned(), SCHEMA.to_owned()),
            ("rules/content/a.yaml".to_owned(), content.to_owned()),
            ("rules/lists/staff.txt".to_owned(), "v1\nv2\n".to_owned()),
            ("rules/lists/testers.txt".to_owned(), "v2\nv3\n".to_owned()),
        ];
        let mut shared = String::new();
        for index in 0..3 {
            let value = self.aggregate();
            shared += &format!("measure m{index} = {value}\n");
            self.measures = index + 1;
        }
        for index in 0..6 {
            let condition = self.condition(2);
            let active = if self.some(0.3) { self.active() } else { String::new() };
            shared += &format!("segment s{index} {{ {} {active} }}\n", condition.text);
            self.segments = index + 1;
        }
        files.push(("rules/shared.rules".to_owned(), shared));
        let mut hints = Vec::new();
        let blocks = self.random.random_range(1..=3);
        for block in 0..blocks {
            let mut text = String::new();
            for slot in SLOTS {
                text += &format!("slot {slot} priority {} {{\n", 10 * (block + 1));
                if self.some(0.25) {
                    text += &format!("  {}\n", self.active());
                }
                for rule in 0..self.random.random_range(0..=2 * rules_per_slot / blocks) {
                    let depth = self.random.random_range(0..3);
                    let condition = self.condition(depth);
                    let active = if self.some(0.1) { self.active() } else { String::new() };
                    text += &format!("  if {} show {rule} {active}\n", condition.text);
                    hints.push(condition.hints);
                }
                if block == 0 && self.some(0.7) {
                    let active = if self.some(0.3) { self.active() } else { String::new() };
                    text += &format!("  otherwise show 1000 {active}\n");
                }
                text += "}\n";
            }
            files.push((format!("rules/block{block}.rules"), text));
        }
        Generated { files, hints }
    }

    /// The body of a decide request.
    pub fn visitor(&mut self, hints: &[Vec<Hint>]) -> Value {
        let mut attributes = Map::new();
        let mut set = |name: &str, value: Option<Value>| attributes.extend(value.map(|value| (name.to_owned(), value)));
        set("country", self.some(0.6).then(|| json!(format!("c{}", self.below(6)))));
        set("plan", self.some(0.6).then(|| json!(format!("p{}", self.below(3)))));
        set("age", self.some(0.6).then(|| json!(self.below(30))));
        set("score", self.some(0.6).then(|| json!(self.below(20) as f64 / 2.0)));
        set("vip", self.some(0.6).then(|| json!(self.some(0.5))));
        set("app", self.some(0.6).then(|| json!(format!("{}.{}", self.below(3), self.below(12)))));
        set("joined", self.some(0.6).then(|| json!(format!("2026-11-{:02}T12:00:00Z", 1 + self.below(28)))));
        set("interests", self.some(0.6).then(|| json!(self.names('i', 6, 3))));
        set("tags", self.some(0.6).then(|| json!(self.names('t', 20, 5))));
        set("email", self.some(0.6).then(|| json!(format!("a{}@example.com", self.below(3)))));
        let mut consent = Map::new();
        if self.some(0.3) {
            consent.insert("marketing".to_owned(), json!(self.some(0.7)));
        }
        if self.some(0.15) {
            consent.insert("tracking".to_owned(), json!(self.some(0.3)));
        }
        let mut context = Map::new();
        if self.some(0.5) {
            context.insert("device".to_owned(), json!(self.pick(&["mobile", "desktop", "tablet"])));
        }
        if self.some(0.3) {
            context.insert("zone".to_owned(), json!(self.pick(&["America/New_York", "Asia/Tokyo"])));
        }
        let mut id = format!("v{}", self.below(5));
        let mut events: Vec<(i64, Value)> = Vec::new();
        if self.some(0.6) {
            for _ in 0..self.below(6) {
                let (name, hours) = (self.pick(&["order", "cart_add", "signup"]), self.below(400));
                let properties = json!({"amount": self.below(30)});
                events.push((hours, track(name, properties)));
            }
        }
        if let Some(near) = hints.choose(&mut self.random) {
            for hint in near {
                if self.some(0.1) {
                    continue;
                }
                match hint.clone() {
                    Hint::Attribute(name, value) => drop(attributes.insert(name.to_owned(), value)),
                    Hint::Entry(name, entry) => {
                        let list = attributes.entry(name).or_insert_with(|| json!([])).as_array_mut().unwrap();
                        list.push(json!(entry));
                    }
                    Hint::Context(name, value) => drop(context.insert(name.to_owned(), json!(value))),
                    Hint::Event(name, hours, properties) => events.push((hours, track(name, properties))),
                    Hint::Page(path, hours) => {
                        events.push((hours, json!({"type": "page", "properties": {"path": path}})));
                    }
                    Hint::Consent(said) => drop(consent.insert("marketing".to_owned(), json!(said))),
                    Hint::Id(near) => near.clone_into(&mut id),
                }
            }
        }
        // Some come out of order, some lie after now.
        let now: jiff::Timestamp = NOW.parse().unwrap();
        let events: Vec<Value> = events
            .into_iter()
            .map(|(hours, mut event)| {
                let ago = jiff::SignedDuration::from_hours(if self.some(0.03) { -5 } else { hours });
                event["timestamp"] = json!((now - ago).to_string());
                event
            })
            .collect();
        json!({
            "visitor": {"id": id, "attributes": attributes, "consent": consent, "events": events},
            "context": context,
        })
    }

    fn active(&mut self) -> String {
        let day = |generator: &mut Self| format!("2026-11-{:02}", 10 + generator.below(20));
        let zone = if self.some(0.5) { " zone \"Asia/Tokyo\"" } else { "" };
        match self.below(3) {
            0 => format!("active from {}{zone}", day(self)),
            1 => format!("active until {}{zone}", day(self)),
            _ => format!(
                "active from 2026-11-{:02}T22:00 until 2026-11-{:02}T10:00{zone}",
                10 + self.below(10),
                20 + self.below(9)
            ),
        }
    }

    fn condition(&mut self, depth: usize) -> Piece {
        if depth == 0 {
            return self.leaf();
        }
        let (word, count) = match self.below(5) {
            0 => {
                let inner = self.condition(depth - 1);
                let text = if inner.text.contains(" and ") || inner.text.contains(" or ") {
                    format!("not ({})", inner.text)
                } else {
                    format!("not {}", inner.text)
                };
                return piece(text, if self.some(0.3) { inner.hints } else { Vec::new() });
            }
            1 => (" or ", 2 + self.below(3)),
            _ => (" and ", 2 + self.below(3)),
        };
        let parts: Vec<Piece> = (0..count)
            .map(|_| {
                let depth = if self.some(0.6) { 0 } else { depth - 1 };
                self.condition(depth)
            })
            .collect();
        let bracketed = |part: &Piece| {
            let group = part.text.contains(" and ") || part.text.contains(" or ");
            if group { format!("({})", part.text) } else { part.text.clone() }
        };
        let text = parts.iter().map(bracketed).collect::<Vec<_>>().join(word);
        // Of alternatives one is enough, so that others may be met by chance alone.
        let kept = if word == " or " { 1 } else { parts.len() };
        Piece { text, hints: parts.into_iter().take(kept).flat_map(|part| part.hints).collect() }
    }
}

fn track(name: &str, properties: Value) -> Value {
    json!({"type": "track", "event": name, "properties": properties})
}
