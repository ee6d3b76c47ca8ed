//! Decisions and their explanations as lines for people.

use crate::decision::{ContentNames, Decision, Explanation, LeafExplanation, Reason};

/// One decision: what is shown, then why, two blanks further in.
pub(super) fn lines(decision: &Decision) -> Vec<String> {
    let mut lines = vec![format!("{}: {}", decision.slot, shown(decision))];
    if let (Some(value), Some(_)) = (&decision.value, &decision.content) {
        lines.push(format!("  value    {value}"));
    }
    lines.extend(reasons(decision).into_iter().map(|line| format!("  {line}")));
    lines
}

/// Why: the rule, the author's reason, and with an explanation each leaf and each rule passed over.
pub(super) fn reasons(decision: &Decision) -> Vec<String> {
    let mut lines = vec![format!("reason   {}", reason(decision))];
    lines.extend(decision.because.iter().map(|because| format!("because  {because}")));
    if let Some(Explanation { leaves, passed_over, notes }) = &decision.explanation {
        leaves.iter().for_each(|leaf| add_leaf(&mut lines, "", leaf, 0));
        lines.extend(notes.iter().map(|note| format!("note     {note}")));
        for passed in passed_over {
            let note = passed.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
            lines.push(format!("passed over {}{note}", passed.rule));
            passed.leaf.iter().for_each(|leaf| add_leaf(&mut lines, "  ", leaf, 0));
        }
    }
    lines
}

/// The content's name, the literal, or `nothing`.
pub(super) fn shown(decision: &Decision) -> String {
    match (&decision.content, &decision.value) {
        (Some(ContentNames::One(name)), _) => name.to_string(),
        (Some(ContentNames::Several(names)), _) => names.join(", "),
        (None, Some(literal)) => literal.to_string(),
        (None, None) => "nothing".to_owned(),
    }
}

fn reason(decision: &Decision) -> String {
    let words = match decision.reason {
        Reason::Rule => "rule",
        Reason::Experiment => "experiment",
        Reason::Otherwise => "otherwise",
        Reason::Nothing => "nothing, on purpose",
        Reason::NoMatch => "no rule matched and there is no otherwise",
        Reason::Inactive => "outside the slot's active time",
        Reason::Error => "the content could not be rendered",
    };
    decision.rule.as_ref().map_or(words.to_owned(), |rule| format!("{words} {rule}"))
}

/// `yes      age >= 18  ·  age = 30`; the leaves of a segment stand two blanks further in than their segment.
fn add_leaf(lines: &mut Vec<String>, margin: &str, leaf: &LeafExplanation, depth: usize) {
    let fact = if leaf.fact.is_empty() { String::new() } else { format!("  ·  {}", leaf.fact) };
    let indent = "  ".repeat(depth);
    lines.push(format!("{margin}{:<7}  {indent}{}{fact}", leaf.truth.word(), leaf.leaf));
    leaf.within.iter().for_each(|leaf| add_leaf(lines, margin, leaf, depth + 1));
}
