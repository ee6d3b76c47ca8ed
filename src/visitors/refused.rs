//! Dead letters: messages that were refused, with their cause, so that somebody can mend what sends them.
//!
//! The latest are kept, bounded in number and bytes, sealed like all that is personal: under the visitor's key where the
//! visitor could be read, else under key 0, which belongs to nobody.

use std::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::Error;
use super::entry::{Id, RefusedBody, decode, encode};
use super::id::VisitorHash;
use super::people::People;
use super::told::open_sealed;
use crate::store::Changes;

/// More dead letters are not kept: the oldest go.
pub const MAX_DEAD_LETTERS: usize = 10_000;
/// More bytes of dead letters are not kept: the oldest go.
pub const MAX_DEAD_LETTER_BYTES: usize = 16 << 20;

/// Rows of dead letters, by journal entry.
pub(super) const REFUSED_ROWS: &[u8] = b"Vr";

/// The id under which letters of nobody are sealed.
pub(super) const NOBODY: Id = Id { hash: VisitorHash([0; 16]), key: 0 };

/// One refused message as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct RefusedMessage {
    order: u64,
    visitor: Id,
    reason: String,
    received: i64,
    sealed: Vec<u8>,
}

/// One refused message as people read it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeadLetter {
    /// Its number; later ones have higher numbers.
    pub number: u64,
    /// RFC 3339.
    pub received: String,
    /// As metrics count it.
    pub reason: String,
    /// What is wrong, and what to send instead.
    pub cause: String,
    /// `track`, ..; where it could be read.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Where it could be read.
    pub visitor: Option<String>,
    /// Where the client sent one.
    #[serde(rename = "messageId")]
    pub message_id: Option<String>,
    /// As it was sent, cut where it was too long.
    pub body: String,
}

impl RefusedMessage {
    pub(super) fn new(order: u64, visitor: Option<Id>, reason: &str, received: i64, sealed: &[u8]) -> Self {
        let visitor = visitor.unwrap_or(NOBODY);
        Self { order, visitor, reason: reason.to_owned(), received, sealed: sealed.to_vec() }
    }

    fn bytes(&self) -> usize {
        64 + self.reason.len() + self.sealed.len()
    }

    fn key(&self) -> Vec<u8> {
        [REFUSED_ROWS, &self.order.to_be_bytes()].concat()
    }

    /// `None` where its key was destroyed.
    fn open(&self, people: &People) -> Result<Option<DeadLetter>, Error> {
        let Some(bytes) = open_sealed(people, &self.visitor, &self.sealed)? else { return Ok(None) };
        let body: RefusedBody<'_> = decode(&bytes).ok_or(Error::Unreadable)?;
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Ok(Some(DeadLetter {
            number: self.order,
            received: super::person::moment(self.received).to_string(),
            reason: self.reason.clone(),
            cause: body.cause.to_owned(),
            kind: owned(body.kind),
            visitor: owned(body.visitor),
            message_id: owned(body.message_id),
            body: body.body.to_owned(),
        }))
    }
}

/// The latest refused messages.
#[derive(Debug, Default)]
pub(super) struct RefusedMessages {
    kept: VecDeque<RefusedMessage>,
    bytes: usize,
    /// What sled does not know yet.
    changes: Changes,
}

impl RefusedMessages {
    /// Those that sled holds.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) fn load(people: &People) -> Result<Self, Error> {
        let mut found = Self::default();
        let mut damaged = false;
        people.shelf.each(REFUSED_ROWS, &mut |_, row| {
            match decode::<RefusedMessage>(row) {
                Some(message) => found.push(message),
                None => damaged = true,
            }
            std::ops::ControlFlow::Continue(())
        })?;
        if damaged { Err(people.shelf.give_up("a dead letter that does not read").into()) } else { Ok(found) }
    }

    pub(super) fn keep(&mut self, message: RefusedMessage) {
        if self.kept.back().is_some_and(|last| last.order >= message.order) {
            return;
        }
        self.changes.put(message.key(), encode(&message));
        self.push(message);
    }

    fn push(&mut self, message: RefusedMessage) {
        self.bytes += message.bytes();
        self.kept.push_back(message);
        while self.kept.len() > MAX_DEAD_LETTERS || self.bytes > MAX_DEAD_LETTER_BYTES {
            let Some(oldest) = self.kept.pop_front() else { return };
            self.bytes -= oldest.bytes();
            self.changes.remove(oldest.key());
        }
    }

    /// Forgets what was sealed with these keys, which are sorted.
    pub(super) fn forget(&mut self, keys: &[u64]) {
        let (bytes, changes) = (&mut self.bytes, &mut self.changes);
        self.kept.retain(|message| {
            let stays = keys.binary_search(&message.visitor.key).is_err();
            if !stays {
                *bytes -= message.bytes();
                changes.remove(message.key());
            }
            stays
        });
    }

    /// The ids of visitors under which something is kept, each with the key that seals it.
    pub(super) fn ids_of(&self, hashes: &[VisitorHash]) -> BTreeSet<Id> {
        self.kept.iter().map(|message| message.visitor).filter(|id| hashes.contains(&id.hash)).collect()
    }

    /// What sled must be told.
    pub(super) fn take_changes(&mut self) -> Changes {
        std::mem::take(&mut self.changes)
    }

    /// The latest, newest first, to be opened elsewhere.
    pub(super) fn latest(&self, limit: usize) -> Vec<RefusedMessage> {
        self.kept.iter().rev().take(limit).cloned().collect()
    }
}

/// Opens dead letters; those of erased visitors are left out.
pub(super) fn read(people: &People, letters: &[RefusedMessage]) -> Result<Vec<DeadLetter>, Error> {
    letters.iter().filter_map(|letter| letter.open(people).transpose()).collect()
}
