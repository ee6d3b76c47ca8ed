//! What is kept of one visitor: the ids they go by, what they said of themselves, what they agreed to, what they did.
//!
//! In: messages in the words of a schema. Out: the visitor of a decision. Everything here is folded without regard to order:
//! of two values the one that happened later counts (at one instant, the one that was journalled later), so joining two
//! persons in any order, or twice, gives one and the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::entry::{Id, decode_as, encode_as};
use super::id::VisitorHash;
use crate::behaviour::Memory;
use crate::measurement::Exposures;
use crate::profile::{Schema, Value, Visitor, cast_value};

/// More ids of one visitor are not joined: they are a shared device, or a client that makes an id a message.
pub const MAX_IDS: usize = 1_000;
/// The version of rows that this program writes: behind the row stand the exposures.
const VERSION: u8 = 2;
/// Before there were exposures.
const WITHOUT_EXPOSURES: u8 = 1;

/// One id of a visitor.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct KnownId {
    pub(super) id: Id,
    pub(super) text: Arc<str>,
}

/// When something was said: the later word counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Said {
    /// Milliseconds since 1970.
    pub(super) at: i64,
    /// The number of the journal entry.
    pub(super) order: u64,
}

/// One fact that a visitor's client told.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Attribute {
    pub(super) value: Value,
    pub(super) said: Said,
    /// The kind of message that brought it.
    pub(super) source: Arc<str>,
}

/// One visitor.
#[derive(Debug, Clone, Default)]
pub(super) struct Person {
    /// By hash; the first to be joined with no other is alone.
    pub(super) ids: BTreeMap<VisitorHash, KnownId>,
    /// Keys under which something was sealed beside those of the ids: of messages that came while nothing was known.
    pub(super) other_keys: BTreeSet<u64>,
    pub(super) attributes: BTreeMap<Arc<str>, Attribute>,
    pub(super) consent: BTreeMap<Arc<str>, (bool, Said)>,
    pub(super) memory: Memory,
    /// The experiments that they were shown.
    pub(super) exposures: Exposures,
    /// The segments that they are in, each since when.
    pub(super) segments: BTreeMap<Arc<str>, i64>,
    pub(super) first_seen: Option<i64>,
    pub(super) last_seen: Option<i64>,
    pub(super) messages: u64,
    /// Whether a message came from a crawler, or from the operator's own network: then they count in no statistics.
    pub(super) is_bot: bool,
    pub(super) is_internal: bool,
    /// The last journal entry that is folded in: a replay passes over what is there already.
    pub(super) folded: u64,
    /// The course under which the memory was last put in order.
    pub(super) epoch: u64,
}

impl Person {
    /// Somebody of whom nothing is known but their id.
    pub(super) fn new(id: Id, text: Arc<str>) -> Self {
        Self { ids: BTreeMap::from([(id.hash, KnownId { id, text })]), ..Self::default() }
    }

    /// The hash under which this person is kept: the smallest, whatever the order in which ids were joined.
    pub(super) fn root(&self) -> Option<VisitorHash> {
        self.ids.keys().next().copied()
    }

    /// The key that seals this person's row: of the id whose hash is the smallest.
    pub(super) fn key(&self) -> Option<u64> {
        self.ids.values().next().map(|known| known.id.key)
    }

    /// Every key under which something of theirs was sealed.
    pub(super) fn keys(&self) -> impl Iterator<Item = u64> {
        self.ids.values().map(|known| known.id.key).chain(self.other_keys.iter().copied())
    }

    /// Notes the key under which something of an id of theirs was sealed.
    pub(super) fn was_sealed(&mut self, id: Id) {
        if self.ids.get(&id.hash).is_none_or(|known| known.id.key != id.key) {
            self.other_keys.insert(id.key);
        }
    }

