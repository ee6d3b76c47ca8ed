//! Makes a backup: a stream, so that it needs no room beside what it is made from.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tar::{Builder, EntryType, Header};

use super::super::Error;
use super::super::journal::Segment;
use super::super::open::LOG_NAME;
use super::super::secret;
use super::super::visitor_keys;
use super::{
    BACKUP_FORMAT, BUFFER_BYTES, CHECKPOINT_NAME, JOURNAL_FOLDER, KEYS_FOLDER, Listed, MANIFEST_NAME, Manifest, Watch,
};

/// What a backup is made from. Nobody may drop segments until it is written.
#[derive(Debug)]
pub struct Sources {
    /// The data folder.
    pub data: PathBuf,
    /// A checkpoint that is no newer than the end of the segments. Held open: its name may get another one meanwhile.
    pub checkpoint: Option<File>,
    /// How much of the log of releases is durable.
    pub log_bytes: u64,
    /// The journal's.
    pub segments: Vec<Segment>,
}

impl Sources {
    /// About how long the backup becomes.
    pub fn bytes(&self) -> u64 {
        let checkpoint = self.checkpoint.as_ref().and_then(|file| file.metadata().ok()).map_or(0, |it| it.len());
        let keys: u64 = self.keys().iter().flatten().filter_map(|path| path.metadata().ok()).map(|it| it.len()).sum();
        checkpoint + self.log_bytes + self.segments.iter().map(|segment| segment.durable_bytes).sum::<u64>() + keys
    }

    /// Writes the backup.
    ///
    /// # Errors
    /// [`Error::Io`], also when whoever reads the backup has gone.
    pub fn write(self, out: impl Write, watch: &mut Watch<'_>) -> Result<(), Error> {
        let mut archive = Archive { tar: Builder::new(out), files: Vec::new(), made: jiff::Timestamp::now(), watch };
        let Self { data, checkpoint, log_bytes, segments } = &self;
        if let Some(file) = checkpoint {
            let path = data.join(CHECKPOINT_NAME);
            let bytes = file.metadata().map_err(Error::io("read", &path))?.len();
            archive.add(CHECKPOINT_NAME, file, bytes, &path)?;
        }
        archive.add_file(LOG_NAME, &data.join(LOG_NAME), Some(*log_bytes))?;
        for segment in segments {
            let name = segment.path.file_name().unwrap_or_default().to_string_lossy();
            archive.add_file(&format!("{JOURNAL_FOLDER}/{name}"), &segment.path, Some(segment.durable_bytes))?;
        }
        // Only now: an entry of the segments may have been sealed with a key that was made a moment ago.
        for path in self.keys()? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            archive.add_file(&format!("{KEYS_FOLDER}/{name}"), &path, None)?;
        }
        archive.finish()
    }

    fn keys(&self) -> Result<Vec<PathBuf>, Error> {
        let folder = self.data.join(KEYS_FOLDER);
        let listed = match std::fs::read_dir(&folder) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => {
                entries.and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>())
            }
        };
        let mut paths = listed.map_err(Error::io("read", &folder))?;
        paths.retain(|path| is_of_keys(path.file_name().and_then(|name| name.to_str()).unwrap_or_default()));
        paths.sort();
        Ok(paths)
    }
}

/// Whether a file in the folder of keys is more than the trace of a crash.
pub(super) fn is_of_keys(name: &str) -> bool {
    name == secret::NAME || visitor_keys::is_block(name)
}

/// A tar that is being written.
struct Archive<'a, W: Write> {
    tar: Builder<W>,
    files: Vec<Listed>,
    made: jiff::Timestamp,
    watch: &'a mut Watch<'a>,
}

impl<W: Write> Archive<'_, W> {
    fn add_file(&mut self, name: &str, path: &Path, bytes: Option<u64>) -> Result<(), Error> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        let bytes = match bytes {
            Some(bytes) => bytes,
            None => file.metadata().map_err(Error::io("read", path))?.len(),
        };
        self.add(name, &file, bytes, path)
    }

    fn add(&mut self, name: &str, file: &File, bytes: u64, path: &Path) -> Result<(), Error> {
        let reader = io::BufReader::with_capacity(BUFFER_BYTES, file.take(bytes));
        let mut summed = Summed { reader, sum: 0, bytes: 0, watch: self.watch };
        let mut header = header(self.made, bytes);
        let written = self.tar.append_data(&mut header, name, &mut summed);
        let (sum, read) = (summed.sum, summed.bytes);
        written.map_err(Error::io("write the backup of", path))?;
        if read != bytes {
            return Err(Error::io("read", path)(io::ErrorKind::UnexpectedEof.into()));
        }
        self.files.push(Listed { name: name.to_owned(), bytes, crc32c: sum });
        Ok(())
    }

    fn finish(mut self) -> Result<(), Error> {
        let path = Path::new(MANIFEST_NAME);
        let manifest = Manifest { format: BACKUP_FORMAT, made: self.made.to_string(), files: self.files };
        let written = serde_json::to_vec_pretty(&manifest).map_err(io::Error::from).and_then(|json| {
            self.tar.append_data(&mut header(self.made, json.len() as u64), MANIFEST_NAME, &*json)?;
            self.tar.into_inner()?.flush()
        });
        written.map_err(Error::io("write", path))
    }
}

fn header(made: jiff::Timestamp, bytes: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    // Keys are in it.
    header.set_mode(0o600);
    header.set_mtime(u64::try_from(made.as_second()).unwrap_or_default());
    header.set_size(bytes);
    header
}

/// Sums what is read.
struct Summed<'a, 'w, R> {
    reader: R,
    sum: u32,
    bytes: u64,
    watch: &'a mut Watch<'w>,
}

impl<R: Read> Read for Summed<'_, '_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(into)?;
        self.sum = crc32c::crc32c_append(self.sum, into.get(..read).unwrap_or_default());
        self.bytes += read as u64;
        (self.watch)(read as u64);
        Ok(read)
    }
}
