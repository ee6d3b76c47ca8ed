//! Conditions as keys of fixed size: equal keys, equal meaning.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::language::checked::Condition;
use crate::language::kept::Key;

/// The key of a condition, whatever order its parts stand in; two hashes make a chance hit as good as impossible.
///
/// It is made of the canonical texts of the leaves; within one scope a text means one thing.
pub(in super::super) fn key(condition: &Condition) -> Key {
    match condition {
        Condition::All(parts) => joined('&', parts.iter().map(key).collect()),
        Condition::Any(parts) => joined('|', parts.iter().map(key).collect()),
        Condition::Not(part) => hashed(&('!', key(part))),
        Condition::Leaf(leaf) => hashed(&leaf.text),
    }
}

fn joined(sign: char, mut parts: Vec<Key>) -> Key {
    parts.sort_unstable();
    hashed(&(sign, parts))
}

fn hashed(what: &impl Hash) -> Key {
    [0_u8, 1].map(|side| {
        let mut hasher = DefaultHasher::new();
        side.hash(&mut hasher);
        what.hash(&mut hasher);
        hasher.finish()
    })
}
