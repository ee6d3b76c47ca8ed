//! Random behaviours, random pasts, and the order in which the events of a past arrive.

use std::sync::Arc;

use jiff::civil::{date, time};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use rust_decimal::Decimal;
use segue::language::checked::{
    Active, Behaviour, CalendarUnit, Chain, Compare, Condition, End, EventKind, EventQuery, Expr, ExprKind, Frequency,
    Function, Leaf, LeafKind, Order, PagePattern, Place, Program, Segment, Test, Unit, Window,
};
use segue::profile::{Context, Event, Schema, Type, Value};

/// The last instant at which an event happens.
pub const LAST: &str = "2026-11-22T12:00:00Z";

/// Later arrivals are marked as late, and are not made here.
pub const LATENESS: SignedDuration = SignedDuration::from_hours(72);

pub const SCHEMA: &str = "
zone: Europe/Berlin
events:
  order: {properties: {amount: {type: number}, kind: {type: text}}}
  cart_add: {properties: {amount: {type: number}, kind: {type: text}}}
  review: {properties: {amount: {type: number}, kind: {type: text}}}
";

const UNITS: [CalendarUnit; 3] = [CalendarUnit::Day, CalendarUnit::Week, CalendarUnit::Month];

pub struct Generator {
    pub random: StdRng,
    /// How far the past goes back, and the grid of instants on which most events lie.
    days: i64,
    step: SignedDuration,
}

/// An event with the number of its journal entry.
#[derive(Debug, Clone)]
pub struct Arrived {
    pub event: Event,
    pub order: u64,
}

