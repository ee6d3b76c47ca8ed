//! Slots: which rules feed which slot, in which order.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::Checker;
use super::clauses::{Clauses, Owner};
use super::lints::key;
use crate::content::Slot;
use crate::diagnostic::Span;
use crate::language::checked::{Active, Block, Otherwise, Rule, RuleBody, Slot as CheckedSlot, Then};
use crate::language::format::slot_name;
use crate::language::kept::{KeptRule, Key};
use crate::language::parse::{Outline, Part};
use crate::language::scan::Unit;
use crate::language::syntax::{self, Name, OutcomeKind};

/// Blocks without a `priority` have this one.
pub const DEFAULT_PRIORITY: u64 = 100;

/// All rules that one file gives to one slot.
struct Gathered<'a> {
    file: usize,
    /// The slot block; `None` when the file has bare rules only.
    block: Option<&'a syntax::Slot>,
    /// The first `if`.
    first: Span,
    /// In text order, bare ones among them.
    rules: Vec<Done>,
}

/// A checked rule and where it stands.
struct Done {
    rule: Rule,
    mark: Mark,
    /// Stands outside a slot block.
    bare: bool,
    /// It gave no finding, and would give none in any set with the same nouns.
    clean: bool,
}

/// Where a rule of a block stands, and what it asks.
pub(super) struct Mark {
    pub unit: Unit,
    pub key: Key,
}

/// A block of the checked program and where its parts stand.
pub(super) struct Placed {
    pub file: usize,
    /// Its `priority`, else its name, else its first rule.
    pub at: Span,
    pub block: Block,
    /// Of [`Block::rules`], one for one.
    pub marks: Vec<Mark>,
    pub otherwise_at: Option<Span>,
}

impl<'a> Checker<'a> {
    /// Every declared slot in name order, with the blocks that feed it.
    pub(super) fn slots(&mut self) -> Vec<CheckedSlot> {
        let mut blocks: BTreeMap<&'a str, Vec<Placed>> = BTreeMap::new();
        for (file, outline) in self.outlines.iter().enumerate() {
            self.file = file;
            self.faults = 0;
            if let Some(before) = &mut self.before {
                before.begin(&outline.file.inside);
            }
            for (name, gathered) in self.gather(file, outline) {
                let placed = self.block(name, gathered);
                blocks.entry(name).or_default().push(placed);
            }
            if let Some(kept) = self.kept.files.get_mut(file) {
                kept.rules.sort_by_key(|rule| rule.start);
            }
        }
        let catalogue = self.nouns.catalogue;
        catalogue.slots.values().map(|slot| self.slot(slot, blocks.remove(&*slot.name).unwrap_or_default())).collect()
    }

    /// The blocks and bare rules of a file by slot, in the order in which the slots first occur.
    fn gather(&mut self, file: usize, outline: &'a Outline) -> Vec<(&'a str, Gathered<'a>)> {
        let mut order: Vec<(&'a str, Gathered<'a>)> = Vec::new();
        let mut index: HashMap<&'a str, usize> = HashMap::new();
        for part in &outline.parts {
            let (name, block, first, rules): (&'a str, _, _, Vec<Done>) = match part {
                Part::Slot(slot, units) => {
                    let declared = self.declared(slot);
                    let rules = units.iter().filter_map(|unit| self.slot_rule(outline, *unit, declared)).collect();
                    (slot.name.text.as_str(), Some(&**slot), slot.at.0, rules)
                }
                Part::Rule(unit) => match self.bare_rule(outline, *unit) {
                    Some((slot, rule)) => (slot, None, keyword(unit.span), rule.into_iter().collect()),
                    None => continue,
                },
                Part::Lost(units) => {
                    for unit in units {
                        self.read(outline, *unit);
                    }
                    continue;
                }
                Part::Segment(_) | Part::Measure(_) => continue,
            };
            let known = index.get(name).and_then(|index| order.get_mut(*index)).map(|(_, gathered)| gathered);
            match (known, block) {
                (Some(Gathered { block: Some(first), .. }), Some(second)) => {
                    let first = first.name.at.0;
                    self.second_block(&second.name, first);
                    // It is left out, and looked at for its own errors.
                    self.last(second);
                }
                (Some(gathered), block) => {
                    gathered.block = gathered.block.or(block);
                    gathered.rules.extend(rules);
                }
                (None, block) => {
                    index.insert(name, order.len());
                    order.push((name, Gathered { file, block, first, rules }));
                }
            }
        }
        order
    }

