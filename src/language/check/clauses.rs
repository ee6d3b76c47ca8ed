//! `because`, `active`, `limit`, `tags`: which may stand where, each at most once.

use std::sync::Arc;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::Checker;
use crate::diagnostic::Span;
use crate::language::checked::{Active, Limit};
use crate::language::syntax::{Clause, ClauseKind, Integer, Moment, Per, Text};
use crate::profile::zone;

/// What a clause belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Segment,
    Rule,
}

/// The clauses of one rule or segment; those in error are missing.
#[derive(Debug, Default)]
pub(super) struct Clauses {
    pub because: Option<Arc<str>>,
    pub active: Option<Active>,
    pub limit: Option<Limit>,
    pub tags: Vec<Arc<str>>,
}

impl<'a> Checker<'a> {
    pub(super) fn clauses(&mut self, clauses: &[Clause], owner: Owner) -> Clauses {
        let mut checked = Clauses::default();
        let mut seen: Vec<(&str, Span)> = Vec::new();
        for clause in clauses {
            let word = word(&clause.kind);
            if let Some((_, first)) = seen.iter().find(|(known, _)| *known == word) {
                self.repeated_clause(word, clause.at.0, *first);
                continue;
            }
            seen.push((word, clause.at.0));
            match &clause.kind {
                ClauseKind::Because(text) => checked.because = self.text(&text.text, text.at.0),
                ClauseKind::Active { from, until, zone } => {
                    checked.active = self.active(from.as_ref(), until.as_ref(), zone.as_ref());
                }
                ClauseKind::Limit { .. } if owner == Owner::Segment => self.limit_on_segment(clause.at.0),
                ClauseKind::Limit { count, per } => checked.limit = self.limit(count, per),
                ClauseKind::Tags(list) => {
                    let texts = self.list_length(list).and_then(|()| self.texts_of(list)).unwrap_or_default();
                    checked.tags = texts.into_iter().filter_map(|(text, at)| self.text(text, at)).collect();
                }
            }
        }
        checked
    }

    /// The `active` clause of a slot block.
    pub(super) fn block_active(&mut self, clause: Option<&Clause>) -> Option<Active> {
        match clause.map(|clause| &clause.kind) {
            Some(ClauseKind::Active { from, until, zone }) => self.active(from.as_ref(), until.as_ref(), zone.as_ref()),
            _ => None,
        }
    }

    fn active(&mut self, from: Option<&Moment>, until: Option<&Moment>, zone: Option<&Text>) -> Option<Active> {
        let start = from.map(|moment| self.civil(moment, "from"));
        let end = until.map(|moment| self.civil(moment, "until"));
        let zone = zone.map(|text| self.zone(text));
        let (start, end, zone) = (all_or_none(start)?, all_or_none(end)?, all_or_none(zone)?);
        if let (Some(from), Some(until)) = (from, until)
            && start >= end
        {
            let finding = self
                .error("reversed-window", from.at.0.to(until.at.0), "this time ends before it begins")
                .label("`until` comes first")
                .help("write the earlier moment after `from`, the later one after `until`");
            self.report(finding);
            return None;
        }
        Some(Active { from: start, until: end, zone })
    }

    fn zone(&mut self, text: &Text) -> Option<TimeZone> {
        match zone(&text.text) {
            Ok(zone) => Some(zone),
            Err(unknown) => {
                let help = unknown.help();
                self.unknown_noun("unknown-zone", "time zone", text.at.0, &text.text, "no zone has this name", help);
                None
            }
        }
    }

    fn limit(&mut self, count: &Integer, per: &Per) -> Option<Limit> {
        let span = match per {
            Per::Visit => Some(None),
            Per::Span(span) => self.span_above_zero(span).map(Some),
        };
        let number = self.count(count)?;
        if number == 0 {
            let finding = self
                .error("limit-of-zero", count.at.0, "a limit of 0 never shows anything")
                .label("at least 1")
                .help("write at least 1, or take the rule out");
            self.report(finding);
            return None;
        }
        let span: Option<SignedDuration> = span?;
        Some(Limit { count: number, span })
    }

    fn limit_on_segment(&mut self, at: Span) {
        let finding = self
            .error("misplaced-clause", at, "a segment has no `limit`")
            .label("a limit counts shows, and a segment shows nothing")
            .help("write the limit at the rules that show something");
        self.report(finding);
    }

    fn repeated_clause(&mut self, word: &str, at: Span, first: Span) {
        let finding = self
            .error("repeated-clause", at, format!("`{word}` stands here twice"))
            .label("again")
            .also(first, "first here")
            .help("keep one of them");
        self.report(finding);
    }
}

/// An absent part is fine, a part in error is not.
#[expect(clippy::option_option, reason = "absent and in error are two things")]
fn all_or_none<T>(part: Option<Option<T>>) -> Option<Option<T>> {
    match part {
        None => Some(None),
        Some(Some(part)) => Some(Some(part)),
        Some(None) => None,
    }
}

fn word(clause: &ClauseKind) -> &'static str {
    match clause {
        ClauseKind::Because(_) => "because",
        ClauseKind::Active { .. } => "active",
        ClauseKind::Limit { .. } => "limit",
        ClauseKind::Tags(_) => "tags",
    }
}
