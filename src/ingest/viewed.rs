//! Exposures that events tell of: the protocol's `Experiment Viewed`.
//!
//! In: a kept track message of that name. Out: who saw what ([`Viewed`]), and what is known of them then.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::experiment::{Experiment, Experiments, MAX_DIMENSION_BYTES};
use crate::measurement::{Meant, Sighting};
use crate::profile::{Context, ExperimentKey, Schema, Visitor};

/// The name of the event in Segment's specification of A/B tests.
const EXPERIMENT_VIEWED: &str = "Experiment Viewed";

/// The properties that name an experiment and a variant.
const NAMES: [&str; 4] = ["experiment_name", "experiment_id", "variation_name", "variation_id"];

/// A longer name or id of an experiment or variant names none.
pub const MAX_VIEWED_BYTES: usize = 200;

/// More properties of one event are no dimensions.
const MAX_PROPERTIES: usize = 64;

/// More facts are not kept with an exposure that an event told: attributes come first, then facts of the message, then its properties.
pub const MAX_DIMENSIONS: usize = 100;

/// Another program says that a visitor saw a variant of an experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Viewed {
    /// The experiment's name as it was sent, else its id.
    pub experiment: Arc<str>,
    /// The experiment's id, where there was a name too.
    pub experiment_id: Option<Arc<str>>,
    /// The variant's name as it was sent, else its id.
    pub variant: Arc<str>,
    /// The variant's id, where there was a name too.
    pub variant_id: Option<Arc<str>>,
    /// The `visit.*` facts that came with the message.
    pub context: Context,
    /// The other properties that are a text, a number or yes or no, as text.
    pub properties: BTreeMap<Arc<str>, Arc<str>>,
}

impl Viewed {
    /// Reads the properties of a message; `None` where they name no experiment, or no variant.
    pub(super) fn read(properties: &Map<String, Json>, context: Context) -> Option<Self> {
        let named = |name: &str, id: &str| match (short(properties, name), short(properties, id)) {
            (Some(name), id) => Some((name, id)),
            (None, id) => Some((id?, None)),
        };
        let (experiment, experiment_id) = named("experiment_name", "experiment_id")?;
        let (variant, variant_id) = named("variation_name", "variation_id")?;
        let others = properties.iter().filter(|(name, _)| !NAMES.contains(&name.as_str()));
        let others = others.filter_map(|(name, value)| Some((Arc::from(name.as_str()), text(value)?.into())));
        let properties = others.take(MAX_PROPERTIES).collect();
        Some(Self { experiment, experiment_id, variant, variant_id, context, properties })
    }

    /// The same as a fact that is kept, sent under an id. `known` is the experiment that the release knew by that name when the message was
    /// taken.
    pub fn sighting(&self, known: Option<ExperimentKey>, id: &Arc<str>) -> Sighting {
        let unknown = || Meant::Unknown { name: Arc::clone(&self.experiment), id: self.experiment_id.clone() };
        Sighting {
            of: known.map_or_else(unknown, Meant::Known),
            variant: Arc::clone(&self.variant),
            variant_id: self.variant_id.clone(),
            id: Arc::clone(id),
        }
    }

    /// The experiment that is meant: of the name that was sent, else of the id.
    pub fn experiment<'e>(&self, experiments: &'e Experiments) -> Option<&'e Experiment> {
        let by_id = || experiments.get(self.experiment_id.as_deref()?);
        experiments.get(&self.experiment).or_else(by_id)
    }

    /// What is known of a visitor when the event is taken up, and what it says itself, by name: what is kept of their attributes, else the facts
    /// that came with the message, else its own properties. What is unknown is absent.
    ///
    /// Segments are unknown: a message does not say who was in which at that time.
    pub fn dimensions(&self, schema: &Schema, visitor: &Visitor) -> BTreeMap<Arc<str>, Arc<str>> {
        let is_refused = |name: &str| {
            let purpose = schema.attributes.get(name).and_then(|declared| declared.purpose.as_ref());
            purpose.is_some_and(|purpose| !visitor.grants(schema, purpose))
        };
        let attributes = visitor.attributes.iter().map(|(name, value)| (&**name, value.plain()));
        let facts =
            self.context.facts.iter().filter_map(|(name, value)| Some((name.strip_prefix("visit.")?, value.plain())));
        let properties = self.properties.iter().map(|(name, value)| (&**name, Cow::Borrowed(&**value)));
        let mut dimensions = BTreeMap::new();
        for (name, value) in attributes.chain(facts).chain(properties).filter(|(name, _)| !is_refused(name)) {
            if dimensions.len() < MAX_DIMENSIONS && name.len() <= MAX_DIMENSION_BYTES && !dimensions.contains_key(name)
            {
                let end = value.floor_char_boundary(MAX_DIMENSION_BYTES);
                dimensions.insert(Arc::from(name), Arc::from(value.get(..end).unwrap_or_default()));
            }
        }
        dimensions
    }
}

/// Whether a message is an `Experiment Viewed`; a schema that declares an event of this name means that event by it.
pub(super) fn is_told_exposure(schema: &Schema, message: &Map<String, Json>) -> bool {
    let text = |name: &str| message.get(name).and_then(Json::as_str);
    text("event").is_some_and(|name| name.trim() == EXPERIMENT_VIEWED)
        && text("type") == Some("track")
        && schema.event_on_the_wire(EXPERIMENT_VIEWED).is_none()
}

/// A property that is a text or a number, not empty and not too long.
fn short(properties: &Map<String, Json>, name: &str) -> Option<Arc<str>> {
    let value = text(properties.get(name)?)?;
    let value = value.trim();
    (1..=MAX_VIEWED_BYTES).contains(&value.len()).then(|| Arc::from(value))
}

fn text(value: &Json) -> Option<Cow<'_, str>> {
    match value {
        Json::String(text) => Some(Cow::Borrowed(text)),
        Json::Number(number) => Some(Cow::Owned(number.to_string())),
        Json::Bool(true) => Some(Cow::Borrowed("yes")),
        Json::Bool(false) => Some(Cow::Borrowed("no")),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}
