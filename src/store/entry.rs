//! What one record of the log says: a release that was accepted, an activation, or both at once.
//!
//! A body is `length u32 | JSON of that length | texts`. A record carries only the texts that no earlier record carried;
//! of the others it knows the SHA-256. The texts stand behind the JSON as they are, so that the log can be read with
//! plain tools.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::release::{ReleaseId, TextHash};

/// Where an activation came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Somebody saved a file in the folders.
    Folder,
    /// A set came over HTTP.
    Upload,
    /// Somebody asked for a release that was there already.
    Rollback,
}

/// One line of the ordered log of activations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activation {
    /// What serves from then on.
    pub release: ReleaseId,
    /// When.
    #[serde(with = "as_text")]
    pub time: Timestamp,
    /// Who.
    pub author: String,
    /// How.
    pub origin: Origin,
}

/// A release as it was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ReleaseRecord {
    pub(super) id: ReleaseId,
    pub(super) parent: Option<ReleaseId>,
    pub(super) author: String,
    #[serde(with = "as_text")]
    pub(super) time: Timestamp,
    pub(super) message: String,
    pub(super) files: Vec<FileRecord>,
}

/// One file of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileRecord {
    pub(super) path: Arc<str>,
    pub(super) sha256: TextHash,
    pub(super) bytes: usize,
    /// Whether this record carries the text.
    pub(super) here: bool,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Entry {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) release: Option<ReleaseRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) activation: Option<Activation>,
}

/// A text with its hash.
pub(super) type Text<'a> = (TextHash, &'a [u8]);

impl Entry {
    /// The record's body; `texts` are those of the files that are `here`, in order.
    pub(super) fn encode(&self, texts: &[&str]) -> serde_json::Result<Vec<u8>> {
        let json = serde_json::to_vec(self)?;
        let mut body = Vec::with_capacity(4 + json.len() + texts.iter().map(|text| text.len()).sum::<usize>());
        // INVARIANT: the log refuses bodies that do not fit a u32.
        body.extend_from_slice(&(json.len() as u32).to_le_bytes());
        body.extend_from_slice(&json);
        texts.iter().for_each(|text| body.extend_from_slice(text.as_bytes()));
        Ok(body)
    }

    /// The entry and the texts that it carries; `None` when the body is not one.
    pub(super) fn decode(body: &[u8]) -> Option<(Self, Vec<Text<'_>>)> {
        let length = u32::from_le_bytes(body.get(..4)?.try_into().ok()?) as usize;
        let entry: Self = serde_json::from_slice(body.get(4..)?.get(..length)?).ok()?;
        let mut rest = body.get(4 + length..)?;
        let mut texts = Vec::new();
        for file in entry.release.iter().flat_map(|release| &release.files).filter(|file| file.here) {
            let (text, behind) = rest.split_at_checked(file.bytes)?;
            texts.push((file.sha256, text));
            rest = behind;
        }
        rest.is_empty().then_some((entry, texts))
    }
}

/// Writes what has a text form as a JSON string.
pub(super) mod as_text {
    use super::{Deserialize, Deserializer, Display, FromStr, Serializer, de};

    pub(in super::super) fn serialize<T: Display, S: Serializer>(value: &T, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(value)
    }

    pub(in super::super) fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}
