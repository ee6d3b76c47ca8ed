//! The files a team edits, as one value with one hash.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

/// One rule file may be this large: 100,000 rules fit.
pub const MAX_RULE_FILE_BYTES: usize = 32 << 20;

/// All files of a set together.
pub const MAX_SET_BYTES: usize = 64 << 20;

/// The first 16 hex digits of a set's content hash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct ReleaseId(Arc<str>);

impl ReleaseId {
    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReleaseId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Reads an id as a client wrote it: 16 lower-case hex digits.
impl std::str::FromStr for ReleaseId {
    type Err = FileSetError;

    fn from_str(text: &str) -> Result<Self, FileSetError> {
        let valid = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if valid { Ok(Self(text.into())) } else { Err(FileSetError::NotAnId) }
    }
}

impl<'de> serde::Deserialize<'de> for ReleaseId {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        <String as serde::Deserialize>::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Why a set of files could not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum FileSetError {
    /// A folder or file could not be read.
    #[error("cannot read `{path}`: {cause}")]
    Unreadable {
        /// As the person gave it.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A file or the set is too large.
    #[error("`{path}` is larger than {limit} bytes")]
    TooLarge {
        /// As the person gave it.
        path: String,
        /// The limit that it breaks.
        limit: usize,
    },
    /// A key of an upload is no path inside `rules/` or `experiments/`.
    #[error("`{path}` is not a path inside `rules/` or `experiments/`")]
    OutsidePath {
        /// As the client sent it.
        path: String,
    },
    /// Not 16 hex digits.
    #[error("a release id is 16 hex digits")]
    NotAnId,
}

/// All files of a set by their key: `rules/home.rules`, `experiments/cart.yaml`. Keys use `/` on every system.
#[derive(Debug, Clone)]
pub struct FileSet {
    files: BTreeMap<Arc<str>, Arc<str>>,
    /// Where the bytes of a file stop being UTF-8. Such a file is kept with replacement characters, and does not
    /// compile.
    not_text: BTreeMap<Arc<str>, usize>,
    bytes: usize,
    rules_folder: String,
    experiments_folder: String,
    /// Made when it is first asked for: a set of many megabytes is not hashed twice.
    id: OnceLock<ReleaseId>,
}

impl PartialEq for FileSet {
    fn eq(&self, other: &Self) -> bool {
        self.files == other.files && self.not_text == other.not_text && self.has_same_folders(other)
    }
}

impl Eq for FileSet {}

impl FileSet {
    /// A set from keys and texts, as an upload gives them.
    ///
    /// # Errors
    /// [`FileSetError::OutsidePath`], [`FileSetError::TooLarge`].
    pub fn from_files(files: impl IntoIterator<Item = (String, String)>) -> Result<Self, FileSetError> {
        let mut set = Self::empty("rules", "experiments");
        for (key, text) in files {
            set.insert(&key, text)?;
        }
        Ok(set)
    }

    /// Reads both folders. A missing experiments folder counts as empty; a missing rules folder is an error.
    ///
    /// Files whose name starts with a dot, editors' backups (`~`, `.swp`, `.tmp`, `#..#`) and endings other than
    /// `.rules`, `.yaml`, `.yml` and `.txt` are passed over.
    ///
    /// # Errors
    /// Every variant but [`FileSetError::OutsidePath`] and [`FileSetError::NotAnId`].
    pub fn load(rules: &Path, experiments: &Path) -> Result<Self, FileSetError> {
        let mut set = Self::empty(&rules.display().to_string(), &experiments.display().to_string());
        set.load_folder(rules, "rules")?;
        if experiments.exists() {
            set.load_folder(experiments, "experiments")?;
        }
        Ok(set)
    }

    fn empty(rules_folder: &str, experiments_folder: &str) -> Self {
        Self {
            files: BTreeMap::new(),
            not_text: BTreeMap::new(),
            bytes: 0,
            rules_folder: rules_folder.trim_end_matches('/').to_owned(),
            experiments_folder: experiments_folder.trim_end_matches('/').to_owned(),
            id: OnceLock::new(),
        }
    }

