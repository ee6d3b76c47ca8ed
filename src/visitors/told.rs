//! What one message tells of its visitor, ready to be folded: as it was just read, or out of the journal.

use std::sync::Arc;

use super::Error;
use super::entry::{Body, Id, MessageEntry, marks};
use super::people::People;
use crate::ingest::{self, Kind, Marks, Meaning, Message};
use crate::profile::{ExperimentKey, Schema};

/// One message in the words of a schema.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) visitor: Id,
    pub(super) visitor_text: Arc<str>,
    pub(super) joins: Option<(Id, Arc<str>)>,
    pub(super) kind: Kind,
    /// Milliseconds since 1970.
    pub(super) at: i64,
    pub(super) marks: Marks,
    pub(super) meaning: Meaning,
    /// Of an event that tells of an exposure, the experiment that was known by that name when it was taken.
    pub(super) experiment: Option<ExperimentKey>,
}

impl Told {
    /// Of a message that was just read.
    pub(super) fn of(message: Message, visitor: Id, joins: Option<Id>, experiment: Option<ExperimentKey>) -> Self {
        Self {
            visitor,
            visitor_text: message.visitor,
            joins: joins.zip(message.joins),
            kind: message.kind,
            at: message.at.as_millisecond(),
            marks: message.marks,
            meaning: message.meaning,
            experiment,
        }
    }

    /// Out of the journal; `None` where the key was destroyed, or nothing understood.
    ///
    /// # Errors
    /// [`Error::Unreadable`], [`Error::Store`].
    pub(super) fn open(entry: &MessageEntry<'_>, people: &People, schema: &Schema) -> Result<Option<Self>, Error> {
        let Some(body) = open_sealed(people, &entry.visitor, entry.sealed)? else { return Ok(None) };
        let Some((body, experiment)) = Body::decode(&body) else { return Err(Error::Unreadable) };
        // One message that cannot be understood must not keep all others from being folded.
        let Ok(meaning) = ingest::interpret(schema, body.kept)
            .inspect_err(|cause| tracing::error!(%cause, "a kept message cannot be understood; it is passed over"))
        else {
            return Ok(None);
        };
        Ok(Some(Self {
            visitor: entry.visitor,
            visitor_text: Arc::from(body.visitor),
            joins: entry.joins.zip(body.joins.map(Arc::from)),
            kind: Kind::ALL.get(usize::from(entry.kind)).copied().ok_or(Error::Unreadable)?,
            at: body.at,
            marks: marks(entry.marks),
            meaning,
            experiment,
        }))
    }
}

/// Opens what was sealed under an id; `None` where the key was destroyed.
pub(super) fn open_sealed(people: &People, id: &Id, sealed: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    let Some(key) = people.keys.key(id.key)? else { return Ok(None) };
    key.open(&id.hash.0, sealed).map(Some).map_err(|_| Error::Unreadable)
}
