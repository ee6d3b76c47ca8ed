//! Where lines break.
//!
//! In: a [`Doc`], a text with places where it may break. Out: lines of at most [`MAX_COLUMNS`] where that is possible.
//! A group is written on one line if it fits there, else all its own breaks become line ends and the groups inside it
//! are tried in turn (Wadler, "A prettier printer", 2003).

use std::borrow::Cow;

use super::MAX_COLUMNS;
use crate::language::syntax::Comment;

/// Columns that a nested part stands further right.
const INDENT: usize = 2;

/// A text with places where it may break.
pub(super) enum Doc<'a> {
    /// Written as it is; holds no line end.
    Text(Cow<'a, str>),
    /// A blank, or a line end in a broken group.
    Line,
    /// Nothing, or a line end in a broken group.
    Soft,
    /// Written in a broken group only.
    Broken(&'static str),
    /// A comment: breaks all groups around it. Its neighbours put it on a line of its own.
    Comment(&'a str),
    /// Line ends inside are followed by one more step of indentation.
    Nest(Box<Doc<'a>>),
    /// Broken as one.
    Group(Box<Doc<'a>>),
    /// One after the other.
    Many(Vec<Doc<'a>>),
}

impl<'a> Doc<'a> {
    pub(super) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn nest(self) -> Self {
        Self::Nest(Box::new(self))
    }

    pub(super) fn group(self) -> Self {
        Self::Group(Box::new(self))
    }
}

/// Comment lines above whatever comes next.
pub(super) fn above(comments: &[Comment]) -> Doc<'_> {
    Doc::Many(comments.iter().flat_map(|comment| [Doc::Comment(&comment.text), Doc::Soft]).collect())
}

/// Comment lines below whatever came before.
pub(super) fn below(comments: &[Comment]) -> Doc<'_> {
    Doc::Many(comments.iter().flat_map(|comment| [Doc::Soft, Doc::Comment(&comment.text)]).collect())
}

/// A comment as written: `# text`; `## text` and `#` keep their form.
pub(super) fn push_comment(comment: &str, out: &mut String) {
    out.push('#');
    if !comment.is_empty() && !comment.starts_with('#') {
        out.push(' ');
    }
    out.push_str(comment);
}

/// The whole document on one line, without comments.
pub(super) fn flat(doc: &Doc<'_>) -> String {
    let mut out = String::new();
    let mut waiting = vec![doc];
    while let Some(doc) = waiting.pop() {
        match doc {
            Doc::Text(text) => out.push_str(text),
            Doc::Line => out.push(' '),
            Doc::Soft | Doc::Broken(_) | Doc::Comment(_) => {}
            Doc::Nest(inner) | Doc::Group(inner) => waiting.push(inner),
            Doc::Many(docs) => waiting.extend(docs.iter().rev()),
        }
    }
    out
}

/// Whether a group is written on one line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    OneLine,
    Broken,
}

/// Appends the document to `out`, as if `indent` blanks had been written on the current line.
pub(super) fn render(doc: &Doc<'_>, indent: usize, out: &mut String) {
    let mut column = indent;
    let mut waiting = vec![(indent, Mode::Broken, doc)];
    while let Some((indent, mode, doc)) = waiting.pop() {
        match (doc, mode) {
            (Doc::Text(text), _) => {
                out.push_str(text);
                column += text.chars().count();
            }
            (Doc::Line, Mode::OneLine) => {
                out.push(' ');
                column += 1;
            }
            (Doc::Line | Doc::Soft, Mode::Broken) => {
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', indent));
                column = indent;
            }
            (Doc::Soft | Doc::Broken(_), Mode::OneLine) => {}
            (Doc::Broken(text), Mode::Broken) => {
                out.push_str(text);
                column += text.len();
            }
            (Doc::Comment(text), _) => push_comment(text, out),
            (Doc::Nest(inner), _) => waiting.push((indent + INDENT, mode, inner)),
            (Doc::Group(inner), Mode::OneLine) => waiting.push((indent, mode, inner)),
            (Doc::Group(inner), Mode::Broken) => {
                let room = MAX_COLUMNS.saturating_sub(column);
                let mode = if fits(inner, &waiting, room) { Mode::OneLine } else { Mode::Broken };
                waiting.push((indent, mode, inner));
            }
            (Doc::Many(docs), _) => waiting.extend(docs.iter().rev().map(|doc| (indent, mode, doc))),
        }
    }
}

/// Whether `next` on one line, and what follows it up to the next line end, takes at most `room` columns.
fn fits(next: &Doc<'_>, rest: &[(usize, Mode, &Doc<'_>)], mut room: usize) -> bool {
    let mut waiting = vec![(Mode::OneLine, next)];
    let mut rest = rest.iter().rev();
    loop {
        let Some((mode, doc)) = waiting.pop().or_else(|| rest.next().map(|(_, mode, doc)| (*mode, *doc))) else {
            return true;
        };
        let columns = match (doc, mode) {
            (Doc::Line | Doc::Soft, Mode::Broken) => return true,
            (Doc::Comment(_), _) => return false,
            (Doc::Text(text), _) => text.chars().count(),
            (Doc::Line, Mode::OneLine) => 1,
            (Doc::Soft, Mode::OneLine) | (Doc::Broken(_), _) => 0,
            (Doc::Nest(inner) | Doc::Group(inner), _) => {
                waiting.push((mode, inner));
                0
            }
            (Doc::Many(docs), _) => {
                waiting.extend(docs.iter().rev().map(|doc| (mode, doc)));
                0
            }
        };
        match room.checked_sub(columns) {
            Some(left) => room = left,
            None => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words<'a>(words: &[&'a str]) -> Doc<'a> {
        let words = words.iter().enumerate().flat_map(|(index, word)| {
            let gap = if index == 0 { Doc::Soft } else { Doc::Line };
            [gap, Doc::text(*word)]
        });
        Doc::Many(vec![Doc::text("["), Doc::Many(words.collect()).nest(), Doc::Soft, Doc::text("]")]).group()
    }

    fn rendered(doc: &Doc<'_>) -> String {
        let mut out = String::new();
        render(doc, 0, &mut out);
        out
    }

    #[test]
    fn a_group_counts_what_follows_it_on_its_line() {
        let long = "x".repeat(MAX_COLUMNS - 5);
        let fitting = Doc::Many(vec![words(&["a", "b"]), Doc::text(&long)]);
        assert_eq!(rendered(&fitting), format!("[a b]{long}"));
        let passing = Doc::Many(vec![words(&["a", "b"]), Doc::text(&long), Doc::text("y")]);
        assert_eq!(rendered(&passing), format!("[\n  a\n  b\n]{long}y"));
    }

    #[test]
    fn columns_are_characters() {
        let fitting = "ä".repeat(MAX_COLUMNS - 4);
        assert_eq!(rendered(&words(&["a", &fitting])), format!("[a {fitting}]"));
        let passing = "ä".repeat(MAX_COLUMNS - 3);
        assert_eq!(rendered(&words(&["a", &passing])), format!("[\n  a\n  {passing}\n]"));
    }

    #[test]
    fn a_comment_breaks_the_groups_around_it_and_no_other() {
        let comment = [Comment { text: "why".to_owned(), gap: false }];
        let doc = Doc::Many(vec![words(&["a", "b"]), Doc::Line, above(&comment), words(&["c"])]).group();
        assert_eq!(rendered(&doc), "[a b]\n# why\n[c]");
        assert_eq!(flat(&doc), "[a b] [c]");
    }
}
