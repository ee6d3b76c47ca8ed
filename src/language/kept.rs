//! What a release keeps of its rules for the next one: which text was checked to which body.
//!
//! Only bodies that gave no finding are kept, and they count only under the same nouns, segments and measures. So a set
//! in which one of 100,000 rules was edited parses and checks that one.

use std::sync::Arc;

use foldhash::HashMap;

use super::checked::RuleBody;
use crate::diagnostic::Span;

/// The rules of a release by their text.
#[derive(Debug, Default)]
pub struct Kept {
    /// The texts of all segments and measures.
    pub(super) named: Vec<Box<str>>,
    /// The names of the slots.
    pub(super) slots: Vec<Arc<str>>,
    pub(super) files: Vec<KeptFile>,
}

/// A file of the release.
#[derive(Debug)]
pub(super) struct KeptFile {
    /// The path inside the rules folder.
    pub inside: Arc<str>,
    pub text: Arc<str>,
    /// In text order.
    pub rules: Vec<KeptRule>,
}

/// A checked rule.
#[derive(Debug)]
pub(super) struct KeptRule {
    pub start: u32,
    pub end: u32,
    /// Index into [`Kept::slots`].
    pub slot: u32,
    /// Stands outside a slot block.
    pub bare: bool,
    pub key: Key,
    pub body: Arc<RuleBody>,
}

/// Equal for equal conditions, in whatever order their parts stand: 128 bits of hash.
pub(super) type Key = [u64; 2];

/// The file and the rule in it, by door and text.
type ByText<'k> = HashMap<(u32, &'k str), (usize, usize)>;

/// Finds the rules of the release before.
pub(super) struct Before<'k> {
    kept: &'k Kept,
    slots: HashMap<&'k str, u32>,
    files: HashMap<&'k str, usize>,
    /// Where the next rule stands, if nothing was changed.
    file: usize,
    next: usize,
    /// Made when a rule does not stand where it is expected.
    all: Option<ByText<'k>>,
}

/// The door of rules outside a slot block, where slots have their index.
const BARE: u32 = u32::MAX;

impl KeptRule {
    fn door(&self) -> u32 {
        if self.bare { BARE } else { self.slot }
    }
}

impl KeptFile {
    fn written(&self, rule: &KeptRule) -> &str {
        self.text.get(rule.start as usize..rule.end as usize).unwrap_or_default()
    }
}

impl<'k> Before<'k> {
    pub fn new(kept: &'k Kept) -> Self {
        let slots = kept.slots.iter().zip(0..).map(|(name, index)| (&**name, index)).collect();
        let files = kept.files.iter().enumerate().map(|(index, file)| (&*file.inside, index)).collect();
        Self { kept, slots, files, file: 0, next: 0, all: None }
    }

    /// Begins with a file.
    pub fn begin(&mut self, inside: &str) {
        if let Some(file) = self.files.get(inside) {
            (self.file, self.next) = (*file, 0);
        }
    }

    /// A rule by its text; in no slot block for `None`.
    pub fn find(&mut self, slot: Option<&str>, text: &str) -> Option<&'k KeptRule> {
        let door = match slot {
            Some(name) => *self.slots.get(name)?,
            None => BARE,
        };
        let found = |file: &'k KeptFile, index: usize| {
            file.rules.get(index).filter(|rule| rule.door() == door && file.written(rule) == text)
        };
        let expected = self.kept.files.get(self.file).and_then(|file| found(file, self.next));
        if let Some(rule) = expected {
            self.next += 1;
            return Some(rule);
        }
        let (file, index) = *self.all().get(&(door, text))?;
        (self.file, self.next) = (file, index + 1);
        self.kept.files.get(file).and_then(|file| file.rules.get(index))
    }

    fn all(&mut self) -> &ByText<'k> {
        let kept = self.kept;
        self.all.get_or_insert_with(|| {
            let rules = |(index, file): (usize, &'k KeptFile)| {
                file.rules.iter().enumerate().map(move |(at, rule)| ((rule.door(), file.written(rule)), (index, at)))
            };
            kept.files.iter().enumerate().flat_map(rules).collect()
        })
    }

    /// The name of a rule's slot.
    pub fn slot(&self, rule: &KeptRule) -> Option<&'k Arc<str>> {
        self.kept.slots.get(rule.slot as usize)
    }
}

impl KeptRule {
    /// A rule where it stands now; `None` when it stands too far back for what is kept.
    pub fn new(span: Span, slot: usize, bare: bool, key: Key, body: &Arc<RuleBody>) -> Option<Self> {
        let narrow = |place: usize| u32::try_from(place).ok();
        let (start, end, slot) = (narrow(span.start)?, narrow(span.end)?, narrow(slot)?);
        Some(Self { start, end, slot, bare, key, body: Arc::clone(body) })
    }
}
