//! No text makes the parser panic, and what it says is always fit for a person.

use std::sync::LazyLock;

use proptest::prelude::*;
use regex::Regex;

use super::{drawn, examples, read};

/// Names that the grammar gives to its rules and no rule text contains by chance.
static GRAMMAR_NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let rule = Regex::new(r"(?m)^(\w+)\s*= [_@$]?\{").unwrap();
    let grammar = include_str!("../../../grammar/segue.pest");
    let names = rule.captures_iter(grammar).map(|found| found[1].to_owned());
    names.filter(|name| name.contains('_') || name.chars().all(|letter| letter.is_uppercase())).collect()
});

/// Words and signs of the language, its neighbours' and of people in a hurry.
const VOCABULARY: &str = "if and or not show nothing experiment ranking otherwise because segment slot measure trigger when \
    wait visited did then without is in known unknown one list consent yes no first last of at least most exactly more than \
    fewer times on different days day in a row this visit week between ago since 2026-11-27 18:00 2026-02-30 25:00 9:30 7d \
    5x 1_000 3 1.5 -2 10% contains starts with ends matches includes any all top percent sum average count within active \
    from until zone limit per tags priority country order.amount visit.page Vip home-hero x y \"/pricing/**\" \"DE\" \"a \
    \\\"b\" \"\\d\" 'x' “y” { } ( ) [ ] , = == != < > <= >= + - * / & && | ! ; // # : . … é 99999999999999999999999999999999";

fn soup() -> impl Strategy<Value = String> {
    let words: Vec<&'static str> = VOCABULARY.split(' ').collect();
    let gap = prop::sample::select(vec![" ", " ", " ", "\n", "\t", "", "\r\n", "# note\n"]);
    prop::collection::vec((prop::sample::select(words), gap), 0..60)
        .prop_map(|words| words.into_iter().flat_map(|(word, gap)| [word, gap]).collect())
}

/// A valid text with some of its words dropped, doubled, swapped or replaced.
fn mutated() -> impl Strategy<Value = String> {
    let words: Vec<&'static str> = VOCABULARY.split(' ').collect();
    let change = (0..4u8, any::<prop::sample::Index>(), any::<prop::sample::Index>(), prop::sample::select(words));
    (0..17usize, prop::collection::vec(change, 1..4)).prop_map(|(which, changes)| {
        let example = examples().remove(which).input;
        let mut words: Vec<String> = example.split(' ').map(str::to_owned).collect();
        for (kind, one, other, word) in changes {
            let (one, other) = (one.index(words.len()), other.index(words.len()));
            match kind {
                0 if words.len() > 1 => drop(words.remove(one)),
                1 => words.insert(one, words[other].clone()),
                2 => words.swap(one, other),
                _ => words[one] = word.to_owned(),
            }
        }
        words.join(" ")
    })
}

/// Parses, and looks at all that is said.
fn listen(text: &str) -> Result<(), TestCaseError> {
    let report = read(text).1;
    for finding in &report.diagnostics {
        let labels: String = finding.labels.iter().map(|label| format!("{} ", label.text)).collect();
        let said = format!("{} {labels} {}", finding.message, finding.help.as_deref().unwrap_or_default());
        prop_assert!(!said.contains("kw_"), "{said}");
        for name in GRAMMAR_NAMES.iter().filter(|name| !text.to_lowercase().contains(&name.to_lowercase())) {
            let word = said.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|word| word == name);
            prop_assert!(!word, "`{name}` in: {said}\n{text}");
        }
        prop_assert!(finding.help.as_ref().is_some_and(|help| !help.is_empty()), "no remedy: {said}\n{text}");
        for label in &finding.labels {
            let (start, end) = (label.span.start, label.span.end);
            prop_assert!(
                start <= end && text.get(start..end).is_some(),
                "{start}..{end} of {}: {said}\n{text}",
                text.len()
            );
        }
    }
    drawn(text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_text_makes_the_parser_panic(text in "(?s).{0,200}") {
        listen(&text)?;
    }

    #[test]
    fn no_words_in_any_order_do(text in soup()) {
        listen(&text)?;
    }

    #[test]
    fn nor_do_slips_in_valid_text(text in mutated()) {
        listen(&text)?;
    }
}

#[test]
fn a_text_cut_off_anywhere_is_understood_or_complained_about() {
    for example in examples() {
        for (at, _) in example.input.char_indices() {
            listen(&example.input[..at]).unwrap();
        }
    }
}
