//! The one we decide for.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Event, ExperimentKey, Schema, TRACKING, Value};

/// A visitor as a decision sees them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Visitor {
    /// The id that the request gave.
    pub id: Arc<str>,
    /// Others that they go by, where more is known than the request says: a list that names one of them names this visitor.
    pub other_ids: Vec<Arc<str>>,
    /// Declared attributes by name. An absent one is unknown.
    pub attributes: BTreeMap<Arc<str>, Value>,
    /// What the visitor said about each purpose; a purpose not named here has its declared default.
    pub consent: BTreeMap<Arc<str>, bool>,
    /// Oldest first; equal times in the order of arrival.
    pub events: Vec<Event>,
    /// The experiments that they were shown, each with the variant of the first time.
    pub exposed: Vec<ExposedTo>,
}

/// A visitor was shown a variant of an experiment, and keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct ExposedTo {
    /// Of which experiment: under another salt it is another one.
    pub experiment: ExperimentKey,
    /// The variant's name.
    pub variant: Arc<str>,
    /// The probability with which the variant was assigned then, in (0, 1]; `None` where the split was made elsewhere.
    pub probability: Option<f64>,
}

impl Visitor {
    /// Whether this visitor has granted a purpose: their word, else the declared default. A purpose that nobody
    /// declared is not granted, save `tracking`.
    pub fn grants(&self, schema: &Schema, purpose: &str) -> bool {
        if let Some(said) = self.consent.get(purpose) {
            return *said;
        }
        match schema.purposes.get(purpose) {
            Some(declared) => declared.granted_by_default,
            None => purpose == TRACKING,
        }
    }
}
