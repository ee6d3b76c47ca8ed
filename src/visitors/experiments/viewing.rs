//! Exposures that events tell of.
//!
//! In: that a visitor saw a variant, in the client's words. Out: a fact in those words, whatever the release says of the experiment: what it
//! means is said where it is counted, so a journal that is folded again under another release comes to the same.

use std::sync::Arc;

use crate::ingest::Viewed;
use crate::measurement::ToldAt;
use crate::profile::Visitor;
use crate::visitors::fold::Folding;
use crate::visitors::person::Person;
use crate::visitors::told::Told;

impl Folding {
    /// Records in a person what they saw.
    pub(in crate::visitors) fn record_viewed(&self, person: &mut Person, told: &Told, viewed: &Viewed, order: u64) {
        let mut visitor = Visitor { id: Arc::clone(&told.visitor_text), ..Visitor::default() };
        person.complete(&mut visitor);
        let dimensions = viewed.dimensions(&self.course.release.schema, &visitor);
        let sighting = viewed.sighting(told.experiment.clone(), &told.visitor_text);
        person.exposures.tell(sighting, ToldAt { at: told.at, order, dimensions });
    }
}
