//! The canonical form: what is printed parses back to the same tree, a second print changes nothing, no comment is lost.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use segue::language::syntax::{File, OutcomeKind, Rule};
use segue::language::{normalise, parse, print};

use crate::random_tree;

/// The tree of a text without findings.
fn tree_of(text: &str) -> Result<File, String> {
    let mut findings = Vec::new();
    let tree = parse(&Arc::from("home.rules"), text, &mut findings);
    if findings.is_empty() { Ok(tree) } else { Err(format!("{findings:#?}\n{text}")) }
}

/// What `segue format` prints, when each content fills the slot named in `slots`.
fn formatted(text: &str, slots: &BTreeMap<String, String>) -> Result<String, String> {
    let slot_of = |rule: &Rule| match &rule.outcome.kind {
        OutcomeKind::Contents(names) => names.first().and_then(|name| slots.get(&name.text)).cloned(),
        _ => None,
    };
    Ok(print(&normalise(tree_of(text)?, &slot_of)))
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
        let expected = Ok(expected.unwrap_or_else(|| input.clone()));
        assert_eq!(formatted(&input, &slots), expected, "{name}");
    }
}

/// Real rule files: the samples that ship.
fn samples() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap);
    let rules = files.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "rules"));
    rules.map(|entry| std::fs::read_to_string(entry.path()).unwrap()).collect()
}

#[derive(serde::Deserialize)]
struct Examples {
    case: Vec<Example>,
}

#[derive(serde::Deserialize)]
struct Example {
    name: String,
    input: String,
}

#[test]
fn examples_and_samples_keep_their_meaning_when_printed() {
    let examples: Examples = toml::from_str(include_str!("../cases/language/examples.toml")).unwrap();
    let examples = examples.case.into_iter().map(|Example { name, input }| (name, input));
    for (name, text) in examples.chain(samples().into_iter().map(|text| ("sample".to_owned(), text))) {
        let tree = tree_of(&text).unwrap();
        let printed = print(&tree);
        assert_eq!(tree_of(&printed).as_ref(), Ok(&tree), "{name}");
        assert_eq!(print(&tree_of(&printed).unwrap()), printed, "{name}");
    }
}

/// The bytes at which a text may be cut by a comment: its blanks outside quotes and comments.
fn gaps(text: &str) -> Vec<usize> {
    let (mut quoted, mut comment, mut escaped) = (false, false, false);
    let mut gaps = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        if byte.is_ascii_whitespace() && !quoted && !comment {
            gaps.push(at);
        }
        match byte {
            _ if escaped => escaped = false,
            b'\n' => comment = false,
            b'\\' if quoted => escaped = true,
            b'"' if !comment => quoted = !quoted,
            b'#' if !quoted => comment = true,
            _ => {}
        }
    }
    gaps
}

/// The text with `# c0`, `# c1`, .. at some of its gaps, at the end of the line or on a line of their own.
fn commented(text: &str, cuts: &[(Index, bool)]) -> (String, Vec<String>) {
    let gaps = gaps(text);
    let mut places: Vec<(usize, bool)> = cuts.iter().map(|(cut, own_line)| (*cut.get(&gaps), *own_line)).collect();
    places.sort_unstable();
    let (mut out, mut names, mut done) = (String::new(), Vec::new(), 0);
    for (index, (at, own_line)) in places.into_iter().enumerate() {
        let name = format!("# c{index}.");
        out.push_str(&text[done..at]);
        out.push_str(if own_line { "\n" } else { " " });
        out.push_str(&name);
        out.push('\n');
        names.push(name);
        done = at;
    }
    out.push_str(&text[done..]);
    (out, names)
}

/// All that is neither comment nor layout: broken lists end in a comma.
fn code(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines.map(|line| line.trim()).collect::<String>().replace(' ', "").replace(",]", "]")
}

proptest! {
    #[test]
    fn a_printed_tree_parses_to_itself(tree in random_tree::file()) {
        let text = print(&tree);
        let again = tree_of(&text).map_err(TestCaseError::fail)?;
        prop_assert_eq!(&again, &tree, "{}", text);
        prop_assert_eq!(print(&again), text);
    }

    #[test]
    fn formatting_twice_changes_nothing(tree in random_tree::file()) {
        let slots = BTreeMap::new();
        let once = formatted(&print(&tree), &slots).map_err(TestCaseError::fail)?;
        prop_assert_eq!(formatted(&once, &slots), Ok(once.clone()));
    }

    #[test]
    fn no_comment_is_lost_and_none_changes_the_code(which in any::<Index>(), cuts in vec(any::<(Index, bool)>(), 1..8)) {
        let text = which.get(&samples()).clone();
        let (commented, names) = commented(&text, &cuts);
        let slots = BTreeMap::new();
        let once = formatted(&commented, &slots).map_err(TestCaseError::fail)?;
        for name in names {
            let lines = once.lines().filter(|line| line.trim_start() == name).count();
            prop_assert_eq!(lines, 1, "{} in\n{}\n->\n{}", name, &commented, &once);
        }
        prop_assert_eq!(code(&once), code(&text));
        prop_assert_eq!(formatted(&once, &slots), Ok(once.clone()));
    }
}
