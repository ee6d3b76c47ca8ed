//! Text -> words, numbers, texts, signs and comments.
//!
//! The scanner cuts a file by them, and complaints look at those around a fault. Whether they make sense together is
//! the grammar's business; what can never be part of a rule (a `;`, a text without its closing quote) is a [`Slip`]
//! and reported before the grammar sees it.

use super::slip::Slip;
use crate::diagnostic::Span;

/// One piece of text between blanks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Which kind.
    pub kind: TokenKind,
    /// Its bytes in the file.
    pub span: Span,
    /// Nothing but blanks stands before it on its line.
    pub first_on_line: bool,
}

/// The kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A keyword or a name, with its dotted parts.
    Word,
    /// Anything that begins with a digit: `3`, `1.5`, `2026-11-27T18:00`, `7d`.
    Number,
    /// `"text"`, with its quotes.
    Text,
    /// A bracket, an operator, or a character that means nothing.
    Sign,
    /// From `#` to the end of the line.
    Comment,
}

/// Reads tokens off a text, front to back.
#[derive(Debug, Clone)]
pub struct Tokens<'a> {
    text: &'a str,
    at: usize,
    line_is_blank: bool,
    slip: Option<(Slip, Span)>,
}

impl<'a> Tokens<'a> {
    /// Starts at a byte offset of a file's text.
    pub fn new(text: &'a str, at: usize) -> Self {
        Self { text, at, line_is_blank: true, slip: None }
    }

    /// What was wrong with the token just read.
    pub fn slip(&mut self) -> Option<(Slip, Span)> {
        self.slip.take()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        for letter in self.rest().chars() {
            match letter {
                ' ' | '\t' | '\u{feff}' | '\u{a0}' => {}
                '\n' | '\r' => self.line_is_blank = true,
                _ => return,
            }
            self.at += letter.len_utf8();
        }
    }

    /// The length of what a closure accepts at the front of the rest.
    fn run(rest: &str, accepts: impl Fn(char) -> bool) -> usize {
        rest.find(|letter| !accepts(letter)).unwrap_or(rest.len())
    }

    fn to_line_end(rest: &str) -> usize {
        Self::run(rest, |letter| letter != '\n' && letter != '\r')
    }

    fn slipped(&mut self, slip: Slip, length: usize) {
        self.slip = Some((slip, Span::new(self.at, self.at + length)));
    }

    /// A dot (in a number also a colon) belongs to the word or number when more of it follows.
    fn dotted(rest: &str, dots: &[char], accepts: impl Fn(char) -> bool) -> usize {
        let mut length = Self::run(rest, &accepts);
        while let Some(after) = rest.get(length..).and_then(|after| after.strip_prefix(dots)) {
            match Self::run(after, &accepts) {
                0 => break,
                more => length += 1 + more,
            }
        }
        length
    }

    fn word(rest: &str) -> usize {
        // Most words end before a plain blank or sign.
        let plain = rest.bytes().position(|byte| !byte.is_ascii_alphanumeric() && byte != b'_').unwrap_or(rest.len());
        match rest.as_bytes().get(plain) {
            Some(byte) if *byte == b'.' || !byte.is_ascii() => {
                Self::dotted(rest, &['.'], |letter| letter == '_' || letter.is_alphanumeric())
            }
            _ => plain,
        }
    }

    fn number(&mut self, rest: &str) -> usize {
        let digits = Self::run(rest, |letter| letter.is_ascii_digit());
        let dated = digits == 4
            && ['-', '/', '.'].into_iter().any(|between| {
                let after = rest.get(4..).and_then(|after| after.strip_prefix(between)).unwrap_or_default();
                let month = Self::run(after, |letter| letter.is_ascii_digit());
                (1..=2).contains(&month) && after.get(month..).is_some_and(|after| after.starts_with(between))
            });
        if !dated {
            return Self::dotted(rest, &['.', ':'], |letter| letter.is_ascii_alphanumeric() || letter == '_');
        }
        let length = Self::run(rest, |letter| letter.is_ascii_alphanumeric() || "-/.:+".contains(letter));
        if !is_moment(rest.get(..length).unwrap_or_default()) {
            self.slipped(Slip::Date, length);
        }
        length
    }

