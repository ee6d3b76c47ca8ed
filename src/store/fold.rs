//! The keys under which the table holds what the log says.
//!
//! In: entries of the log. Out: rows of absolute values, with the log position among them, so that folding an entry
//! twice changes nothing and a restart goes on from the position.
//!
//! | key | value |
//! |---|---|
//! | `state` | position in the log, active release, folder as last published |
//! | `r` sequence | a release without its files |
//! | `f` sequence | its files: paths and text hashes |
//! | `i` id | the sequence of the record that brought it |
//! | `a` sequence | an activation |
//! | `t` SHA-256 | a text |

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::entry::{Activation, Entry, FileRecord, ReleaseRecord, Text};
use super::log::Position;
use super::table::{Rows, Table, TableError, get_chunked, has_chunked, put_chunked, scan_chunked};
use crate::release::{ReleaseId, TextHash};

const STATE_KEY: &[u8] = b"state";

/// What the store keeps in memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) position: Position,
    pub(super) active: Option<ReleaseId>,
    pub(super) folder: Option<ReleaseId>,
}

impl Default for State {
    fn default() -> Self {
        Self { position: Position::start(), active: None, folder: None }
    }
}

/// Where the table stands.
pub(super) fn read_state(table: &dyn Table) -> Result<State, TableError> {
    table.get(STATE_KEY)?.map_or_else(|| Ok(State::default()), |json| read(&json))
}

/// Adds the state to rows that are about to be committed.
pub(super) fn put_state(rows: &mut Rows, state: &State) -> Result<(), TableError> {
    rows.push((STATE_KEY.to_vec(), write(state)?));
    Ok(())
}

/// Adds the rows of one entry and moves the state behind it.
pub(super) fn fold(
    rows: &mut Rows,
    state: &mut State,
    position: Position,
    mut entry: Entry,
    texts: &[Text<'_>],
) -> Result<(), TableError> {
    let sequence = position.sequence;
    texts.iter().for_each(|(hash, text)| put_chunked(rows, &text_key(hash), text));
    if let Some(release) = &mut entry.release {
        let files = std::mem::take(&mut release.files);
        put_chunked(rows, &numbered(b'f', sequence), &write(&files)?);
        put_chunked(rows, &numbered(b'r', sequence), &write(release)?);
        rows.push((id_key(&release.id), sequence.to_be_bytes().to_vec()));
    }
    if let Some(activation) = &entry.activation {
        put_chunked(rows, &numbered(b'a', sequence), &write(activation)?);
        state.active = Some(activation.release.clone());
        if activation.origin == super::Origin::Folder {
            state.folder = Some(activation.release.clone());
        }
    }
    state.position = position;
    Ok(())
}

/// All releases, oldest first, without their files.
pub(super) fn releases(table: &dyn Table) -> Result<Vec<ReleaseRecord>, TableError> {
    scan_chunked(table, b"r")?.iter().map(|(_, json)| read(json)).collect()
}

/// All activations, oldest first.
pub(super) fn activations(table: &dyn Table) -> Result<Vec<Activation>, TableError> {
    scan_chunked(table, b"a")?.iter().map(|(_, json)| read(json)).collect()
}

/// One release with its files' hashes.
pub(super) fn release(table: &dyn Table, id: &ReleaseId) -> Result<Option<ReleaseRecord>, TableError> {
    let Some(sequence) = table.get(&id_key(id))? else { return Ok(None) };
    let sequence = sequence.try_into().map(u64::from_be_bytes).map_err(|_| lost("the place of a release"))?;
    let record = get_chunked(table, &numbered(b'r', sequence))?.ok_or_else(|| lost("a release"))?;
    let files = get_chunked(table, &numbered(b'f', sequence))?.ok_or_else(|| lost("the files of a release"))?;
    let files: Vec<FileRecord> = read(&files)?;
    Ok(Some(ReleaseRecord { files, ..read(&record)? }))
}

/// A text by its hash, which is verified.
pub(super) fn text(table: &dyn Table, hash: &TextHash) -> Result<String, TableError> {
    let bytes = get_chunked(table, &text_key(hash))?.ok_or_else(|| lost("a text"))?;
    let text = String::from_utf8(bytes).map_err(|_| lost("a text"))?;
    if TextHash::of(&text) == *hash { Ok(text) } else { Err(lost("a text")) }
}

/// Whether a text is there already.
pub(super) fn has_text(table: &dyn Table, hash: &TextHash) -> Result<bool, TableError> {
    has_chunked(table, &text_key(hash))
}

fn numbered(kind: u8, sequence: u64) -> Vec<u8> {
    [&[kind][..], &sequence.to_be_bytes()].concat()
}

fn id_key(id: &ReleaseId) -> Vec<u8> {
    [b"i", id.as_str().as_bytes()].concat()
}

fn text_key(hash: &TextHash) -> Vec<u8> {
    [&b"t"[..], hash.as_bytes()].concat()
}

fn write(value: &impl Serialize) -> Result<Vec<u8>, TableError> {
    serde_json::to_vec(value).map_err(|error| TableError(format!("cannot encode a row: {error}")))
}

fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, TableError> {
    serde_json::from_slice(json).map_err(|_| lost("a row"))
}

fn lost(what: &str) -> TableError {
    TableError(format!("sled lost or changed {what}"))
}
