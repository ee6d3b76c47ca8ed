//! What one entry of the journal says.
//!
//! An entry is a version byte and a postcard of [`Entry`]. What tells who somebody is or what they did is sealed with the
//! key of their id; in plain stand keyed hashes, key numbers, times and marks, so that a fold can be made again without a key
//! where somebody was erased.

use serde::{Deserialize, Serialize};

use super::id::VisitorHash;
use crate::ingest::Marks;
use crate::profile::ExperimentKey;
use crate::trial::Happening;

/// The version that this program writes.
const VERSION: u8 = 1;

/// One visitor id: its hash, and the number of the key that seals what is said under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Id {
    pub(super) hash: VisitorHash,
    pub(super) key: u64,
}

/// One entry. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Entry<'a> {
    /// A message that was accepted.
    Message(MessageEntry<'a>),
    /// A rule with a limit was shown.
    Show(ShowEntry<'a>),
    /// A visitor is forgotten: all their keys are destroyed.
    Erase { ids: Vec<Id> },
    /// A visitor entered or left a segment. The name is the author's, no personal value.
    Membership { visitor: Id, segment: &'a str, entered: bool, at: i64 },
    /// A message that was refused, sealed where its visitor is known.
    Refused {
        visitor: Option<Id>,
        reason: &'a str,
        received: i64,
        #[serde(borrow)]
        sealed: &'a [u8],
    },
    /// A visitor was shown, for the first time, what an experiment assigned.
    Exposure(ExposureEntry<'a>),
    /// Something happened to an experiment. No personal value.
    Note { experiment: ExperimentKey, at: i64, what: Happening },
}

/// A message that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct MessageEntry<'a> {
    pub(super) visitor: Id,
    pub(super) joins: Option<Id>,
    /// The hash of the message id; `None` where the client sent none.
    pub(super) message: Option<[u8; 16]>,
    pub(super) received: i64,
    /// Place in [`crate::ingest::Kind::ALL`].
    pub(super) kind: u8,
    /// See [`mark_bits`].
    pub(super) marks: u8,
    /// A [`Body`].
    #[serde(borrow)]
    pub(super) sealed: &'a [u8],
}

/// A show that a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct ShowEntry<'a> {
    pub(super) visitor: Id,
    /// Of the rule.
    pub(super) show: u64,
    pub(super) at: i64,
    /// Told apart from the show that a running server has counted already.
    pub(super) nonce: u64,
    /// The visitor's id.
    #[serde(borrow)]
    pub(super) sealed: &'a [u8],
}

/// A decision exposed a visitor to an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct ExposureEntry<'a> {
    pub(super) visitor: Id,
    /// Told apart from the exposure that a running server knows of already.
    pub(super) nonce: u64,
    /// An [`ExperimentKey`] and an [`Exposure`](crate::measurement::Exposure).
    #[serde(borrow)]
    pub(super) sealed: &'a [u8],
}

/// What is sealed of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Body<'a> {
    pub(super) visitor: &'a str,
    pub(super) joins: Option<&'a str>,
    pub(super) message_id: &'a str,
    pub(super) at: i64,
    /// See [`crate::ingest::Message::kept`].
    pub(super) kept: &'a str,
}

/// What is sealed of a message that was refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct RefusedBody<'a> {
    pub(super) cause: &'a str,
    pub(super) kind: Option<&'a str>,
    pub(super) visitor: Option<&'a str>,
    pub(super) message_id: Option<&'a str>,
    pub(super) body: &'a str,
}

/// The version of a body behind which stands the experiment that the release knew by the name which an event tells.
const OF_EXPERIMENT: u8 = 2;

impl<'a> Body<'a> {
    /// For the journal, with the experiment that the message tells of, if it is known.
    pub(super) fn encode(&self, experiment: Option<&ExperimentKey>) -> Vec<u8> {
        experiment.map_or_else(|| encode(self), |experiment| encode_as(OF_EXPERIMENT, &(self, experiment)))
    }

    /// What [`Body::encode`] made.
    pub(super) fn decode(bytes: &'a [u8]) -> Option<(Self, Option<ExperimentKey>)> {
        if bytes.first() != Some(&OF_EXPERIMENT) {
            return decode(bytes).map(|body| (body, None));
        }
        match decode_as(OF_EXPERIMENT, bytes)? {
            ((body, experiment), []) => Some((body, Some(experiment))),
            _ => None,
        }
    }
}

