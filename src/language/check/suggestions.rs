//! "Did you mean": bounded, so that a set with many wrong names is refused as fast as one with a single one.

use std::collections::HashMap;

use super::Checker;
use crate::diagnostic::{MAX_SUGGESTION_DISTANCE, nearest};

/// After this much effort no more suggestions are made: about half a second's work. The errors still come.
const MAX_EFFORT: usize = 10_000_000;

/// What comparing two names costs, where looking at the length of one costs 1.
const COMPARISON_EFFORT: usize = 50;

/// Suggestions made so far.
#[derive(Default)]
pub(super) struct Suggestions<'a> {
    /// By kind of noun and the name as written.
    made: HashMap<(String, String), Option<&'a str>>,
    effort: usize,
}

impl<'a> Checker<'a> {
    /// The candidate nearest to `written`. `table` says where the candidates come from: equal tables, equal candidates.
    pub(super) fn nearest(
        &mut self,
        table: &str,
        written: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Option<&'a str> {
        let key = (table.to_owned(), written.to_owned());
        if let Some(made) = self.suggestions.made.get(&key) {
            return *made;
        }
        if self.suggestions.effort >= MAX_EFFORT {
            return None;
        }
        // Names whose lengths differ by more than the distance cannot be near; looking at lengths costs little.
        let length = written.chars().count();
        let mut seen = 0;
        let near: Vec<&str> = candidates
            .into_iter()
            .inspect(|_| seen += 1)
            .filter(|candidate| candidate.chars().count().abs_diff(length) <= MAX_SUGGESTION_DISTANCE)
            .collect();
        self.suggestions.effort += seen + COMPARISON_EFFORT * near.len();
        let found = nearest(written, near);
        self.suggestions.made.insert(key, found);
        found
    }

    /// `did you mean .. ?`, else what to do instead.
    pub(super) fn did_you_mean(
        &mut self,
        table: &str,
        written: &str,
        candidates: impl IntoIterator<Item = &'a str>,
        otherwise: impl Into<String>,
    ) -> String {
        match self.nearest(table, written, candidates) {
            Some(name) => format!("did you mean `{name}`?"),
            None => otherwise.into(),
        }
    }
}
