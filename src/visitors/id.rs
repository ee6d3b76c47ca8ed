//! Names for visitors that tell nobody who they are.
//!
//! What is kept in plain, keys of rows and the heads of journal entries, holds a keyed hash of an id and never the id.

use std::fmt;
use std::hash::Hasher;

use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128, SipHasher24};

use crate::store::Secret;

/// The keyed hash of a visitor id, the same for ever in one data folder. SipHash-2-4 with 128 bits: among a billion ids
/// the chance that any two meet is 10^-21.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VisitorHash(pub(super) [u8; 16]);

impl VisitorHash {
    /// No other is smaller.
    pub(super) const FIRST: Self = Self([0; 16]);
}

/// The keyed hash of a message id.
pub(super) type MessageHash = u128;

/// Computes keyed hashes.
#[derive(Clone)]
pub(super) struct Hashes {
    secret: [u8; 16],
}

impl Hashes {
    pub(super) fn new(secret: &Secret) -> Self {
        Self { secret: *secret.bytes() }
    }

    /// Of a visitor id.
    pub(super) fn visitor(&self, id: &str) -> VisitorHash {
        VisitorHash(self.hash(b'v', &[id]).to_le_bytes())
    }

    /// Of a message id, which is its own within one source.
    pub(super) fn message(&self, id: &str) -> MessageHash {
        self.hash(b'm', &[id])
    }

    fn hash(&self, kind: u8, parts: &[&str]) -> u128 {
        let mut hasher = SipHasher24::new_with_key(&self.secret);
        hasher.write_u8(kind);
        for part in parts {
            hasher.write(part.as_bytes());
        }
        hasher.finish128().as_u128()
    }
}

impl fmt::Debug for VisitorHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}
