//! Folds the journal into what is known of everybody. Lives on the committer's thread.
//!
//! In: entries in the order of the journal, live or replayed after a restart. Out: persons in memory, and which of them
//! sled must be told about. Folding an entry twice changes nothing: each person knows the last entry that is in it.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use foldhash::fast::RandomState;

use super::Error;
use super::course::Course;
use super::entry::{Entry, ExposureEntry, Id, MessageEntry, ShowEntry, decode};
use super::experiments::standings::Standings;
use super::experiments::tallies::{Brought, Tallies, Touch};
use super::id::VisitorHash;
use super::living::{Held, Living};
use super::looks::Looks;
use super::numbers::{Numbers, Outcome};
use super::people::{People, remove_rows};
use super::person::{MAX_IDS, Said, moment};
use super::refused::{RefusedMessage, RefusedMessages};
use super::sizes::Sizes;
use super::told::{Told, open_sealed};
use super::window::Window;
use crate::experiment::Steering;
use crate::measurement::Exposure;
use crate::profile::ExperimentKey;
use crate::rules::ShowKey;
use crate::store::Changes;
use crate::store::journal::Position;

/// What the committer's thread owns beside the journal.
pub(super) struct Folding {
    pub(super) people: Arc<People>,
    pub(super) course: Course,
    pub(super) window: Window,
    pub(super) sizes: Sizes,
    pub(super) tallies: Tallies,
    /// Sizes and tallies count entries from this one on alone: what came before is in them.
    pub(super) sized: u64,
    /// Somebody was erased whom they may still count: everybody is counted anew before anything else.
    pub(super) must_recount: bool,
    /// Whether nothing is served yet.
    pub(super) is_replaying: bool,
    pub(super) refused: RefusedMessages,
    /// What happened to experiments.
    pub(super) standings: Standings,
    /// What came of it for decisions.
    pub(super) steering: Arc<ArcSwap<Steering>>,
    /// Persons that sled does not know as they are, by what was their root when they changed.
    pub(super) dirty: HashMap<VisitorHash, Arc<Living>, RandomState>,
    /// Rows of persons who are gone.
    pub(super) removals: Changes,
    /// Behind the last entry that was folded.
    pub(super) position: Position,
    /// Since sled was told last.
    pub(super) entries: usize,
    /// Whose segments must be looked at.
    pub(super) looks: Arc<Looks>,
    pub(super) numbers: Arc<Numbers>,
}

impl Folding {
    /// Folds one entry. `told` is what a message says, where it was just read.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Unreadable`]: then memory and journal part, and the server must stop.
    pub(super) fn fold(&mut self, order: u64, bytes: &[u8], told: Option<Told>) -> Result<(), Error> {
        self.entries += 1;
        match Entry::decode(bytes).ok_or(Error::Unreadable)? {
            Entry::Message(entry) => self.fold_message(order, &entry, told),
            Entry::Show(show) => self.fold_show(order, &show),
            Entry::Exposure(exposure) => self.fold_exposure(order, &exposure),
            Entry::Note { experiment, at, what } => {
                self.fold_note((order, at), experiment, &what);
                Ok(())
            }
            Entry::Erase { ids } => self.fold_erasure(order, &ids),
            Entry::Membership { visitor, segment, entered, at } => {
                self.fold_membership(order, visitor, segment, entered, at)
            }
            Entry::Refused { visitor, reason, received, sealed } => {
                visitor.into_iter().for_each(|id| self.people.key_was_given(id.key));
                self.refused.keep(RefusedMessage::new(order, visitor, reason, received, sealed));
                Ok(())
            }
        }
    }

