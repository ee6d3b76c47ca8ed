//! One record of the log as bytes: `length u32 | crc32c u32 | sequence u64 | body`, little-endian.
//!
//! The checksum covers length, sequence and body, so a record that was half written, moved or changed is never taken for a
//! good one. A length is believed only after it was compared with what is left of the file.

use std::io::{self, Read};

/// One record: a whole set of files (64 MiB) with 16 MiB of room for paths and the message.
pub const MAX_RECORD_BYTES: usize = crate::release::MAX_SET_BYTES + (16 << 20);

/// Before each body.
pub(super) const RECORD_HEAD_BYTES: usize = 16;

/// A record's bytes and its checksum.
pub(super) fn encode(sequence: u64, body: &[u8]) -> (Vec<u8>, u32) {
    // INVARIANT: bodies are at most MAX_RECORD_BYTES long, which fits.
    let length = (body.len() as u32).to_le_bytes();
    let crc = checksum(0, length, sequence.to_le_bytes(), body);
    let mut record = Vec::with_capacity(RECORD_HEAD_BYTES + body.len());
    record.extend_from_slice(&length);
    record.extend_from_slice(&crc.to_le_bytes());
    record.extend_from_slice(&sequence.to_le_bytes());
    record.extend_from_slice(body);
    (record, crc)
}

/// The checksum of a record, begun with that of what its file is known by; 0 for the log of releases.
pub(super) fn checksum(seed: u32, length: [u8; 4], sequence: [u8; 8], body: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c_append(crc32c::crc32c_append(seed, &length), &sequence), body)
}

/// Four bytes as a number; 0 where they are missing.
pub(super) fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_le_bytes)
}

/// Length, checksum and sequence of a record's head.
fn head(bytes: &[u8]) -> Option<(usize, u32, u64)> {
    let sequence = bytes.get(8..16)?.try_into().ok().map(u64::from_le_bytes)?;
    Some((number(bytes, 0) as usize, number(bytes, 4), sequence))
}

/// The next record's sequence and checksum, its body in `body`; `None` when it is not a good one.
pub(super) fn read(from: &mut impl Read, left: u64, body: &mut Vec<u8>) -> io::Result<Option<(u64, u32)>> {
    body.clear();
    if left < RECORD_HEAD_BYTES as u64 {
        return Ok(None);
    }
    let mut bytes = [0; RECORD_HEAD_BYTES];
    from.read_exact(&mut bytes)?;
    let Some((length, crc, sequence)) = head(&bytes) else { return Ok(None) };
    if length > MAX_RECORD_BYTES || length as u64 > left - RECORD_HEAD_BYTES as u64 {
        return Ok(None);
    }
    body.resize(length, 0);
    from.read_exact(body)?;
    let good = checksum(0, (length as u32).to_le_bytes(), sequence.to_le_bytes(), body) == crc;
    Ok(good.then_some((sequence, crc)))
}

/// Whether a good record with a sequence after the lost one starts anywhere in these bytes.
///
/// The sequence is looked at first: no more records can follow than the bytes have room for, so hardly any place is
/// worth a checksum.
pub(super) fn holds_later(seed: u32, tail: &[u8], before: u64) -> bool {
    let most = before + 1 + (tail.len() / RECORD_HEAD_BYTES) as u64;
    (1..tail.len()).any(|start| {
        let Some(bytes) = tail.get(start..) else { return false };
        let Some((length, crc, sequence)) = head(bytes) else { return false };
        if sequence <= before + 1 || sequence > most {
            return false;
        }
        let body = bytes.get(RECORD_HEAD_BYTES..).and_then(|rest| rest.get(..length));
        body.is_some_and(|body| checksum(seed, (length as u32).to_le_bytes(), sequence.to_le_bytes(), body) == crc)
    })
}
