//! Looks at who is in which segment; what changed goes to the journal.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::entry::{Entry, Id};
use super::id::VisitorHash;
use super::submit::Attachment;
use super::{Core, Error};
use crate::profile::{Context, Visitor};
use crate::rules::{Situation, Truth};

/// After a change that could not be kept, somebody is looked at again.
const RETRY: SignedDuration = SignedDuration::from_secs(1);

/// One segment that somebody entered or left.
struct Move {
    segment: Arc<str>,
    entered: bool,
}

impl Core {
    /// Looks at whoever is due, until the end.
    pub(super) fn look_on(&self) {
        while let Some(due) = self.looks.take() {
            for (root, foreseen) in due {
                if let Err(error) = self.look_at(root, foreseen) {
                    if !error.is_passing() {
                        tracing::error!(cause = %error, "somebody's segments could not be looked at");
                        continue;
                    }
                    if let Ok(again) = Timestamp::now().checked_add(RETRY) {
                        self.looks.later(root, again);
                    }
                }
            }
        }
    }

    /// Brings somebody's segments up to date. `foreseen`: the instant for which a change was expected; what changed then
    /// changed at that very instant, whenever it is noticed.
    fn look_at(&self, root: VisitorHash, foreseen: Option<Timestamp>) -> Result<(), Error> {
        let course = self.course.load();
        let release = &course.release;
        if release.program.segments.is_empty() {
            return Ok(());
        }
        let Some(living) = self.people.find(root, &release.schema)? else { return Ok(()) };
        let mut held = living.lock();
        if held.is_gone || (foreseen.is_some() && held.next_look.is_some() && held.next_look != foreseen) {
            return Ok(());
        }
        course.put_in_order(&mut held.person);
        let context = Context::default();
        let mut visitor = Visitor::default();
        held.person.complete(&mut visitor);
        let everybody: Vec<usize> = (0..release.program.segments.len()).collect();
        let mut at = foreseen.unwrap_or_else(Timestamp::now);
        let mut entries = Vec::new();
        let mut inside = held.person.segments.clone();
        let Some(known) = held.person.ids.values().next() else { return Ok(()) };
        visitor.id = Arc::clone(&known.text);
        let id = known.id;
        // Every instant that has passed since is looked at in its turn.
        let next = loop {
            let memory = &held.person.memory;
            let ranks = self.ranks.load();
            let situation = Situation::new(&release.program, &release.schema, &visitor, &context, at)
                .remembering(&release.cells, memory)
                .ranked(&ranks);
            for change in moves(release, &situation, &inside) {
                entries.push(membership(id, &change, at));
                if change.entered {
                    inside.insert(change.segment, at.as_millisecond());
                } else {
                    inside.remove(&change.segment);
                }
            }
            let next = release.cells.next_change(&release.program, &release.schema, &everybody, memory, at);
            match next {
                Some(next) if next <= Timestamp::now() && next > at => at = next,
                next => break next,
            }
        };
        if !entries.is_empty() {
            self.committer()?.submit_without_waiting(entries, Attachment::default())?;
        }
        // An earlier instant that is foreseen already comes first, and foresees the rest then.
        let is_new = match (held.next_look, next) {
            (_, None) => false,
            (Some(known), Some(next)) => next < known || Some(known) == foreseen || known <= at,
            (None, Some(_)) => true,
        };
        if is_new || next.is_none() {
            held.next_look = next;
        }
        if let Some(next) = next.filter(|_| is_new) {
            self.looks.later(root, next);
        }
        Ok(())
    }
}

fn moves(
    release: &crate::release::Release,
    situation: &Situation<'_>,
    inside: &std::collections::BTreeMap<Arc<str>, i64>,
) -> Vec<Move> {
    let mut moves = Vec::new();
    for (index, segment) in release.program.segments.iter().enumerate() {
        let is_in = situation.segment(index) == Truth::True;
        if is_in != inside.contains_key(&segment.name) {
            moves.push(Move { segment: Arc::clone(&segment.name), entered: is_in });
        }
    }
    let is_gone = |name: &&Arc<str>| release.program.segments.iter().all(|segment| segment.name != **name);
    let gone = inside.keys().filter(is_gone);
    moves.extend(gone.map(|name| Move { segment: Arc::clone(name), entered: false }));
    moves
}

fn membership(visitor: Id, change: &Move, at: Timestamp) -> Vec<u8> {
    let Move { segment, entered } = change;
    Entry::Membership { visitor, segment, entered: *entered, at: at.as_millisecond() }.encode()
}
