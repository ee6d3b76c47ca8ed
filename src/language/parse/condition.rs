//! Conditions: chains of `and` and `or`, brackets, `not`.
//!
//! Brackets that change nothing are dropped, and a chain in brackets joins a chain of the same word around it. Both
//! words in one chain are refused here, where both readings can be shown.

use super::{Pair, Reader, Rule};
use crate::diagnostic::{Diagnostic, Span};
use crate::language::syntax::{Comments, Condition, Leaf, LeafKind, Negation, Piece};

/// `and` or `or`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    And,
    Or,
}

/// A chain as written: each piece with the word before it.
type Chain<'i> = Vec<(Option<(Link, Span)>, Pair<'i>)>;

impl Reader<'_, '_> {
    /// The condition of a segment or a rule, whose holder was noted last.
    pub(super) fn item_condition(&mut self, pair: Pair<'_>) -> Option<Condition> {
        let (item, start, before) = (self.holders - 1, self.span(&pair).start, self.spots.len());
        self.hold_with_item(item, start);
        let condition = self.condition(pair)?;
        if matches!(condition, Condition::All(_) | Condition::Any(_)) {
            self.spots.remove(before);
        }
        Some(condition)
    }

    pub(super) fn condition(&mut self, pair: Pair<'_>) -> Option<Condition> {
        let chain = self.links(pair);
        self.chain(chain)
    }

