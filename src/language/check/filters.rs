//! What may stand inside `with (..)`: a property, compared with values written out.

use super::Checker;
use super::events::{KnownEvent, Scope};
use crate::diagnostic::Span;
use crate::language::syntax::{Leaf, LeafKind, Path, Test, Value, ValueKind};

impl<'a> Checker<'a> {
    /// The comparison of a leaf inside a filter; anything else is reported.
    pub(super) fn filter_leaf<'t>(&mut self, event: KnownEvent<'a>, leaf: &'t Leaf) -> Option<(&'t Value, &'t Test)> {
        let LeafKind::Comparison(left, test) = &leaf.kind else {
            self.outside_filter(leaf.at.0, "only properties are tested inside `with (..)`", event);
            return None;
        };
        if let Test::Top(number) = test {
            self.outside_filter(number.at.0, "a property has no rank among visitors", event);
            return None;
        }
        if written_out(left) {
            let finding = self
                .error("not-in-filter", left.at.0, "a test inside `with (..)` begins with a property")
                .label("not a property")
                .help(self.filter_example(event));
            self.report(finding);
            return None;
        }
        if !matches!(left.kind, ValueKind::Path(Path { .. })) {
            self.outside_filter(left.at.0, "a property by itself stands here", event);
            return None;
        }
        let compared: [Option<&Value>; 2] = match test {
            Test::Is { value, .. } | Test::Order(_, value) => [Some(value), None],
            Test::Between(low, high) => [Some(low), Some(high)],
            _ => [None, None],
        };
        // Words that mean nothing are left to the comparison, which knows whether quotes are missing.
        let wrong = |value: &&Value| !written_out(value) && !self.is_meaningless_word(value, event);
        match compared.into_iter().flatten().find(wrong) {
            Some(value) => {
                self.outside_filter(value.at.0, "properties are compared with values written out", event);
                None
            }
            None => Some((left, test)),
        }
    }

    fn is_meaningless_word(&self, value: &Value, event: KnownEvent<'a>) -> bool {
        match &value.kind {
            ValueKind::Path(Path { end: None, name }) => !self.means_something(&name.text, Scope::Event(event)),
            _ => false,
        }
    }

    fn outside_filter(&mut self, at: Span, label: &str, event: KnownEvent<'a>) {
        let help = self.filter_example(event);
        let finding = self.error("not-in-filter", at, "this cannot stand inside `with (..)`").label(label).help(help);
        self.report(finding);
    }

    fn filter_example(&self, event: KnownEvent<'a>) -> String {
        let name = event.name();
        match event.property_names().first() {
            Some(property) => {
                format!("for example: did {name} with ({property} is known); other tests go outside: did {name} and ..")
            }
            None => format!("`{name}` has no properties; put this test outside the brackets: did {name} and .."),
        }
    }
}

/// Whether a value is the same for every visitor and event.
pub(super) fn written_out(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Number(_)
        | ValueKind::Text(_)
        | ValueKind::Boolean(_)
        | ValueKind::Moment(_)
        | ValueKind::Span(_) => true,
        ValueKind::Arithmetic(left, _, right) => written_out(left) && written_out(right),
        ValueKind::Path(_) | ValueKind::Aggregate(_) | ValueKind::Elapsed(_) | ValueKind::Call(..) => false,
    }
}