impl Generator {
    pub fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let days = *[2, 10, 40, 120].choose(&mut random).unwrap();
        let step = SignedDuration::from_mins(*[5, 15, 60, 720].choose(&mut random).unwrap());
        Self { random, days, step }
    }

    fn below(&mut self, end: i64) -> i64 {
        self.random.random_range(0..end)
    }

    fn some(&mut self, probability: f64) -> bool {
        self.random.random_bool(probability)
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        *of.choose(&mut self.random).unwrap()
    }

    /// A span on or just off the grid, so that edges of windows meet events.
    fn span(&mut self) -> SignedDuration {
        let steps = self.days * 86_400 / self.step.as_secs();
        let most = self.one(&[4, 30, steps.max(5)]);
        let span = self.step * i32::try_from(1 + self.below(most)).unwrap();
        let off = self.one(&[0, 0, 0, 1, -1]);
        span + SignedDuration::from_millis(off)
    }

    fn window(&mut self) -> Window {
        match self.below(10) {
            0 | 1 => Window::Ever,
            2..=4 => Window::Last(self.span()),
            5 => Window::ThisVisit,
            6 => Window::This(self.one(&UNITS)),
            7 => Window::Since(date(2026, 11, 1 + i8::try_from(self.below(21)).unwrap()).at(0, 0, 0, 0)),
            _ => {
                let (a, b) = (self.span(), self.span());
                Window::Ago { newer: a.min(b), older: a.max(b) + SignedDuration::from_millis(1) }
            }
        }
    }

    fn query(&mut self, named: bool) -> EventQuery {
        let kind = match self.below(if named { 6 } else { 9 }) {
            0..=2 => EventKind::Named("order".into()),
            3 | 4 => EventKind::Named("cart_add".into()),
            5 => EventKind::Named("review".into()),
            6 | 7 => EventKind::Page(self.pattern()),
            _ => EventKind::VisitStart,
        };
        let filter = match kind {
            EventKind::Page(_) => None,
            _ if self.some(0.75) => None,
            EventKind::VisitStart => Some(leaf(LeafKind::Comparison(
                expr(Type::Text, ExprKind::Property("visit.utm_source".into())),
                Test::Is { negated: self.some(0.3), value: text("news") },
            ))),
            EventKind::Named(_) => {
                let least = self.below(4);
                Some(leaf(at_least(expr(Type::Number, ExprKind::Property("amount".into())), least)))
            }
        };
        EventQuery { kind, purposes: Vec::new(), filter: filter.map(Box::new) }
    }

    fn pattern(&mut self) -> PagePattern {
        match self.below(4) {
            0 => PagePattern { segments: vec![Some("a".into())], everything_below: true },
            1 => PagePattern { segments: vec![Some("a".into()), None], everything_below: false },
            2 => PagePattern { segments: vec![None, Some("x".into())], everything_below: false },
            _ => PagePattern { segments: Vec::new(), everything_below: self.some(0.5) },
        }
    }

    fn behaviour(&mut self) -> Behaviour {
        let subject = self.query(false);
        let window = self.window();
        let compare =
            self.one(&[Compare::AtLeast, Compare::AtMost, Compare::Exactly, Compare::MoreThan, Compare::FewerThan]);
        let few = u64::try_from(self.one(&[0, 1, 1, 2, 2, 3, 5, 12, 70])).unwrap();
        let unit = self.one(&[CalendarUnit::Day, CalendarUnit::Day, CalendarUnit::Week, CalendarUnit::Month]);
        let (chain, frequency) = match self.below(10) {
            0 | 1 => (None, None),
            2..=4 => (None, Some(Frequency::Times(compare, few))),
            5 => (None, Some(Frequency::Different(compare, few.min(12), unit))),
            6 => (None, Some(Frequency::InARow(few.clamp(1, 5), unit))),
            7 => (Some(Chain::Without(self.query(false), self.span())), None),
            _ => {
                let steps = 1 + self.below(3);
                (Some(Chain::Then((0..steps).map(|_| (self.query(false), self.span())).collect())), None)
            }
        };
        Behaviour { subject, chain, frequency, window }
    }

    fn value(&mut self) -> Expr {
        let end = self.one(&[End::First, End::Last]);
        match self.below(10) {
            0 => expr(Type::Number, ExprKind::Fact { name: "visit.number".into(), purpose: None }),
            1 => {
                let query = self.query(false);
                expr(Type::Number, ExprKind::Elapsed { unit: self.one(&[Unit::Hour, Unit::Day]), end, query })
            }
            2 => {
                let query = self.query(true);
                expr(Type::Text, ExprKind::OfEvent { end, query, property: "kind".into() })
            }
            3 => {
                let query = EventQuery { kind: EventKind::VisitStart, purposes: Vec::new(), filter: None };
                expr(Type::Text, ExprKind::OfEvent { end, query, property: "visit.utm_source".into() })
            }
            _ => {
                let function = self.one(&[
                    Function::Count,
                    Function::Sum,
                    Function::Average,
                    Function::Smallest,
                    Function::Largest,
                    Function::Distinct,
                    Function::Favourite,
                ]);
                let property = match function {
                    Function::Count => None,
                    Function::Favourite | Function::Distinct => Some("kind".into()),
                    _ => Some("amount".into()),
                };
                let kind = if function == Function::Favourite { Type::Text } else { Type::Number };
                let (query, window) = (self.query(true), self.window());
                expr(kind, ExprKind::Aggregate { function, query, property, window })
            }
        }
    }

    /// A test of what the visitor did, or of a value that follows from it.
    pub fn leaf(&mut self) -> Arc<Leaf> {
        let kind = if self.some(0.6) {
            LeafKind::Behaviour(self.behaviour())
        } else {
            let value = self.value();
            match value.kind {
                Type::Text => LeafKind::Comparison(value, Test::Is { negated: false, value: text("b") }),
                _ => at_least(value, self.one(&[0, 1, 2, 3, 6])),
            }
        };
        named(kind)
    }

    /// The same, or a test of the visitor's clock and calendar.
    pub fn timed_leaf(&mut self) -> Arc<Leaf> {
        if self.some(0.7) {
            return self.leaf();
        }
        let fact = |name: &str, kind| expr(kind, ExprKind::Fact { name: name.into(), purpose: None });
        let hour = i8::try_from(self.below(24)).unwrap();
        let kind = match self.below(4) {
            0 => at_least(fact("local.hour", Type::Number), i64::from(hour)),
            1 => {
                let weekdays = ["monday", "sunday"].map(|day| Value::Text(day.into())).to_vec();
                LeafKind::Comparison(
                    fact("local.weekday", Type::Text),
                    Test::OneOf { negated: false, values: weekdays },
                )
            }
            2 => {
                let day = date(2026, 11, 1 + i8::try_from(self.below(29)).unwrap());
                let day = expr(Type::Date, ExprKind::Constant(Value::Date(day)));
                LeafKind::Comparison(fact("local.date", Type::Date), Test::Order(Order::Greater, day))
            }
            _ => {
                let time = |hour| expr(Type::Time, ExprKind::Constant(Value::Time(time(hour, 30, 0, 0))));
                let test = Test::Between(time(hour), time(i8::try_from(self.below(24)).unwrap()));
                LeafKind::Comparison(fact("local.time", Type::Time), test)
            }
        };
        named(kind)
    }

    /// A clause with a begin, an end, both or none.
    pub fn active(&mut self) -> Option<Active> {
        let mut day =
            || self.some(0.6).then(|| date(2026, 11, 10 + i8::try_from(self.below(20)).unwrap()).at(6, 0, 0, 0));
        let (from, until) = (day(), day());
        Some(Active { from, until, zone: None })
    }

    fn event(&mut self, zones: bool, last: Timestamp) -> Event {
        let name = self.one(&["order", "order", "cart_add", "cart_add", "review", "page", "page", "noise"]);
        let steps = self.days * 86_400 / self.step.as_secs();
        let back = self.step * i32::try_from(self.below(steps)).unwrap();
        let off = if self.some(0.1) { self.one(&[-1, 1]) } else { 0 };
        let mut event = Event {
            name: name.into(),
            at: last - back - SignedDuration::from_millis(1 + off),
            properties: [].into(),
            path: None,
            context: Context::default(),
        };
        match name {
            "page" => event.path = Some(self.one(&["/", "/a", "/a/x", "/a/x/y", "/b/x", "/b"]).into()),
            "noise" => {}
            _ => {
                if self.some(0.8) {
                    let amount = Decimal::new(self.below(60), u32::try_from(self.below(2)).unwrap());
                    event.properties.insert("amount".into(), Value::Number(amount));
                }
                if self.some(0.8) {
                    let kind = self.one(&["a", "b", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"]);
                    event.properties.insert("kind".into(), Value::Text(kind.into()));
                }
            }
        }
        if self.some(0.5) {
            let source = self.one(&["news", "b", "ad"]);
            event.context.facts.insert("visit.utm_source".into(), Value::Text(source.into()));
        }
        if zones && self.some(0.2) {
            let zone = self.one(&["Asia/Tokyo", "America/New_York", "Europe/Berlin"]);
            event.context.zone = Some(jiff::tz::TimeZone::get(zone).unwrap());
        }
        event
    }

    /// Events in the order of their arrival, each at most the lateness after it happened.
    pub fn past(&mut self, most: i64, zones: bool) -> Vec<Arrived> {
        let delays = self.some(0.7);
        self.arrivals(most, zones, delays)
    }

    /// Many events, in the order of their times.
    pub fn long_past(&mut self, most: i64) -> Vec<Arrived> {
        self.arrivals(most, false, false)
    }

    fn arrivals(&mut self, most: i64, zones: bool, delays: bool) -> Vec<Arrived> {
        let last: Timestamp = LAST.parse().unwrap();
        let count = self.below(most + 1);
        let mut arrivals: Vec<(Timestamp, Event)> = Vec::new();
        for _ in 0..count {
            let event = self.event(zones, last);
            let late = if delays && self.some(0.4) { self.below(LATENESS.as_secs()) } else { 0 };
            arrivals.push((event.at + SignedDuration::from_secs(late), event));
        }
        arrivals.shuffle(&mut self.random);
        arrivals.sort_by_key(|(arrival, _)| *arrival);
        let numbered = arrivals.into_iter().enumerate();
        numbered.map(|(index, (_, event))| Arrived { event, order: 7 + 3 * index as u64 }).collect()
    }

    /// An instant at or after the last event; most of them at the very edge of one of the windows.
    pub fn clock(&mut self, past: &[Arrived], spans: &[SignedDuration]) -> Timestamp {
        let last: Timestamp = LAST.parse().unwrap();
        let newest = past.iter().map(|arrived| arrived.event.at).max().unwrap_or(last);
        let at = past.choose(&mut self.random).map(|arrived| arrived.event.at);
        let span = spans.choose(&mut self.random).copied().unwrap_or_else(|| self.span());
        match at {
            Some(at) if self.some(0.7) => {
                let off = self.one(&[-1, 0, 1]);
                newest.max(at + span + SignedDuration::from_millis(off))
            }
            _ => newest + SignedDuration::from_secs(self.below(40 * 86_400)),
        }
    }
}

/// A leaf whose text says all about it, as canonical text does.
pub fn named(kind: LeafKind) -> Arc<Leaf> {
    let text = match &kind {
        LeafKind::Comparison(expr, test) => format!("{} {test:?}", expr.text),
        other => format!("{other:?}"),
    };
    Arc::new(Leaf { text: text.into(), kind })
}

fn leaf(kind: LeafKind) -> Condition {
    Condition::Leaf(named(kind))
}

pub fn expr(kind: Type, node: ExprKind) -> Expr {
    let text = format!("{node:?}").into();
    Expr { kind, node, text }
}

fn text(text: &str) -> Expr {
    expr(Type::Text, ExprKind::Constant(Value::Text(text.into())))
}

fn at_least(value: Expr, least: i64) -> LeafKind {
    let least = expr(Type::Number, ExprKind::Constant(Value::Number(Decimal::from(least))));
    LeafKind::Comparison(value, Test::Order(Order::AtLeast, least))
}

/// A program with a segment for each leaf.
pub fn program(leaves: &[Arc<Leaf>]) -> Program {
    let segment = |(index, leaf): (usize, &Arc<Leaf>)| Segment {
        name: format!("s{index}").into(),
        condition: Condition::Leaf(Arc::clone(leaf)),
        active: None,
        because: None,
        place: Place { file: "s.rules".into(), line: index + 1 },
    };
    Program { segments: leaves.iter().enumerate().map(segment).collect(), ..Program::default() }
}

pub fn schema() -> Schema {
    let mut findings = Vec::new();
    let schema = Schema::read(&[("schema.yaml".into(), SCHEMA.into())], &|_| None, &mut findings);
    assert!(findings.is_empty(), "{findings:?}");
    schema
}
