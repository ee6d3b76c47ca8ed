//! Slots: which rules feed which slot, in which order.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::Checker;
use super::clauses::{Clauses, Owner};
use crate::content::Slot;
use crate::diagnostic::Span;
use crate::language::RuleFile;
use crate::language::checked::{Block, Otherwise, Rule, RuleBody, Slot as CheckedSlot, Then};
use crate::language::format::slot_name;
use crate::language::syntax::{self, Item, Name, OutcomeKind};

/// Blocks without a `priority` have this one.
pub const DEFAULT_PRIORITY: u64 = 100;

/// All rules that one file gives to one slot.
pub(super) struct Gathered<'a> {
    pub file: usize,
    /// The slot block; `None` when the file has bare rules only.
    pub block: Option<&'a syntax::Slot>,
    /// In text order, bare ones among them.
    pub rules: Vec<&'a syntax::Rule>,
}

/// A block of the checked program and where its parts stand.
pub(super) struct Placed<'a> {
    pub file: usize,
    /// Its `priority`, else its name, else its first rule.
    pub at: Span,
    pub block: Block,
    /// The syntax of [`Block::rules`], one for one.
    pub rules: Vec<&'a syntax::Rule>,
    pub otherwise_at: Option<Span>,
}

impl<'a> Checker<'a> {
    /// Every declared slot in name order, with the blocks that feed it.
    pub(super) fn slots(&mut self, files: &'a [RuleFile]) -> Vec<CheckedSlot> {
        let mut blocks: BTreeMap<&'a str, Vec<Placed<'a>>> = BTreeMap::new();
        for (file, rule_file) in files.iter().enumerate() {
            self.file = file;
            for (name, gathered) in self.gather(file, &rule_file.tree.items) {
                let placed = self.block(name, gathered);
                blocks.entry(name).or_default().push(placed);
            }
        }
        let catalogue = self.nouns.catalogue;
        catalogue.slots.values().map(|slot| self.slot(slot, blocks.remove(&*slot.name).unwrap_or_default())).collect()
    }

    /// The blocks and bare rules of a file by slot, in the order in which the slots first occur.
    fn gather(&mut self, file: usize, items: &'a [Item]) -> Vec<(&'a str, Gathered<'a>)> {
        let mut order: Vec<(&'a str, Gathered<'a>)> = Vec::new();
        let mut index: HashMap<&'a str, usize> = HashMap::new();
        for item in items {
            let (name, block, rules): (&'a str, _, Vec<&'a syntax::Rule>) = match item {
                Item::Slot(slot) => (slot.name.text.as_str(), Some(slot), slot.rules.iter().collect()),
                Item::Rule(rule) => match self.slot_of(rule) {
                    Some(slot) => (&*slot.name, None, vec![rule]),
                    None => continue,
                },
                Item::Segment(_) | Item::Measure(_) => continue,
            };
            let known = index.get(name).and_then(|index| order.get_mut(*index)).map(|(_, gathered)| gathered);
            match (known, block) {
                (Some(Gathered { block: Some(first), .. }), Some(second)) => {
                    let first = first.name.at.0;
                    self.second_block(&second.name, first);
                    self.refused_block(second);
                }
                (Some(gathered), block) => {
                    gathered.block = gathered.block.or(block);
                    gathered.rules.extend(rules);
                }
                (None, block) => {
                    index.insert(name, order.len());
                    order.push((name, Gathered { file, block, rules }));
                }
            }
        }
        order
    }

