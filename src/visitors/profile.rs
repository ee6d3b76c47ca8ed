//! What is known of one visitor, for people: profile, segments and why, export.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value as Json;

use super::person::moment;
use super::{Error, Visitors};
use crate::measurement::ShownAt;
use crate::profile::{Context, ExperimentKey, Visitor};
use crate::release::Release;
use crate::rules::{LeafExplanation, Situation, Truth};

/// One visitor as people see them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    /// Every id that they go by, in order.
    pub ids: Vec<Arc<str>>,
    /// When they were first seen, RFC 3339.
    pub first_seen: Option<String>,
    /// When they were last seen, RFC 3339.
    pub last_seen: Option<String>,
    /// Messages that were folded.
    pub messages: u64,
    /// Whether they look like a crawler; then they count in no statistics.
    pub bot: bool,
    /// Whether they are the operator's own.
    pub internal: bool,
    /// In name order.
    pub attributes: Vec<AttributeView>,
    /// What they said of each purpose.
    pub consent: serde_json::Map<String, Json>,
    /// All segments, in name order.
    pub segments: Vec<SegmentView>,
    /// The experiments that they were shown, in name order.
    pub experiments: Vec<ExposureView>,
    /// What is remembered of their events takes so many bytes.
    pub memory_bytes: usize,
}

/// One attribute.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AttributeView {
    /// As declared.
    pub name: Arc<str>,
    /// As a client would send it; `null` for what is declared sensitive.
    pub value: Json,
    /// When it was said, RFC 3339.
    pub time: String,
    /// The kind of message that brought it.
    pub source: Arc<str>,
    /// Whether the value is not shown.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
}

/// One segment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SegmentView {
    /// Its name.
    pub name: Arc<str>,
    /// `yes`, `no` or `unknown`.
    pub member: &'static str,
    /// Since when, RFC 3339.
    pub since: Option<String>,
    /// Each leaf with the fact that it used.
    pub why: Vec<LeafExplanation>,
}

/// One experiment that they were shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExposureView {
    /// Its name.
    pub experiment: Arc<str>,
    /// The salt that it had.
    pub salt: Arc<str>,
    /// The variant of the first time, which they keep.
    pub variant: Arc<str>,
    /// When that was, RFC 3339.
    pub time: String,
    /// Other variants that they were shown too; the first counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Arc<str>>,
}

impl Visitors {
    /// What is known of a visitor; `None` when nothing is. May wait for the disk.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Unreadable`].
    pub fn profile(&self, id: &str, release: &Release, now: Timestamp) -> Result<Option<Profile>, Error> {
        let core = &self.core;
        let Some(living) = core.people.find(core.people.hashes.visitor(id), &release.schema)? else { return Ok(None) };
        let mut held = living.lock();
        core.course.load().put_in_order(&mut held.person);
        let person = &held.person;
        let mut visitor = Visitor { id: Arc::from(id), ..Visitor::default() };
        person.complete(&mut visitor);
        let (context, ranks) = (Context::default(), core.ranks.load());
        let situation = Situation::new(&release.program, &release.schema, &visitor, &context, now)
            .remembering(&release.cells, &person.memory)
            .ranked(&ranks);
        let segments = release.program.segments.iter().enumerate().map(|(index, segment)| {
            let truth = situation.segment(index);
            let since = person.segments.get(&segment.name).filter(|_| truth == Truth::True);
            SegmentView {
                name: Arc::clone(&segment.name),
                member: match truth {
                    Truth::True => "yes",
                    Truth::False => "no",
                    Truth::Unknown => "unknown",
                },
                since: since.map(|since| moment(*since).to_string()),
                why: situation.explain(&segment.condition),
            }
        });
        let attributes = person.attributes.iter().map(|(name, known)| {
            let sensitive = release.schema.attributes.get(name).is_some_and(|declared| declared.sensitive);
            AttributeView {
                name: Arc::clone(name),
                value: if sensitive { Json::Null } else { known.value.to_json() },
                time: moment(known.said.at).to_string(),
                source: Arc::clone(&known.source),
                sensitive,
            }
        });
        let mut ids: Vec<Arc<str>> = person.ids.values().map(|known| Arc::clone(&known.text)).collect();
        ids.sort();
        let experiments = person.exposures.by_experiment(&release.experiments);
        Ok(Some(Profile {
            ids,
            first_seen: person.first_seen.map(|at| moment(at).to_string()),
            last_seen: person.last_seen.map(|at| moment(at).to_string()),
            messages: person.messages,
            bot: person.is_bot,
            internal: person.is_internal,
            attributes: attributes.collect(),
            consent: person
                .consent
                .iter()
                .map(|(purpose, (granted, _))| (purpose.to_string(), (*granted).into()))
                .collect(),
            segments: segments.collect(),
            experiments: experiments.into_iter().filter_map(exposure_view).collect(),
            memory_bytes: person.memory.bytes(),
        }))
    }
}

fn exposure_view((experiment, shown): (ExperimentKey, Vec<ShownAt>)) -> Option<ExposureView> {
    let ShownAt { at, variant, .. } = shown.first()?;
    let mut also: Vec<Arc<str>> =
        shown.iter().map(|shown| &shown.variant).filter(|other| *other != variant).cloned().collect();
    also.sort();
    also.dedup();
    Some(ExposureView {
        experiment: experiment.name,
        salt: experiment.salt,
        variant: Arc::clone(variant),
        time: moment(*at).to_string(),
        also,
    })
}
