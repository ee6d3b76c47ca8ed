//! Exposures that events tell of: the protocol's `Experiment Viewed`.
//!
//! In: a kept track message of that name. Out: who saw what ([`Viewed`]), and what is known of them then, by the breakdowns of the
//! experiment.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::experiment::{Experiment, Experiments, Variant};
use crate::profile::{Context, Schema, Value, Visitor};

/// The name of the event in Segment's specification of A/B tests.
const EXPERIMENT_VIEWED: &str = "Experiment Viewed";

/// The properties that name an experiment and a variant.
const NAMES: [&str; 4] = ["experiment_name", "experiment_id", "variation_name", "variation_id"];

/// A longer name or id of an experiment or variant names none.
pub const MAX_VIEWED_BYTES: usize = 200;

/// More properties of one event are no dimensions.
const MAX_PROPERTIES: usize = 64;

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

    /// The experiment that is meant, by its name; `None` where there is none of the name or id that was sent.
    pub fn experiment_of<'e>(&self, experiments: &'e Experiments) -> Option<&'e Experiment> {
        let by_id = || experiments.get(self.experiment_id.as_deref()?);
        experiments.get(&self.experiment).or_else(by_id)
    }

    /// The variant that is meant, by its name; `None` where there is none of the name or id that was sent.
    pub fn variant_of<'e>(&self, experiment: &'e Experiment) -> Option<&'e Variant> {
        let by_id = || experiment.variant(self.variant_id.as_deref()?);
        experiment.variant(&self.variant).or_else(by_id)
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

/// What is known of a visitor when an event tells of an exposure, by the names of the experiment's breakdowns: what is kept of their
/// attributes, else the facts that came with the message, else the event's own properties. What is unknown is absent.
///
/// Segments are unknown: a message does not say who was in which at that time.
pub fn traits_of(
    experiment: &Experiment,
    schema: &Schema,
    visitor: &Visitor,
    viewed: &Viewed,
) -> BTreeMap<Arc<str>, Arc<str>> {
    let property = |name: &str| viewed.properties.get(name).map(|text| Cow::Borrowed(&**text));
    experiment.traits(|name| match schema.attributes.get(name) {
        Some(declared) if declared.purpose.as_ref().is_some_and(|purpose| !visitor.grants(schema, purpose)) => None,
        Some(_) => visitor.attributes.get(name).map(Value::plain).or_else(|| property(name)),
        None => viewed.context.facts.get(&*format!("visit.{name}")).map(Value::plain).or_else(|| property(name)),
    })
}
