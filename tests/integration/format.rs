//! The canonical form: what is printed parses back to the same tree, a second print changes nothing, no comment is lost.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use segue::language::syntax::{File, OutcomeKind, Rule};
use segue::language::{normalise, parse, print};

use crate::random_tree;

/// The tree of a text without findings.
fn tree_of(text: &str) -> File {
    let mut findings = Vec::new();
    let tree = parse(&Arc::from("home.rules"), text, &mut findings);
    assert!(findings.is_empty(), "{findings:#?}\n{text}");
    tree
}

/// What `segue format` prints, when each content fills the slot named in `slots`.
fn formatted(text: &str, slots: &BTreeMap<String, String>) -> String {
    let slot_of = |rule: &Rule| match &rule.outcome.kind {
        OutcomeKind::Contents(names) => names.first().and_then(|name| slots.get(&name.text)).cloned(),
        _ => None,
    };
    print(&normalise(tree_of(text), &slot_of))
}

#[derive(serde::Deserialize)]
struct Table {
    case: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    name: String,
    input: String,
    expected: Option<String>,
    #[serde(default)]
    slots: BTreeMap<String, String>,
}

#[test]
fn texts_have_one_canonical_form() {
    let table: Table = toml::from_str(include_str!("../cases/language/format.toml")).unwrap();
    for Case { name, input, expected, slots } in table.case {
        let expected = expected.unwrap_or_else(|| input.clone());
        assert_eq!(formatted(&input, &slots), expected, "{name}");
        assert_eq!(formatted(&expected, &slots), expected, "{name}: again");
    }
}

proptest! {
    #[test]
    fn a_printed_tree_parses_to_itself(tree in random_tree::file()) {
        let text = print(&tree);
        let again = tree_of(&text);
        prop_assert_eq!(&again, &tree, "{}", text);
        prop_assert_eq!(print(&again), text);
    }

    #[test]
    fn formatting_twice_changes_nothing(tree in random_tree::file()) {
        let slots = BTreeMap::new();
        let once = formatted(&print(&tree), &slots);
        prop_assert_eq!(formatted(&once, &slots), once);
    }
}
