//! Checked programs of any size, built without text, and visitors for them; the same on every run.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use segue::content::Shown;
use segue::decision::Request;
use segue::language::checked::{
    Behaviour, Block, Condition, EventKind, EventQuery, Expr, ExprKind, Leaf, LeafKind, Order, Outcome, Place, Rule,
    RuleBody, Segment, Test, Then, Window,
};
use segue::profile::{Context, Event, Type, Value, Visitor};

pub const NOW: &str = "2026-11-20T10:00:00Z";

/// Enough that no visitor stays in a cache by chance.
pub const VISITORS: usize = 256;

/// How many values there are of each kind.
#[derive(Clone, Copy)]
pub struct Shape {
    pub countries: u32,
    pub tags: u32,
}

/// A rule matches one visitor in about 600,000.
pub const SPARSE: Shape = Shape { countries: 200, tags: 1_000 };

/// A rule matches one visitor in about 1,100.
pub const DENSE: Shape = Shape { countries: 20, tags: 50 };

pub const DEVICES: u32 = 6;

/// `country is C and device is one of [D1, D2] and age between LOW and HIGH and tags includes T`, as numbers.
#[derive(Clone, Copy)]
pub struct Plain {
    pub country: u32,
    pub devices: [u32; 2],
    pub low: u32,
    pub high: u32,
    pub tag: u32,
}

/// A visitor as numbers.
#[derive(Clone, Copy)]
pub struct PlainVisitor {
    pub country: u32,
    pub device: u32,
    pub age: u32,
    pub tags: [u32; 5],
}

impl Plain {
    pub fn matches(&self, visitor: &PlainVisitor) -> bool {
        self.country == visitor.country
            && self.devices.contains(&visitor.device)
            && self.low <= visitor.age
            && visitor.age <= self.high
            && visitor.tags.contains(&self.tag)
    }
}

pub fn plain_rules(shape: Shape, count: usize) -> Vec<Plain> {
    let mut random = StdRng::seed_from_u64(7);
    let rules = (0..count).map(|_| {
        let first = random.random_range(0..DEVICES);
        let low = random.random_range(18..98);
        Plain {
            country: random.random_range(0..shape.countries),
            devices: [first, (first + random.random_range(1..DEVICES)) % DEVICES],
            low,
            high: low + random.random_range(5..15),
            tag: random.random_range(0..shape.tags),
        }
    });
    rules.collect()
}

pub fn plain_visitors(shape: Shape) -> Vec<PlainVisitor> {
    let mut random = StdRng::seed_from_u64(8);
    let visitors = (0..VISITORS).map(|_| PlainVisitor {
        country: random.random_range(0..shape.countries),
        device: random.random_range(0..DEVICES),
        age: random.random_range(18..98),
        tags: std::array::from_fn(|_| random.random_range(0..shape.tags)),
    });
    visitors.collect()
}

/// The same visitors as requests; each also has a spend and twenty events of fifty kinds.
pub fn requests(visitors: &[PlainVisitor], with_events: bool) -> Vec<Request> {
    let now: Timestamp = NOW.parse().unwrap();
    let mut random = StdRng::seed_from_u64(9);
    let text = |letter: char, number: u32| Value::Text(format!("{letter}{number}").into());
    let requests = visitors.iter().enumerate().map(|(index, visitor)| {
        let tags = visitor.tags.iter().map(|tag| format!("t{tag}").into()).collect();
        let attributes = [
            ("country", text('c', visitor.country)),
            ("device", text('d', visitor.device)),
            ("age", Value::Number(visitor.age.into())),
            ("tags", Value::List(tags)),
            ("spend", Value::Number(random.random_range(0..100_000).into())),
        ];
        let event = |ago: i64, kind: u32| Event {
            name: format!("e{kind}").into(),
            at: now - SignedDuration::from_hours(ago * 12),
            properties: Default::default(),
            path: None,
            context: Context::default(),
        };
        let events = (0..if with_events { 20 } else { 0 }).rev();
        let visitor = Visitor {
            id: format!("v{index}").into(),
            attributes: attributes.into_iter().map(|(name, value)| (name.into(), value)).collect(),
            events: events.map(|ago| event(ago, random.random_range(0..50))).collect(),
            ..Visitor::default()
        };
        Request { visitor, ..Request::default() }
    });
    requests.collect()
}

/// Builds leaves; equal ones are shared, as the check shares them.
#[derive(Default)]
pub struct Builder {
    leaves: HashMap<String, Arc<Leaf>>,
}

impl Builder {
    fn leaf(&mut self, text: String, kind: impl FnOnce() -> LeafKind) -> Condition {
        let leaf =
            self.leaves.entry(text.clone()).or_insert_with(|| Arc::new(Leaf { text: text.into(), kind: kind() }));
        Condition::Leaf(Arc::clone(leaf))
    }

