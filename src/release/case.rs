//! Examples that are tests: visitor + events + time -> content and reason.

use std::sync::Arc;

use jiff::Timestamp;

use crate::profile::{Context, Visitor};

/// One example of `rules/cases/*.yaml`.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it shows, in the author's words.
    pub name: Arc<str>,
    /// The key of its file and the line of its name.
    pub file: Arc<str>,
    /// From 1.
    pub line: usize,
    /// The moment at which it is decided.
    pub at: Timestamp,
    /// With attributes, consent and events.
    pub visitor: Visitor,
    /// The facts of its request.
    pub context: Context,
    /// By slot, in file order.
    pub expect: Vec<(Arc<str>, Expected)>,
}

/// What a case expects of one slot. Fields that are `None` are not looked at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expected {
    /// The content's name; `Some(None)` expects no content. A list means several, in order.
    pub content: Option<Option<Vec<Arc<str>>>>,
    /// The rendered value.
    pub value: Option<serde_json::Value>,
    /// `home.rules:6`
    pub rule: Option<Arc<str>>,
    /// `rule`, `otherwise`, ..
    pub reason: Option<Arc<str>>,
}
