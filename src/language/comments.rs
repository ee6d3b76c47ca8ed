//! Gives each comment to the node it speaks of, so that formatting keeps it.
//!
//! A comment on a line of its own belongs to the next node that starts after it; one at the end of a line of code to
//! the first node of that line, above which it is then printed. What stands after the last node of a block is its
//! closing. No comment is lost.

use super::scan::Comment;
use super::syntax::{Comment as Written, Comments, Condition, Item, Otherwise, Piece, Rule, Segment, Slot};

/// Where a node stands that may hold comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// Where it begins, with the `and` or `or` before it.
    pub outer: usize,
    /// Where it begins itself.
    pub core: usize,
    /// The how-manieth holder of its item it is, in text order.
    pub holder: usize,
}

/// Gives an item its comments. `spots` are in text order; `end` is the `}` that closes it, if it has one.
pub fn attach(text: &str, comments: &[Comment], item: &mut Item, spots: &[Spot], end: Option<usize>) {
    if comments.is_empty() {
        return;
    }
    let homes: Vec<Option<usize>> = comments.iter().map(|comment| home(text, *comment, spots, end)).collect();
    let mut holders = Vec::new();
    let closing = collect(item, &mut holders);
    let mut rest = Comments::new();
    for (home, comment) in homes.into_iter().zip(comments) {
        match home.and_then(|home| holders.get_mut(home)) {
            Some(holder) => holder.push(written(text, *comment, home == Some(0))),
            None => rest.push(written(text, *comment, false)),
        }
    }
    match closing {
        Some(closing) => closing.extend(rest),
        None => {
            if let Some(last) = holders.last_mut() {
                last.extend(rest);
            }
        }
    }
}

/// The comments after the last item.
pub fn closing(text: &str, comments: &[Comment]) -> Comments {
    let mut closing: Comments = comments.iter().map(|comment| written(text, *comment, true)).collect();
    if let Some(last) = closing.last_mut() {
        last.gap = false;
    }
    closing
}

/// A comment as the tree holds it; only `between_items` a blank line after it counts.
fn written(text: &str, comment: Comment, between_items: bool) -> Written {
    let line = text.get(comment.span.start..comment.span.end).unwrap_or_default();
    let text_after = text.get(comment.span.end..).unwrap_or_default();
    Written {
        text: line.strip_prefix('#').unwrap_or(line).trim().to_owned(),
        gap: between_items && comment.own_line && begins_with_blank_line(text_after),
    }
}

/// Whether the line after the line end that the text begins with is blank.
fn begins_with_blank_line(text: &str) -> bool {
    let below = text.strip_prefix("\r\n").or_else(|| text.strip_prefix(['\n', '\r'])).unwrap_or_default();
    let line = below.split(['\n', '\r']).next().unwrap_or_default();
    line.len() < below.len() && line.trim().is_empty()
}

/// The holder of a comment; `None` is the closing.
fn home(text: &str, comment: Comment, spots: &[Spot], end: Option<usize>) -> Option<usize> {
    let at = comment.span.start;
    if comment.own_line {
        let next = spots.partition_point(|spot| spot.core <= at);
        return spots.get(next).map(|spot| spot.holder);
    }
    if end.is_some_and(|end| end < at) {
        return None;
    }
    let before = spots.get(..spots.partition_point(|spot| spot.outer < at)).unwrap_or_default();
    let line = text.get(..at).and_then(|before| before.rfind(['\n', '\r'])).map_or(0, |line_end| line_end + 1);
    let first_of_line = before.get(before.partition_point(|spot| spot.outer < line));
    first_of_line.or(before.last()).map(|spot| spot.holder)
}

/// All holders of an item in text order; hands back its closing.
fn collect<'a>(item: &'a mut Item, holders: &mut Vec<&'a mut Comments>) -> Option<&'a mut Comments> {
    match item {
        Item::Measure(measure) => {
            holders.push(&mut measure.comments);
            None
        }
        Item::Rule(rule) => {
            of_rule(rule, holders);
            None
        }
        Item::Segment(Segment { comments, condition, clauses, closing, .. }) => {
            holders.push(comments);
            of_condition(condition, holders);
            holders.extend(clauses.iter_mut().map(|clause| &mut clause.comments));
            Some(closing)
        }
        Item::Slot(Slot { comments, active, rules, otherwise, closing, .. }) => {
            holders.push(comments);
            holders.extend(active.iter_mut().map(|clause| &mut clause.comments));
            for rule in rules {
                of_rule(rule, holders);
            }
            if let Some(Otherwise { comments, outcome, clauses, .. }) = otherwise {
                holders.push(comments);
                holders.push(&mut outcome.comments);
                holders.extend(clauses.iter_mut().map(|clause| &mut clause.comments));
            }
            Some(closing)
        }
    }
}

fn of_rule<'a>(rule: &'a mut Rule, holders: &mut Vec<&'a mut Comments>) {
    let Rule { comments, condition, outcome, clauses, .. } = rule;
    holders.push(comments);
    of_condition(condition, holders);
    holders.push(&mut outcome.comments);
    holders.extend(clauses.iter_mut().map(|clause| &mut clause.comments));
}

fn of_condition<'a>(condition: &'a mut Condition, holders: &mut Vec<&'a mut Comments>) {
    match condition {
        Condition::All(pieces) | Condition::Any(pieces) => {
            for Piece { comments, condition } in pieces {
                holders.push(comments);
                of_condition(condition, holders);
            }
        }
        Condition::Not(negation) => of_condition(&mut negation.condition, holders),
        Condition::Leaf(_) => {}
    }
}
