//! The syntax tree of a `.rules` file, with positions and comments.
//!
//! Equality ignores positions ([`At`]) and keeps comments, so `parse(print(tree)) == tree` says what it should. Nested
//! `All` in `All` (and `Any` in `Any`) does not occur: the parser flattens it, brackets that change nothing are not kept.

use rust_decimal::Decimal;

use crate::diagnostic::Span;

/// Where a node stands in its file. Takes no part in equality.
#[derive(Debug, Clone, Copy, Default)]
pub struct At(pub Span);

impl PartialEq for At {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for At {}

/// A comment line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Without `#` and surrounding blanks.
    pub text: String,
    /// A blank line follows. Kept between items, where it parts what speaks of the file from what speaks of the item.
    pub gap: bool,
}

/// Comment lines that stand above a node.
///
/// A comment belongs to the node that follows it; one at the end of a line of code moves above that line. A condition
/// that is a single test leaves its comments to its item; the pieces inside `with (..)` have none.
pub type Comments = Vec<Comment>;

/// A whole file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct File {
    /// In text order.
    pub items: Vec<Item>,
    /// Comments after the last item.
    pub closing: Comments,
    /// The names of segments and measures that stand in the text but did not parse: nobody shall call them unknown.
    pub unreadable: Vec<String>,
}

/// What stands at the top level of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// `segment name { condition clause* }`
    Segment(Segment),
    /// `measure name = value`
    Measure(Measure),
    /// `slot name { rules }`
    Slot(Slot),
    /// `if condition show ..` outside a slot block.
    Rule(Rule),
}

/// A name as the author wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Lower snake case; slot names may be any text.
    pub text: String,
    /// The word itself (with its quotes, for a quoted slot name).
    pub at: At,
}

/// A quoted text, unescaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Without quotes, escapes resolved.
    pub text: String,
    /// With its quotes.
    pub at: At,
}

/// A whole number as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integer {
    /// Its value.
    pub value: u64,
    /// Its digits.
    pub at: At,
}

/// A named condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Above the item.
    pub comments: Comments,
    /// From `segment` to `}`.
    pub at: At,
    /// Its name.
    pub name: Name,
    /// Who is in it.
    pub condition: Condition,
    /// `because`, `active`, `tags`.
    pub clauses: Vec<Clause>,
    /// Before `}`.
    pub closing: Comments,
}

/// A named value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// Above the item.
    pub comments: Comments,
    /// From `measure` to the end of the value.
    pub at: At,
    /// Its name.
    pub name: Name,
    /// What it is.
    pub value: Value,
}

/// A block of rules for one slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Above the item.
    pub comments: Comments,
    /// From `slot` to `}`.
    pub at: At,
    /// Its name; printed in quotes where it is not a plain (dotted) name.
    pub name: Name,
    /// Lower comes first.
    pub priority: Option<Integer>,
    /// When the block counts at all.
    pub active: Option<Clause>,
    /// In text order; the first match wins.
    pub rules: Vec<Rule>,
    /// What shows when no rule matches.
    pub otherwise: Option<Otherwise>,
    /// Before `}`.
    pub closing: Comments,
}

/// `if condition show outcome clause*`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Above the rule.
    pub comments: Comments,
    /// From `if` to the last clause.
    pub at: At,
    /// When it matches.
    pub condition: Condition,
    /// What it shows.
    pub outcome: Outcome,
    /// Clauses in text order.
    pub clauses: Vec<Clause>,
}

/// `otherwise show outcome clause*`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Otherwise {
    /// Above the line.
    pub comments: Comments,
    /// From `otherwise` to the last clause.
    pub at: At,
    /// What it shows.
    pub outcome: Outcome,
    /// Clauses in text order.
    pub clauses: Vec<Clause>,
}

/// `show ..`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Between the condition and `show`.
    pub comments: Comments,
    /// From `show` to the end.
    pub at: At,
    /// What is shown.
    pub kind: OutcomeKind,
}

/// What an outcome shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutcomeKind {
    /// `show nothing`
    Nothing,
    /// `show experiment name`
    Experiment(Name),
    /// `show ranking name`
    Ranking(Name),
    /// `show a, b`
    Contents(Vec<Name>),
    /// `show yes`, `show "blue"`, `show 3`, `show 1.0`
    Literal(Literal),
}

/// A value written out in an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// The value itself.
    pub at: At,
    /// Its value.
    pub kind: LiteralKind,
}

