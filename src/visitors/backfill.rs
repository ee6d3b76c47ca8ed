//! Fills the cells of a new release from the journal, while the server serves.
//!
//! From the moment at which a release is followed its cells take up every event that comes; what came before is read from the
//! journal and put into the same cells. A cell does not mind the order. When the release changes again, or the server is
//! restarted, it begins anew: the course's epoch tells a person's half-filled cells from good ones.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use jiff::Timestamp;

use super::course::Course;
use super::entry::Entry;
use super::fold::Folding;
use super::person::{Said, moment};
use super::told::Told;
use super::window::Window;
use super::{Core, Error};
use crate::behaviour::CellId;
use crate::release::Release;
use crate::store::journal::{Position, View};

/// Persons that the fill touched are handed to the keeper after so many events.
const ROUND_EVENTS: usize = 4_096;

impl Folding {
    /// Folds under another release from now on; what must be filled, and up to where.
    pub(super) fn follow(&mut self, release: Arc<Release>) -> (Course, Position) {
        let mut unfilled = release.cells.missing_since(&self.course.release.cells);
        let planned: BTreeSet<CellId> = release.cells.ids().collect();
        unfilled.extend(self.course.unfilled.iter().filter(|id| planned.contains(id)));
        if self.position.entry == 0 {
            unfilled.clear();
        }
        let epoch = Course::next_epoch(self.course.epoch);
        let mut partial = (*self.course.partial).clone();
        partial.retain(|id, _| planned.contains(id) && !unfilled.contains(id));
        let (unfilled, partial) = (Arc::new(unfilled), Arc::new(partial));
        self.course = Course { release, epoch, unfilled, since: Timestamp::now(), partial };
        self.count_by_release();
        (self.course.clone(), self.position)
    }
}

impl Folding {
    /// Counts what the release measures from now on.
    pub(super) fn count_by_release(&mut self) {
        // After a crash in the very first round of the keeper somebody is counted before sled stands anywhere.
        let is_fresh = self.position.entry == 0 && self.sized == 0;
        let Self { tallies, standings, course, .. } = self;
        tallies.follow(&course.release.measured, |key| standings.settled(key), &course.unfilled, is_fresh);
        // So that sled is told.
        self.entries += 1;
    }
}

impl Core {
    /// See [`super::Visitors::follow`].
    pub(super) fn follow(self: &Arc<Self>, release: &Arc<Release>) -> Result<(), Error> {
        if Arc::ptr_eq(&self.course.load().release, release) {
            return Ok(());
        }
        let committer = self.committer()?;
        let (core, release) = (Arc::clone(self), Arc::clone(release));
        let (course, until) = committer
            .between(move |_, folding| {
                let (course, until) = folding.follow(release);
                core.course.store(Arc::new(course.clone()));
                (course, until)
            })
            .wait()?;
        self.begin_fill(course, until)
    }

    /// Fills what a course lacks, and looks at everybody, in a thread of its own.
    pub(super) fn begin_fill(self: &Arc<Self>, course: Course, until: Position) -> Result<(), Error> {
        if until.entry == 0 {
            return Ok(());
        }
        let core = Arc::clone(self);
        let view = self.committer()?.view().clone();
        let fill = move || match core.fill(&course, &view, until).and_then(|()| core.look_at_everybody(&course)) {
            Ok(()) | Err(Error::Stopped) => {}
            Err(error) => tracing::error!(cause = %error, "cells could not be filled from the journal"),
        };
        let builder = std::thread::Builder::new().name("segue-fill".to_owned());
        let fill = builder.spawn(fill).map_err(Error::NoThread)?;
        let mut fills = self.fills.lock().unwrap_or_else(PoisonError::into_inner);
        fills.retain(|fill| !fill.is_finished());
        fills.push(fill);
        Ok(())
    }

    fn is_followed(&self, course: &Course) -> bool {
        self.course.load().epoch == course.epoch && !self.ending.is_over()
    }

