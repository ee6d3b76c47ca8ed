//! One treatment in the light of the decision rule.

use super::finding::Finding;
use super::row::Row;
use super::sentence::{movement, own_chance};
use super::{Role, words};

/// What speaks for a treatment, and what against it.
pub struct Candidate<'a> {
    pub name: &'a str,
    /// Success metrics.
    pub improved: Vec<&'a Row>,
    /// Metrics of any role.
    pub deteriorated: Vec<&'a Row>,
    /// Guardrails with a margin that are not shown to be within it.
    pub unproven: Vec<&'a Row>,
    /// The first success metric, a primary one if there is one.
    first: Option<&'a Row>,
    /// The chance that it is the best in the first primary metric.
    pub chance_best: f64,
}

impl<'a> Candidate<'a> {
    /// Gathers a treatment's rows.
    pub fn of(name: &'a str, rows: &'a [Row]) -> Self {
        let own = || rows.iter().filter(|row| row.variant == name);
        let with = |finding: Finding| own().filter(move |row| row.finding == Some(finding));
        let unproven = |row: &&Row| row.non_inferiority.is_some() && row.finding != Some(Finding::WithinMargin);
        let primary = own().find(|row| row.role == Role::Primary);
        Self {
            name,
            improved: with(Finding::Improved).filter(|row| row.role != Role::Guardrail).collect(),
            deteriorated: with(Finding::Deteriorated).collect(),
            unproven: own().filter(unproven).collect(),
            first: primary.or_else(|| own().find(|row| row.role == Role::Secondary)),
            chance_best: primary.and_then(|row| row.chance_best).map_or(0.0, |chance| chance.get()),
        }
    }

    /// Whether the rule lets it ship.
    pub fn ships(&self) -> bool {
        !self.improved.is_empty() && self.deteriorated.is_empty() && self.unproven.is_empty()
    }

    /// What deteriorates with it.
    pub fn harm(&self) -> String {
        let worse: Vec<String> = self.deteriorated.iter().map(|row| movement(row)).collect();
        format!("with {} {}", self.name, words::list(&worse))
    }

    /// What stands in its way, among so many comparisons that share this rate of false alarms; `None` if it has no success metric.
    pub fn obstacle(&self, comparisons: usize, alpha: f64) -> Option<String> {
        if !self.improved.is_empty() {
            return Some(self.objection());
        }
        if !self.deteriorated.is_empty() {
            return Some(self.harm() + ", which is worse");
        }
        let first = self.first?;
        let decided = first.decided();
        let excludes_zero = decided
            .and_then(|decided| decided.absolute)
            .is_some_and(|(lower, upper)| lower.get() > 0.0 || upper.get() < 0.0);
        let why = match decided.and_then(|decided| decided.p_value) {
            Some(p_value) if p_value.get() <= alpha && comparisons > 1 => {
                format!(", which among {comparisons} comparisons is no proof")
            }
            Some(_) if excludes_zero => {
                format!(
                    ", which chance alone may explain ({} by the test; the interval is another method)",
                    own_chance(first)
                )
            }
            Some(_) => ", which chance alone may explain".to_owned(),
            None => String::new(),
        };
        Some(format!("with {} {}{why}", self.name, movement(first)))
    }

    /// Why it does not ship though it improves something.
    fn objection(&self) -> String {
        let gains: Vec<String> = self.improved.iter().map(|row| movement(row)).collect();
        let worse = self.deteriorated.iter().map(|row| movement(row));
        let unproven = self.unproven.iter().filter(|row| row.finding != Some(Finding::Deteriorated)).map(|row| {
            let margin =
                row.non_inferiority.as_ref().map(|found| words::percent(found.margin.get())).unwrap_or_default();
            format!("{} is not shown to be within its margin of {margin}", row.metric)
        });
        let against: Vec<String> = worse.chain(unproven).collect();
        format!("with {} {}, but {}", self.name, words::list(&gains), words::list(&against))
    }
}

/// Of those that ship, the one that is most probably the best; the first of equals.
pub fn best<'a, 'b>(candidates: &'b [Candidate<'a>]) -> Option<&'b Candidate<'a>> {
    candidates
        .iter()
        .filter(|candidate| candidate.ships())
        .reduce(|best, next| if next.chance_best > best.chance_best { next } else { best })
}
