//! Exposures that events tell of.
//!
//! In: that a visitor saw a variant, in the client's words. Out: an exposure of the experiment that the release knows by that name. A fact as
//! those of decisions are, so whether the experiment runs does not matter here: a journal that is folded again must find it again.

use std::sync::Arc;

use crate::experiment::{Experiment, Split, Status};
use crate::ingest::{Viewed, traits_of};
use crate::measurement::Exposure;
use crate::profile::Visitor;
use crate::visitors::fold::Folding;
use crate::visitors::person::Person;
use crate::visitors::told::Told;

impl Folding {
    /// Records in a person what they saw. Testers who are forced into a variant are no traffic, and nobody is counted in a draft.
    pub(in crate::visitors) fn record_viewed(&self, person: &mut Person, told: &Told, viewed: &Viewed) {
        let release = &self.course.release;
        let Some(experiment) = viewed.experiment_of(&release.experiments) else { return };
        if experiment.status == Status::Draft || experiment.forced.contains_key(&told.visitor_text) {
            return;
        }
        let key = experiment.key();
        let mut visitor = Visitor { id: Arc::clone(&told.visitor_text), ..Visitor::default() };
        person.complete(&mut visitor);
        let variant = viewed.variant_of(experiment).map_or(&viewed.variant, |variant| &variant.name);
        let unit = experiment.unit.id(&visitor, &release.schema);
        let dealt = unit.and_then(|unit| {
            experiment
                .deal(&unit, &self.steering.load())
                .ok()
                .map(|dealt| (Arc::clone(&dealt.variant.name), dealt.probability, dealt.batch))
        });
        let dealt = dealt.filter(|(dealt, ..)| experiment.split != Split::External && dealt == variant);
        let exposure = Exposure {
            at: told.at,
            id: Arc::clone(&told.visitor_text),
            variant: Arc::clone(variant),
            probability: dealt.as_ref().map(|(_, probability, _)| *probability),
            batch: dealt.as_ref().map_or(0, |(.., batch)| *batch),
            was_told: true,
            is_unexpected: experiment.split == Split::Hash && dealt.is_none() && !keeps(experiment, &visitor, variant),
            traits: traits_of(experiment, &release.schema, &visitor, viewed),
        };
        person.exposures.record(key, exposure);
    }
}

/// Whether they were shown this variant before: they keep it, whatever the weights are now.
fn keeps(experiment: &Experiment, visitor: &Visitor, variant: &str) -> bool {
    experiment.exposure_of(visitor).is_some_and(|exposed| *exposed.variant == *variant)
}