    pub fn is(&mut self, name: &str, value: String) -> Condition {
        self.leaf(format!("{name} is {value:?}"), || {
            let value = constant(Value::Text(value.as_str().into()));
            LeafKind::Comparison(attribute(name, Type::Text), Test::Is { negated: false, value })
        })
    }

    pub fn one_of(&mut self, name: &str, values: &[String]) -> Condition {
        self.leaf(format!("{name} is one of {values:?}"), || {
            let values = values.iter().map(|value| Value::Text(value.as_str().into())).collect();
            LeafKind::Comparison(attribute(name, Type::Text), Test::OneOf { negated: false, values })
        })
    }

    pub fn between(&mut self, name: &str, low: u32, high: u32) -> Condition {
        self.leaf(format!("{name} between {low} and {high}"), || {
            LeafKind::Comparison(attribute(name, Type::Number), Test::Between(number(low), number(high)))
        })
    }

    pub fn at_least(&mut self, name: &str, low: u32) -> Condition {
        self.leaf(format!("{name} >= {low}"), || {
            LeafKind::Comparison(attribute(name, Type::Number), Test::Order(Order::AtLeast, number(low)))
        })
    }

    pub fn includes(&mut self, name: &str, value: String) -> Condition {
        self.leaf(format!("{name} includes {value:?}"), || {
            LeafKind::Comparison(attribute(name, Type::List), Test::IncludesAny(vec![value.as_str().into()]))
        })
    }

    pub fn did(&mut self, event: String, days: i64) -> Condition {
        self.leaf(format!("did {event} in last {days} days"), || {
            let kind = EventKind::Named(event.as_str().into());
            LeafKind::Behaviour(Behaviour {
                subject: EventQuery { kind, purposes: Vec::new(), filter: None },
                chain: None,
                frequency: None,
                window: Window::Last(SignedDuration::from_hours(24 * days)),
            })
        })
    }

    pub fn segment(&mut self, index: usize) -> Condition {
        self.leaf(format!("segment s{index:03}"), || LeafKind::Segment(index))
    }

    /// The condition of a plain rule.
    pub fn plain(&mut self, rule: &Plain) -> Condition {
        Condition::All(vec![
            self.is("country", format!("c{}", rule.country)),
            self.one_of("device", &rule.devices.map(|device| format!("d{device}"))),
            self.between("age", rule.low, rule.high),
            self.includes("tags", format!("t{}", rule.tag)),
        ])
    }

    /// A third each with `or` and `not`, with ranges, with behaviour.
    pub fn mixed(&mut self, index: usize, rule: &Plain, random: &mut StdRng) -> Condition {
        let country = self.is("country", format!("c{}", rule.country));
        let tag = self.includes("tags", format!("t{}", rule.tag));
        match index % 3 {
            0 => {
                let other = self.is("country", format!("c{}", random.random_range(0..SPARSE.countries)));
                let device = self.is("device", format!("d{}", rule.devices[0]));
                let young = self.between("age", rule.low, rule.high);
                let not = Condition::Not(Box::new(device));
                Condition::All(vec![Condition::Any(vec![country, other]), not, young, tag])
            }
            1 => {
                let low = random.random_range(0..100_000);
                let spend = self.between("spend", low, low + random.random_range(10..2_000));
                Condition::All(vec![spend, self.between("age", rule.low, rule.high), tag])
            }
            _ => {
                let did = self.did(format!("e{}", random.random_range(0..50)), random.random_range(1..14));
                Condition::All(vec![country, did, self.between("age", rule.low, rule.high)])
            }
        }
    }
}

fn attribute(name: &str, kind: Type) -> Expr {
    Expr { kind, node: ExprKind::Attribute { name: name.into(), purpose: None }, text: name.into() }
}

fn constant(value: Value) -> Expr {
    Expr { kind: value.kind(), text: value.to_string().into(), node: ExprKind::Constant(value) }
}

fn number(number: u32) -> Expr {
    constant(Value::Number(number.into()))
}

/// One block of rules, each showing its own number.
pub fn block(file: &str, conditions: impl IntoIterator<Item = Condition>) -> Block {
    let file: Arc<str> = file.into();
    let rules = conditions.into_iter().enumerate().map(|(index, condition)| {
        let outcome = Outcome::Show(Shown::Literal(index.into()));
        let then = Then { outcome, because: None, active: None, limit: None, tags: Vec::new() };
        Rule { place: Place { file: Arc::clone(&file), line: index + 1 }, body: Arc::new(RuleBody { condition, then }) }
    });
    Block { priority: 100, active: None, rules: rules.collect(), otherwise: None }
}

/// A segment of this condition.
pub fn segment(index: usize, condition: Condition) -> Segment {
    let place = Place { file: "segments.rules".into(), line: index + 1 };
    Segment { name: format!("s{index:03}").into(), condition, active: None, because: None, place }
}
