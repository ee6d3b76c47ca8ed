//! Who is among the top so many percent: a sample of the values of all visitors.
//!
//! In: values, each with a number that is the visitor's own and looks like chance. Out: the value from which on a visitor is
//! among the top. The sample is that of the smallest numbers, so it depends on the set of visitors alone.
//! Of more visitors than it holds, a rank in it is within 1.5 percentage points of the true one in 99.7 % of samples.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Of fewer visitors, ranks are unknown.
pub const MIN_RANKED_VISITORS: u64 = 100;

/// So many visitors are kept in a sample.
pub const RANK_SAMPLE: usize = 10_000;

/// The sample of one value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RankSample {
    /// By the visitor's number.
    sample: BTreeMap<u64, Decimal>,
    visitors: u64,
}

impl RankSample {
    /// Counts a visitor, once: `number` is a hash of who it is.
    pub fn offer(&mut self, number: u64, value: Decimal) {
        self.visitors = self.visitors.saturating_add(1);
        self.keep(number, value);
    }

    fn keep(&mut self, number: u64, value: Decimal) {
        let is_full = self.sample.len() >= RANK_SAMPLE;
        if is_full && self.sample.last_key_value().is_some_and(|(last, _)| *last <= number) {
            return;
        }
        self.sample.insert(number, value);
        if self.sample.len() > RANK_SAMPLE {
            self.sample.pop_last();
        }
    }

    fn sorted(&self) -> Option<Vec<Decimal>> {
        if self.visitors < MIN_RANKED_VISITORS {
            return None;
        }
        let mut values: Vec<Decimal> = self.sample.values().copied().collect();
        values.sort_unstable_by(|a, b| b.cmp(a));
        Some(values)
    }
}

/// The ranks of all values that rules ask for, ready to be looked up.
#[derive(Debug, Clone, Default)]
pub struct Ranks {
    /// By the value's text in rules; from the largest down.
    by_value: BTreeMap<Arc<str>, Vec<Decimal>>,
}

impl Ranks {
    /// Of samples by the text of their value.
    pub fn of<'a>(samples: impl IntoIterator<Item = (Arc<str>, &'a RankSample)>) -> Self {
        let ranked = samples.into_iter().filter_map(|(text, sample)| Some((text, sample.sorted()?)));
        Self { by_value: ranked.collect() }
    }

    /// The smallest value that is among the top so many percent; `None` while too few visitors have one.
    pub fn threshold(&self, value: &str, percent: Decimal) -> Option<Decimal> {
        let values = self.by_value.get(value)?;
        let above = (Decimal::from(values.len()) * percent / Decimal::ONE_HUNDRED).ceil().to_usize()?;
        values.get(above.max(1).min(values.len()) - 1).copied()
    }
}