const BOT: u8 = 1;
const INTERNAL: u8 = 2;
const LATE: u8 = 4;

/// Marks as one byte.
pub(super) fn mark_bits(marks: Marks) -> u8 {
    let bit = |set: bool, bit: u8| if set { bit } else { 0 };
    bit(marks.bot, BOT) | bit(marks.internal, INTERNAL) | bit(marks.late, LATE)
}

/// What [`mark_bits`] wrote.
pub(super) fn marks(bits: u8) -> Marks {
    Marks { bot: bits & BOT != 0, internal: bits & INTERNAL != 0, late: bits & LATE != 0 }
}

impl<'a> Entry<'a> {
    pub(super) fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    /// `None` when these bytes say nothing that this program knows.
    pub(super) fn decode(bytes: &'a [u8]) -> Option<Self> {
        decode(bytes)
    }
}

/// A version byte and the value.
pub(super) fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    encode_as(VERSION, value)
}

/// The same of something that has versions of its own.
pub(super) fn encode_as<T: Serialize>(version: u8, value: &T) -> Vec<u8> {
    // INVARIANT: a vector takes whatever is written, and these types serialise whatever they hold.
    postcard::to_extend(value, vec![version]).unwrap_or_default()
}

/// What [`encode`] made.
pub(super) fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
    match decode_as(VERSION, bytes)? {
        (value, []) => Some(value),
        _ => None,
    }
}

/// What [`encode_as`] made of this version, and the bytes behind it.
pub(super) fn decode_as<'a, T: Deserialize<'a>>(version: u8, bytes: &'a [u8]) -> Option<(T, &'a [u8])> {
    let (found, rest) = bytes.split_first()?;
    if *found != version {
        return None;
    }
    postcard::take_from_bytes(rest).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::measurement::{CapSource, Exposure};

    fn id(byte: u8) -> Id {
        Id { hash: VisitorHash([byte; 16]), key: u64::from(byte) }
    }

    #[test]
    fn entries_come_back() {
        let message = MessageEntry {
            visitor: id(1),
            joins: Some(id(2)),
            message: Some([7; 16]),
            received: -5,
            kind: 1,
            marks: 4,
            sealed: b"sealed",
        };
        let entries = [
            Entry::Message(message),
            Entry::Show(ShowEntry { visitor: id(3), show: 9, at: 4, nonce: u64::MAX, sealed: b"" }),
            Entry::Erase { ids: vec![id(1), id(200)] },
            Entry::Membership { visitor: id(1), segment: "high_value", entered: true, at: 1 },
            Entry::Refused { visitor: None, reason: "bad-time", received: 0, sealed: b"" },
            Entry::Note {
                experiment: ExperimentKey { name: "banner".into(), salt: "banner".into() },
                at: 7,
                what: Happening::Cap { metric: "spend".to_owned(), source: CapSource(7), value: Some(12.5) },
            },
            Entry::Exposure(ExposureEntry { visitor: id(4), nonce: 6, sealed: b"sealed" }),
        ];
        for entry in entries {
            let bytes = entry.encode();
            assert_eq!(Entry::decode(&bytes), Some(entry.clone()));
            assert_eq!(Entry::decode(&[&bytes[..], b"x"].concat()), None, "more behind it");
            assert!((0..bytes.len()).all(|length| Entry::decode(&bytes[..length]) != Some(entry.clone())));
        }
    }

    #[test]
    fn bodies_come_back_with_the_experiment_that_was_known() {
        let body = Body { visitor: "anna", joins: None, message_id: "m1", at: -4, kept: "{}" };
        let key = ExperimentKey { name: "hero".into(), salt: "s2".into() };
        for known in [None, Some(key)] {
            let bytes = body.encode(known.as_ref());
            assert_eq!(Body::decode(&bytes), Some((body.clone(), known)));
            assert_eq!(Body::decode(&[&bytes[..], b"x"].concat()), None, "more behind it");
        }
        assert_eq!(body.encode(None), encode(&body), "as it was before events told of experiments");
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Entry::decode(&bytes);
            let _ = Body::decode(&bytes);
            let _ = decode::<(ExperimentKey, Exposure)>(&bytes);
        }
    }
}
