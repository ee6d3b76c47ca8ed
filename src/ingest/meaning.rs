//! What a kept message means in the words of a schema.

use std::sync::Arc;

use super::Viewed;
use crate::profile::{Event, Ignored, Value};

/// What one message says of its visitor, in the schema's words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Meaning {
    /// Of track, page and screen. Its context always has a zone.
    pub event: Option<Event>,
    /// Declared attributes, each once, in the order of their names.
    pub attributes: Vec<(Arc<str>, Value)>,
    /// What the visitor said about declared purposes, each once, in the order of their names.
    pub consent: Vec<(Arc<str>, bool)>,
    /// The group that the visitor was put into.
    pub group: Option<Arc<str>>,
    /// Of the track event `Experiment Viewed`: what the visitor saw. Then there is no `event`.
    pub viewed: Option<Viewed>,
    /// What the message held that the schema does not declare, or that does not fit it.
    pub ignored: Ignored,
}
