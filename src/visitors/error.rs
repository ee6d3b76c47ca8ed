//! Why visitors cannot be kept, in words that say what to do.

use crate::store::{self, journal};

/// What can go wrong with what is known of visitors.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// sled, keys or a file.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// A submission was not kept.
    #[error(transparent)]
    Refused(#[from] journal::Refused),
    /// Something that was kept does not read, though its checksum is right.
    #[error(
        "a value in the data folder was sealed with another key or by another program; restore the whole folder from \
         one backup, or run `segue rebuild`"
    )]
    Unreadable,
    /// sled was folded from another journal.
    #[error(
        "sled was made from another event journal than the one in this folder; restore both from one backup, or run \
         `segue rebuild` to make sled from this journal alone"
    )]
    OtherJournal,
    /// The journal lacks its beginning, and nothing says what was in it.
    #[error(
        "the event journal begins behind entry {first} and there is no checkpoint of what came before; restore \
         `checkpoint` from a backup"
    )]
    NoCheckpoint {
        /// The last entry that is gone.
        first: u64,
    },
    /// A checkpoint of another journal, and this journal lacks its beginning.
    #[error(
        "`checkpoint` was made from another event journal than the one in this folder; restore both from one backup"
    )]
    OtherCheckpoint,
    /// One backup at a time.
    #[error("a backup is being made already")]
    BackupUnderWay,
    /// The system gave no thread.
    #[error("the system gives no thread: {0}")]
    NoThread(std::io::Error),
    /// A write failed before, so nothing more is accepted.
    #[error("a former write failed, so nothing more is accepted; mend the disk and restart the server")]
    Failed,
    /// The disk is almost full.
    #[error("the disk is almost full; nothing more is accepted until there is room")]
    NoRoom,
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopped,
}

impl Error {
    /// Whether to try again later may help.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Refused(journal::Refused::Busy | journal::Refused::Full(_) | journal::Refused::Failed(_))
                | Self::NoRoom
                | Self::Stopped
        )
    }
}
