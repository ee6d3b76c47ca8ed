//! The checked tree: every name resolved, every type settled, nothing left that can fail when a visitor comes.
//!
//! This is what `rules` evaluates and what later compilation starts from. Names are shared (`Arc<str>`); segments and
//! measures are referred to by their index in the [`Program`].

use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use regex::Regex;
use rust_decimal::Decimal;

pub use super::syntax::{CalendarUnit, Compare, End, Function, Operator, Order, Unit};
use crate::content::{Shown, SlotType};
use crate::profile::{Type, Value};

/// All segments, measures and slots of a release.
#[derive(Debug, Clone, Default)]
pub struct Program {
    /// In name order.
    pub segments: Vec<Segment>,
    /// In name order.
    pub measures: Vec<Measure>,
    /// Every declared slot in name order, also one without a rule.
    pub slots: Vec<Slot>,
}

/// A line of a rule file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The path inside the rules folder.
    pub file: Arc<str>,
    /// From 1.
    pub line: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}:{}", self.file, self.line)
    }
}

/// A named condition.
#[derive(Debug, Clone)]
pub struct Segment {
    /// Its name.
    pub name: Arc<str>,
    /// Who is in it. Never refers to itself, however far round.
    pub condition: Condition,
    /// Outside it the segment is empty.
    pub active: Option<Active>,
    /// Why, in the author's words.
    pub because: Option<Arc<str>>,
    /// The line of `segment`.
    pub place: Place,
}

/// A named value.
#[derive(Debug, Clone)]
pub struct Measure {
    /// Its name.
    pub name: Arc<str>,
    /// What it is. Never refers to itself, however far round.
    pub value: Expr,
    /// The line of `measure`.
    pub place: Place,
}

/// A slot with all its blocks.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Its name.
    pub name: Arc<str>,
    /// What its values are.
    pub kind: SlotType,
    /// In order of priority; no two have the same.
    pub blocks: Vec<Block>,
}

/// The rules that one file gives to one slot.
#[derive(Debug, Clone)]
pub struct Block {
    /// Lower comes first.
    pub priority: u64,
    /// Outside it the whole block is passed over.
    pub active: Option<Active>,
    /// In text order.
    pub rules: Vec<Rule>,
    /// Tried after all blocks; at most one block of a slot has one.
    pub otherwise: Option<Otherwise>,
}

/// `if condition show outcome`
#[derive(Debug, Clone)]
pub struct Rule {
    /// The line of `if`.
    pub place: Place,
    /// What it says, wherever it stands: two rules of equal text share it.
    pub body: Arc<RuleBody>,
}

/// What a rule says, without its place.
#[derive(Debug)]
pub struct RuleBody {
    /// When it matches.
    pub condition: Condition,
    /// What it shows, and when.
    pub then: Then,
}

/// `otherwise show outcome`
#[derive(Debug, Clone)]
pub struct Otherwise {
    /// The line of `otherwise`.
    pub place: Place,
    /// What it shows, and when.
    pub then: Then,
}

/// An outcome with its clauses.
#[derive(Debug, Clone)]
pub struct Then {
    /// What is shown.
    pub outcome: Outcome,
    /// Why, in the author's words.
    pub because: Option<Arc<str>>,
    /// Outside it the rule is passed over.
    pub active: Option<Active>,
    /// How often it may show.
    pub limit: Option<Limit>,
    /// For people and reports.
    pub tags: Vec<Arc<str>>,
}

/// What is shown.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Always the same.
    Show(Shown),
    /// What the visitor's variant of this experiment shows. Where it does not enrol the visitor, the rule does not match.
    Experiment(Arc<str>),
}

/// From one moment to another: `from` included, `until` excluded.
///
/// Both are read in the clause's own zone, else in the visitor's.
#[derive(Debug, Clone)]
pub struct Active {
    /// Start.
    pub from: Option<DateTime>,
    /// End.
    pub until: Option<DateTime>,
    /// The clause's own zone.
    pub zone: Option<TimeZone>,
}

/// At most `count` shows per visitor in the span or visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// At least 1.
    pub count: u64,
    /// `None`: per visit.
    pub span: Option<SignedDuration>,
}

/// A condition.
#[derive(Debug, Clone)]
pub enum Condition {
    /// All of them.
    All(Vec<Condition>),
    /// Any of them.
    Any(Vec<Condition>),
    /// The opposite; of unknown, unknown.
    Not(Box<Condition>),
    /// One test; equal tests of one release may share it.
    Leaf(Arc<Leaf>),
}

/// One test, with the text that explanations show.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// The test in canonical form: two leaves with equal text and equal kind of noun are the same test.
    pub text: Arc<str>,
    /// Which test.
    pub kind: LeafKind,
}

/// The tests.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "most leaves are comparisons: a box would only add a step to each")]
pub enum LeafKind {
    /// Index into [`Program::segments`].
    Segment(usize),
    /// A declared list.
    List(Arc<str>),
    /// A declared purpose.
    Consent(Arc<str>),
    /// What the visitor did.
    Behaviour(Behaviour),
    /// A test of a value.
    Comparison(Expr, Test),
}

/// What a visitor did, how often, when.
#[derive(Debug, Clone)]
pub struct Behaviour {
    /// The first (or only) event.
    pub subject: EventQuery,
    /// What must or must not follow it.
    pub chain: Option<Chain>,
    /// How often; absent = at least once. Never together with a chain.
    pub frequency: Option<Frequency>,
    /// When.
    pub window: Window,
}

