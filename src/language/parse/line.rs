//! The text of one unit as the parser reads it: its words in a row, one blank behind each.
//!
//! In: a stretch of a file. Out: a line in which neither layout nor comments are left, and for each place in it the place
//! in the file. So the grammar has no blanks to skip, which took it half of its time.

use crate::diagnostic::Span;
use crate::language::token::{TokenKind, Tokens};

/// A unit on one line; kept from unit to unit for its memory.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// The words, one blank behind each.
    pub text: String,
    /// In text order.
    words: Vec<Word>,
    /// For each byte of the line, the word it belongs to.
    belongs: Vec<u32>,
}

/// A word, number, text or sign.
#[derive(Debug, Clone, Copy)]
struct Word {
    /// Where it begins in the line.
    start: usize,
    /// Where it stands in the file.
    at: Span,
}

impl Line {
    /// Takes a span of a file.
    pub fn fill(&mut self, text: &str, span: Span) {
        self.text.clear();
        self.words.clear();
        self.belongs.clear();
        let unit = text.get(..span.end).unwrap_or_default();
        let mut minus = None;
        for token in Tokens::new(unit, span.start).filter(|token| token.kind != TokenKind::Comment) {
            let written = unit.get(token.span.start..token.span.end).unwrap_or_default();
            // A number keeps the minus that touches it.
            if minus == Some(token.span.start) && token.kind == TokenKind::Number {
                self.text.pop();
                self.belongs.pop();
            }
            minus = (written == "-").then_some(token.span.end);
            self.belongs
                .resize(self.belongs.len() + written.len() + 1, u32::try_from(self.words.len()).unwrap_or(u32::MAX));
            self.words.push(Word { start: self.text.len(), at: token.span });
            self.text.push_str(written);
            self.text.push(' ');
        }
    }

    fn word(&self, at: usize) -> Option<&Word> {
        let word = self.belongs.get(at).or(self.belongs.last())?;
        self.words.get(*word as usize)
    }

    /// Where a place of the line is in the file.
    pub fn place(&self, at: usize) -> usize {
        self.word(at).map_or(0, |word| (word.at.start + at - word.start).min(word.at.end))
    }

    /// Where a stretch of the line that begins with a word stands in the file, without what follows its last word.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let start = self.place(start);
        let end = self.word(end.saturating_sub(1)).map_or(start, |word| word.at.end);
        Span::new(start, end.max(start))
    }
}
