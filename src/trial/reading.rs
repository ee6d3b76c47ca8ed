//! Reads an experiment's result: what was counted, by its plan, with everything that happened.

use std::sync::Arc;

use jiff::Timestamp;

use super::results::{AfterStopping, BatchSince, CapFound, Changed, LookTaken, Results, TrippedAt, WeightOf};
use super::standing::Deviation;
use super::watched::{PlannedLooks, Watched, instant};
use crate::analysis::{self, Code, Verdict, words};
use crate::experiment::{Status, Stop, Terms};

impl Watched<'_> {
    /// The result at an instant. `terms` are those of the definition; `counting` says in words how far the counting is.
    ///
    /// Of a group-sequential plan only a planned look decides: between looks, what the last one decided stands.
    ///
    /// # Errors
    /// [`analysis::Error`] where what was counted does not fit the plan.
    pub fn results(&self, terms: &Terms, counting: Option<String>, now: Timestamp) -> Result<Results, analysis::Error> {
        let Self { definition, standing, .. } = *self;
        let plan = self.plan();
        let mut scorecard = analysis::scorecard(&plan, &self.data(now))?;
        if matches!(definition.plan.stop, Stop::GroupSequential { .. })
            && let Some(planned) = PlannedLooks::of(definition)
        {
            scorecard.withhold(self.verdict(planned));
        }
        let settled = if standing.started.is_some() { Terms(standing.terms.clone()) } else { terms.clone() };
        Ok(Results {
            experiment: Arc::clone(&definition.name),
            salt: Arc::clone(&definition.salt),
            status: definition.status.word(),
            at: now.to_string(),
            started: standing.started.map(|at| instant(at).to_string()),
            terms_hash: settled.hash(),
            terms: settled.0,
            deviations: standing.deviations.iter().map(changed).collect(),
            more_deviations: standing.more_deviations,
            breaker: standing.tripped.as_ref().map(|tripped| TrippedAt {
                at: instant(tripped.at).to_string(),
                metric: tripped.harm.metric.clone(),
                variant: tripped.harm.variant.clone(),
                text: tripped.harm.because.clone(),
            }),
            batch: standing.batches.last().map(|(since, batch)| BatchSince {
                since: instant(*since).to_string(),
                number: batch.number,
                weights: batch
                    .weights
                    .iter()
                    .map(|(variant, share)| WeightOf { variant: variant.to_string(), share: *share })
                    .collect(),
            }),
            caps: standing.caps.iter().map(|(metric, value)| cap(metric, *value)).collect(),
            looks: standing
                .looks
                .iter()
                .map(|(at, look)| LookTaken { at: instant(*at).to_string(), look: look.clone() })
                .collect(),
            counting,
            outlook: self.outlook(&scorecard, now),
            after_stopping: self.after_stopping(),
            plan,
            scorecard,
        })
    }

    /// What the looks so far decided.
    fn verdict(&self, planned: PlannedLooks) -> Verdict {
        let reasons = self.after_stopping().into_iter().map(|estimate| estimate.text).collect();
        if let Some((at, look)) = self.standing.deciding_look() {
            let decision = &look.decision;
            let text = format!(
                "Look {} of {} decided on {}, with {} visitors: {}",
                look.number,
                planned.looks,
                instant(*at).strftime("%-d %B %Y"),
                words::count(look.units),
                decision.text
            );
            return Verdict { code: code(&decision.code), variant: decision.variant.clone(), text, reasons };
        }
        let units = self.units();
        if matches!(self.definition.status, Status::Stopped { .. }) {
            let text = format!(
                "No winner: it was stopped before a planned look decided, with {} of {} visitors. No bound was crossed; what holds at any look \
                 is shown beside.",
                words::count(units),
                words::count(planned.units)
            );
            return Verdict { code: Code::Inconclusive, variant: None, text, reasons };
        }
        let next = self.standing.looks.last().map_or(0, |(_, look)| look.number).max(planned.reached(units));
        let next = next.saturating_add(1).min(planned.looks);
        let text = format!(
            "Wait: look {next} of {} is at {} visitors, and {} have come. Between planned looks nothing is decided.",
            planned.looks,
            words::count(planned.units_of(next)),
            words::count(units)
        );
        Verdict { code: Code::Continue, variant: None, text, reasons }
    }

    /// Estimates of the look that decided: those of the scorecard are too large on average, because it stopped where it looked best.
    fn after_stopping(&self) -> Vec<AfterStopping> {
        let Some((_, look)) = self.standing.deciding_look() else { return Vec::new() };
        let estimate = |found: &super::Found| {
            let median_unbiased_estimate = found.median_unbiased_estimate?;
            let text = format!(
                "{}: {} is changed by {} after stopping at look {} (median-unbiased: as often too high as too low{}).",
                found.variant,
                found.metric,
                words::signed(median_unbiased_estimate),
                look.number,
                found
                    .estimate
                    .map_or_else(String::new, |plain| format!("; the plain estimate was {}", words::signed(plain)))
            );
            let (metric, variant) = (found.metric.clone(), found.variant.clone());
            Some(AfterStopping { metric, variant, median_unbiased_estimate, text })
        };
        look.found.iter().filter_map(estimate).collect()
    }
}

fn code(word: &str) -> Code {
    let all = [Code::Ship, Code::KeepControl, Code::Continue, Code::Inconclusive, Code::CheckData];
    all.into_iter().find(|code| code.word() == word).unwrap_or(Code::Inconclusive)
}

fn changed(deviation: &Deviation) -> Changed {
    let Deviation { at, topic, was, is } = deviation;
    let at = instant(*at);
    let text = match (was, is) {
        (Some(was), Some(is)) => format!("{topic} was changed from `{was}` to `{is}`"),
        (None, Some(is)) => format!("{topic} was added: `{is}`"),
        (Some(was), None) => format!("{topic} was taken away: `{was}`"),
        (None, None) => format!("{topic} was changed"),
    };
    Changed {
        at: at.to_string(),
        topic: topic.clone(),
        was: was.clone(),
        is: is.clone(),
        text: format!("{text} on {}, after the start.", at.strftime("%-d %B %Y, %H:%M UTC")),
    }
}

fn cap(metric: &str, value: Option<f64>) -> CapFound {
    let text = match value {
        Some(value) => format!(
            "More than {} of {metric} counts as that: its percentile was taken of the values before the experiment.",
            words::plain(value)
        ),
        None => format!(
            "Nothing is capped of {metric}: there were no values before the experiment to take a percentile of."
        ),
    };
    CapFound { metric: metric.to_owned(), value, text }
}
