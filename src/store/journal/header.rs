//! The first 64 bytes of a segment: whose it is, how large, and what its first record is.
//!
//! | bytes | what |
//! |---|---|
//! | 0..8 | `SEGUEVNT` |
//! | 8..12 | format, u32 |
//! | 12..16 | crc32c of the bytes before |
//! | 16..24 | the journal's id: random, the same in all its segments |
//! | 24..32 | size of the file in bytes |
//! | 32..40 | sequence of the first record |
//! | 40..48 | number of the first entry |
//! | 48..56 | when the segment was begun, in milliseconds since 1970 |
//! | 56..60 | zero |
//! | 60..64 | crc32c of bytes 16..60 |
//!
//! All numbers are little-endian. The header is durable before the file gets its name, so a bad one is damage, never the
//! trace of a crash.

use super::super::record::number;

/// The format that this program writes.
pub const SEGMENT_FORMAT: u32 = 1;

/// Before the first record of each segment.
pub const HEADER_BYTES: usize = 64;

const MAGIC: &[u8; 8] = b"SEGUEVNT";

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) id: u64,
    pub(super) size: u64,
    pub(super) first_sequence: u64,
    pub(super) first_entry: u64,
    pub(super) begun_ms: u64,
}

/// Why bytes are no header.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoHeader {
    Damaged,
    Newer(u32),
}

impl Header {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&SEGMENT_FORMAT.to_le_bytes());
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        let mut facts = Vec::with_capacity(44);
        [self.id, self.size, self.first_sequence, self.first_entry, self.begun_ms]
            .iter()
            .for_each(|fact| facts.extend_from_slice(&fact.to_le_bytes()));
        facts.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&facts);
        bytes.extend_from_slice(&crc32c::crc32c(&facts).to_le_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8; HEADER_BYTES]) -> Result<Self, NoHeader> {
        let (head, facts) = (bytes.get(..12).unwrap_or_default(), bytes.get(16..60).unwrap_or_default());
        if !head.starts_with(MAGIC) || crc32c::crc32c(head) != number(bytes, 12) {
            return Err(NoHeader::Damaged);
        }
        let format = number(bytes, 8);
        if format != SEGMENT_FORMAT {
            return Err(NoHeader::Newer(format));
        }
        if crc32c::crc32c(facts) != number(bytes, 60) {
            return Err(NoHeader::Damaged);
        }
        let fact = |at: usize| u64::from(number(bytes, at)) | (u64::from(number(bytes, at + 4)) << 32);
        Ok(Self { id: fact(16), size: fact(24), first_sequence: fact(32), first_entry: fact(40), begun_ms: fact(48) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_as_it_was_written_and_no_changed_bit_goes_unseen() {
        let header = Header { id: 7 << 40, size: 64 << 20, first_sequence: 3, first_entry: 9, begun_ms: 1 << 41 };
        let bytes: [u8; HEADER_BYTES] = header.encode().try_into().unwrap();
        assert_eq!(Header::decode(&bytes), Ok(header));
        for bit in 0..HEADER_BYTES * 8 {
            let mut changed = bytes;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Header::decode(&changed), Err(NoHeader::Damaged), "bit {bit}");
        }
    }

    #[test]
    fn a_header_of_a_later_format_is_left_to_the_later_program() {
        let header = Header { id: 1, size: 2, first_sequence: 3, first_entry: 4, begun_ms: 5 };
        let mut bytes: [u8; HEADER_BYTES] = header.encode().try_into().unwrap();
        bytes[8] = 2;
        let crc = crc32c::crc32c(&bytes[..12]);
        bytes[12..16].copy_from_slice(&crc.to_le_bytes());
        assert_eq!(Header::decode(&bytes), Err(NoHeader::Newer(2)));
    }
}
