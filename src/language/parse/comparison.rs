//! The tests of a value.

use super::{Pair, Reader, Rule, word};
use crate::language::syntax::{Order, Test};

impl Reader<'_, '_> {
    pub(super) fn test(&mut self, pair: Pair<'_>) -> Option<Test> {
        let form = pair.into_inner().next()?;
        Some(match form.as_rule() {
            Rule::is => self.is(form)?,
            Rule::contains => Test::Contains(self.text(&form.into_inner().last()?)),
            Rule::starts => Test::StartsWith(self.text(&form.into_inner().last()?)),
            Rule::ends => Test::EndsWith(self.text(&form.into_inner().last()?)),
            Rule::matches => Test::Matches(self.text(&form.into_inner().last()?)),
            Rule::includes => self.includes(form.into_inner().last()?)?,
            Rule::between => {
                let mut values = form.into_inner().filter(|part| part.as_rule() == Rule::value);
                let (low, high) = (values.next()?, values.next()?);
                Test::Between(self.value(low)?, self.value(high)?)
            }
            _ => {
                let mut parts = form.into_inner();
                let sign = match word(&parts.next()?) {
                    "<" => Order::Less,
                    "<=" => Order::AtMost,
                    ">" => Order::Greater,
                    _ => Order::AtLeast,
                };
                Test::Order(sign, self.value(parts.next()?)?)
            }
        })
    }

    fn is(&mut self, pair: Pair<'_>) -> Option<Test> {
        let mut negated = false;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::kw_not => negated = true,
                Rule::kw_known => return Some(Test::Known(true)),
                Rule::kw_unknown => return Some(Test::Known(false)),
                Rule::one_of => {
                    let list = self.list(part.into_inner().last()?)?;
                    return Some(Test::OneOf { negated, list });
                }
                Rule::top => {
                    let number = part.into_inner().find(|part| part.as_rule() == Rule::number)?;
                    return Some(Test::Top(self.number(&number)?));
                }
                Rule::value => return Some(Test::Is { negated, value: self.value(part)? }),
                _ => {}
            }
        }
        None
    }

    fn includes(&mut self, pair: Pair<'_>) -> Option<Test> {
        Some(match pair.as_rule() {
            Rule::any_of => Test::IncludesAny(self.list(pair.into_inner().last()?)?),
            Rule::all_of => Test::IncludesAll(self.list(pair.into_inner().last()?)?),
            _ => Test::Includes(self.text(&pair)),
        })
    }
}