    /// The slot that a block names; reports it if there is none.
    fn declared(&mut self, block: &syntax::Slot) -> Option<&'a Slot> {
        let slot = self.nouns.catalogue.slots.get(block.name.text.as_str());
        if slot.is_none() {
            self.unknown_slot(&block.name);
        }
        slot
    }

    fn read(&mut self, outline: &Outline, unit: Unit) -> Option<syntax::Rule> {
        self.reader.rule(outline, unit, &mut self.faults, &mut self.findings)
    }

    /// A rule of a slot block.
    fn slot_rule(&mut self, outline: &Outline, unit: Unit, slot: Option<&'a Slot>) -> Option<Done> {
        if let Some(slot) = slot
            && let Some(known) = self.known(Some(&slot.name), outline.text(unit.span))
        {
            return Some(self.again(known, unit));
        }
        let before = (self.findings.len(), self.pattern_uses);
        let rule = self.read(outline, unit)?;
        self.rule(&rule, slot, unit, before)
    }

    /// A rule outside a slot block, and the name of its slot. Without one its names are checked all the same, and the
    /// rule is reported.
    fn bare_rule(&mut self, outline: &Outline, unit: Unit) -> Option<(&'a str, Option<Done>)> {
        if let Some(known) = self.known(None, outline.text(unit.span))
            && let Some(slot) = self.before.as_ref().and_then(|before| before.slot(known))
        {
            let done = self.again(known, unit);
            return Some((slot, Some(Done { bare: true, ..done })));
        }
        let before = (self.findings.len(), self.pattern_uses);
        let rule = self.read(outline, unit)?;
        let slot = self.slot_of(&rule);
        let done = self.rule(&rule, slot, unit, before);
        slot.map(|slot| (&*slot.name, done.map(|done| Done { bare: true, ..done })))
    }

    /// The same rule of the release before.
    fn known(&mut self, slot: Option<&str>, text: &str) -> Option<&'a KeptRule> {
        self.before.as_mut().and_then(|before| before.find(slot, text))
    }

    fn again(&mut self, known: &'a KeptRule, unit: Unit) -> Done {
        let named = self.names.segments.len() + self.names.measures.len() > 0;
        self.used.note(&known.body, named);
        let rule = Rule { place: self.place(unit.span), body: Arc::clone(&known.body) };
        Done { rule, mark: Mark { unit, key: known.key }, bare: false, clean: true }
    }

    /// The slot of a bare rule.
    fn slot_of(&mut self, rule: &syntax::Rule) -> Option<&'a Slot> {
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

    /// What a block has beside its rules: `active` and `otherwise`.
    fn last(&mut self, block: &syntax::Slot) -> (Option<Active>, Option<Otherwise>) {
        let slot = self.nouns.catalogue.slots.get(block.name.text.as_str());
        let otherwise = block.otherwise.as_ref().and_then(|otherwise| self.otherwise(otherwise, slot));
        (self.block_active(block.active.as_ref()), otherwise)
    }

    fn block(&mut self, name: &str, gathered: Gathered<'a>) -> Placed {
        let Gathered { file, block, first, rules } = gathered;
        let (active, otherwise) = block.map_or((None, None), |block| self.last(block));
        let priority = block.and_then(|block| block.priority.as_ref());
        let at = priority.map(|priority| priority.at.0).or(block.map(|block| block.name.at.0));
        let slot = self.kept.slots.binary_search_by(|slot| (**slot).cmp(name)).ok();
        let (mut checked, mut marks) = (Vec::with_capacity(rules.len()), Vec::with_capacity(rules.len()));
        for Done { rule, mark, bare, clean } in rules {
            if let Some(slot) = slot.filter(|_| clean)
                && let Some(kept) = self.kept.files.get_mut(file)
            {
                kept.rules.extend(KeptRule::new(mark.unit.span, slot, bare, mark.key, &rule.body));
            }
            checked.push(rule);
            marks.push(mark);
        }
        let otherwise_at = block.and_then(|block| block.otherwise.as_ref());
        Placed {
            file,
            at: at.unwrap_or(first),
            block: Block {
                priority: priority.map_or(DEFAULT_PRIORITY, |priority| priority.value),
                active,
                rules: checked,
                otherwise,
            },
            marks,
            otherwise_at: otherwise_at.map(|it| Span::new(it.at.0.start, it.at.0.start + "otherwise".len())),
        }
    }

    fn unknown_slot(&mut self, name: &Name) {
        let candidates = self.nouns.catalogue.slots.keys().map(|name| &**name);
        let otherwise = format!("declare it under `slots` in rules/content: {}: {{type: object}}", name.text);
        let help = self.did_you_mean("slot", &name.text, candidates, otherwise);
        self.unknown_noun("unknown-slot", "slot", name.at.0, &name.text, "not declared in rules/content", help);
    }

    /// A rule that was read. `before` says how many findings and uses of patterns there were before it was.
    fn rule(
        &mut self,
        rule: &syntax::Rule,
        slot: Option<&'a Slot>,
        unit: Unit,
        before: (usize, usize),
    ) -> Option<Done> {
        let condition = self.whole_condition(&rule.condition);
        let outcome = self.outcome(&rule.outcome, slot);
        let clauses = self.clauses(&rule.clauses, Owner::Rule);
        let body = RuleBody { condition: condition?, then: then(outcome?, clauses) };
        // How many patterns there are is counted over the whole set.
        let clean = (self.findings.len(), self.pattern_uses) == before;
        let mark = Mark { unit, key: key(&body.condition) };
        Some(Done { rule: Rule { place: self.place(rule.at.0), body: Arc::new(body) }, mark, bare: false, clean })
    }

    fn otherwise(&mut self, otherwise: &syntax::Otherwise, slot: Option<&'a Slot>) -> Option<Otherwise> {
        let outcome = self.outcome(&otherwise.outcome, slot);
        let clauses = self.clauses(&otherwise.clauses, Owner::Rule);
        Some(Otherwise { place: self.place(otherwise.at.0), then: then(outcome?, clauses) })
    }

    fn slot(&mut self, slot: &Slot, mut placed: Vec<Placed>) -> CheckedSlot {
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

    fn equal_priority(&mut self, slot: &Slot, first: &Placed, second: &Placed) {
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

/// The `if` of a rule.
fn keyword(rule: Span) -> Span {
    Span::new(rule.start, rule.start + "if".len())
}

fn then(outcome: crate::language::checked::Outcome, clauses: Clauses) -> Then {
    let Clauses { because, active, limit, tags } = clauses;
    Then { outcome, because, active, limit, tags }
}
