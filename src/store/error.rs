//! What can go wrong with the store, in words that say what to do.

use std::io;
use std::path::PathBuf;

use crate::release::ReleaseId;

/// Why the store could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process has this folder open.
    #[error("`{dir}` is in use by another segue process{}", at(url.as_deref()))]
    Locked {
        /// The data folder.
        dir: PathBuf,
        /// Where that process serves; `None` when it is no server or has not said so yet.
        url: Option<String>,
    },
    /// The system refused something.
    #[error("cannot {act} `{path}`: {cause}")]
    Io {
        /// `read`, `write`, ..
        act: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The log has a damaged place that no crash explains.
    #[error(
        "`{path}` is damaged at byte {offset}: {what}; restore the file from a backup, or give up what follows: cut it \
         there (`truncate --size {offset}`) and remove the sled folder beside it"
    )]
    Damaged {
        /// The log.
        path: PathBuf,
        /// Where the damage begins.
        offset: u64,
        /// What is wrong there.
        what: &'static str,
    },
    /// A file of visitor keys is not as it was written.
    #[error(
        "`{path}` is damaged: {what}; restore the file from a backup: without it nothing of its visitors can be read"
    )]
    KeysDamaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
    /// A checkpoint is not as it was written.
    #[error(
        "`{path}` is damaged: {what}; restore the file from a backup; while the event journal still has its beginning \
         it may also be removed"
    )]
    CheckpointDamaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
    /// A folder into which a backup was not restored to the end.
    #[error("restoring a backup into `{dir}` was not finished; empty the folder and restore again")]
    HalfRestored {
        /// The data folder.
        dir: PathBuf,
    },
    /// A file that should be a backup.
    #[error("`{path}` cannot be restored: {what}")]
    NoBackup {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A backup is restored into a folder of its own.
    #[error("`{dir}` is not empty; name an empty or a missing folder")]
    NotEmpty {
        /// The folder.
        dir: PathBuf,
    },
    /// A file was written by a later program.
    #[error("`{path}` has format {found}; this program reads format {known}: use the newer program")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The format that this program writes.
        known: u32,
    },
    /// The table holds changes that the log lacks, so the log is not the one it was made from.
    #[error(
        "`{path}` ends at record {log}, but `{table}` was made from {folded} records of it or from another log; \
         restore the log from a backup, or remove `{table}` to go on with what the log holds"
    )]
    LogTooShort {
        /// The log.
        path: PathBuf,
        /// The sled folder.
        table: PathBuf,
        /// The last record's sequence number.
        log: u64,
        /// The sequence number that the table stands at.
        folded: u64,
    },
    /// The table refused or lost something.
    #[error("{what}; stop the program, remove `{path}` and start again: it is rebuilt from releases.log")]
    Table {
        /// The sled folder.
        path: PathBuf,
        /// What went wrong.
        what: String,
    },
    /// A former write failed, so nothing more is written.
    #[error("a former write to the store failed, so nothing more is accepted; mend the disk and restart the server")]
    Broken,
    /// One change is larger than a record may be.
    #[error("the release takes {bytes} bytes in releases.log; at most {limit} are allowed")]
    TooLarge {
        /// What it would take.
        bytes: usize,
        /// [`MAX_RECORD_BYTES`](super::MAX_RECORD_BYTES).
        limit: usize,
    },
    /// No such release.
    #[error("there is no release `{id}`")]
    UnknownRelease {
        /// As asked for.
        id: ReleaseId,
    },
}

impl Error {
    /// Whether sled is at fault, which can be made again.
    pub fn is_of_table(&self) -> bool {
        matches!(self, Self::Table { .. })
    }

    pub(super) fn io(act: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        move |cause| Self::Io { act, path: path.to_path_buf(), cause }
    }
}

fn at(url: Option<&str>) -> String {
    url.map_or_else(String::new, |url| format!("; it serves at {url}"))
}
