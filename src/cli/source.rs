//! The bytes of a file or of standard input, unpacked where they are packed.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, anyhow, bail};
use flate2::bufread::MultiGzDecoder;

/// One input.
pub(super) struct Source {
    /// As the command was told.
    pub name: String,
    /// Bytes as they stand in the file; of standard input nobody knows.
    pub size: Option<u64>,
    reader: Box<dyn Read + Send>,
    is_packed: bool,
    counted: Arc<AtomicU64>,
}

/// Counts what is read of the file itself, packed or not.
struct Counted<R> {
    inner: R,
    counted: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.counted.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

const GZIP: &[u8] = &[0x1f, 0x8b];

/// How files begin that hold a table, but not as text.
const FOREIGN: [(&[u8], &str, &str); 6] = [
    (b"PAR1", "a Parquet file", "write the table as CSV, for instance with `COPY (..) TO 'table.csv'` of DuckDB"),
    (b"PK\x03\x04", "a spreadsheet or a zip archive", "save the table as CSV, or unpack the archive"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "packed with zstd", "unpack it, for instance with `zstd -d FILE`"),
    (b"BZh", "packed with bzip2", "unpack it, for instance with `bunzip2 FILE`"),
    (&[0xff, 0xfe], "UTF-16 text", "save the table as UTF-8"),
    (&[0xfe, 0xff], "UTF-16 text", "save the table as UTF-8"),
];

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

impl Source {
    /// Opens a file; `-` is standard input. Whether it is packed with gzip its first bytes tell, not its name.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let name = if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() };
        let cannot = || format!("cannot read `{}`", path.display());
        let counted = Arc::new(AtomicU64::new(0));
        let (plain, size): (Box<dyn Read + Send>, _) = if path.as_os_str() == "-" {
            (Box::new(io::stdin()), None)
        } else {
            let file = File::open(path).map_err(|error| {
                let help = match error.kind() {
                    io::ErrorKind::NotFound => {
                        "look at its name; one that does not begin with `/` is looked for in the present folder"
                    }
                    io::ErrorKind::PermissionDenied => "give this user the right to read it",
                    _ => "copy it to where it can be read",
                };
                anyhow!("{}: {error}\nhelp: {help}", cannot())
            })?;
            let facts = file.metadata().with_context(cannot)?;
            if facts.is_dir() {
                bail!("`{}` is a folder\nhelp: name the files in it", path.display());
            }
            (Box::new(file), facts.is_file().then_some(facts.len()))
        };
        let mut plain = Counted { inner: plain, counted: Arc::clone(&counted) };
        let mut start = Vec::new();
        (&mut plain).take(4).read_to_end(&mut start).with_context(cannot)?;
        if let Some((_, what, help)) = FOREIGN.iter().find(|(magic, ..)| start.starts_with(magic)) {
            bail!("`{name}` is {what}\nhelp: {help}");
        }
        let is_packed = start.starts_with(GZIP);
        let whole = Cursor::new(start).chain(plain);
        let reader: Box<dyn Read + Send> = if is_packed {
            Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, whole)))
        } else {
            Box::new(whole)
        };
        Ok(Self { name, size, reader, is_packed, counted })
    }

    /// Text instead of a file.
    #[cfg(test)]
    pub fn of_text(text: &str) -> Self {
        let reader = Box::new(Cursor::new(text.as_bytes().to_vec()));
        Self { name: "text".into(), size: None, reader, is_packed: false, counted: Arc::default() }
    }

    /// Reads until so many bytes are there, or the end.
    pub fn fill(&mut self, bytes: &mut Vec<u8>, until: usize) -> anyhow::Result<()> {
        let missing = until.saturating_sub(bytes.len()) as u64;
        let read = (&mut self.reader).take(missing).read_to_end(bytes);
        match read {
            Ok(_) => Ok(()),
            Err(error) if self.is_packed => bail!(
                "cannot unpack `{}` to its end: {error}\nhelp: it is cut off or damaged; `gzip -t` says so too. Fetch or pack it again",
                self.name
            ),
            Err(error) => Err(error).with_context(|| format!("cannot read `{}` further", self.name)),
        }
    }

    /// How many bytes of the file were read, packed or not; goes on counting when the source is handed on.
    pub fn count(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.counted)
    }

    /// How many bytes of the file were read.
    pub fn counted(&self) -> u64 {
        self.counted.load(Ordering::Relaxed)
    }
}
