//! A release compiled after another one is the release that compiling everything gives.

use std::sync::Arc;

use proptest::prelude::*;
use segue::language::checked::{Condition, RuleBody};
use segue::release::{FileSet, Release};

/// Lines of rule files: good ones, ones with warnings, broken ones, and what opens and closes blocks.
const LINES: [&str; 30] = [
    "slot hero {",
    "}",
    "slot banner priority 5 {",
    "slot hero priority 20 { active from 2026-11-01 until 2026-12-01",
    "segment vip { spend > 100 and country is \"DE\" }",
    "segment vip { spend > 200 }",
    "segment young { age < 30 }",
    "measure spend = sum of order.amount in last 90 days",
    "measure spend = 3 * age",
    "if segment vip show a",
    "if segment young and country is \"DE\" show a, b",
    "if country is \"DE\" and age between 30 and 45 show a",
    "if age between 30 and 45 and country is \"DE\" show b",
    "if country is \"DE\" show b # a remark",
    "if country is \"DE\"\n    and age > 3 show a because \"why\"",
    "if age > 50 and age < 40 show a",
    "if not did order in last 7 days show b",
    "if spend > 3 show a limit 3 per day",
    "if country matches \"^D\" show a",
    "if country matches \"(\" show a",
    "if contry is \"DE\" show a",
    "if country is \"DE\" show nobody",
    "if country = \"DE\" show a",
    "if country is \"DE show a",
    "if age > 3 show only_hero",
    "if age > 4 show experiment split",
    "if (age > 3 or country is \"DE\") and consent marketing show nothing",
    "otherwise show b",
    "otherwise show only_hero",
    "# a remark",
];

const SCHEMAS: [&str; 3] = [
    "language: 1\nevents:\n  order: {properties: {amount: {type: number}}}\nattributes:\n  country: {type: text}\n  age: {type: number}\npurposes: {marketing: {default: denied}}\n",
    "language: 1\nevents:\n  order: {properties: {amount: {type: number}}}\nattributes:\n  country: {type: text, one_of: [DE, AT]}\n  age: {type: number}\npurposes: {marketing: {default: denied}}\n",
    "language: 1\nattributes:\n  country: {type: number}\n",
];

const CONTENTS: [&str; 3] = [
    "slots:\n  hero: {type: text}\n  banner: {type: text}\ncontent:\n  a: {value: \"A\"}\n  b: {value: \"B\"}\n  only_hero: {value: \"C\", slots: [hero]}\n",
    "slots:\n  hero: {type: text}\n  banner: {type: text}\ncontent:\n  a: {value: \"A\"}\n  b: {value: \"B\"}\n  only_hero: {value: \"C\", slots: [hero]}\n  spare: {value: \"D\"}\n",
    "slots:\n  hero: {type: number}\ncontent:\n  a: {value: 3}\n",
];

/// A set that somebody works on.
#[derive(Debug, Clone)]
struct Desk {
    files: [Vec<usize>; 2],
    schema: usize,
    content: usize,
}

#[derive(Debug, Clone)]
enum Edit {
    Insert(usize, usize, usize),
    Remove(usize, usize),
    Change(usize, usize, usize),
    Move(usize, usize, usize),
    Schema(usize),
    Content(usize),
}

impl Desk {
    fn edit(&mut self, edit: &Edit) {
        match *edit {
            Edit::Insert(file, at, line) => {
                let lines = &mut self.files[file];
                lines.insert(at % (lines.len() + 1), line);
            }
            Edit::Remove(file, at) if !self.files[file].is_empty() => {
                let at = at % self.files[file].len();
                self.files[file].remove(at);
            }
            Edit::Change(file, at, line) if !self.files[file].is_empty() => {
                let at = at % self.files[file].len();
                self.files[file][at] = line;
            }
            Edit::Move(file, from, to) if !self.files[file].is_empty() => {
                let line = self.files[file].remove(from % self.files[file].len());
                let other = &mut self.files[1 - file];
                other.insert(to % (other.len() + 1), line);
            }
            Edit::Schema(schema) => self.schema = schema,
            Edit::Content(content) => self.content = content,
            _ => {}
        }
    }

    fn files(&self) -> FileSet {
        let text = |lines: &[usize]| lines.iter().map(|line| format!("{}\n", LINES[*line])).collect::<String>();
        let files = [
            ("rules/a.rules", text(&self.files[0])),
            ("rules/b.rules", text(&self.files[1])),
            ("rules/schema/s.yaml", SCHEMAS[self.schema].to_owned()),
            ("rules/content/c.yaml", CONTENTS[self.content].to_owned()),
        ];
        FileSet::from_files(files.map(|(key, text)| (key.to_owned(), text))).unwrap()
    }
}

