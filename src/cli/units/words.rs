//! Texts of few different values, as numbers.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// A column of texts has so many different values at most: a breakdown by more tells nobody anything.
pub const MAX_WORDS: usize = 1_000;

/// The different values of a column, numbered as they came.
#[derive(Debug, Default)]
pub(super) struct Words {
    numbers: RwLock<HashMap<String, u32>>,
}

impl Words {
    /// The number of a text; `None` if there are too many already.
    pub fn number(&self, text: &str) -> Option<u32> {
        let known = self.numbers.read().unwrap_or_else(PoisonError::into_inner).get(text).copied();
        if known.is_some() {
            return known;
        }
        let mut numbers = self.numbers.write().unwrap_or_else(PoisonError::into_inner);
        let next = u32::try_from(numbers.len()).ok()?;
        match numbers.get(text) {
            Some(number) => Some(*number),
            None if numbers.len() >= MAX_WORDS => None,
            None => {
                numbers.insert(text.to_owned(), next);
                Some(next)
            }
        }
    }

    /// All of them in order, and by the number of each its place there: which came first was a matter of threads.
    pub fn sorted(self) -> (Vec<String>, Vec<u32>) {
        let mut texts: Vec<(String, u32)> =
            self.numbers.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().collect();
        texts.sort_unstable();
        let mut places = vec![0; texts.len()];
        for (place, (_, number)) in (0..).zip(&texts) {
            if let Some(slot) = places.get_mut(*number as usize) {
                *slot = place;
            }
        }
        (texts.into_iter().map(|(text, _)| text).collect(), places)
    }
}
