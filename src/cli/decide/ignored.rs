//! What requests held that nobody declared, in words: a misspelt attribute must not stay unnoticed in a large file.

use crate::cli::output::counted;
use crate::profile::Ignored;

/// `not used: 64000 undeclared attributes, 2 repeated events`; `None` when all was used.
pub(super) fn words(ignored: Ignored) -> Option<String> {
    let Ignored { attributes, events, properties, uncastable, context, duplicates } = ignored;
    let kinds = [
        (attributes, "undeclared attribute"),
        (events, "undeclared event"),
        (properties, "undeclared property"),
        (uncastable, "property of the wrong type"),
        (context, "undeclared context fact"),
        (duplicates, "repeated event"),
    ];
    let parts: Vec<String> = kinds.into_iter().filter(|(count, _)| *count > 0).map(part).collect();
    if parts.is_empty() { None } else { Some(format!("not used: {}", parts.join(", "))) }
}

fn part((count, noun): (usize, &str)) -> String {
    match noun.split_once("property") {
        Some((before, after)) if count > 1 => format!("{count} {before}properties{after}"),
        Some(_) => format!("{count} {noun}"),
        None => counted(count, noun),
    }
}

#[cfg(test)]
mod tests {
    use super::words;
    use crate::profile::Ignored;

    #[test]
    fn only_what_was_not_used_is_told() {
        assert_eq!(words(Ignored::default()), None);
        let ignored = Ignored { attributes: 1, properties: 2, uncastable: 3, duplicates: 4, ..Ignored::default() };
        let told = "not used: 1 undeclared attribute, 2 undeclared properties, 3 properties of the wrong type, \
                    4 repeated events";
        assert_eq!(words(ignored).as_deref(), Some(told));
    }
}