    fn load_folder(&mut self, folder: &Path, root: &str) -> Result<(), FileSetError> {
        let unreadable = |path: &Path, cause| FileSetError::Unreadable { path: path.display().to_string(), cause };
        let entries = walkdir::WalkDir::new(folder)
            .follow_links(true)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(|entry| entry.depth() == 0 || !is_hidden(&entry.file_name().to_string_lossy()));
        for entry in entries {
            let entry = entry.map_err(|error| {
                let path = error.path().unwrap_or(folder).to_path_buf();
                unreadable(&path, error.into())
            })?;
            if !entry.file_type().is_file() || !is_ours(&entry.file_name().to_string_lossy()) {
                continue;
            }
            let path = entry.path();
            let bytes = std::fs::read(path).map_err(|cause| unreadable(path, cause))?;
            let inside = path.strip_prefix(folder).unwrap_or(path);
            let inside: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
            let key = format!("{root}/{}", inside.join("/"));
            match String::from_utf8(bytes) {
                Ok(text) => self.insert(&key, text)?,
                Err(error) => {
                    self.insert(&key, String::from_utf8_lossy(error.as_bytes()).into_owned())?;
                    self.not_text.insert(key.into(), error.utf8_error().valid_up_to());
                }
            }
        }
        Ok(())
    }

    fn insert(&mut self, key: &str, text: String) -> Result<(), FileSetError> {
        let inside = key.strip_prefix("rules/").or_else(|| key.strip_prefix("experiments/"));
        let clean = inside.is_some_and(|inside| {
            !inside.is_empty() && inside.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
        });
        if !clean || key.chars().any(char::is_control) {
            return Err(FileSetError::OutsidePath { path: key.to_owned() });
        }
        if text.len() > MAX_RULE_FILE_BYTES {
            return Err(FileSetError::TooLarge { path: self.shown(key), limit: MAX_RULE_FILE_BYTES });
        }
        self.bytes += text.len();
        if self.bytes > MAX_SET_BYTES {
            return Err(FileSetError::TooLarge { path: "the whole set".to_owned(), limit: MAX_SET_BYTES });
        }
        self.id = OnceLock::new();
        self.files.insert(key.into(), text.into());
        Ok(())
    }

    /// Keys and texts in key order.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        self.files.iter()
    }

    /// The text of one file.
    pub fn get(&self, key: &str) -> Option<&Arc<str>> {
        self.files.get(key)
    }

    /// The offset of a file's first byte that is not UTF-8, if there is one.
    pub fn not_text(&self, key: &str) -> Option<usize> {
        self.not_text.get(key).copied()
    }

    /// Whether messages about both sets name the same paths.
    pub fn has_same_folders(&self, other: &Self) -> bool {
        (&self.rules_folder, &self.experiments_folder) == (&other.rules_folder, &other.experiments_folder)
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file at all.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The path that people see: the folder as given joined with the path inside it.
    pub fn shown(&self, key: &str) -> String {
        match (key.strip_prefix("rules/"), key.strip_prefix("experiments/")) {
            (Some(inside), _) => format!("{}/{inside}", self.rules_folder),
            (_, Some(inside)) => format!("{}/{inside}", self.experiments_folder),
            _ => key.to_owned(),
        }
    }

    /// The id that this content has, wherever its folders are: SHA-256 over each key and text, both preceded by their
    /// length in bytes as a little-endian `u64`, in key order.
    pub fn id(&self) -> ReleaseId {
        self.id.get_or_init(|| self.hashed()).clone()
    }

    fn hashed(&self) -> ReleaseId {
        let mut hash = Sha256::new();
        for (key, text) in &self.files {
            for part in [key, text] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part.as_bytes());
            }
        }
        let digest = hash.finalize();
        let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        ReleaseId(hex.into())
    }
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

fn is_ours(name: &str) -> bool {
    let backup = name.ends_with('~') || name.starts_with('#');
    !backup && [".rules", ".yaml", ".yml", ".txt"].iter().any(|ending| name.ends_with(ending))
}
