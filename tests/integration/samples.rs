//! The sample shop that ships in `rules/`: it compiles, is formatted, and its cases reach every rule.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use segue::decision::{self, CaseOutcome, ContentNames, Request};
use segue::diagnostic::draw;
use segue::language;
use segue::profile::Ignored;
use segue::release::{FileSet, Release};

fn load() -> FileSet {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    FileSet::load(&root.join("rules"), &root.join("experiments")).unwrap()
}

fn shop() -> Release {
    let (release, report) = Release::compile(load());
    assert!(report.diagnostics.is_empty(), "{}", draw(&report, false));
    release.unwrap()
}

#[test]
fn the_shop_compiles_without_a_finding_and_is_as_large_as_promised() {
    let shop = shop();
    let blocks = || shop.program.slots.iter().flat_map(|slot| &slot.blocks);
    let types: BTreeSet<&str> = shop.program.slots.iter().map(|slot| slot.kind.word()).collect();
    assert!(shop.program.segments.len() >= 12);
    assert_eq!((shop.program.slots.len(), types.len()), (6, 5));
    assert!(blocks().map(|block| block.rules.len()).sum::<usize>() >= 40);
    assert!(shop.cases.len() >= 20);
}

#[test]
fn the_shop_is_formatted() {
    for (key, text) in load().iter().filter(|(key, _)| key.ends_with(".rules")) {
        let mut findings = Vec::new();
        let tree = language::parse(key, text, &mut findings);
        assert_eq!(language::print(&language::normalise(tree, &|_| None)), **text, "{key}: run `segue format`");
    }
}

#[test]
fn every_case_of_the_shop_passes() {
    let shop = shop();
    for case in &shop.cases {
        let outcome = decision::run_case(&shop, case);
        assert_eq!(outcome, CaseOutcome::Passed, "{}:{}: {}", case.file, case.line, case.name);
    }
}

#[test]
fn the_cases_reach_every_rule_and_every_content() {
    let shop = shop();
    let mut missing: BTreeSet<String> = shop.catalogue.items.keys().map(ToString::to_string).collect();
    for block in shop.program.slots.iter().flat_map(|slot| &slot.blocks) {
        missing.extend(block.rules.iter().map(|rule| rule.place.to_string()));
        missing.extend(block.otherwise.iter().map(|otherwise| otherwise.place.to_string()));
    }
    for case in &shop.cases {
        let slots: Vec<Arc<str>> = case.expect.iter().map(|(slot, _)| Arc::clone(slot)).collect();
        let (visitor, context) = (case.visitor.clone(), case.context.clone());
        let request = Request {
            visitor,
            context,
            slots: Some(slots),
            explain: false,
            exposes_later: false,
            is_apart: false,
            brings_events: false,
            ignored: Ignored::default(),
        };
        for decision in decision::decide(&shop, &request, case.at).unwrap().decisions {
            missing.remove(&decision.rule.unwrap_or_default());
            let names = match decision.content {
                Some(ContentNames::One(name)) => vec![name],
                Some(ContentNames::Several(names)) => names,
                None => Vec::new(),
            };
            missing.retain(|still| names.iter().all(|name| **name != **still));
        }
    }
    assert!(missing.is_empty(), "no case shows {missing:?}");
}
