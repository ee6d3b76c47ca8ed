//! What a marketer should know of a release's segments before anybody is in them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::behaviour_fact::condition_text;
use crate::language::checked::{Condition, LeafKind, Program};

/// By segment: that no rule names it, that another says the same.
pub fn segment_notes(program: &Program) -> BTreeMap<Arc<str>, Vec<String>> {
    let mut named = BTreeSet::new();
    let rules = program.slots.iter().flat_map(|slot| &slot.blocks).flat_map(|block| &block.rules);
    rules.for_each(|rule| segments_in(&rule.body.condition, &mut named));
    program.segments.iter().for_each(|segment| segments_in(&segment.condition, &mut named));

    let mut first_with: BTreeMap<String, &Arc<str>> = BTreeMap::new();
    let mut notes: BTreeMap<Arc<str>, Vec<String>> = BTreeMap::new();
    for (index, segment) in program.segments.iter().enumerate() {
        let mut of_this = Vec::new();
        if !named.contains(&index) {
            of_this.push("no rule or segment names it".to_owned());
        }
        let text = format!("{} {:?}", condition_text(&segment.condition), segment.active);
        match first_with.get(&text) {
            Some(first) => of_this.push(format!("it says the same as the segment `{first}`")),
            None => drop(first_with.insert(text, &segment.name)),
        }
        if !of_this.is_empty() {
            notes.insert(Arc::clone(&segment.name), of_this);
        }
    }
    notes
}

fn segments_in(condition: &Condition, named: &mut BTreeSet<usize>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| segments_in(part, named)),
        Condition::Not(inner) => segments_in(inner, named),
        Condition::Leaf(leaf) => {
            if let LeafKind::Segment(index) = leaf.kind {
                named.insert(index);
            }
        }
    }
}