    fn links<'i>(&self, pair: Pair<'i>) -> Chain<'i> {
        let (mut chain, mut link) = (Vec::new(), None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::kw_and => link = Some((Link::And, self.span(&part))),
                Rule::kw_or => link = Some((Link::Or, self.span(&part))),
                _ => chain.push((link.take(), part)),
            }
        }
        chain
    }

    fn chain(&mut self, mut chain: Chain<'_>) -> Option<Condition> {
        if chain.len() < 2 {
            let (_, piece) = chain.pop()?;
            return self.lone_piece(piece);
        }
        let Some(link) = self.one_link(&chain) else {
            // The pieces may hold further faults of their own.
            for (_, piece) in chain {
                self.lone_piece(piece);
            }
            return None;
        };
        let mut pieces = Vec::with_capacity(chain.len());
        for (before, piece) in chain {
            self.piece(before.map(|(_, span)| span.start), piece, link, &mut pieces)?;
        }
        Some(match link {
            Link::And => Condition::All(pieces),
            Link::Or => Condition::Any(pieces),
        })
    }

    /// The word that links a whole chain; two different ones are reported.
    fn one_link(&mut self, chain: &Chain<'_>) -> Option<Link> {
        let mut links = chain.iter().filter_map(|(link, _)| *link);
        let (link, first) = links.next()?;
        let Some((_, second)) = links.find(|(other, _)| *other != link) else { return Some(link) };
        let whole = [Link::And, Link::Or].map(|tighter| self.bracketed(chain, tighter, usize::MAX));
        let long = whole.iter().any(|reading| reading.len() > MAX_READING_WIDTH);
        let readings = if long {
            [Link::And, Link::Or].map(|tighter| self.bracketed(chain, tighter, MAX_PIECE_WIDTH))
        } else {
            whole
        };
        let error = Diagnostic::error("mixed-and-or", self.file, first, "`and` and `or` are mixed without brackets");
        let [and_first, or_first] = readings;
        let help = format!("say which two belong together:  {and_first}\n{:>30}  {or_first}", "or:");
        self.findings.push(error.also(second, "").help(help));
        None
    }

    /// The chain with brackets around what one of the words links, each piece cut to a width.
    fn bracketed(&self, chain: &Chain<'_>, tighter: Link, width: usize) -> String {
        let mut groups: Vec<Vec<String>> = Vec::new();
        for (link, piece) in chain {
            let words = shortened(self.one_line(self.span(piece)), width);
            match groups.last_mut().filter(|_| link.is_some_and(|(link, _)| link == tighter)) {
                Some(group) => group.push(words),
                None => groups.push(vec![words]),
            }
        }
        let (inner, outer) = if tighter == Link::And { (" and ", " or ") } else { (" or ", " and ") };
        let groups: Vec<String> = groups
            .into_iter()
            .map(|group| if group.len() > 1 { format!("({})", group.join(inner)) } else { group.concat() })
            .collect();
        groups.join(outer)
    }

    /// The text of a span on one line, without comments.
    fn one_line(&self, span: Span) -> String {
        let (mut written, mut from) = (String::new(), span.start);
        for comment in self.comments_in(span) {
            written.push_str(self.text.get(from..comment.span.start).unwrap_or_default());
            from = comment.span.end;
        }
        written.push_str(self.text.get(from..span.end).unwrap_or_default());
        written.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// One member of a chain; `outer` is where the word before it stands.
    fn piece(&mut self, outer: Option<usize>, pair: Pair<'_>, link: Link, pieces: &mut Vec<Piece>) -> Option<()> {
        let start = self.start(&pair);
        let (chain, core) = match self.unwrap(pair) {
            Unwrapped::Chain(chain) => (chain, None),
            Unwrapped::One(core) => (Vec::new(), Some(core)),
        };
        let same = core.is_none() && chain.iter().all(|(inner, _)| inner.is_none_or(|(inner, _)| inner == link));
        if same {
            for (index, (before, piece)) in chain.into_iter().enumerate() {
                let before = if index == 0 { outer } else { before.map(|(_, span)| span.start) };
                self.piece(before, piece, link, pieces)?;
            }
            return Some(());
        }
        self.hold(outer.unwrap_or(start), start);
        let condition = match core {
            Some(core) => self.core(core)?,
            None => self.chain(chain)?,
        };
        pieces.push(Piece { comments: Comments::new(), condition });
        Some(())
    }

    fn lone_piece(&mut self, pair: Pair<'_>) -> Option<Condition> {
        match self.unwrap(pair) {
            Unwrapped::Chain(chain) => self.chain(chain),
            Unwrapped::One(core) => self.core(core),
        }
    }

    /// Takes off the brackets of a piece that change nothing.
    fn unwrap<'i>(&self, mut piece: Pair<'i>) -> Unwrapped<'i> {
        loop {
            let mut parts = piece.clone().into_inner();
            let first = parts.next();
            let Some(condition) = parts.next().filter(|part| part.as_rule() == Rule::condition) else {
                return Unwrapped::One(first.unwrap_or(piece));
            };
            let mut chain = self.links(condition);
            match chain.pop() {
                Some((_, only)) if chain.is_empty() => piece = only,
                last => {
                    chain.extend(last);
                    return Unwrapped::Chain(chain);
                }
            }
        }
    }

    /// A negation or a leaf.
    fn core(&mut self, pair: Pair<'_>) -> Option<Condition> {
        let at = self.at(&pair);
        if pair.as_rule() == Rule::negation {
            let condition = self.lone_piece(pair.into_inner().nth(1)?)?;
            return Some(Condition::Not(Box::new(Negation { at, condition })));
        }
        let what = pair.into_inner().next()?;
        let kind = match what.as_rule() {
            Rule::in_segment => LeafKind::Segment(self.name(&what.into_inner().nth(1)?)),
            Rule::in_list => LeafKind::List(self.name(&what.into_inner().nth(1)?)),
            Rule::consent => LeafKind::Consent(self.name(&what.into_inner().nth(1)?)),
            Rule::behaviour => LeafKind::Behaviour(self.behaviour(what)?),
            _ => {
                let mut parts = what.into_inner();
                let (value, test) = (parts.next()?, parts.next()?);
                LeafKind::Comparison(self.value(value)?, self.test(test)?)
            }
        };
        Some(Condition::Leaf(Leaf { at, kind }))
    }
}

/// Readings longer than this show the beginning of each piece only.
const MAX_READING_WIDTH: usize = 110;

/// As much of a piece as its author needs to know it again.
const MAX_PIECE_WIDTH: usize = 28;

fn shortened(mut words: String, width: usize) -> String {
    if words.len() > width {
        words.truncate(words.floor_char_boundary(width));
        words.push('…');
    }
    words
}

/// A piece without the brackets that change nothing.
enum Unwrapped<'i> {
    /// At least two pieces.
    Chain(Chain<'i>),
    /// A negation or a leaf.
    One(Pair<'i>),
}
