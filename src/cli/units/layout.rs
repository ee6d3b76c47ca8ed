//! A row of fixed width, but for its unit's id.
//!
//! Hash of the id, order, length of the id, words, numbers, the id: little end first. A missing number is NaN.

/// How rows are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub words: usize,
    pub numbers: usize,
}

/// A row to be written.
pub(super) struct Row<'r> {
    /// Of the unit's id.
    pub hash: u64,
    /// When it came: a time, or its place in the input.
    pub order: i64,
    pub id: &'r str,
    pub words: &'r [u32],
    pub numbers: &'r [f64],
}

const ORDER: usize = 8;
const ID_LENGTH: usize = 16;
const WORDS: usize = 20;

impl Layout {
    /// What stands before the id.
    pub fn head_bytes(self) -> usize {
        WORDS + 4 * self.words + 8 * self.numbers
    }

    pub fn write(self, row: &Row<'_>, out: &mut Vec<u8>) {
        out.extend_from_slice(&row.hash.to_le_bytes());
        out.extend_from_slice(&row.order.to_le_bytes());
        // An id is part of a row, which is at most a mebibyte.
        out.extend_from_slice(&u32::try_from(row.id.len()).unwrap_or(u32::MAX).to_le_bytes());
        row.words.iter().for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
        row.numbers.iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
        out.extend_from_slice(row.id.as_bytes());
    }

    /// The length of the row that begins with this.
    pub fn length(self, bytes: &[u8]) -> usize {
        self.head_bytes() + u32::from_le_bytes(chunk(bytes, ID_LENGTH)) as usize
    }

    pub fn hash(bytes: &[u8]) -> u64 {
        u64::from_le_bytes(chunk(bytes, 0))
    }

    pub fn order(bytes: &[u8]) -> i64 {
        i64::from_le_bytes(chunk(bytes, ORDER))
    }

    pub fn word(bytes: &[u8], place: usize) -> u32 {
        u32::from_le_bytes(chunk(bytes, WORDS + 4 * place))
    }

    pub fn number(self, bytes: &[u8], place: usize) -> f64 {
        f64::from_le_bytes(chunk(bytes, WORDS + 4 * self.words + 8 * place))
    }

    pub fn id(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.head_bytes()..self.length(bytes)).unwrap_or_default()
    }
}

/// So many bytes from a place on; beyond the end zeros, though nobody reads there.
fn chunk<const N: usize>(bytes: &[u8], from: usize) -> [u8; N] {
    bytes.get(from..).and_then(|rest| rest.first_chunk::<N>()).copied().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let layout = Layout { words: 2, numbers: 3 };
        let mut bytes = Vec::new();
        let row = Row { hash: 7, order: -3, id: "käse", words: &[1, 1000], numbers: &[0.1, f64::NAN, -5e300] };
        layout.write(&row, &mut bytes);
        assert_eq!(layout.length(&bytes), bytes.len());
        layout.write(&Row { id: "", ..row }, &mut bytes);
        assert_eq!((Layout::hash(&bytes), Layout::order(&bytes)), (7, -3));
        assert_eq!((Layout::word(&bytes, 0), Layout::word(&bytes, 1)), (1, 1000));
        assert_eq!((layout.number(&bytes, 0), layout.number(&bytes, 2)), (0.1, -5e300));
        assert!(layout.number(&bytes, 1).is_nan());
        assert_eq!(layout.id(&bytes), "käse".as_bytes());
    }
}