/// Which events count.
#[derive(Debug, Clone)]
pub struct EventQuery {
    /// Which kind.
    pub kind: EventKind,
    /// Purposes (beside tracking) that must be granted, else the behaviour is unknown: the event's own and those of
    /// the properties that the filter or the aggregate reads.
    pub purposes: Vec<Arc<str>>,
    /// Only events for which this is true; its comparisons read [`ExprKind::Property`].
    pub filter: Option<Box<Condition>>,
}

/// Which kind of event.
#[derive(Debug, Clone)]
pub enum EventKind {
    /// Declared events by name.
    Named(Arc<str>),
    /// Page events whose path fits.
    Page(PagePattern),
    /// The first event of each visit; its properties are the `visit.*` facts of that event.
    VisitStart,
}

/// A page pattern: segments between slashes, `*` for one, `/**` at the end for the page itself and everything below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagePattern {
    /// `None` is `*`.
    pub segments: Vec<Option<Arc<str>>>,
    /// Ends in `/**`.
    pub everything_below: bool,
}

/// What must or must not follow.
#[derive(Debug, Clone)]
pub enum Chain {
    /// Each further step and how long after the step before, at most. The window applies to the last step.
    Then(Vec<(EventQuery, SignedDuration)>),
    /// True at `tA + span` if neither A nor B lies in `(tA, tA + span]`. The window applies to that instant.
    Without(EventQuery, SignedDuration),
}

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// Events.
    Times(Compare, u64),
    /// Different local days, weeks, months with the event.
    Different(Compare, u64, CalendarUnit),
    /// Consecutive local days, weeks, months each with the event.
    InARow(u64, CalendarUnit),
}

/// When an event counts; never after now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Ever.
    Ever,
    /// (now - span, now]
    Last(SignedDuration),
    /// The visit that goes on now; empty after the visit timeout.
    ThisVisit,
    /// From the start of the local day, week, month.
    This(CalendarUnit),
    /// (now - older, now - newer]
    Ago {
        /// The end nearer to now.
        newer: SignedDuration,
        /// The end further from now.
        older: SignedDuration,
    },
    /// From that moment on, included, in the visitor's zone.
    Since(DateTime),
}

/// A typed value to be computed.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it yields when it is known.
    pub kind: Type,
    /// How it is computed.
    pub node: ExprKind,
    /// The expression in canonical form, for explanations.
    pub text: Arc<str>,
}

/// The computations.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// A literal.
    Constant(Value),
    /// A date with time, to be read in the visitor's zone.
    Civil(DateTime),
    /// A declared attribute and the purpose that must be granted.
    Attribute {
        /// By name.
        name: Arc<str>,
        /// Not granted = unknown.
        purpose: Option<Arc<str>>,
    },
    /// `visit.*`, `local.*`, `context.*` by full name, and the purpose that must be granted.
    Fact {
        /// By full name.
        name: Arc<str>,
        /// Not granted = unknown.
        purpose: Option<Arc<str>>,
    },
    /// Inside an event filter: a property of that event.
    Property(Arc<str>),
    /// Index into [`Program::measures`].
    Measure(usize),
    /// `first order.amount`: a property of the first or last event.
    OfEvent {
        /// Which one.
        end: End,
        /// Among these.
        query: EventQuery,
        /// Its property (for [`EventKind::VisitStart`]: a full fact name such as `visit.utm_source`).
        property: Arc<str>,
    },
    /// An aggregate over events.
    Aggregate {
        /// Which.
        function: Function,
        /// Over these.
        query: EventQuery,
        /// Of this property; `None` for `count` alone.
        property: Option<Arc<str>>,
        /// When.
        window: Window,
    },
    /// Whole units since the first or last event, floored.
    Elapsed {
        /// Of what length.
        unit: Unit,
        /// Since which one.
        end: End,
        /// Among these.
        query: EventQuery,
    },
    /// Arithmetic; division by zero and overflow are unknown.
    Arithmetic(Box<Expr>, Operator, Box<Expr>),
}

/// A test of a value.
#[derive(Debug, Clone)]
pub enum Test {
    /// `is known` (true) or `is unknown` (false); itself never unknown.
    Known(bool),
    /// Among constants of the value's own type.
    OneOf {
        /// With `not`.
        negated: bool,
        /// The allowed values.
        values: Vec<Value>,
    },
    /// Equality.
    Is {
        /// With `not`.
        negated: bool,
        /// Of the same type.
        value: Expr,
    },
    /// Among the top so many percent of all visitors; unknown while too few have a value.
    Top(Decimal),
    /// Text search.
    Contains(Arc<str>),
    /// Text search.
    StartsWith(Arc<str>),
    /// Text search.
    EndsWith(Arc<str>),
    /// Unanchored.
    Matches(Regex),
    /// At least one of these entries.
    IncludesAny(Vec<Arc<str>>),
    /// All of these entries.
    IncludesAll(Vec<Arc<str>>),
    /// Both ends included; a range of times of day may wrap midnight.
    Between(Expr, Expr),
    /// Comparison.
    Order(Order, Expr),
}

impl Active {
    /// Whether an instant lies inside, for a visitor in `visitor_zone`.
    pub fn covers(&self, now: Timestamp, visitor_zone: &TimeZone) -> bool {
        let zone = self.zone.as_ref().unwrap_or(visitor_zone);
        let instant = |civil: DateTime| zone.to_ambiguous_zoned(civil).compatible().map(|zoned| zoned.timestamp());
        let started = self.from.is_none_or(|from| instant(from).is_ok_and(|from| from <= now));
        let ended = self.until.is_some_and(|until| instant(until).is_ok_and(|until| until <= now));
        started && !ended
    }
}