    /// The slot of a bare rule. Without one its names are checked all the same, and the rule is reported.
    fn slot_of(&mut self, rule: &'a syntax::Rule) -> Option<&'a Slot> {
        let catalogue = self.nouns.catalogue;
        let slot = self.nouns.slot_of(rule);
        if slot.is_none() {
            let known = match &rule.outcome.kind {
                OutcomeKind::Contents(names) => {
                    names.iter().all(|name| catalogue.items.contains_key(name.text.as_str()))
                }
                OutcomeKind::Experiment(name) => self.nouns.experiments.get(&name.text).is_some(),
                // It says by itself that it comes later, and has contents of its own.
                OutcomeKind::Ranking(_) => false,
                OutcomeKind::Nothing | OutcomeKind::Literal(_) => true,
            };
            if known {
                self.which_slot(rule);
            }
            self.rule(rule, None);
        }
        slot
    }

    fn which_slot(&mut self, rule: &syntax::Rule) {
        let example = self.nouns.catalogue.slots.keys().next().map_or("home_hero".to_owned(), |name| slot_name(name));
        let in_content = match &rule.outcome.kind {
            OutcomeKind::Contents(_) => "; or name that slot alone under `slots` of the content, in rules/content",
            _ => "",
        };
        let finding = self
            .error("which-slot", rule.outcome.at.0, "this rule does not say which slot it fills")
            .label("what it shows does not belong to one slot alone")
            .help(format!("put the rule into a block: slot {example} {{ if .. show .. }}{in_content}"));
        self.report(finding);
    }

    fn second_block(&mut self, name: &Name, first: Span) {
        let finding = self
            .error("second-block", name.at.0, format!("the slot `{}` has two blocks in this file", name.text))
            .label("second block")
            .also(first, "first block")
            .help("put all rules of the slot into one block, or the second block into another file with a priority");
        self.report(finding);
    }

    /// Checks a block that is left out, for its own errors.
    fn refused_block(&mut self, block: &'a syntax::Slot) {
        let gathered = Gathered { file: self.file, block: Some(block), rules: block.rules.iter().collect() };
        self.block(&block.name.text, gathered);
    }

    fn block(&mut self, name: &str, gathered: Gathered<'a>) -> Placed<'a> {
        let Gathered { file, block, rules } = gathered;
        let first_rule = rules.first().map(|rule| Span::new(rule.at.0.start, rule.at.0.start + "if".len()));
        let catalogue = self.nouns.catalogue;
        let slot = catalogue.slots.get(name);
        if let (None, Some(block)) = (slot, block) {
            self.unknown_slot(&block.name);
        }
        let mut placed = Vec::with_capacity(rules.len());
        let mut checked = Vec::with_capacity(rules.len());
        for rule in rules {
            if let Some(done) = self.rule(rule, slot) {
                placed.push(rule);
                checked.push(done);
            }
        }
        let otherwise = block.and_then(|block| block.otherwise.as_ref());
        let priority = block.and_then(|block| block.priority.as_ref());
        let at = priority.map(|priority| priority.at.0).or(block.map(|block| block.name.at.0)).or(first_rule);
        Placed {
            file,
            at: at.unwrap_or_default(),
            block: Block {
                priority: priority.map_or(DEFAULT_PRIORITY, |priority| priority.value),
                active: self.block_active(block.and_then(|block| block.active.as_ref())),
                rules: checked,
                otherwise: otherwise.and_then(|otherwise| self.otherwise(otherwise, slot)),
            },
            rules: placed,
            otherwise_at: otherwise.map(|it| Span::new(it.at.0.start, it.at.0.start + "otherwise".len())),
        }
    }

    fn unknown_slot(&mut self, name: &Name) {
        let candidates = self.nouns.catalogue.slots.keys().map(|name| &**name);
        let otherwise = format!("declare it under `slots` in rules/content: {}: {{type: object}}", name.text);
        let help = self.did_you_mean("slot", &name.text, candidates, otherwise);
        self.unknown_noun("unknown-slot", "slot", name.at.0, &name.text, "not declared in rules/content", help);
    }

    fn rule(&mut self, rule: &'a syntax::Rule, slot: Option<&'a Slot>) -> Option<Rule> {
        let condition = self.whole_condition(&rule.condition);
        let outcome = self.outcome(&rule.outcome, slot);
        let clauses = self.clauses(&rule.clauses, Owner::Rule);
        let body = RuleBody { condition: condition?, then: then(outcome?, clauses) };
        Some(Rule { place: self.place(rule.at.0), body: Arc::new(body) })
    }

    fn otherwise(&mut self, otherwise: &'a syntax::Otherwise, slot: Option<&'a Slot>) -> Option<Otherwise> {
        let outcome = self.outcome(&otherwise.outcome, slot);
        let clauses = self.clauses(&otherwise.clauses, Owner::Rule);
        Some(Otherwise { place: self.place(otherwise.at.0), then: then(outcome?, clauses) })
    }

    fn slot(&mut self, slot: &Slot, mut placed: Vec<Placed<'a>>) -> CheckedSlot {
        // Stable: equal priorities, which are an error, stay in file order.
        placed.sort_by_key(|placed| placed.block.priority);
        for pair in placed.windows(2) {
            if let [first, second] = pair
                && first.block.priority == second.block.priority
            {
                self.equal_priority(slot, first, second);
            }
        }
        let mut with_otherwise = placed.iter().filter_map(|placed| Some((placed.file, placed.otherwise_at?)));
        if let Some((first_file, first)) = with_otherwise.next() {
            for (file, at) in with_otherwise {
                self.second_otherwise(slot, (first_file, first), (file, at));
            }
        }
        self.unreachable(&placed);
        let blocks = placed.into_iter().map(|placed| placed.block).collect();
        CheckedSlot { name: Arc::clone(&slot.name), kind: slot.kind, blocks }
    }

    fn equal_priority(&mut self, slot: &Slot, first: &Placed<'_>, second: &Placed<'_>) {
        self.file = second.file;
        let (name, priority) = (&slot.name, second.block.priority);
        let other = self.shown_place(first.file, first.at);
        let finding = self
            .error("equal-priority", second.at, format!("two blocks of the slot `{name}` have the priority {priority}"))
            .label(format!("the other one is at {other}"))
            .help(format!(
                "give one of them another number, lower comes first: slot {} priority {} {{",
                slot_name(name),
                priority.saturating_add(10)
            ));
        self.report(finding);
    }

    fn second_otherwise(&mut self, slot: &Slot, (first_file, first): (usize, Span), (file, at): (usize, Span)) {
        self.file = file;
        let other = self.shown_place(first_file, first);
        let finding = self
            .error("second-otherwise", at, format!("the slot `{}` has two `otherwise`", slot.name))
            .label(format!("the first one is at {other}"))
            .help("keep the one that shows when no rule of any file matches");
        self.report(finding);
    }
}

fn then(outcome: crate::language::checked::Outcome, clauses: Clauses) -> Then {
    let Clauses { because, active, limit, tags } = clauses;
    Then { outcome, because, active, limit, tags }
}
