//! Any bytes as a record of the journal.
//!
//! Nothing may panic, no length is believed before it was compared with what is there, and what decodes is wholly inside
//! the bytes. As no fuzzer guesses a checksum, the bytes are tried as they are and again under a checksum that fits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segue::store::journal::Record;

const JOURNAL: u64 = 7;

/// The same bytes with length and checksum put right, so that the entries are looked at.
fn sealed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut record = bytes.to_vec();
    let length = u32::try_from(record.len().checked_sub(16)?).ok()?.to_le_bytes();
    record[..4].copy_from_slice(&length);
    let seed = crc32c::crc32c(&JOURNAL.to_le_bytes());
    let crc = crc32c::crc32c_append(crc32c::crc32c_append(seed, &length), &record[8..]);
    record[4..8].copy_from_slice(&crc.to_le_bytes());
    Some(record)
}

fn decode(bytes: &[u8]) {
    let Some((record, taken)) = Record::decode(bytes, JOURNAL) else { return };
    assert!(taken <= bytes.len());
    let (mut count, mut held) = (0, 28);
    for (number, entry) in record.entries() {
        assert_eq!(number, record.first_entry + count);
        count += 1;
        held += 4 + entry.len();
    }
    assert_eq!((count, held), (record.count(), taken), "every byte belongs to an entry");
}

fuzz_target!(|bytes: &[u8]| {
    decode(bytes);
    if let Some(bytes) = sealed(bytes) {
        decode(&bytes);
    }
});
