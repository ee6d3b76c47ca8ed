//! Rules with a limit: how often each was shown to a visitor.

use jiff::Timestamp;

use super::CellPlan;
use super::division::{Division, milliseconds};
use super::kind::Kind;
use super::plan::Remembered;
use super::spec::Spec;
use crate::behaviour::{Cell, Keep, Memory, Occurrence, Sums, fingerprint};
use crate::content::Shown;
use crate::language::checked::{Condition, Limit, Outcome, Place, Then, Window};
use crate::profile::Schema;
use crate::rules::Situation;
use crate::rules::behaviour_fact::condition_text;

/// Limits up to this are counted show by show; larger ones in buckets.
const MAX_EXACT_SHOWS: u64 = 64;

/// A limit per visit that is larger blocks after this many shows.
const MAX_SHOWS_PER_VISIT: u64 = 256;

/// A rule with a limit: its slot and its words, wherever it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShowKey(pub u64);

impl ShowKey {
    /// Of a rule, or of an `otherwise`, which has no condition; `None` without a limit.
    pub(super) fn of(slot: &str, condition: Option<&Condition>, then: &Then) -> Option<Self> {
        let limit = then.limit.as_ref()?;
        Some(Self(fingerprint(rule_text(slot, condition, then, limit).as_bytes())))
    }
}

fn rule_text(slot: &str, condition: Option<&Condition>, then: &Then, limit: &Limit) -> String {
    let condition = condition.map_or("otherwise".to_owned(), condition_text);
    let outcome = match &then.outcome {
        Outcome::Experiment(name) => format!("experiment {name}"),
        Outcome::Show(Shown::Nothing) => "nothing".to_owned(),
        Outcome::Show(Shown::Literal(value)) => value.to_string(),
        Outcome::Show(Shown::Contents(names)) => names.join(", "),
    };
    let span = limit.span.map_or("visit".to_owned(), |span| format!("{} s", span.as_secs()));
    format!("{slot}: if {condition} show {outcome} limit {} per {span}", limit.count)
}

impl Spec {
    /// The cell of a rule's shows.
    pub(super) fn of_shows(schema: &Schema, slot: &str, condition: Option<&Condition>, then: &Then) -> Option<Self> {
        let limit = then.limit.as_ref()?;
        let kind = match (limit.count <= MAX_EXACT_SHOWS, limit.span) {
            // A visit has no width: of too many shows in one, the newest count.
            (true, _) | (false, None) => {
                let most = limit.count.min(MAX_SHOWS_PER_VISIT);
                Kind::Shows(Keep::Newest(u32::try_from(most).unwrap_or(u32::MAX)))
            }
            (false, Some(span)) => Kind::ManyShows(Division::of(Window::Last(span), super::division::MAX_BUCKETS)?),
        };
        Some(Self::named(schema, kind, &rule_text(slot, condition, then, limit), Vec::new(), None))
    }

    /// Whether shows are counted in it, and no events.
    pub(super) fn is_of_shows(&self) -> bool {
        matches!(self.kind, Kind::Shows(_) | Kind::ManyShows(_))
    }
}

impl CellPlan {
    /// What the shows of the rule or `otherwise` at a place are counted by; `None` where it has no limit.
    pub fn show_key(&self, place: &Place) -> Option<ShowKey> {
        self.show_keys.get(place).copied()
    }

    /// Counts a show of a rule with a limit; a rule that this release does not have is passed over.
    pub fn record_show(&self, schema: &Schema, memory: &mut Memory, key: ShowKey, at: Timestamp, order: u64) {
        let Some(spec) = self.shows.get(&key).and_then(|index| self.cells.get(*index)) else { return };
        let at = at.as_millisecond();
        match (memory.cell_mut(spec.id, || spec.new_cell(schema)), &spec.kind) {
            (Cell::Kept(kept), _) => kept.add(Occurrence { at, order, key: 0, value: None }),
            (Cell::Sums(parts), Kind::ManyShows(Division::Width(width, _))) => {
                parts.add(at.div_euclid(*width), Sums::of(None, false));
            }
            _ => {}
        }
    }
}

impl Situation<'_> {
    /// Whether it is known what was shown to the visitor.
    pub fn knows_shows(&self) -> bool {
        self.remembered.is_some()
    }

    /// How many of the shows that a limit allows have been, where shows are known and it allows no more.
    pub fn limit_reached(&self, key: ShowKey, limit: &Limit) -> Option<u64> {
        let Remembered { plan, memory } = self.remembered?;
        let spec = plan.shows.get(&key).and_then(|index| plan.cells.get(*index))?;
        let shown = match (memory.cell(spec.id)?, &spec.kind) {
            (Cell::Kept(kept), _) => {
                let from = match limit.span {
                    Some(span) => self.now.as_millisecond().saturating_sub(milliseconds(span)) + 1,
                    None => self.visit_of_shows(),
                };
                let now = self.now.as_millisecond();
                kept.occurrences().iter().filter(|show| from <= show.at && show.at <= now).count() as u64
            }
            (Cell::Sums(parts), Kind::ManyShows(division)) => {
                let window = Window::Last(limit.span?);
                let parts = parts.parts().iter().filter(|(part, _)| self.includes(window, *division, *part));
                parts.map(|(_, sums)| sums.count).sum()
            }
            _ => return None,
        };
        let most = if limit.span.is_none() { limit.count.min(MAX_SHOWS_PER_VISIT) } else { limit.count };
        (shown >= most).then_some(shown)
    }

    /// From when on a show counts for the visit that goes on, or that this request may open. A show is no event: the page that
    /// shows something asks for it before its own event comes.
    fn visit_of_shows(&self) -> i64 {
        let timeout = milliseconds(self.schema.visit_timeout);
        let now = self.now.as_millisecond();
        let Some(visits) = self.remembered_visits() else { return now.saturating_sub(timeout) + 1 };
        let (start, before) = match visits.current(now) {
            Some(visit) => (visit.start, visits.visits().iter().rev().nth(1)),
            None => (now, visits.visits().last()),
        };
        let former = before.map_or(i64::MIN, |visit| visit.end.saturating_add(timeout));
        former.max(start.saturating_sub(timeout) + 1).min(start)
    }
}