    pub(super) fn tell(&mut self, name: &Arc<str>, value: Value, said: Said, source: &str) {
        match self.attributes.get_mut(name) {
            Some(known) if known.said >= said => {}
            Some(known) => *known = Attribute { value, said, source: Arc::from(source) },
            None => {
                self.attributes.insert(Arc::clone(name), Attribute { value, said, source: Arc::from(source) });
            }
        }
    }

    pub(super) fn agree(&mut self, purpose: &Arc<str>, granted: bool, said: Said) {
        let known = self.consent.entry(Arc::clone(purpose)).or_insert((granted, said));
        if known.1 < said {
            *known = (granted, said);
        }
    }

    pub(super) fn seen(&mut self, at: i64) {
        self.first_seen = Some(self.first_seen.map_or(at, |first| first.min(at)));
        self.last_seen = Some(self.last_seen.map_or(at, |last| last.max(at)));
    }

    /// Takes everything over that is known of `other`, but for the memory, which the plan of cells merges.
    pub(super) fn absorb(&mut self, other: Self) {
        self.ids.extend(other.ids);
        self.other_keys.extend(other.other_keys);
        for (name, Attribute { value, said, source }) in other.attributes {
            self.tell(&name, value, said, &source);
        }
        for (purpose, (granted, said)) in other.consent {
            self.agree(&purpose, granted, said);
        }
        for (segment, since) in other.segments {
            let known = self.segments.entry(segment).or_insert(since);
            *known = since.min(*known);
        }
        self.exposures.merge(other.exposures);
        other.first_seen.into_iter().chain(other.last_seen).for_each(|at| self.seen(at));
        self.messages += other.messages;
        self.is_bot |= other.is_bot;
        self.is_internal |= other.is_internal;
        self.folded = self.folded.max(other.folded);
    }

    /// The visitor of a decision, but for what they were shown: what the request says counts before what is kept.
    pub(super) fn complete(&self, visitor: &mut Visitor) {
        if self.ids.len() > 1 {
            visitor.other_ids = self.ids.values().map(|known| Arc::clone(&known.text)).collect();
        }
        for (name, known) in &self.attributes {
            visitor.attributes.entry(Arc::clone(name)).or_insert_with(|| known.value.clone());
        }
        for (purpose, (granted, _)) in &self.consent {
            visitor.consent.entry(Arc::clone(purpose)).or_insert(*granted);
        }
    }

    /// For a row, to be sealed.
    pub(super) fn encode(&self) -> Vec<u8> {
        let ids = self.ids.values().map(|known| (known.id, &*known.text)).collect();
        let attributes = self.attributes.iter().map(|(name, known)| AttributeRow {
            name,
            json: known.value.to_json().to_string(),
            said: known.said,
            source: &known.source,
        });
        let consent = self.consent.iter().map(|(purpose, (granted, said))| (&**purpose, *granted, *said)).collect();
        let segments = self.segments.iter().map(|(name, since)| (&**name, *since)).collect();
        let memory = self.memory.encode();
        let row = Row {
            ids,
            other_keys: self.other_keys.iter().copied().collect(),
            attributes: attributes.collect(),
            consent,
            segments,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
            messages: self.messages,
            is_bot: self.is_bot,
            is_internal: self.is_internal,
            folded: self.folded,
            epoch: self.epoch,
            memory: &memory,
        };
        encode_as(VERSION, &(row, &self.exposures))
    }

