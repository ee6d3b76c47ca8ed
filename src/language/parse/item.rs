//! Segments, measures, slots, rules, outcomes and clauses.

use super::{Pair, Reader, Rule, word};
use crate::diagnostic::Diagnostic;
use crate::language::syntax::{
    Clause, ClauseKind, Comments, Literal, LiteralKind, Measure, Name, Otherwise, Outcome, OutcomeKind, Per,
    Rule as RuleTree, Segment, Slot,
};

impl Reader<'_, '_> {
    pub(super) fn segment(&mut self, pair: Pair<'_>) -> Option<Segment> {
        let at = self.at(&pair);
        self.hold(at.0.start, at.0.start);
        let (mut name, mut condition, mut clauses) = (None, None, Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::condition => condition = self.item_condition(part),
                Rule::clause => clauses.push(self.clause(part)?),
                _ => {}
            }
        }
        Some(Segment {
            comments: Comments::new(),
            at,
            name: name?,
            condition: condition?,
            clauses,
            closing: Comments::new(),
        })
    }

    pub(super) fn measure(&mut self, pair: Pair<'_>) -> Option<Measure> {
        let at = self.at(&pair);
        self.hold(at.0.start, at.0.start);
        let (mut name, mut value) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::value => value = self.value(part),
                _ => {}
            }
        }
        Some(Measure { comments: Comments::new(), at, name: name?, value: value? })
    }

    pub(super) fn slot_head(&mut self, pair: Pair<'_>) -> Option<Slot> {
        let at = self.at(&pair);
        self.hold(at.0.start, at.0.start);
        let (mut name, mut priority, mut active) = (None, None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::dotted => name = Some(self.name(&part)),
                Rule::text => name = Some(self.quoted_name(&part)),
                Rule::priority => priority = Some(self.integer(&part.into_inner().nth(1)?)?),
                Rule::active => {
                    let at = self.at(&part);
                    self.hold(at.0.start, at.0.start);
                    active = Some(Clause { comments: Comments::new(), at, kind: self.active(part)? });
                }
                _ => {}
            }
        }
        Some(Slot {
            comments: Comments::new(),
            at,
            name: name?,
            priority,
            active,
            rules: Vec::new(),
            otherwise: None,
            closing: Comments::new(),
        })
    }

    fn quoted_name(&mut self, pair: &Pair<'_>) -> Name {
        let text = self.text(pair);
        if text.text.is_empty() {
            let error = Diagnostic::error("empty-name", self.file, text.at.0, "a slot needs a name");
            self.findings.push(error.label("nothing stands between the quotes").help("slot home_hero {"));
        }
        Name { text: text.text, at: text.at }
    }

    pub(super) fn rule(&mut self, pair: Pair<'_>) -> Option<RuleTree> {
        let at = self.at(&pair);
        self.hold(at.0.start, at.0.start);
        let (mut condition, mut outcome, mut clauses) = (None, None, Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::condition => condition = self.item_condition(part),
                Rule::outcome => outcome = Some(self.outcome(part)?),
                Rule::clause => clauses.push(self.clause(part)?),
                _ => {}
            }
        }
        Some(RuleTree { comments: Comments::new(), at, condition: condition?, outcome: outcome?, clauses })
    }

    pub(super) fn otherwise(&mut self, pair: Pair<'_>) -> Option<Otherwise> {
        let at = self.at(&pair);
        self.hold(at.0.start, at.0.start);
        let (mut outcome, mut clauses) = (None, Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::outcome => outcome = Some(self.outcome(part)?),
                Rule::clause => clauses.push(self.clause(part)?),
                _ => {}
            }
        }
        Some(Otherwise { comments: Comments::new(), at, outcome: outcome?, clauses })
    }

    fn outcome(&mut self, pair: Pair<'_>) -> Option<Outcome> {
        let at = self.at(&pair);
        self.hold(at.0.start, at.0.start);
        let what = pair.into_inner().nth(1)?;
        let kind = match what.as_rule() {
            Rule::kw_nothing => OutcomeKind::Nothing,
            Rule::experiment => OutcomeKind::Experiment(self.name(&what.into_inner().nth(1)?)),
            Rule::ranking => OutcomeKind::Ranking(self.name(&what.into_inner().nth(1)?)),
            Rule::literal => OutcomeKind::Literal(self.literal(what)?),
            _ => {
                let names = what.into_inner().filter(|part| part.as_rule() == Rule::name);
                OutcomeKind::Contents(names.map(|name| self.shown_name(&name)).collect())
            }
        };
        Some(Outcome { comments: Comments::new(), at, kind })
    }

    fn literal(&mut self, pair: Pair<'_>) -> Option<Literal> {
        let at = self.at(&pair);
        let what = pair.into_inner().next()?;
        let kind = match what.as_rule() {
            Rule::kw_yes => LiteralKind::Boolean(true),
            Rule::kw_no => LiteralKind::Boolean(false),
            Rule::text => LiteralKind::Text(self.text(&what).text),
            _ => LiteralKind::Number(self.number(&what)?.value),
        };
        Some(Literal { at, kind })
    }

    fn clause(&mut self, pair: Pair<'_>) -> Option<Clause> {
        let at = self.at(&pair);
        self.hold(at.0.start, at.0.start);
        let what = pair.into_inner().next()?;
        let kind = match what.as_rule() {
            Rule::because => ClauseKind::Because(self.text(&what.into_inner().nth(1)?)),
            Rule::active => self.active(what)?,
            Rule::limit => self.limit(what)?,
            _ => ClauseKind::Tags(self.list(what.into_inner().nth(1)?)?),
        };
        Some(Clause { comments: Comments::new(), at, kind })
    }

    fn active(&mut self, pair: Pair<'_>) -> Option<ClauseKind> {
        let (mut from, mut until, mut zone) = (None, None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::from => from = Some(self.moment(&part.into_inner().nth(1)?)?),
                Rule::until => until = Some(self.moment(&part.into_inner().nth(1)?)?),
                Rule::zone => zone = Some(self.text(&part.into_inner().nth(1)?)),
                _ => {}
            }
        }
        Some(ClauseKind::Active { from, until, zone })
    }

    fn limit(&mut self, pair: Pair<'_>) -> Option<ClauseKind> {
        let (mut count, mut per) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::integer => count = Some(self.integer(&part)?),
                Rule::kw_visit => per = Some(Per::Visit),
                Rule::unit => per = Some(Per::Span(self.one_unit(&part)?)),
                Rule::span => per = Some(Per::Span(self.span_literal(part)?)),
                _ => {}
            }
        }
        Some(ClauseKind::Limit { count: count?, per: per? })
    }

    pub(super) fn name(&mut self, pair: &Pair<'_>) -> Name {
        Name { text: word(pair).to_owned(), at: self.at(pair) }
    }
}