/// The value of a [`Literal`].
#[derive(Debug, Clone)]
pub enum LiteralKind {
    /// `yes`, `no`
    Boolean(bool),
    /// `3`, `1.0`: equality is of the written form, so `1` is not `1.0`.
    Number(Decimal),
    /// `"blue"`
    Text(String),
}

impl PartialEq for LiteralKind {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Boolean(a), Self::Boolean(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b && a.scale() == b.scale(),
            (Self::Text(a), Self::Text(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for LiteralKind {}

/// A part after an outcome or a segment's condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Above the clause.
    pub comments: Comments,
    /// The whole clause.
    pub at: At,
    /// Which clause.
    pub kind: ClauseKind,
}

/// The clauses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClauseKind {
    /// `because "why"`
    Because(Text),
    /// `active from .. until .. zone ".."`; at least one of `from` and `until` is there.
    Active {
        /// Included.
        from: Option<Moment>,
        /// Excluded.
        until: Option<Moment>,
        /// An IANA zone name.
        zone: Option<Text>,
    },
    /// `limit 3 per day`, `limit 1 per visit`, `limit 3 per 7 days`
    Limit {
        /// How many shows.
        count: Integer,
        /// In what.
        per: Per,
    },
    /// `tags ["a", "b"]`
    Tags(List),
}

/// What a limit counts in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Per {
    /// `per visit`
    Visit,
    /// `per day` is a span of one day that was written without a number.
    Span(SpanLiteral),
}

/// `[a, b]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// With its brackets.
    pub at: At,
    /// In text order.
    pub values: Vec<Value>,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "most conditions are leaves: a box would only add a step to each")]
pub enum Condition {
    /// All pieces; at least two.
    All(Vec<Piece>),
    /// Any piece; at least two.
    Any(Vec<Piece>),
    /// `not`
    Not(Box<Negation>),
    /// One test.
    Leaf(Leaf),
}

/// `not condition`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negation {
    /// From `not` to the end.
    pub at: At,
    /// What is negated.
    pub condition: Condition,
}

/// One member of an `and` or `or` chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Above the piece.
    pub comments: Comments,
    /// The piece without its `and` or `or`.
    pub condition: Condition,
}

/// One test that is true, false or unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// The whole test.
    pub at: At,
    /// Which test.
    pub kind: LeafKind,
}

/// The tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeafKind {
    /// `segment name`
    Segment(Name),
    /// `list name`
    List(Name),
    /// `consent purpose`
    Consent(Name),
    /// `did ..`, `visited ..`
    Behaviour(Behaviour),
    /// `value test`
    Comparison(Value, Test),
}

/// What a visitor did, how often, when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behaviour {
    /// The first (or only) event.
    pub subject: Occurrence,
    /// What must or must not follow it.
    pub chain: Option<Chain>,
    /// How often; absent = at least once.
    pub frequency: Option<Frequency>,
    /// When; absent = ever.
    pub window: Option<Window>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occurrence {
    /// `visited "/pricing"`
    Visited(Text),
    /// `did event`
    Did(EventRef),
}

/// `event with (condition)`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRef {
    /// The event.
    pub name: Name,
    /// A condition on its properties.
    pub filter: Option<Box<Condition>>,
}

/// What must or must not follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chain {
    /// `then .. within ..`, once or more.
    Then(Vec<Step>),
    /// `without event within span`
    Without(EventRef, SpanLiteral),
}

/// One further step of a sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What happens.
    pub occurrence: Occurrence,
    /// How long after the step before, at most.
    pub within: SpanLiteral,
}

/// How often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frequency {
    /// `at least 3 times`
    Times(Compare, Integer),
    /// `on at least 3 different days`
    Different(Compare, Integer, CalendarUnit),
    /// `on 3 days in a row`
    InARow(Integer, CalendarUnit),
}

/// The words that compare a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compare {
    /// `at least`
    AtLeast,
    /// `at most`
    AtMost,
    /// `exactly`
    Exactly,
    /// `more than`
    MoreThan,
    /// `fewer than`
    FewerThan,
}

impl Compare {
    /// Whether a count stands in this relation to the number in the text.
    pub fn holds(self, count: u64, number: u64) -> bool {
        match self {
            Self::AtLeast => count >= number,
            Self::AtMost => count <= number,
            Self::Exactly => count == number,
            Self::MoreThan => count > number,
            Self::FewerThan => count < number,
        }
    }
}

/// Units of the visitor's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CalendarUnit {
    /// A local day.
    Day,
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
}

