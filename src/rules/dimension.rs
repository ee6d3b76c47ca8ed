//! By what results are broken down, for this visitor at this moment.

use std::borrow::Cow;

use super::{Situation, Truth};
use crate::profile::Value;

/// The value of a segment that the visitor is in.
const IN: &str = "in";
/// The value of a segment that the visitor is not in.
const NOT_IN: &str = "not in";

impl Situation<'_> {
    /// The value of a breakdown's dimension as text: of a declared attribute of this name, else of a fact of the request (without its
    /// `visit.`), else `in` or `not in` for a segment. `None` where it is unknown.
    pub fn dimension(&self, name: &str) -> Option<Cow<'_, str>> {
        if let Some(declared) = self.schema.attributes.get(name) {
            return match self.refused(&declared.purpose) {
                Some(_) => None,
                None => self.visitor.attributes.get(name).map(Value::plain),
            };
        }
        if let Some(value) = self.visit_value(name) {
            return Some(Cow::Owned(value.plain().into_owned()));
        }
        let segment = self.program.segments.iter().position(|segment| *segment.name == *name)?;
        match self.segment_truth(segment) {
            Truth::True => Some(Cow::Borrowed(IN)),
            Truth::False => Some(Cow::Borrowed(NOT_IN)),
            Truth::Unknown => None,
        }
    }
}