    fn text(&mut self, rest: &str) -> usize {
        // Most texts hold nothing but letters that need no second look.
        let plain = rest.bytes().skip(1).position(|byte| matches!(byte, b'"' | b'\\' | b'\n' | b'\r'));
        if let Some(inside) = plain
            && rest.as_bytes().get(inside + 1) == Some(&b'"')
        {
            return inside + 2;
        }
        let mut letters = rest.char_indices().skip(1);
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => return at + 1,
                '\n' | '\r' => {
                    self.slipped(Slip::UnclosedText, at);
                    return at;
                }
                '\\' => match letters.next() {
                    Some((_, '"' | '\\' | 'n' | 't')) => {}
                    Some((_, '\n' | '\r')) | None => {
                        self.slipped(Slip::UnclosedText, at);
                        return at;
                    }
                    Some((_, unknown)) => {
                        let start = self.at + at;
                        self.slip = Some((Slip::Escape(unknown), Span::new(start, start + 1 + unknown.len_utf8())));
                    }
                },
                _ => {}
            }
        }
        self.slipped(Slip::UnclosedText, rest.len());
        rest.len()
    }

    /// `'t` glued to the word before.
    fn contraction(&mut self, opening: char, rest: &str) -> Option<usize> {
        let before = self.text.get(..self.at)?.trim_end_matches(|letter: char| letter.is_alphanumeric()).len();
        let letters = Self::run(rest.get(opening.len_utf8()..)?, char::is_alphabetic);
        if !matches!(opening, '\'' | '’') || before == self.at || letters == 0 {
            return None;
        }
        let length = opening.len_utf8() + letters;
        self.slip = Some((Slip::Apostrophe, Span::new(before, self.at + length)));
        Some(length)
    }

    /// A text in quotes that are not `"`: up to the next quote of that family on the same line.
    fn misquoted(&mut self, rest: &str, opening: char) -> usize {
        if let Some(contraction) = self.contraction(opening, rest) {
            return contraction;
        }
        let family = if opening == '\'' || opening == '`' { "'`" } else { "“”„‟«»‘’‚‹›\"" };
        let inside = rest.get(opening.len_utf8()..).unwrap_or_default();
        let line = inside.get(..Self::to_line_end(inside)).unwrap_or_default();
        let length = match line.find(|letter| family.contains(letter)) {
            Some(at) => {
                opening.len_utf8() + at + line.get(at..).and_then(|from| from.chars().next()).map_or(0, char::len_utf8)
            }
            None => opening.len_utf8(),
        };
        self.slipped(Slip::Quotes(opening), length);
        length
    }

    fn sign(&mut self, rest: &str, letter: char) -> usize {
        if matches!(letter, '[' | ']' | '(' | ')' | '{' | '}' | ',' | '+' | '*') {
            return 1;
        }
        for (sign, slip) in [("//", Slip::Comment), ("/*", Slip::Comment), ("<!--", Slip::Comment)] {
            if rest.starts_with(sign) {
                let length = Self::to_line_end(rest);
                self.slipped(slip, length);
                return length;
            }
        }
        let long = ["<=", ">=", "==", "!=", "<>", "=>", "=<", "&&", "||", "->"];
        if let Some(sign) = long.into_iter().find(|sign| rest.starts_with(sign)) {
            return sign.len();
        }
        if letter == ';' {
            self.slipped(Slip::Semicolon, 1);
        } else if !letter.is_ascii_graphic() {
            self.slipped(Slip::Letter(letter), letter.len_utf8());
        }
        letter.len_utf8()
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_blanks();
        let rest = self.rest();
        let letter = rest.chars().next()?;
        let (kind, length) = match letter {
            '#' => (TokenKind::Comment, Self::to_line_end(rest)),
            '"' => (TokenKind::Text, self.text(rest)),
            '“' | '”' | '„' | '‟' | '«' | '»' | '‘' | '’' | '‚' | '‹' | '›' | '\'' | '`' => {
                (TokenKind::Text, self.misquoted(rest, letter))
            }
            '0'..='9' => (TokenKind::Number, self.number(rest)),
            'a'..='z' | 'A'..='Z' | '_' => (TokenKind::Word, Self::word(rest)),
            _ if letter.is_alphabetic() => (TokenKind::Word, Self::word(rest)),
            _ => (TokenKind::Sign, self.sign(rest, letter)),
        };
        let span = Span::new(self.at, self.at + length);
        if kind == TokenKind::Word && !rest.get(..length).is_some_and(str::is_ascii) {
            self.slip = Some((Slip::ForeignWord, span));
        }
        let first_on_line = self.line_is_blank;
        self.line_is_blank = false;
        self.at += length;
        Some(Token { kind, span, first_on_line })
    }
}

/// `2026-11-27` or `2026-11-27T18:00`, digit for digit.
fn is_moment(written: &str) -> bool {
    let pattern = if written.len() > 10 { "dddd-dd-ddTdd:dd" } else { "dddd-dd-dd" };
    written.len() == pattern.len()
        && written.chars().zip(pattern.chars()).all(|(letter, form)| match form {
            'd' => letter.is_ascii_digit(),
            _ => letter == form,
        })
}