    fn fill(&self, course: &Course, view: &View, until: Position) -> Result<(), Error> {
        if course.unfilled.is_empty() {
            return Ok(());
        }
        tracing::info!(cells = course.unfilled.len(), entries = until.entry, "filling new cells from the journal");
        let began = std::time::Instant::now();
        // INVARIANT: nothing is dropped while cells are being filled.
        let first = view.segments().into_iter().next();
        let begun = first.filter(|first| first.first_sequence > 1).map(|first| moment(first.begun_ms as i64));
        let mut reader = view.read(view.start())?;
        let mut window = Window::new(self.window);
        let mut touched = Vec::new();
        let mut before = view.start();
        while before.sequence < until.sequence {
            let Some(record) = reader.next_record()? else { break };
            for (order, bytes) in record.entries() {
                let Some(Entry::Message(entry)) = Entry::decode(bytes) else { continue };
                let is_new = entry.message.is_none_or(|message| {
                    window.remember(u128::from_le_bytes(message), moment(entry.received), before)
                });
                if is_new && let Some(told) = Told::open(&entry, &self.people, &course.release.schema)? {
                    touched.extend(self.fill_in(course, &told, order)?);
                }
            }
            before = reader.position();
            if touched.len() >= ROUND_EVENTS {
                self.hand_over(&mut touched)?;
            }
            if !self.is_followed(course) {
                return Err(Error::Stopped);
            }
        }
        self.hand_over(&mut touched)?;
        let (epoch, cells) = (course.epoch, Arc::clone(&course.unfilled));
        let filled_now = Arc::clone(&cells);
        let filled = self.committer()?.between(move |_, folding| {
            let is_current = folding.course.epoch == epoch;
            if is_current {
                folding.course.unfilled = Arc::default();
                let mut partial = (*folding.course.partial).clone();
                partial.extend(begun.iter().flat_map(|begun| filled_now.iter().map(|id| (*id, *begun))));
                folding.course.partial = Arc::new(partial);
                folding.tallies.were_filled();
                // So that sled is told.
                folding.entries += 1;
            }
            is_current.then(|| folding.course.clone())
        });
        if let Some(course) = filled.wait()? {
            let seconds = began.elapsed().as_secs_f64();
            tracing::info!(cells = cells.len(), seconds, "the new cells hold all there was");
            self.course.store(Arc::new(course));
        }
        Ok(())
    }

    /// Puts one event of the past into the cells that are being filled, and what it told into the attributes.
    fn fill_in(&self, course: &Course, told: &Told, order: u64) -> Result<Option<Arc<super::living::Living>>, Error> {
        let release = &course.release;
        let Some(living) = self.people.find(told.visitor.hash, &release.schema)? else { return Ok(None) };
        let mut held = living.lock();
        if held.is_gone {
            drop(held);
            return self.fill_in(course, told, order);
        }
        course.put_in_order(&mut held.person);
        if held.person.epoch != course.epoch {
            return Ok(None);
        }
        if let Some(event) = &told.meaning.event {
            let memory = &mut held.person.memory;
            release.cells.record_into(&course.unfilled, &release.schema, memory, event, order, told.marks.late);
        }
        for (name, value) in &told.meaning.attributes {
            held.person.tell(name, value.clone(), Said { at: told.at, order }, told.kind.word());
        }
        held.version += 1;
        drop(held);
        Ok(Some(living))
    }

    /// Has the keeper tell sled of persons who were changed outside the fold.
    fn hand_over(&self, touched: &mut Vec<Arc<super::living::Living>>) -> Result<(), Error> {
        let touched = std::mem::take(touched);
        let handed = self.committer()?.between(move |_, folding| {
            for living in touched {
                let held = living.lock();
                if !held.is_gone
                    && held.version != held.saved
                    && let Some(root) = held.person.root()
                {
                    drop(held);
                    folding.dirty.insert(root, living);
                }
            }
        });
        handed.wait()?;
        Ok(())
    }

    /// Looks at everybody's segments: they may be others under a new release, and nobody foresees anything after a restart.
    fn look_at_everybody(&self, course: &Course) -> Result<(), Error> {
        for root in self.people.roots()? {
            if !self.is_followed(course) {
                return Err(Error::Stopped);
            }
            self.looks.wait_for_room();
            self.looks.at(root);
        }
        self.people.all_in_memory().into_iter().for_each(|root| self.looks.at(root));
        Ok(())
    }
}
