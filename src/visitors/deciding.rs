//! Decisions that know what is remembered of their visitor.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::Timestamp;

use super::entry::{Entry, ShowEntry};
use super::id::VisitorHash;
use super::living::{Living, PendingShow};
use super::submit::Attachment;
use super::{Core, Error, Visitors};
use crate::behaviour::Memory;
use crate::decision::{Answer, Past, Request, UnknownSlot, decide_from};
use crate::release::Release;
use crate::rules::ShowKey;

/// Whether somebody is at hand.
#[derive(Debug)]
pub enum Presence {
    /// In memory, or known to be nobody: a decision waits for nothing.
    AtHand(Known),
    /// sled must be asked, which may wait for the disk: [`Visitors::fetch`].
    Away,
}

/// Somebody, or nobody.
#[derive(Debug, Clone)]
pub struct Known(Option<Arc<Living>>);

/// What a decision leaves to be done.
#[derive(Debug)]
pub enum Afterwards {
    /// Nothing.
    Nothing,
    /// The show of a rule with a limit must be kept before the next decision of somebody who was not known so far:
    /// [`Visitors::keep_shows`].
    KeepShows(Vec<ShowKey>),
}

impl Visitors {
    /// Looks for a visitor without waiting for anything.
    pub fn look_for(&self, id: &str) -> Presence {
        let hash = self.core.people.hashes.visitor(id);
        self.core.people.at_hand(hash).map_or(Presence::Away, |found| Presence::AtHand(Known(found)))
    }

    /// Looks for a visitor in sled too. May wait for the disk.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Unreadable`].
    pub fn fetch(&self, id: &str, release: &Release) -> Result<Known, Error> {
        let hash = self.core.people.hashes.visitor(id);
        Ok(Known(self.core.people.find(hash, &release.schema)?))
    }

    /// Decides with everything that is known: what was kept of the visitor's attributes and consent, unless the request says
    /// otherwise, and what is remembered of their events.
    ///
    /// # Errors
    /// [`UnknownSlot`].
    pub fn decide(
        &self,
        release: &Release,
        known: &Known,
        mut request: Request,
        now: Timestamp,
    ) -> Result<(Answer, Afterwards), UnknownSlot> {
        let core = &self.core;
        let exposes_later = request.exposes_later;
        let is_apart = request.is_apart;
        let ranks = core.ranks.load();
        let course = core.course.load();
        let steering = core.steering.load();
        let past = |memory| Past { memory: Some(memory), ranks: Some(&ranks), steering: Some(&steering) };
        let (id, hash) = (Arc::clone(&request.visitor.id), core.people.hashes.visitor(&request.visitor.id));
        let Some(living) = &known.0 else {
            core.complete_pending(None, hash, &mut request.visitor);
            let mut memory = Memory::default();
            if request.explain && course.has_gaps() {
                course.tell_gaps(&mut memory);
            }
            let answer = decide_from(release, &request, past(&memory), now)?;
            if !exposes_later && !is_apart {
                core.expose_stranger(hash, &id, &answer, now);
            }
            let shows: Vec<ShowKey> = answer.shows().filter(|_| !exposes_later).collect();
            let afterwards = if shows.is_empty() { Afterwards::Nothing } else { Afterwards::KeepShows(shows) };
            return Ok((answer, afterwards));
        };
        let mut held = living.lock();
        if held.is_gone {
            drop(held);
            return self.decide(release, &core.again(living, hash), request, now);
        }
        course.put_in_order(&mut held.person);
        held.person.complete(&mut request.visitor);
        request.visitor.exposed = held.person.exposures.exposed_to(&release.experiments);
        core.complete_pending(Some(&held), hash, &mut request.visitor);
        let explains_gap = request.explain && course.has_gaps();
        let answer = if held.pending.is_empty() && !explains_gap {
            decide_from(release, &request, past(&held.person.memory), now)?
        } else {
            let mut memory = held.person.memory.clone();
            for pending in &held.pending {
                let key = ShowKey(pending.show);
                release.cells.record_show(&release.schema, &mut memory, key, pending.at, pending.nonce);
            }
            if explains_gap {
                course.tell_gaps(&mut memory);
            }
            decide_from(release, &request, past(&memory), now)?
        };
        let counts = !is_apart && !held.person.is_bot && !held.person.is_internal;
        if !exposes_later && counts {
            core.expose(&mut held, hash, &id, &answer, now);
        }
        for show in answer.shows().filter(|_| !exposes_later) {
            let nonce = core.nonce.fetch_add(1, Ordering::Relaxed);
            let id = held.person.ids.values().next().map(|known| (known.id, Arc::clone(&known.text)));
            let entry = id.and_then(|(id, text)| core.show_entry(&text, id, show, now, nonce).ok());
            let Some(entry) = entry else { continue };
            let unkept = core.exposing.unkept(hash, nonce);
            held.pending.push(PendingShow { show: show.0, at: now, nonce });
            // A crash, or a journal without room, may lose it; the visitor then sees the content once more.
            let kept = core
                .committer()
                .map(|committer| committer.submit_without_waiting(vec![entry], Attachment::of_pending(unkept)));
            if !matches!(kept, Ok(Ok(()))) {
                held.pending.retain(|pending| pending.nonce != nonce);
            }
        }
        Ok((answer, Afterwards::Nothing))
    }

    /// Keeps shows of somebody who was not known so far, durably. May wait for the disk.
    ///
    /// # Errors
    /// As [`Visitors::submit`].
    pub fn keep_shows(&self, id: &str, release: &Release, shows: &[ShowKey], now: Timestamp) -> Result<(), Error> {
        let core = &self.core;
        let visitor = core.id(id, &release.schema)?;
        let entries = shows.iter().map(|show| {
            let nonce = core.nonce.fetch_add(1, Ordering::Relaxed);
            core.show_entry(id, visitor, *show, now, nonce)
        });
        let entries = entries.collect::<Result<Vec<_>, Error>>()?;
        Ok(core.committer()?.submit(entries, Attachment::default())?.wait().map(drop)?)
    }
}

impl Core {
    /// Who was found has been joined with another since, or erased: who they are now.
    fn again(&self, gone: &Arc<Living>, hash: VisitorHash) -> Known {
        Known(self.people.at_hand(hash).flatten().filter(|found| !Arc::ptr_eq(found, gone)))
    }

    fn show_entry(
        &self,
        text: &str,
        visitor: super::entry::Id,
        show: ShowKey,
        now: Timestamp,
        nonce: u64,
    ) -> Result<Vec<u8>, Error> {
        let sealed = self.seal_under(&visitor, text.as_bytes())?;
        let entry = ShowEntry { visitor, show: show.0, at: now.as_millisecond(), nonce, sealed: &sealed };
        Ok(Entry::Show(entry).encode())
    }
}
