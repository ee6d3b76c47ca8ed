//! What was asked for, or why there is none.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::statistics::Undefined;

/// A block of a scorecard, or the reason why it has no honest number.
///
/// As JSON the block itself, or `{"undefined": "zero_variance", "because": "nothing varies in either variant"}`.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer<T> {
    /// There is one.
    Known(T),
    /// There is none, because of this.
    Unknown(Undefined),
}

impl<T> Answer<T> {
    /// The block, if there is one.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(block) => Some(block),
            Self::Unknown(_) => None,
        }
    }

    /// Why there is none, if there is none.
    pub fn undefined(&self) -> Option<Undefined> {
        match self {
            Self::Known(_) => None,
            Self::Unknown(reason) => Some(*reason),
        }
    }
}

impl<T> From<Result<T, Undefined>> for Answer<T> {
    fn from(result: Result<T, Undefined>) -> Self {
        match result {
            Ok(block) => Self::Known(block),
            Err(reason) => Self::Unknown(reason),
        }
    }
}

impl<T: Serialize> Serialize for Answer<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(block) => block.serialize(serializer),
            Self::Unknown(reason) => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("undefined", reason.code())?;
                map.serialize_entry("because", &reason.to_string())?;
                map.end()
            }
        }
    }
}
