//! Takes checked messages in: gives each visitor id its key, seals what is personal, and hands all to the journal.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::entry::{Body, Entry, Id, MessageEntry, RefusedBody, encode, mark_bits};
use super::experiments::exposing::Unkept;
use super::refused::NOBODY;
use super::told::Told;
use super::{Core, Error, Visitors};
use crate::experiment::Experiment;
use crate::ingest::{Batch, Kind, Message, Rejected};
use crate::profile::Schema;
use crate::release::Release;
use crate::store::journal::{Refused, Ticket};

/// What goes with entries to the fold: what messages say, so that they need not be opened again.
#[derive(Debug, Default)]
pub(super) struct Attachment {
    /// The release in whose words they say it.
    pub(super) release: Option<Arc<Release>>,
    /// One for each entry that is a message.
    pub(super) told: Vec<Option<Told>>,
    /// Of an entry that nobody waits for: what is pending until it is folded.
    pub(super) pending: Option<Unkept>,
}

impl Attachment {
    /// With an entry that says what is pending.
    pub(super) fn of_pending(unkept: Unkept) -> Self {
        Self { pending: Some(unkept), ..Self::default() }
    }
}

/// The promise that a batch is durable and that every decision from then on knows it.
#[derive(Debug)]
pub struct Acceptance(Option<Ticket>, Arc<AtomicBool>);

impl Acceptance {
    /// Waits without a thread.
    ///
    /// # Errors
    /// [`Error::Refused`]: then nothing of it counts, and it should be sent again.
    pub async fn done(self) -> Result<(), Error> {
        if let Some(ticket) = self.0 {
            ticket.await?;
        }
        folded(&self.1)
    }

    /// The same in a thread.
    ///
    /// # Errors
    /// As [`Acceptance::done`].
    pub fn wait(self) -> Result<(), Error> {
        self.0.map_or(Ok(()), |ticket| ticket.wait().map(drop))?;
        folded(&self.1)
    }
}

impl Visitors {
    /// Hands a batch in that was read with the schema of `release`. May wait for the disk, where somebody is not in memory.
    ///
    /// # Errors
    /// [`Error::Refused`] at once when too much waits or nothing is accepted any more; [`Error::Store`].
    pub fn submit(&self, batch: Batch, release: &Arc<Release>) -> Result<Acceptance, Error> {
        let core = &self.core;
        if core.failed.load(Ordering::Acquire) {
            return Err(Error::Failed);
        }
        if core.is_full.load(Ordering::Acquire) {
            return Err(Error::NoRoom);
        }
        let schema = &release.schema;
        let mut entries = Vec::with_capacity(batch.messages.len() + batch.rejected.len());
        let mut told = Vec::with_capacity(entries.capacity());
        for message in batch.messages {
            let (entry, message) = core.seal(message, release)?;
            entries.push(entry);
            told.push(Some(message));
        }
        for rejected in &batch.rejected {
            entries.push(core.seal_rejected(rejected, schema)?);
            told.push(None);
        }
        if entries.is_empty() {
            return Ok(Acceptance(None, Arc::clone(&core.failed)));
        }
        let attachment = Attachment { release: Some(Arc::clone(release)), told, pending: None };
        match core.committer()?.submit(entries, attachment) {
            Ok(ticket) => Ok(Acceptance(Some(ticket), Arc::clone(&core.failed))),
            Err(refused) => Err(refused.into()),
        }
    }
}

/// What is durable but could not be folded is not acknowledged: no decision would know it.
fn folded(failed: &AtomicBool) -> Result<(), Error> {
    if failed.load(Ordering::Acquire) { Err(Error::Failed) } else { Ok(()) }
}

impl Core {
    /// An id with its key.
    pub(super) fn id(&self, text: &str, schema: &Schema) -> Result<Id, Error> {
        let hash = self.people.hashes.visitor(text);
        Ok(Id { hash, key: self.people.key_of(hash, schema)? })
    }

    /// Seals something under an id.
    pub(super) fn seal_under(&self, id: &Id, value: &[u8]) -> Result<Vec<u8>, Error> {
        // A key that was destroyed just now belongs to somebody who is being erased.
        let key = self.people.keys.key(id.key)?.ok_or(Error::Refused(Refused::Busy))?;
        Ok(key.seal(&id.hash.0, value))
    }

    fn seal(&self, message: Message, release: &Release) -> Result<(Vec<u8>, Told), Error> {
        let schema = &release.schema;
        let viewed = message.meaning.viewed.as_ref();
        let experiment = viewed.and_then(|viewed| viewed.experiment(&release.experiments)).map(Experiment::key);
        let visitor = self.id(&message.visitor, schema)?;
        let other = message.joins.as_deref().filter(|other| **other != *message.visitor);
        let joins = other.map(|other| self.id(other, schema)).transpose()?;
        let body = Body {
            visitor: &message.visitor,
            joins: other,
            message_id: &message.message_id,
            at: message.at.as_millisecond(),
            kept: message.kept.get(),
        };
        let sealed = self.seal_under(&visitor, &body.encode(experiment.as_ref()))?;
        let hash = message.id_given.then(|| self.people.hashes.message(&message.message_id).to_le_bytes());
        let entry = Entry::Message(MessageEntry {
            visitor,
            joins,
            message: hash,
            received: message.received.as_millisecond(),
            kind: kind_number(message.kind),
            marks: mark_bits(message.marks),
            sealed: &sealed,
        });
        Ok((entry.encode(), Told::of(message, visitor, joins, experiment)))
    }

    fn seal_rejected(&self, rejected: &Rejected, schema: &Schema) -> Result<Vec<u8>, Error> {
        let visitor = rejected.visitor.as_deref().map(|text| self.id(text, schema)).transpose()?;
        let body = RefusedBody {
            cause: &rejected.cause,
            kind: rejected.kind.map(Kind::word),
            visitor: rejected.visitor.as_deref(),
            message_id: rejected.message_id.as_deref(),
            body: &rejected.body,
        };
        let sealed = self.seal_under(&visitor.unwrap_or(NOBODY), &encode(&body))?;
        let received = rejected.received.as_millisecond();
        Ok(Entry::Refused { visitor, reason: rejected.reason.word(), received, sealed: &sealed }.encode())
    }
}

fn kind_number(kind: Kind) -> u8 {
    // INVARIANT: every kind stands in the list.
    Kind::ALL.iter().position(|known| *known == kind).and_then(|place| u8::try_from(place).ok()).unwrap_or_default()
}