    fn fold_message(&mut self, order: u64, entry: &MessageEntry<'_>, told: Option<Told>) -> Result<(), Error> {
        for id in entry.joins.iter().chain([&entry.visitor]) {
            self.people.key_was_given(id.key);
        }
        if let Some(message) = entry.message
            && !self.window.remember(u128::from_le_bytes(message), moment(entry.received), self.position)
        {
            self.numbers.message(entry.kind, Outcome::Duplicate);
            // A key that was given for it alone is given to nobody else; nothing that counts is sealed with it.
            entry.joins.iter().chain([&entry.visitor]).for_each(|id| self.people.take_back(*id));
            return Ok(());
        }
        // Erased between the moment it was sealed and now: it is as if it had come before the erasure.
        let is_lost = self.people.keys.key(entry.visitor.key)?.is_none();
        let told = match told {
            _ if is_lost => None,
            Some(told) => Some(told),
            None => Told::open(entry, &self.people, &self.course.release.schema)?,
        };
        let Some(mut told) = told else {
            self.numbers.message(entry.kind, if is_lost { Outcome::Erased } else { Outcome::Unreadable });
            return Ok(());
        };
        // The other id was erased meanwhile: there is nobody to join with.
        if let Some((other, _)) = &told.joins
            && self.people.keys.key(other.key)?.is_none()
        {
            told.joins = None;
        }
        let living = self.person(told.visitor, &told.visitor_text)?;
        let living = match &told.joins {
            Some((other, text)) => self.join(living, *other, text, order)?,
            None => living,
        };
        let mut held = living.lock();
        if held.person.folded >= order {
            return Ok(());
        }
        self.course.put_in_order(&mut held.person);
        held.person.was_sealed(told.visitor);
        told.joins.iter().for_each(|(other, _)| held.person.was_sealed(*other));
        self.tell(&mut held, &told, order);
        self.numbers.message(entry.kind, Outcome::Accepted);
        self.note(&living, &mut held, order);
        Ok(())
    }

    /// Puts what a message says into its person.
    fn tell(&mut self, held: &mut Held, told: &Told, order: u64) {
        let person = &mut held.person;
        let counts = order > self.sized;
        let is_new = person.messages == 0;
        let turns = (told.marks.bot && !person.is_bot) || (told.marks.internal && !person.is_internal);
        if counts && turns && !is_new {
            self.sizes.subtract(person);
        }
        let touch = match &told.meaning.event {
            _ if turns || told.meaning.viewed.is_some() => Touch::Everything,
            Some(event) => Touch::Event(&event.name),
            None => Touch::Nothing,
        };
        let before = if counts { self.tallies.brought(person, touch) } else { Brought::default() };
        person.is_bot |= told.marks.bot;
        person.is_internal |= told.marks.internal;
        person.messages += 1;
        if counts && (turns || is_new) {
            self.sizes.add(person);
        }
        person.seen(told.at);
        let said = Said { at: told.at, order };
        for (name, value) in &told.meaning.attributes {
            person.tell(name, value.clone(), said, told.kind.word());
        }
        for (purpose, granted) in &told.meaning.consent {
            person.agree(purpose, *granted, said);
        }
        if let Some(event) = &told.meaning.event {
            let release = &self.course.release;
            release.cells.record(&release.schema, &mut person.memory, event, order, told.marks.late);
        }
        if let Some(viewed) = &told.meaning.viewed {
            self.record_viewed(person, told, viewed, order);
        }
        if counts {
            let after = self.tallies.brought(person, touch);
            self.tallies.exchange(before, after);
        }
    }

    fn fold_show(&mut self, order: u64, show: &ShowEntry<'_>) -> Result<(), Error> {
        self.people.key_was_given(show.visitor.key);
        let Some(text) = open_sealed(&self.people, &show.visitor, show.sealed)? else { return Ok(()) };
        let text = Arc::from(String::from_utf8(text).map_err(|_| Error::Unreadable)?);
        let living = self.person(show.visitor, &text)?;
        let mut held = living.lock();
        held.pending.retain(|pending| pending.nonce != show.nonce);
        if held.person.folded >= order {
            return Ok(());
        }
        self.course.put_in_order(&mut held.person);
        held.person.was_sealed(show.visitor);
        let release = &self.course.release;
        let key = ShowKey(show.show);
        release.cells.record_show(&release.schema, &mut held.person.memory, key, moment(show.at), order);
        self.note(&living, &mut held, order);
        Ok(())
    }