    /// What [`Person::encode`] wrote, with the attributes that the schema still declares so; `None` when it is not that.
    pub(super) fn decode(bytes: &[u8], schema: &Schema) -> Option<Self> {
        let (row, exposures) = read_row(bytes)?;
        let attribute = |row: AttributeRow<'_>| {
            let declared = schema.attributes.get(row.name)?;
            let value = cast_value(declared, &serde_json::from_str(&row.json).ok()?)?;
            Some((Arc::clone(&declared.name), Attribute { value, said: row.said, source: Arc::from(row.source) }))
        };
        let ids = row.ids.into_iter().map(|(id, text)| (id.hash, KnownId { id, text: Arc::from(text) }));
        let consent = row.consent.into_iter().map(|(purpose, granted, said)| (Arc::from(purpose), (granted, said)));
        Some(Self {
            ids: ids.collect(),
            other_keys: row.other_keys.into_iter().collect(),
            attributes: row.attributes.into_iter().filter_map(attribute).collect(),
            consent: consent.collect(),
            memory: Memory::decode(row.memory).ok()?,
            exposures,
            segments: row.segments.into_iter().map(|(name, since)| (Arc::from(name), since)).collect(),
            first_seen: row.first_seen,
            last_seen: row.last_seen,
            messages: row.messages,
            is_bot: row.is_bot,
            is_internal: row.is_internal,
            folded: row.folded,
            epoch: row.epoch,
        })
    }
}

/// A row of this or of a former version.
fn read_row(bytes: &[u8]) -> Option<(Row<'_>, Exposures)> {
    if bytes.first() == Some(&WITHOUT_EXPOSURES) {
        let (row, rest) = decode_as(WITHOUT_EXPOSURES, bytes)?;
        return rest.is_empty().then(|| (row, Exposures::default()));
    }
    let (row, rest) = decode_as(VERSION, bytes)?;
    rest.is_empty().then_some(row)
}

#[derive(Serialize, Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    ids: Vec<(Id, &'a str)>,
    other_keys: Vec<u64>,
    #[serde(borrow)]
    attributes: Vec<AttributeRow<'a>>,
    #[serde(borrow)]
    consent: Vec<(&'a str, bool, Said)>,
    #[serde(borrow)]
    segments: Vec<(&'a str, i64)>,
    first_seen: Option<i64>,
    last_seen: Option<i64>,
    messages: u64,
    is_bot: bool,
    is_internal: bool,
    folded: u64,
    epoch: u64,
    #[serde(borrow)]
    memory: &'a [u8],
}

#[derive(Serialize, Deserialize)]
struct AttributeRow<'a> {
    name: &'a str,
    json: String,
    said: Said,
    source: &'a str,
}

/// A moment from a row; the first that can be told where it lies outside all time.
pub(super) fn moment(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::{Exposure, Meant, Sighting, ToldAt};
    use crate::profile::ExperimentKey;

    fn person() -> Person {
        let id = Id { hash: VisitorHash([7; 16]), key: 3 };
        let mut person = Person::new(id, "anna".into());
        person.messages = 5;
        person
    }

    #[test]
    fn exposures_come_back() {
        let mut person = person();
        let exposure = Exposure {
            at: -4,
            id: "anna".into(),
            variant: "big".into(),
            probability: 0.5,
            batch: 2,
            dimensions: BTreeMap::from([("device".into(), "mobile".into())]),
        };
        person.exposures.record(ExperimentKey { name: "hero".into(), salt: "s".into() }, exposure);
        let sighting = Sighting {
            of: Meant::Unknown { name: "Hero test".into(), id: Some("hero".into()) },
            variant: "Big".into(),
            variant_id: None,
            id: "anna".into(),
        };
        person.exposures.tell(sighting, ToldAt { at: 5, order: 6, dimensions: BTreeMap::new() });
        let bytes = person.encode();
        let back = Person::decode(&bytes, &Schema::default()).unwrap();
        assert_eq!((back.exposures, back.messages), (person.exposures, 5));
        assert!(Person::decode(&[&bytes[..], b"x"].concat(), &Schema::default()).is_none(), "more behind it");
    }

    #[test]
    fn rows_from_before_there_were_exposures_are_read() {
        let bytes = person().encode();
        // Two bytes say that there are none of either kind.
        let former = [&[WITHOUT_EXPOSURES], &bytes[1..bytes.len() - 2]].concat();
        let back = Person::decode(&former, &Schema::default()).unwrap();
        assert_eq!((back.messages, back.exposures.is_empty()), (5, true));
    }
}
