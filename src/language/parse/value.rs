//! Values: literals, paths, aggregates, arithmetic.

use super::literal::unit;
use super::{Pair, Pairs, Reader, Rule, word};
use crate::diagnostic::Span;
use crate::language::syntax::{Aggregate, At, Elapsed, End, Function, List, Name, Operator, Path, Value, ValueKind};

impl Reader<'_, '_> {
    pub(super) fn value(&mut self, pair: Pair<'_>) -> Option<Value> {
        let mut parts = pair.into_inner();
        let first = parts.next()?;
        if parts.peek().is_none() {
            return self.factor(first);
        }
        let start = self.start(&first);
        let (mut sum, _, mut next) = self.product(first, &mut parts)?;
        while let Some(operator) = next {
            let (right, end, after) = self.product(parts.next()?, &mut parts)?;
            sum = joined(sum, operator, right, Span::new(start, end));
            next = after;
        }
        Some(sum)
    }

    /// Factors up to the next `+` or `-`: their product, where it ends, and that sign.
    fn product(&mut self, first: Pair<'_>, parts: &mut Pairs<'_>) -> Option<(Value, usize, Option<Operator>)> {
        let Span { start, mut end } = self.span(&first);
        let mut product = self.factor(first)?;
        while let Some(sign) = parts.next() {
            let operator = match word(&sign) {
                "+" => return Some((product, end, Some(Operator::Add))),
                "-" => return Some((product, end, Some(Operator::Subtract))),
                "*" => Operator::Multiply,
                _ => Operator::Divide,
            };
            let right = parts.next()?;
            end = self.span(&right).end;
            product = joined(product, operator, self.factor(right)?, Span::new(start, end));
        }
        Some((product, end, None))
    }

    fn factor(&mut self, pair: Pair<'_>) -> Option<Value> {
        let mut parts = pair.into_inner();
        let what = parts.next()?;
        let at = self.at(&what);
        let kind = match what.as_rule() {
            Rule::open => return self.value(parts.next()?),
            Rule::aggregate => ValueKind::Aggregate(Box::new(self.aggregate(what)?)),
            Rule::elapsed => ValueKind::Elapsed(self.elapsed(what)?),
            Rule::moment => ValueKind::Moment(self.moment(&what)?.kind),
            Rule::span => ValueKind::Span(self.span_literal(what)?),
            Rule::number => ValueKind::Number(self.number(&what)?),
            Rule::text => ValueKind::Text(self.text(&what).text),
            Rule::kw_yes => ValueKind::Boolean(true),
            Rule::kw_no => ValueKind::Boolean(false),
            Rule::call => return self.call(what, at),
            _ => ValueKind::Path(self.path(what)?),
        };
        Some(Value { at, kind })
    }

    fn aggregate(&mut self, pair: Pair<'_>) -> Option<Aggregate> {
        let (mut function, mut path, mut filter, mut window) = (None, None, None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::function => function = Some(aggregate_function(&part.into_inner().next()?)),
                Rule::dotted => path = Some(self.name(&part)),
                Rule::filter => filter = Some(Box::new(self.filter(part)?)),
                Rule::window => window = Some(self.window(part)?),
                _ => {}
            }
        }
        Some(Aggregate { function: function?, path: path?, filter, window: window? })
    }

    fn elapsed(&mut self, pair: Pair<'_>) -> Option<Elapsed> {
        let (mut since, mut end, mut event) = (None, End::Last, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::unit => since = unit(part.as_str()),
                Rule::kw_first => end = End::First,
                Rule::event => event = Some(self.event(part)?),
                _ => {}
            }
        }
        Some(Elapsed { unit: since?, end, event: event? })
    }

    fn call(&mut self, pair: Pair<'_>, at: At) -> Option<Value> {
        let mut parts = pair.into_inner();
        let name = self.name(&parts.next()?);
        self.aggregate_call(&name);
        let values = parts.filter(|part| part.as_rule() == Rule::value);
        let arguments = values.map(|value| self.value(value)).collect::<Option<_>>()?;
        Some(Value { at, kind: ValueKind::Call(name, arguments) })
    }

    fn path(&mut self, pair: Pair<'_>) -> Option<Path> {
        let (mut end, mut name) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::kw_first => end = Some(End::First),
                Rule::kw_last => end = Some(End::Last),
                _ => name = Some(self.known_word(&part)),
            }
        }
        Some(Path { end, name: name? })
    }

    pub(super) fn list(&mut self, pair: Pair<'_>) -> Option<List> {
        let at = self.at(&pair);
        let values = pair.into_inner().filter(|part| part.as_rule() == Rule::value);
        let values = values.map(|value| self.value(value)).collect::<Option<_>>()?;
        Some(List { at, values })
    }

    /// A name in a value; the words of other languages for yes, no and unknown are none.
    fn known_word(&mut self, pair: &Pair<'_>) -> Name {
        let name = self.name(pair);
        self.foreign_constant(&name);
        name
    }

    /// A content name; `true` and `false` are none.
    pub(super) fn shown_name(&mut self, pair: &Pair<'_>) -> Name {
        self.known_word(pair)
    }
}

fn joined(left: Value, operator: Operator, right: Value, at: Span) -> Value {
    Value { at: At(at), kind: ValueKind::Arithmetic(Box::new(left), operator, Box::new(right)) }
}

fn aggregate_function(pair: &Pair<'_>) -> Function {
    match pair.as_rule() {
        Rule::kw_sum => Function::Sum,
        Rule::kw_average => Function::Average,
        Rule::kw_smallest => Function::Smallest,
        Rule::kw_largest => Function::Largest,
        Rule::kw_distinct => Function::Distinct,
        Rule::kw_favourite => Function::Favourite,
        _ => Function::Count,
    }
}
