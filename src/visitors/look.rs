//! Looks at who is in which segment; what changed goes to the journal.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::entry::{Entry, Id};
use super::id::VisitorHash;
use super::noticed::Sight;
use super::submit::Attachment;
use super::{Core, Error};
use crate::profile::Visitor;
use crate::release::Release;
use crate::rules::{Situation, Truth};

/// After a change that could not be kept, somebody is looked at again.
const RETRY: SignedDuration = SignedDuration::from_secs(1);

/// One segment that somebody entered or left.
pub(super) struct Move {
    pub(super) segment: Arc<str>,
    pub(super) entered: bool,
    pub(super) at: Timestamp,
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
        // After a change that could not be kept, the instants are found again.
        let foreseen = foreseen.filter(|_| held.was_looked_at);
        if held.is_gone || (foreseen.is_some() && held.next_look.is_some() && held.next_look != foreseen) {
            return Ok(());
        }
        course.put_in_order(&mut held.person);
        let mut visitor = Visitor::default();
        held.person.complete(&mut visitor);
        let Some(known) = held.person.ids.values().next() else { return Ok(()) };
        visitor.id = Arc::clone(&known.text);
        let id = known.id;
        let ranks = self.ranks.load();
        let sight = Sight { release, visitor: &visitor, memory: &held.person.memory, ranks: &ranks };
        let mut at = foreseen.unwrap_or_else(Timestamp::now);
        let mut changes: Vec<Move> = Vec::new();
        let mut inside: BTreeSet<Arc<str>> = held.segments().cloned().collect();
        // Every instant that has passed since is looked at in its turn.
        let next = loop {
            let mut moves = sight.at(at, |situation| moves(release, situation, &inside, at));
            if foreseen.is_none() && !held.was_looked_at && changes.is_empty() && !moves.is_empty() {
                sight.date_back(&held.person, &mut moves);
                moves.sort_by_key(|change| change.at);
            }
            for change in &moves {
                if change.entered {
                    inside.insert(Arc::clone(&change.segment));
                } else {
                    inside.remove(&change.segment);
                }
            }
            changes.extend(moves);
            match sight.next_change(at) {
                Some(next) if next <= Timestamp::now() => at = next,
                next => break next,
            }
        };
        if !changes.is_empty() {
            let entries = changes.iter().map(|change| membership(id, change)).collect();
            if let Err(refused) = self.committer()?.submit_without_waiting(entries, Attachment::default()) {
                (held.was_looked_at, held.next_look) = (false, None);
                return Err(refused.into());
            }
            held.moving.extend(changes.into_iter().map(|change| (change.segment, change.entered)));
        }
        held.was_looked_at = true;
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

fn moves(release: &Release, situation: &Situation<'_>, inside: &BTreeSet<Arc<str>>, at: Timestamp) -> Vec<Move> {
    let mut moves = Vec::new();
    for (index, segment) in release.program.segments.iter().enumerate() {
        let is_in = situation.segment(index) == Truth::True;
        if is_in != inside.contains(&segment.name) {
            moves.push(Move { segment: Arc::clone(&segment.name), entered: is_in, at });
        }
    }
    let is_gone = |name: &&Arc<str>| release.program.segments.iter().all(|segment| segment.name != **name);
    let gone = inside.iter().filter(is_gone);
    moves.extend(gone.map(|name| Move { segment: Arc::clone(name), entered: false, at }));
    moves
}

fn membership(visitor: Id, change: &Move) -> Vec<u8> {
    let Move { segment, entered, at } = change;
    Entry::Membership { visitor, segment, entered: *entered, at: at.as_millisecond() }.encode()
}
