//! Which names a schema may declare.

/// Words that the rule language keeps for itself. The grammar reserves the same ones.
pub const RESERVED: &[&str] = &[
    "and",
    "because",
    "consent",
    "did",
    "experiment",
    "first",
    "if",
    "in",
    "is",
    "known",
    "last",
    "list",
    "measure",
    "no",
    "not",
    "nothing",
    "one",
    "or",
    "otherwise",
    "ranking",
    "segment",
    "show",
    "slot",
    "then",
    "trigger",
    "unknown",
    "visited",
    "wait",
    "when",
    "without",
    "yes",
];

/// The first words of dotted names: nothing else may be called so.
pub const NAMESPACES: &[&str] = &["visit", "local", "context", "model", "cluster", "item"];

/// The event that is none of its own: the first one of each visit.
pub const VISIT_START: &str = "visit_start";

/// Events that exist without declaration.
pub const BUILT_IN_EVENTS: &[&str] = &["page", "screen", VISIT_START];

/// Longer names are refused: they are read in rules and reports.
pub const MAX_NAME_CHARS: usize = 64;

/// Why a name cannot be declared, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadName {
    /// `bad-name` or `reserved-name`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

/// Whether rules can write this name as a plain word: `a-z`, then `a-z`, `0-9`, `_`.
pub fn is_snake_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Checks the shape of a name: lower snake case, not too long.
///
/// # Errors
/// What is wrong, with a name that would do.
pub fn check_shape(name: &str) -> Result<(), BadName> {
    let bad = |message: String, help: String| Err(BadName { code: "bad-name", message, help });
    if name.chars().count() > MAX_NAME_CHARS {
        return bad(format!("this name is longer than {MAX_NAME_CHARS} characters"), "shorten it".to_owned());
    }
    if is_snake_case(name) {
        return Ok(());
    }
    let message = format!("`{name}` is no name that rules can write");
    match snake_case(name) {
        Some(better) => bad(message, format!("use lower case and underscores: `{better}`")),
        None => {
            bad(message, "a name is lower-case letters, digits and underscores, and begins with a letter".to_owned())
        }
    }
}

/// Checks that a name is free for `what` (`an attribute`, `an event`, ..): none of `taken`, and, where rules write it as
/// a word of its own (`bare`), none of the language's words.
///
/// # Errors
/// What it means already.
pub fn check_free(name: &str, what: &str, taken: &[&[&str]], bare: bool) -> Result<(), BadName> {
    let reserved = |reason: &str| {
        let message = format!("`{name}` cannot name {what}: it is {reason}");
        Err(BadName { code: "reserved-name", message, help: format!("choose another name, such as `{name}_name`") })
    };
    if bare && RESERVED.contains(&name) {
        return reserved("a word of the rule language");
    }
    if taken.iter().any(|names| names.contains(&name)) {
        return reserved("built in");
    }
    Ok(())
}

/// Where a section belongs that stands in the wrong kind of file.
pub fn where_else(section: &str) -> Option<&'static str> {
    match section {
        "segments" | "measures" | "rules" | "triggers" | "rankings" => {
            Some("conditions are written in the rule language, in a `.rules` file; YAML holds nouns only")
        }
        "language"
        | "zone"
        | "visit_timeout"
        | "max_state_per_visitor"
        | "events"
        | "attributes"
        | "context"
        | "lists"
        | "purposes" => Some("this belongs into a file in rules/schema"),
        "slots" | "content" => Some("this belongs into a file in rules/content"),
        "cases" => Some("this belongs into a file in rules/cases"),
        "experiments" | "metrics" | "layers" | "holdouts" => Some("this belongs into a file in the experiments folder"),
        _ => None,
    }
}

fn snake_case(name: &str) -> Option<String> {
    let mut better = String::new();
    let mut after_lower = false;
    for char in name.chars() {
        if char.is_ascii_alphanumeric() {
            if char.is_ascii_uppercase() && after_lower {
                better.push('_');
            }
            better.push(char.to_ascii_lowercase());
        } else if char.is_ascii() && !better.ends_with('_') && !better.is_empty() {
            better.push('_');
        } else if !char.is_ascii() {
            return None;
        }
        after_lower = char.is_ascii_lowercase() || char.is_ascii_digit();
    }
    let better = better.trim_end_matches('_').to_owned();
    is_snake_case(&better).then_some(better)
}

#[cfg(test)]
mod tests {
    use super::{RESERVED, check_free, check_shape};

    #[test]
    fn a_bad_name_comes_with_a_good_one() {
        let help = |name: &str| check_shape(name).unwrap_err().help;
        assert!(help("OrderCompleted").ends_with("`order_completed`"));
        assert!(help("order-completed ").ends_with("`order_completed`"));
        assert!(help("größe").starts_with("a name is"));
        assert!(help("1st").starts_with("a name is"));
        assert!(check_shape("a1_b").is_ok());
    }

    #[test]
    fn the_grammar_reserves_the_same_words() {
        let grammar = include_str!("../../grammar/segue.pest");
        let (_, rule) = grammar.split_once("\nreserved ").unwrap();
        let (rule, _) = rule.split_once('}').unwrap();
        let mut words: Vec<&str> = rule.split('"').skip(1).step_by(2).collect();
        words.sort_unstable();
        assert_eq!(words, RESERVED);
        assert_eq!(check_free("list", "an attribute", &[], true).unwrap_err().code, "reserved-name");
    }
}