/// When an event counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Window {
    /// `in last 7 days`: (now - span, now]
    Last(SpanLiteral),
    /// `in this visit`
    ThisVisit,
    /// `in this week`
    This(CalendarUnit),
    /// `between 30 days and 90 days ago`: (now - second, now - first]
    Ago(SpanLiteral, SpanLiteral),
    /// `since 2026-11-01`: from that moment on, included
    Since(Moment),
}

/// Units of elapsed time: day = 24 h, week = 7 d, month = 30 d.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// 1 s
    Second,
    /// 60 s
    Minute,
    /// 60 min
    Hour,
    /// 24 h
    Day,
    /// 7 d
    Week,
    /// 30 d
    Month,
}

impl Unit {
    /// How many seconds one unit has.
    pub fn seconds(self) -> i64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
            Self::Week => 604_800,
            Self::Month => 2_592_000,
        }
    }
}

/// A length of time as written: `7 days`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanLiteral {
    /// How many.
    pub count: u64,
    /// Of what.
    pub unit: Unit,
    /// Number and unit.
    pub at: At,
}

/// A moment as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// Which form was written.
    pub kind: MomentKind,
    /// The whole moment.
    pub at: At,
}

/// The written forms of a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MomentKind {
    /// `2026-11-27`: 00:00 of that day in the zone.
    Date(jiff::civil::Date),
    /// `2026-11-27T18:30`
    DateTime(jiff::civil::DateTime),
    /// `18:30`
    Time(jiff::civil::Time),
}

/// A test of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// `is known` (true) or `is unknown` (false).
    Known(bool),
    /// `is one of [..]`, `is not one of [..]`
    OneOf {
        /// With `not`.
        negated: bool,
        /// The allowed values.
        list: List,
    },
    /// `is value`, `is not value`
    Is {
        /// With `not`.
        negated: bool,
        /// What it is compared with.
        value: Value,
    },
    /// `is in top 10 percent`
    Top(Number),
    /// `contains "x"`
    Contains(Text),
    /// `starts with "x"`
    StartsWith(Text),
    /// `ends with "x"`
    EndsWith(Text),
    /// `matches "regex"`
    Matches(Text),
    /// `includes "x"`
    Includes(Text),
    /// `includes any of [..]`
    IncludesAny(List),
    /// `includes all of [..]`
    IncludesAll(List),
    /// `between low and high`, both included
    Between(Value, Value),
    /// `< <= > >=`
    Order(Order, Value),
}

/// The order signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// A decimal number as written; `1` and `1.0` are different trees.
#[derive(Debug, Clone)]
pub struct Number {
    /// Its value and scale.
    pub value: Decimal,
    /// Its text.
    pub at: At,
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value && self.value.scale() == other.value.scale()
    }
}

impl Eq for Number {}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The whole value, without brackets around it.
    pub at: At,
    /// Which value.
    pub kind: ValueKind,
}

/// The values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueKind {
    /// `3`, `-1.5`
    Number(Number),
    /// `"text"`
    Text(String),
    /// `yes`, `no`
    Boolean(bool),
    /// `2026-11-27`, `18:00`
    Moment(MomentKind),
    /// `30 days`
    Span(SpanLiteral),
    /// `country`, `visit.page`, `first order.amount`
    Path(Path),
    /// `sum of order.amount in last 90 days`
    Aggregate(Box<Aggregate>),
    /// `days since last order`
    Elapsed(Elapsed),
    /// `relevance(item.topics)`; rankings only
    Call(Name, Vec<Value>),
    /// `a + b`
    Arithmetic(Box<Value>, Operator, Box<Value>),
}

/// A dotted name, perhaps of the first or last event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// `first` or `last`
    pub end: Option<End>,
    /// `order.amount`
    pub name: Name,
}

/// Which of the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// The oldest.
    First,
    /// The newest.
    Last,
}

/// One number (or text) out of many events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aggregate {
    /// Which.
    pub function: Function,
    /// `order.amount`; for `count`, the event alone.
    pub path: Name,
    /// A condition on the event's properties.
    pub filter: Option<Box<Condition>>,
    /// When.
    pub window: Window,
}

/// The aggregate functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    /// Total.
    Sum,
    /// Arithmetic mean.
    Average,
    /// Minimum.
    Smallest,
    /// Maximum.
    Largest,
    /// How many different values.
    Distinct,
    /// The most frequent value.
    Favourite,
    /// How many events.
    Count,
}

/// `days since last order`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elapsed {
    /// The unit; whole units, floored.
    pub unit: Unit,
    /// Since the first or the last one.
    pub end: End,
    /// Of which event.
    pub event: EventRef,
}

/// The arithmetic signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}
