//! Maps a unit to a bucket.
//!
//! In: what the bucket is for, a salt, the unit's id. Out: a position in the whole `u64` range, read as a number in
//! `[0, 1)` by dividing by 2^64. These three alone decide, so an assignment is computed, never stored, until the first
//! exposure fixes it.

use twox_hash::XxHash64;

/// The version of the assignment function; it is the seed of the hash, and it never changes for an experiment that runs.
pub const ASSIGNMENT_VERSION: u64 = 1;

/// Keys up to this length are put together on the stack.
const STACK_KEY_BYTES: usize = 128;

/// What a bucket decides. Different purposes give independent buckets, also under one salt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The place of a unit in a layer.
    Layer,
    /// The place of a unit in the traffic of an experiment that is in no layer.
    Traffic,
    /// The variant within an experiment.
    Variant,
    /// Whether a holdout keeps the unit out.
    Holdout,
}

impl Purpose {
    /// The byte that opens the key.
    fn byte(self) -> u8 {
        match self {
            Self::Layer => b'L',
            Self::Traffic => b'T',
            Self::Variant => b'V',
            Self::Holdout => b'H',
        }
    }
}

/// The 64-bit bucket of a unit: XXH64 with seed [`ASSIGNMENT_VERSION`] over the purpose's byte, the salt's length in bytes as
/// a little-endian `u32`, the salt and the unit's id, both UTF-8 as given.
///
/// The length makes the key unambiguous: salt `ab` with unit `c` is another key than salt `a` with unit `bc`.
///
/// ```
/// use segue::experiment::{Purpose, bucket};
/// assert_eq!(bucket(Purpose::Variant, "cart_hero_test", "v1"), bucket(Purpose::Variant, "cart_hero_test", "v1"));
/// assert_ne!(bucket(Purpose::Variant, "cart_hero_test", "v1"), bucket(Purpose::Layer, "cart_hero_test", "v1"));
/// ```
///
/// Source: Collet, xxHash fast digest algorithm, version 0.1.1, XXH64.
pub fn bucket(purpose: Purpose, salt: &str, unit: &str) -> u64 {
    let [a, b, c, d] = u32::try_from(salt.len()).unwrap_or(u32::MAX).to_le_bytes();
    let head = [purpose.byte(), a, b, c, d];
    let mut stack = [0_u8; STACK_KEY_BYTES];
    match stack.get_mut(..head.len() + salt.len() + unit.len()) {
        Some(key) => {
            let (before, after) = key.split_at_mut(head.len());
            before.copy_from_slice(&head);
            let (before, after) = after.split_at_mut(salt.len());
            before.copy_from_slice(salt.as_bytes());
            after.copy_from_slice(unit.as_bytes());
            XxHash64::oneshot(ASSIGNMENT_VERSION, key)
        }
        None => XxHash64::oneshot(ASSIGNMENT_VERSION, &[&head, salt.as_bytes(), unit.as_bytes()].concat()),
    }
}
