//! Every comment has its place in the tree.

use proptest::prelude::*;
use segue::language::syntax::{Clause, Comments, Condition, File, Item, Rule};
use serde::Deserialize;

use super::{examples, tree};

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    input: String,
    /// `holder: comment`, in text order.
    expected: Vec<String>,
}

/// Takes all comments out of a tree, each with the kind of its holder.
fn take(file: &mut File) -> Vec<String> {
    let mut taken = Vec::new();
    for item in &mut file.items {
        match item {
            Item::Segment(segment) => {
                note("segment", &mut segment.comments, &mut taken);
                of_condition(&mut segment.condition, &mut taken);
                of_clauses(&mut segment.clauses, &mut taken);
                note("closing", &mut segment.closing, &mut taken);
            }
            Item::Measure(measure) => note("measure", &mut measure.comments, &mut taken),
            Item::Slot(slot) => {
                note("slot", &mut slot.comments, &mut taken);
                of_clauses(slot.active.as_mut_slice(), &mut taken);
                slot.rules.iter_mut().for_each(|rule| of_rule(rule, &mut taken));
                if let Some(otherwise) = &mut slot.otherwise {
                    note("otherwise", &mut otherwise.comments, &mut taken);
                    note("show", &mut otherwise.outcome.comments, &mut taken);
                    of_clauses(&mut otherwise.clauses, &mut taken);
                }
                note("closing", &mut slot.closing, &mut taken);
            }
            Item::Rule(rule) => of_rule(rule, &mut taken),
        }
    }
    note("file", &mut file.closing, &mut taken);
    taken
}

fn note(holder: &str, comments: &mut Comments, taken: &mut Vec<String>) {
    taken.extend(comments.drain(..).map(|comment| format!("{holder}: {}", comment.text)));
}

fn of_clauses(clauses: &mut [Clause], taken: &mut Vec<String>) {
    clauses.iter_mut().for_each(|clause| note("clause", &mut clause.comments, taken));
}

fn of_rule(rule: &mut Rule, taken: &mut Vec<String>) {
    note("rule", &mut rule.comments, taken);
    of_condition(&mut rule.condition, taken);
    note("show", &mut rule.outcome.comments, taken);
    of_clauses(&mut rule.clauses, taken);
}

fn of_condition(condition: &mut Condition, taken: &mut Vec<String>) {
    match condition {
        Condition::All(pieces) | Condition::Any(pieces) => {
            for piece in pieces {
                note("piece", &mut piece.comments, taken);
                of_condition(&mut piece.condition, taken);
            }
        }
        Condition::Not(negation) => of_condition(&mut negation.condition, taken),
        Condition::Leaf(_) => {}
    }
}

#[test]
fn a_comment_goes_to_the_node_it_speaks_of() {
    for case in toml::from_str::<Cases>(include_str!("../../cases/language/comments.toml")).unwrap().case {
        assert_eq!(take(&mut tree(&case.input)), case.expected, "{}", case.name);
    }
}

proptest! {
    #[test]
    fn no_comment_is_lost_and_none_changes_the_tree(which in 0..17usize, seeds in prop::collection::vec(0..4u8, 200)) {
        let example = examples().remove(which).input;
        let mut seeds = seeds.into_iter();
        let (mut text, mut put, mut quoted) = (String::new(), Vec::new(), false);
        for letter in example.chars() {
            quoted ^= letter == '"';
            text.push(letter);
            if !quoted && letter.is_whitespace() && seeds.next() == Some(0) {
                let own = if put.len() % 2 == 0 { "\n" } else { "" };
                text.push_str(&format!("{own}# c{} \n", put.len()));
                put.push(format!("c{}", put.len()));
            }
        }
        let mut commented = tree(&text);
        let mut taken: Vec<String> = take(&mut commented).into_iter().map(|found| found.split_once(": ").unwrap().1.to_owned()).collect();
        taken.sort();
        put.sort();
        prop_assert_eq!(taken, put, "{}", text);
        prop_assert_eq!(commented, tree(&example));
    }
}
