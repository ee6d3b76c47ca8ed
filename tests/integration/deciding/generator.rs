//! Random releases and visitors who nearly match them.
//!
//! Each leaf comes with hints: facts that make it true, or at least bring it near. A visitor takes most hints of one rule, so
//! that matches are common: a test whose visitors match nothing would be blind.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Map, Value, json};

pub const NOW: &str = "2026-11-20T10:00:00Z";

pub const SCHEMA: &str = "
language: 1
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
struct Piece {
    text: String,
    hints: Vec<Hint>,
}

/// The files of a release, and the hints of each of its rules.
pub struct Generated {
    pub files: Vec<(String, String)>,
    pub hints: Vec<Vec<Hint>>,
}

pub struct Generator {
    random: StdRng,
    segments: usize,
    measures: usize,
}

fn piece(text: String, hints: impl IntoIterator<Item = Hint>) -> Piece {
    Piece { text, hints: hints.into_iter().collect() }
}

fn quoted(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| format!("{text:?}")).collect::<Vec<_>>().join(", "))
}

impl Generator {
    pub fn new(seed: u64) -> Self {
        Self { random: StdRng::seed_from_u64(seed), segments: 0, measures: 0 }
    }

    fn below(&mut self, end: i64) -> i64 {
        self.random.random_range(0..end)
    }

    fn some(&mut self, probability: f64) -> bool {
        self.random.random_bool(probability)
    }

    fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        *among.choose(&mut self.random).unwrap()
    }

    fn names(&mut self, letter: char, kinds: i64, count: i64) -> Vec<String> {
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

    fn leaf(&mut self) -> Piece {
        match self.below(30) {
            0..4 => self.text_leaf(),
            4..8 => self.number_leaf(),
            8..11 => self.list_leaf(),
            11..15 => self.behaviour_leaf(),
            15..18 if self.segments > 0 => {
                let index = self.random.random_range(0..self.segments);
                piece(format!("segment s{index}"), [])
            }
            18..20 if self.measures > 0 => {
                let (index, least) = (self.random.random_range(0..self.measures), self.below(30));
                let sign = self.pick(&[">=", "<", "is"]);
                piece(format!("m{index} {sign} {least}"), [Hint::Event("order", 10, json!({"amount": least}))])
            }
            20..23 => self.request_leaf(),
            _ => self.other_leaf(),
        }
    }

    fn text_leaf(&mut self) -> Piece {
        let (name, letter, kinds) = self.pick(&[("country", 'c', 6), ("plan", 'p', 3)]);
        let values = self.names(letter, kinds, 3);
        let first = values[0].clone();
        let hint = Hint::Attribute(name, json!(first));
        match self.below(6) {
            0 => piece(format!("{name} is not {first:?}"), []),
            1 => piece(format!("{name} is not one of {}", quoted(&values)), []),
            2 => piece(format!("{name} is one of {}", quoted(&values)), [hint]),
            3 => piece(format!("{name} is known"), [hint]),
            _ => piece(format!("{name} is {first:?}"), [hint]),
        }
    }

    fn number_leaf(&mut self) -> Piece {
        let low = self.below(25);
        let high = low + self.below(6);
        let at = |value: i64| Hint::Attribute("age", json!(value));
        match self.below(9) {
            0 => piece(format!("age between {low} and {high}"), [at(low)]),
            1 => piece(format!("age is {low}"), [at(low)]),
            2 => piece(format!("age < {low}"), [at(low)]),
            3 => piece(format!("age <= {low}.0"), [at(low)]),
            4 => piece(format!("age > {low}"), [at(low + 1)]),
            5 => piece(format!("age is one of [{low}, {}]", high + 1), [at(high + 1)]),
            6 => piece(format!("score >= {}.5", low / 3), [Hint::Attribute("score", json!(9.5))]),
            7 => piece(format!("age is not {low}"), []),
            _ => piece(format!("score < {}.5", 1 + low / 3), [Hint::Attribute("score", json!(0))]),
        }
    }

    fn list_leaf(&mut self) -> Piece {
        let (name, letter, kinds) = self.pick(&[("interests", 'i', 6), ("tags", 't', 20)]);
        let values = self.names(letter, kinds, 2);
        let hints = values.iter().map(|value| Hint::Entry(name, value.clone()));
        match self.below(3) {
            0 => piece(format!("{name} includes any of {}", quoted(&values)), hints),
            1 => piece(format!("{name} includes all of {}", quoted(&values)), hints),
            _ => piece(format!("{name} includes {:?}", values[0]), hints),
        }
    }

    fn window(&mut self) -> String {
        match self.below(6) {
            0 => format!(" in last {} days", 1 + self.below(20)),
            1 => format!(" in last {} hours", 1 + self.below(200)),
            2 => " in this week".to_owned(),
            3 => " between 2 days and 10 days ago".to_owned(),
            _ => String::new(),
        }
    }

    fn frequency(&mut self) -> String {
        let count = self.below(4);
        match self.below(8) {
            0 => format!(" at least {count} times"),
            1 => format!(" at most {count} times"),
            2 => format!(" exactly {count} times"),
            3 => format!(" fewer than {count} times"),
            4 => format!(" on at least {count} different days"),
            5 => format!(" on {} days in a row", 1 + count),
            _ => String::new(),
        }
    }

    fn behaviour_leaf(&mut self) -> Piece {
        let (name, other) = (self.pick(&["order", "cart_add", "signup"]), self.pick(&["order", "cart_add"]));
        let hours = 1 + self.below(150);
        let (least, window) = (self.below(25), self.window());
        let event = Hint::Event(name, hours, json!({"amount": least + 1, "coupon": "x1"}));
        match self.below(6) {
            0 => piece(
                format!("did order with (amount > {least}){}{window}", self.frequency()),
                [Hint::Event("order", hours, json!({"amount": least + 1}))],
            ),
            1 => piece(
                format!("did {name} then did {other} within 2 days{window}"),
                [event, Hint::Event(other, (hours - 1).max(0), json!({}))],
            ),
            2 => piece(format!("did {name} without {other} within 5 hours{window}"), [event]),
            3 => {
                let (pattern, path) = self.pick(&[
                    ("/a", "/a"),
                    ("/a/**", "/a/b"),
                    ("/a/b", "/a/b/"),
                    ("/*/b", "/x/b"),
                    ("/", "/"),
                    ("/**", "/q"),
                    ("/a/*/c/**", "/a/z/c/d"),
                ]);
                piece(format!("visited {pattern:?}{}{window}", self.frequency()), [Hint::Page(path.to_owned(), hours)])
            }
            _ => piece(format!("did {name}{}{window}", self.frequency()), [event]),
        }
    }

    fn aggregate(&mut self) -> String {
        let function = self.pick(&["sum", "average", "largest", "distinct"]);
        format!("{function} of order.amount{}", self.pick(&[" in last 90 days", " in last 10 days"]))
    }

    fn request_leaf(&mut self) -> Piece {
        match self.below(8) {
            0 => piece(
                "local.time between 22:00 and 06:00".to_owned(),
                [Hint::Context("zone", "America/Los_Angeles".into())],
            ),
            1 => piece("local.time between 09:00 and 12:00".to_owned(), []),
            2 => piece(format!("local.hour >= {}", self.below(24)), []),
            3 => piece("local.weekday is one of [\"friday\", \"saturday\"]".to_owned(), []),
            4 => piece(format!("visit.number >= {}", 1 + self.below(3)), [Hint::Event("signup", 30, json!({}))]),
            5 => piece("visit.is_new is yes".to_owned(), []),
            6 => piece("visit.page is \"/a\"".to_owned(), [Hint::Context("page", "/a".into())]),
            _ => piece("visit.device is \"mobile\"".to_owned(), [Hint::Context("device", "mobile".into())]),
        }
    }

    fn other_leaf(&mut self) -> Piece {
        let number = self.below(12);
        let ordered = Hint::Event("order", 24 * number, json!({"amount": 7, "coupon": "x1"}));
        match self.below(15) {
            0 => piece("vip is yes".to_owned(), [Hint::Attribute("vip", json!(true))]),
            1 => piece("vip is not yes".to_owned(), [Hint::Attribute("vip", json!(false))]),
            2 => piece(format!("app >= \"1.{number}\""), [Hint::Attribute("app", json!("1.11"))]),
            3 => piece(format!("app is \"1.{number}\""), [Hint::Attribute("app", json!(format!("1.{number}.0")))]),
            4 => piece(
                format!("joined >= \"2026-11-{:02}T12:00:00Z\"", 1 + number),
                [Hint::Attribute("joined", json!("2026-11-13T12:00:00Z"))],
            ),
            5 => piece(
                format!("joined < 2026-11-{:02}", 1 + number),
                [Hint::Attribute("joined", json!("2026-11-01T12:00:00Z"))],
            ),
            6 => piece("list staff".to_owned(), [Hint::Id("v1")]),
            7 => piece("list testers".to_owned(), [Hint::Id("v2")]),
            8 => piece("consent marketing".to_owned(), [Hint::Consent(true)]),
            9 => piece(
                format!("email contains \"a{}\"", number % 3),
                [Hint::Consent(true), Hint::Attribute("email", json!("a1@example.com"))],
            ),
            10 => piece(format!("email is \"a{}@example.com\"", number % 3), [Hint::Consent(true)]),
            11 => piece(format!("days since last order >= {number}"), [ordered]),
            12 => piece("last order.coupon is \"x1\"".to_owned(), [ordered]),
            13 => piece("country is plan".to_owned(), []),
            _ => piece("interests is unknown".to_owned(), []),
        }
    }
}

fn track(name: &str, properties: Value) -> Value {
    json!({"type": "track", "event": name, "properties": properties})
}
