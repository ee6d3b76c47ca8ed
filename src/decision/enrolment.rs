//! The experiment of a rule, for one visitor: whether it enrols them, with which variant, and what a decision says of it.

use std::sync::Arc;

use super::decide::Deciding;
use super::{Decision, NewExposure, Reason, Request};
use crate::experiment::{Assigned, Assignment, Experiment, NotEnrolled, Split, is_even_split};
use crate::language::checked::Outcome;

impl<'a> Deciding<'a> {
    /// A rule whose experiment does not enrol this visitor does not match.
    pub(super) fn enrols(&self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Show(_) => true,
            Outcome::Experiment(name) => self.assign(name).is_some_and(|(_, assignment)| assignment.is_ok()),
        }
    }

    /// The experiment of this name, and the variant it gives this visitor or why none.
    pub(super) fn assign(&self, name: &str) -> Option<(&'a Experiment, Result<Assignment<'a>, NotEnrolled>)> {
        let experiment = self.release.experiments.get(name)?;
        let Request { visitor, .. } = self.request;
        Some((experiment, experiment.assign(visitor, &self.release.schema, self.situation.now(), self.steering)))
    }

    /// Why the experiment of a rule does not enrol this visitor, in words.
    pub(super) fn not_enrolled_note(&self, outcome: &Outcome) -> Option<String> {
        let Outcome::Experiment(name) = outcome else { return None };
        let (_, assignment) = self.assign(name)?;
        Some(format!("the experiment `{name}` does not enrol this visitor: {}", assignment.err()?))
    }

    /// Notes which variant was assigned, and how.
    pub(super) fn enrol(&self, decision: &mut Decision, experiment: &Experiment, assignment: Assignment<'_>) {
        decision.reason = Reason::Experiment;
        decision.experiment = Some(Arc::clone(&experiment.name));
        decision.variant = Some(Arc::clone(&assignment.variant.name));
        decision.layer = experiment.layer.as_ref().map(|placement| Arc::clone(&placement.layer.name));
        decision.assignment_probability = assignment.probability();
        if let Assigned::Bucket { probability, batch } = assignment.by
            && experiment.exposure_of(&self.request.visitor).is_none()
        {
            decision.exposure = Some(NewExposure {
                experiment: experiment.key(),
                variant: Arc::clone(&assignment.variant.name),
                probability,
                batch,
                dimensions: experiment.dimensions_of(|name| self.situation.dimension(name)),
            });
        }
        if let Some(explanation) = &mut decision.explanation {
            explanation.notes.extend(assignment_note(experiment, assignment.by));
        }
    }
}

/// How a variant was assigned, in words, where the buckets alone do not say it.
fn assignment_note(experiment: &Experiment, by: Assigned) -> Option<String> {
    match by {
        Assigned::Bucket { probability, batch } if experiment.split == Split::Bandit => Some(match batch {
            even if is_even_split(even) => {
                format!(
                    "a bandit before its first batch with these variants: every variant has the same share, {probability}"
                )
            }
            batch => format!("a bandit in batch {batch}: this variant's share is {probability} now"),
        }),
        Assigned::Bucket { .. } => None,
        Assigned::Exposed { .. } => {
            Some("shown this variant before, and keeps it whatever weights and traffic are now".to_owned())
        }
        Assigned::Breaker => Some(
            "a guardrail's breaker tripped: everybody in the experiment gets the control, shown, not counted"
                .to_owned(),
        ),
        Assigned::Forced => Some("forced for this tester: shown, not counted".to_owned()),
        Assigned::Winner => Some("the experiment is over and this variant won: shown, not counted".to_owned()),
    }
}
