//! Source texts and the places in them.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A range of bytes of one source text: `start..end`, on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// `start..end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The same span, `offset` bytes further on.
    #[must_use]
    pub fn shift(self, offset: usize) -> Self {
        Self { start: self.start + offset, end: self.end + offset }
    }
}

/// A place as people count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// From 1, in Unicode characters.
    pub column: usize,
}

/// One file of the set: its printed path and its text.
#[derive(Debug, Clone)]
pub struct Source {
    /// The folder as given joined with the path inside it: what a person sees and may click on.
    pub file: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
    /// The byte at which each line starts; the first entry is 0.
    line_starts: Vec<usize>,
}

impl Source {
    /// Takes a text and finds its lines.
    pub fn new(file: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let text: Arc<str> = text.into();
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { file: file.into(), text, line_starts }
    }

    /// The line (from 1) that holds a byte offset; offsets past the end are on the last line.
    pub fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset)
    }

    /// The byte at which a line (from 1) begins.
    pub fn line_start(&self, line: usize) -> usize {
        self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len())
    }

    /// A line (from 1) without its line break.
    pub fn line_text(&self, line: usize) -> &str {
        let line = self.text.get(self.line_start(line)..self.line_start(line + 1)).unwrap_or_default();
        line.trim_end_matches(['\n', '\r'])
    }

    /// Line and column of a byte offset.
    pub fn place(&self, offset: usize) -> Place {
        let line = self.line(offset);
        let start = self.line_start(line);
        let column = self.text.get(start..offset.min(self.text.len())).map_or(0, |before| before.chars().count()) + 1;
        Place { line, column }
    }
}

/// The texts of a set, by printed path.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    by_file: BTreeMap<Arc<str>, Source>,
}

impl Sources {
    /// Adds a source and hands back its path for use in diagnostics.
    pub fn add(&mut self, source: Source) -> Arc<str> {
        let file = Arc::clone(&source.file);
        self.by_file.insert(Arc::clone(&file), source);
        file
    }

    /// The source with this printed path.
    pub fn get(&self, file: &str) -> Option<&Source> {
        self.by_file.get(file)
    }

    /// Line and column; 1:1 for a file that is not in the set (it could not be read).
    pub fn place(&self, file: &str, offset: usize) -> Place {
        self.get(file).map_or(Place { line: 1, column: 1 }, |source| source.place(offset))
    }
}