    fn fold_exposure(&mut self, order: u64, entry: &ExposureEntry<'_>) -> Result<(), Error> {
        self.people.key_was_given(entry.visitor.key);
        let Some(body) = open_sealed(&self.people, &entry.visitor, entry.sealed)? else {
            self.people.strangers.remove(entry.visitor.hash, entry.nonce);
            return Ok(());
        };
        let (experiment, exposure): (ExperimentKey, Exposure) = decode(&body).ok_or(Error::Unreadable)?;
        let living = self.person(entry.visitor, &exposure.id)?;
        let mut held = living.lock();
        held.pending_exposures.retain(|pending| pending.nonce != entry.nonce);
        if held.person.folded >= order {
            return Ok(());
        }
        self.course.put_in_order(&mut held.person);
        held.person.was_sealed(entry.visitor);
        // One too many takes the place of another's.
        let is_full = held.person.exposures.is_full();
        let touch = if is_full { Touch::Everything } else { Touch::Experiment(&experiment) };
        let before = if order > self.sized { self.tallies.brought(&held.person, touch) } else { Brought::default() };
        held.person.exposures.record(experiment.clone(), exposure);
        if order > self.sized {
            let after = self.tallies.brought(&held.person, touch);
            self.tallies.exchange(before, after);
        }
        // Not before: in between it would be unknown.
        self.people.strangers.remove(entry.visitor.hash, entry.nonce);
        self.numbers.exposed();
        self.note(&living, &mut held, order);
        Ok(())
    }

    fn fold_membership(&mut self, order: u64, id: Id, segment: &str, entered: bool, at: i64) -> Result<(), Error> {
        let Some(living) = self.people.find(id.hash, &self.course.release.schema)? else { return Ok(()) };
        let mut held = living.lock();
        if let Some(came) = held.moving.iter().position(|(name, change)| **name == *segment && *change == entered) {
            held.moving.remove(came);
        }
        if held.person.folded >= order || held.person.segments.contains_key(segment) == entered {
            return Ok(());
        }
        let counts = order > self.sized && held.person.messages > 0;
        if counts {
            self.sizes.subtract(&held.person);
        }
        if entered {
            held.person.segments.insert(Arc::from(segment), at);
        } else {
            held.person.segments.remove(segment);
        }
        if counts {
            self.sizes.add(&held.person);
        }
        self.numbers.membership(entered);
        held.person.folded = order;
        held.version += 1;
        self.mark(&living, &held);
        // They may have left again before this was folded.
        held.person.root().into_iter().for_each(|root| self.looks.at(root));
        Ok(())
    }

    /// Destroys the keys of everybody whom one of these ids belongs to, and forgets them.
    fn fold_erasure(&mut self, order: u64, ids: &[Id]) -> Result<(), Error> {
        let mut keys: Vec<u64> = ids.iter().map(|id| id.key).collect();
        // After a crash between the keys and the rows nobody can tell any more what is to be taken out.
        if self.is_replaying && order > self.sized {
            for key in &keys {
                self.must_recount |= self.people.keys.key(*key)?.is_none();
            }
        }
        // The ids of one person lead to them once: sled still holds the row, from which they would be read again.
        let mut persons: Vec<(Arc<Living>, Vec<VisitorHash>)> = Vec::new();
        for id in ids {
            self.people.key_was_given(id.key);
            self.people.take_back(*id);
            if persons.iter().any(|(_, hashes)| hashes.contains(&id.hash)) {
                continue;
            }
            if let Some(living) = self.people.find(id.hash, &self.course.release.schema)? {
                let mut held = living.lock();
                if held.person.folded > order {
                    // A replay: the id has come again since, as somebody new.
                    continue;
                }
                held.is_gone = true;
                keys.extend(held.person.keys());
                if order > self.sized {
                    if held.person.messages > 0 {
                        self.sizes.subtract(&held.person);
                    }
                    let before = self.tallies.brought(&held.person, Touch::Everything);
                    self.tallies.exchange(before, Brought::default());
                }
                let hashes = held.person.ids.keys().copied().collect();
                drop(held);
                persons.push((living, hashes));
            } else {
                // A replay after a crash between the keys and the rows.
                remove_rows(id.hash, [id.hash], &mut self.removals);
            }
        }
        keys.sort_unstable();
        keys.dedup();
        self.refused.forget(&keys);
        // Before anybody leaves memory: whoever reads the row from now on cannot open it.
        self.people.keys.destroy(&keys)?;
        for (living, hashes) in persons {
            // The smallest is the root.
            let Some(root) = hashes.first().copied() else { continue };
            remove_rows(root, hashes.iter().copied(), &mut self.removals);
            self.dirty.remove(&root);
            self.people.forget(root, &living, hashes);
        }
        self.numbers.erased();
        Ok(())
    }

