//! The rewrites of `segue format`: where the language has two ways to say the same, one of them is kept.
//!
//! In: a parsed file. Out: the same rules, with counts that are compared with a number said as `did .. times` and bare
//! rules moved into the block of their slot. What a rule means and the order in which rules are tried stay as they are.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::prelude::ToPrimitive;

use crate::language::syntax::{
    At, Behaviour, Compare, Condition, EventRef, File, Frequency, Function, Integer, Item, LeafKind, Name, Occurrence,
    Order, Rule, Slot, Test, Value, ValueKind,
};

/// Rewrites a file into the form that `segue format` prints.
///
/// `slot_of` names the slot that a bare rule belongs to. Without an answer the rule stays as it is. The rule joins the
/// file's block of that slot: first if it stands above the block, else last; with no such block in the file, a new one
/// opens where its first rule stands.
pub fn normalise(file: File, slot_of: &dyn Fn(&Rule) -> Option<String>) -> File {
    let mut items = gather(file.items, slot_of);
    for item in &mut items {
        match item {
            Item::Segment(segment) => rewrite(&mut segment.condition),
            Item::Slot(slot) => slot.rules.iter_mut().for_each(|rule| rewrite(&mut rule.condition)),
            Item::Rule(rule) => rewrite(&mut rule.condition),
            Item::Measure(_) => {}
        }
    }
    File { items, ..file }
}

/// Moves bare rules into the blocks of their slots.
fn gather(items: Vec<Item>, slot_of: &dyn Fn(&Rule) -> Option<String>) -> Vec<Item> {
    let blocks: BTreeSet<String> = items.iter().filter_map(block_name).collect();
    let mut above: BTreeMap<String, Vec<Rule>> = BTreeMap::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut gathered: Vec<Item> = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Item::Rule(rule) => match slot_of(&rule) {
                Some(slot) => match places.get(&slot).and_then(|place| gathered.get_mut(*place)) {
                    Some(Item::Slot(block)) => block.rules.push(inside(rule)),
                    _ if blocks.contains(&slot) => above.entry(slot).or_default().push(inside(rule)),
                    _ => {
                        places.insert(slot.clone(), gathered.len());
                        gathered.push(Item::Slot(block_of(slot, rule)));
                    }
                },
                None => gathered.push(Item::Rule(rule)),
            },
            Item::Slot(mut block) => {
                if let Some(rules) = above.remove(&block.name.text) {
                    block.rules.splice(0..0, rules);
                }
                places.entry(block.name.text.clone()).or_insert(gathered.len());
                gathered.push(Item::Slot(block));
            }
            other => gathered.push(other),
        }
    }
    gathered
}

fn block_name(item: &Item) -> Option<String> {
    match item {
        Item::Slot(block) => Some(block.name.text.clone()),
        _ => None,
    }
}

/// A new block. Comments that a blank line parts from the rule stay above the block.
fn block_of(slot: String, mut rule: Rule) -> Slot {
    let own = rule.comments.iter().rposition(|comment| comment.gap).map_or(0, |last| last + 1);
    let comments = rule.comments.drain(..own).collect();
    Slot {
        comments,
        at: rule.at,
        name: Name { text: slot, at: At::default() },
        priority: None,
        active: None,
        rules: vec![rule],
        otherwise: None,
        closing: Vec::new(),
    }
}

/// A rule inside a block, where blank lines do not count.
fn inside(mut rule: Rule) -> Rule {
    rule.comments.iter_mut().for_each(|comment| comment.gap = false);
    rule
}

fn rewrite(condition: &mut Condition) {
    match condition {
        Condition::All(pieces) | Condition::Any(pieces) => {
            pieces.iter_mut().for_each(|piece| rewrite(&mut piece.condition));
        }
        Condition::Not(negation) => rewrite(&mut negation.condition),
        Condition::Leaf(leaf) => {
            if let LeafKind::Comparison(value, test) = &leaf.kind
                && let Some(behaviour) = counted(value, test)
            {
                leaf.kind = LeafKind::Behaviour(behaviour);
            }
        }
    }
}

/// `count of order in last 7 days >= 3` as `did order at least 3 times in last 7 days`.
///
/// Both are 0 or no with nothing done and unknown without consent, so the meaning is the same. A test that holds or
/// fails whatever the count is stays as it is, for the author to see.
fn counted(value: &Value, test: &Test) -> Option<Behaviour> {
    let ValueKind::Aggregate(count) = &value.kind else { return None };
    let (compare, number) = match test {
        Test::Order(Order::AtLeast, number) => (Compare::AtLeast, number),
        Test::Order(Order::AtMost, number) => (Compare::AtMost, number),
        Test::Order(Order::Greater, number) => (Compare::MoreThan, number),
        Test::Order(Order::Less, number) => (Compare::FewerThan, number),
        Test::Is { negated: false, value } => (Compare::Exactly, value),
        _ => return None,
    };
    let times = whole(number)?;
    let settled = matches!((compare, times), (Compare::AtLeast | Compare::FewerThan, 0));
    if count.function != Function::Count || count.path.text.contains('.') || settled {
        return None;
    }
    let event = EventRef { name: count.path.clone(), filter: count.filter.clone() };
    Some(Behaviour {
        subject: Occurrence::Did(event),
        chain: None,
        frequency: Some(Frequency::Times(compare, Integer { value: times, at: number.at })),
        window: Some(count.window.clone()),
    })
}

fn whole(value: &Value) -> Option<u64> {
    match &value.kind {
        ValueKind::Number(number) if number.value.is_integer() => number.value.to_u64(),
        _ => None,
    }
}
