//! The limits of tracking calls. `docs/operating.md` lists them with all others.

use jiff::SignedDuration;

/// The body of a batch, uncompressed. The protocol's clients stay under 500 KB.
pub const MAX_BATCH_BYTES: usize = 1 << 20;

/// One message. The protocol's clients refuse to send longer ones.
pub const MAX_EVENT_BYTES: usize = 32 << 10;

/// Messages of a batch.
pub const MAX_BATCH_EVENTS: usize = 2_500;

/// Deeper messages are refused: nobody nests facts so deeply, and the reader recurses.
pub const MAX_EVENT_DEPTH: usize = 32;

/// A longer `messageId` is refused: it is remembered for as long as its message may come again.
pub const MAX_MESSAGE_ID_CHARS: usize = 100;

/// What arrives later after it happened counts in sums and windows, and opens no sequence.
pub const LATENESS: SignedDuration = SignedDuration::from_hours(72);