    fn person(&mut self, id: Id, text: &Arc<str>) -> Result<Arc<Living>, Error> {
        self.people.find_or_make(id, text, &self.course.release.schema)
    }

    /// Makes one person of two; what they are called afterwards.
    fn join(&mut self, living: Arc<Living>, id: Id, text: &Arc<str>, order: u64) -> Result<Arc<Living>, Error> {
        let other = self.person(id, text)?;
        if Arc::ptr_eq(&living, &other) {
            return Ok(living);
        }
        let (mut into, mut from) = (living.lock(), other.lock());
        if into.person.ids.len() + from.person.ids.len() > MAX_IDS {
            tracing::warn!(limit = MAX_IDS, "two visitors were not joined: they would have too many ids");
            self.numbers.join_refused();
            drop(from);
            drop(into);
            return Ok(living);
        }
        let (Some(before), Some(gone)) = (into.person.root(), from.person.root()) else {
            drop(from);
            drop(into);
            return Ok(living);
        };
        let counts = order > self.sized;
        let mut were = Brought::default();
        for held in [&mut into, &mut from] {
            if counts && held.person.messages > 0 {
                self.sizes.subtract(&held.person);
            }
            if counts {
                were.extend(self.tallies.brought(&held.person, Touch::Everything));
            }
            self.course.put_in_order(&mut held.person);
        }
        let others = std::mem::take(&mut from.person);
        from.is_gone = true;
        from.saved = from.version;
        self.course.release.cells.merge(&mut into.person.memory, &others.memory);
        let hashes: Vec<VisitorHash> = others.ids.keys().copied().collect();
        into.person.absorb(others);
        let pending = std::mem::take(&mut from.pending);
        into.pending.extend(pending);
        let pending = std::mem::take(&mut from.pending_exposures);
        into.pending_exposures.extend(pending);
        let moving = std::mem::take(&mut from.moving);
        into.moving.extend(moving);
        if counts && into.person.messages > 0 {
            self.sizes.add(&into.person);
        }
        if counts {
            let are = self.tallies.brought(&into.person, Touch::Everything);
            self.tallies.exchange(were, are);
        }
        self.dirty.remove(&gone);
        self.dirty.remove(&before);
        self.people.forget(gone, &other, hashes);
        self.people.rooted(before, &living, &into.person);
        self.numbers.joined();
        drop(from);
        drop(into);
        Ok(living)
    }

    /// Notes that a person changed with an entry.
    fn note(&mut self, living: &Arc<Living>, held: &mut Held, order: u64) {
        held.person.folded = order;
        held.version += 1;
        self.mark(living, held);
        if let Some(root) = held.person.root() {
            self.looks.at(root);
        }
    }

    fn mark(&mut self, living: &Arc<Living>, held: &Held) {
        if let Some(root) = held.person.root() {
            self.dirty.entry(root).or_insert_with(|| Arc::clone(living));
        }
    }
}