fn edits() -> impl Strategy<Value = Edit> {
    let (file, at, line) = (0..2_usize, 0..40_usize, 0..LINES.len());
    prop_oneof![
        5 => (file.clone(), at.clone(), line.clone()).prop_map(|(file, at, line)| Edit::Insert(file, at, line)),
        3 => (file.clone(), at.clone()).prop_map(|(file, at)| Edit::Remove(file, at)),
        3 => (file.clone(), at.clone(), line).prop_map(|(file, at, line)| Edit::Change(file, at, line)),
        2 => (file, at.clone(), at).prop_map(|(file, from, to)| Edit::Move(file, from, to)),
        1 => (0..SCHEMAS.len()).prop_map(Edit::Schema),
        1 => (0..CONTENTS.len()).prop_map(Edit::Content),
    ]
}

/// Sets that compile, and so can be the release before: whole blocks of good lines.
fn desks() -> impl Strategy<Value = Desk> {
    let rules = || prop::collection::vec(prop::sample::select(vec![9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 26]), 0..8);
    (rules(), rules(), 0..2_usize, 0..2_usize, any::<bool>()).prop_map(|(first, second, schema, content, last)| {
        let mut hero = vec![4, 6, 7, 0];
        hero.extend(first);
        hero.extend(last.then_some(27));
        hero.push(1);
        let mut banner = vec![2];
        banner.extend(second);
        banner.push(1);
        Desk { files: [hero, banner], schema, content }
    })
}

proptest! {
    #[test]
    fn edits_come_to_the_same_as_compiling_everything(mut desk in desks(), edits in prop::collection::vec(edits(), 1..12)) {
        let mut before = Release::compile(desk.files()).0;
        prop_assert!(before.is_some());
        for edit in edits {
            desk.edit(&edit);
            let (whole, expected) = Release::compile(desk.files());
            let (release, report) = Release::compile_after(desk.files(), before.as_ref());
            prop_assert_eq!(report.diagnostics, expected.diagnostics);
            let programs = [&release, &whole].map(|release| release.as_ref().map(|it| format!("{:?}", it.program)));
            prop_assert_eq!(&programs[0], &programs[1]);
            // A set that is refused leaves the former release serving.
            before = release.or(before);
        }
    }
}

fn bodies(release: &Release) -> Vec<Arc<RuleBody>> {
    let blocks = release.program.slots.iter().flat_map(|slot| &slot.blocks);
    blocks.flat_map(|block| &block.rules).map(|rule| Arc::clone(&rule.body)).collect()
}

fn desk(lines: &[usize]) -> FileSet {
    Desk { files: [lines.to_vec(), Vec::new()], schema: 0, content: 0 }.files()
}

#[test]
fn what_did_not_change_is_taken_over() {
    let before = Release::compile(desk(&[0, 11, 14, 17, 26, 1, 7, 24])).0.unwrap();
    // The third rule goes, another comes in front, and a remark moves all of them down.
    let after = Release::compile_after(desk(&[29, 0, 13, 11, 14, 26, 1, 7, 24]), Some(&before)).0.unwrap();
    let (before, after) = (bodies(&before), bodies(&after));
    let shared: Vec<Option<usize>> =
        after.iter().map(|body| before.iter().position(|known| Arc::ptr_eq(known, body))).collect();
    assert_eq!(shared, [None, Some(0), Some(1), Some(3), Some(4)]);
}

#[test]
fn nothing_is_taken_over_under_other_nouns_or_measures() {
    let before = Release::compile(desk(&[0, 11, 17, 1, 7])).0.unwrap();
    let other_measure = desk(&[0, 11, 17, 1, 8]);
    let other_schema = Desk { files: [vec![0, 11, 17, 1, 7], vec![]], schema: 1, content: 0 }.files();
    for files in [other_measure, other_schema] {
        let after = Release::compile_after(files, Some(&before)).0.unwrap();
        let known = bodies(&before);
        assert!(bodies(&after).iter().all(|body| !known.iter().any(|known| Arc::ptr_eq(known, body))));
    }
}

#[test]
fn equal_tests_of_one_set_are_one() {
    let release = Release::compile(desk(&[0, 11, 13, 14, 1])).0.unwrap();
    let first = |body: &RuleBody| match &body.condition {
        Condition::All(parts) => match &parts[0] {
            Condition::Leaf(leaf) => Some(Arc::clone(leaf)),
            _ => None,
        },
        Condition::Leaf(leaf) => Some(Arc::clone(leaf)),
        _ => None,
    };
    let leaves: Vec<_> = bodies(&release).iter().filter_map(|body| first(body)).collect();
    assert_eq!(leaves.len(), 3);
    assert!(leaves.iter().all(|leaf| Arc::ptr_eq(leaf, &leaves[0])));
}
