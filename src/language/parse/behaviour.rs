//! What a visitor did: events, chains, frequencies, windows.

use super::literal::calendar_unit;
use super::{Pair, Reader, Rule};
use crate::language::syntax::{Behaviour, Chain, Compare, Condition, EventRef, Frequency, Occurrence, Step, Window};

impl Reader<'_, '_> {
    pub(super) fn behaviour(&mut self, pair: Pair<'_>) -> Option<Behaviour> {
        let (mut subject, mut steps, mut without, mut frequency, mut window) = (None, Vec::new(), None, None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::occurrence => subject = Some(self.occurrence(part)?),
                Rule::then => steps.push(self.then(part)?),
                Rule::without => without = Some(self.without(part)?),
                Rule::frequency => frequency = Some(self.frequency(part)?),
                _ => window = Some(self.window(part)?),
            }
        }
        let chain = without.or_else(|| (!steps.is_empty()).then_some(Chain::Then(steps)));
        Some(Behaviour { subject: subject?, chain, frequency, window })
    }

    fn occurrence(&mut self, pair: Pair<'_>) -> Option<Occurrence> {
        let what = pair.into_inner().nth(1)?;
        Some(match what.as_rule() {
            Rule::text => Occurrence::Visited(self.text(&what)),
            _ => Occurrence::Did(self.event(what)?),
        })
    }

    pub(super) fn event(&mut self, pair: Pair<'_>) -> Option<EventRef> {
        let mut parts = pair.into_inner();
        let name = self.name(&parts.next()?);
        let filter = match parts.next() {
            Some(filter) => Some(Box::new(self.filter(filter)?)),
            None => None,
        };
        Some(EventRef { name, filter })
    }

    /// `with (condition)`; its pieces hold no comments: they stand within one test.
    pub(super) fn filter(&mut self, pair: Pair<'_>) -> Option<Condition> {
        let outside = std::mem::replace(&mut self.in_filter, true);
        let condition = pair.into_inner().nth(2).and_then(|condition| self.condition(condition));
        self.in_filter = outside;
        condition
    }

    fn then(&mut self, pair: Pair<'_>) -> Option<Step> {
        let (mut occurrence, mut within) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::occurrence => occurrence = Some(self.occurrence(part)?),
                Rule::span => within = Some(self.span_literal(part)?),
                _ => {}
            }
        }
        Some(Step { occurrence: occurrence?, within: within? })
    }

    fn without(&mut self, pair: Pair<'_>) -> Option<Chain> {
        let (mut event, mut within) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::event => event = Some(self.event(part)?),
                Rule::span => within = Some(self.span_literal(part)?),
                _ => {}
            }
        }
        Some(Chain::Without(event?, within?))
    }

    fn frequency(&mut self, pair: Pair<'_>) -> Option<Frequency> {
        let form = pair.into_inner().last()?;
        let which = form.as_rule();
        let (mut compare, mut count, mut unit) = (None, None, None);
        for part in form.into_inner() {
            match part.as_rule() {
                Rule::compare => compare = comparison(part),
                Rule::integer => count = Some(self.integer(&part)?),
                Rule::calendar_unit => unit = calendar_unit(&part),
                _ => {}
            }
        }
        Some(match which {
            Rule::times => Frequency::Times(compare?, count?),
            Rule::different => Frequency::Different(compare?, count?, unit?),
            _ => Frequency::InARow(count?, unit?),
        })
    }

    pub(super) fn window(&mut self, pair: Pair<'_>) -> Option<Window> {
        let form = pair.into_inner().last()?;
        let which = form.as_rule();
        let (mut spans, mut this, mut since) = (Vec::new(), Window::ThisVisit, None);
        for part in form.into_inner() {
            match part.as_rule() {
                Rule::span => spans.push(self.span_literal(part)?),
                Rule::calendar_unit => this = Window::This(calendar_unit(&part)?),
                Rule::moment => since = Some(self.moment(&part)?),
                _ => {}
            }
        }
        let mut spans = spans.into_iter();
        Some(match which {
            Rule::in_last => Window::Last(spans.next()?),
            Rule::in_this => this,
            Rule::ago => Window::Ago(spans.next()?, spans.next()?),
            _ => Window::Since(since?),
        })
    }
}

fn comparison(pair: Pair<'_>) -> Option<Compare> {
    let words: Vec<Rule> = pair.into_inner().map(|word| word.as_rule()).collect();
    Some(match words.as_slice() {
        [Rule::kw_at, Rule::kw_least] => Compare::AtLeast,
        [Rule::kw_at, Rule::kw_most] => Compare::AtMost,
        [Rule::kw_exactly] => Compare::Exactly,
        [Rule::kw_more, Rule::kw_than] => Compare::MoreThan,
        [Rule::kw_fewer, Rule::kw_than] => Compare::FewerThan,
        _ => return None,
    })
}
