//! Reads an experiment's result: what was counted, by its plan, with everything that happened.

use std::sync::Arc;

use jiff::Timestamp;

use super::happening::{Decision, Look, Read};
use super::results::{AfterStopping, BatchSince, CapFound, Changed, LookTaken, Results, TrippedAt, WeightOf};
use super::standing::{Deviation, HeldBatch};
use super::watched::{PlannedLooks, Watched, instant};
use crate::analysis::{self, Code, Data, Plan, Scorecard, Verdict, words};
use crate::experiment::{Stop, Terms};

impl Watched<'_> {
    /// The result at an instant. `terms` are those of the definition; `counting` says in words how far the counting is.
    ///
    /// Of a plan with looks only a look decides. Before it the numbers that it alone may claim are withheld; once one has decided, it is what that
    /// look read, for ever.
    ///
    /// # Errors
    /// [`analysis::Error`] where what was counted does not fit the plan.
    pub fn results(&self, terms: &Terms, counting: Option<String>, now: Timestamp) -> Result<Results, analysis::Error> {
        let Self { definition, standing, .. } = *self;
        let (plan, scorecard) = self.scorecard(now)?;
        let (terms_hash, terms) = match standing.started {
            Some(_) => (standing.started_hash.clone(), standing.terms.clone()),
            None => (terms.hash(), terms.0.clone()),
        };
        Ok(Results {
            experiment: Arc::clone(&definition.name),
            salt: Arc::clone(&definition.salt),
            status: definition.status.word(),
            at: instant(now.as_millisecond()).to_string(),
            started: standing.started.map(|at| instant(at).to_string()),
            terms_hash,
            terms,
            deviations: standing.deviations.iter().map(changed).collect(),
            more_deviations: standing.more_deviations,
            breaker: standing.tripped.as_ref().map(|tripped| TrippedAt {
                at: instant(tripped.at).to_string(),
                metric: tripped.harm.metric.clone(),
                variant: tripped.harm.variant.clone(),
                text: tripped.harm.because.clone(),
            }),
            batch: standing.batches.last().map(|HeldBatch { at, batch, .. }| BatchSince {
                since: instant(*at).to_string(),
                number: batch.number,
                weights: batch
                    .weights
                    .iter()
                    .map(|(variant, share)| WeightOf { variant: variant.to_string(), share: *share })
                    .collect(),
            }),
            caps: self.found_caps().collect(),
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

    /// The caps that count now.
    fn found_caps(&self) -> impl Iterator<Item = CapFound> {
        let caps = self.standing.caps();
        self.measured.percentiles().filter_map(move |(metric, _)| {
            let value = caps.get(&metric.cap_source()?)?;
            Some(cap(&metric.definition.name, *value))
        })
    }

    /// By the plan that it was read with.
    fn scorecard(&self, now: Timestamp) -> Result<(Plan, Scorecard), analysis::Error> {
        if let (Some((at, look)), Some(read)) = (self.standing.deciding_look(), &self.standing.read) {
            return self.decided(*at, look, read, now).map(|found| (read.plan.clone(), found));
        }
        let plan = self.plan();
        let mut found = analysis::scorecard(&plan, &self.data(now))?;
        if let Some(planned) = PlannedLooks::of(self.definition) {
            found.withhold(plan.stop, self.undecided(planned, now));
        }
        Ok((plan, found))
    }

    /// What the look read that decided, with its verdict.
    fn decided(&self, at: i64, look: &Look, read: &Read, now: Timestamp) -> Result<Scorecard, analysis::Error> {
        let mut data = read.data.clone();
        self.mark(&mut data, at);
        // Parts are not what a look reads: they are those of everybody who came, as far as the same is measured still.
        if self.plan().metrics == read.plan.metrics {
            let parts = self.data(now);
            data.breakdowns = if names(&parts).eq(names(&data)) { parts.breakdowns } else { Vec::new() };
        }
        let mut found = analysis::scorecard(&read.plan, &data)?;
        found.withhold_parts(read.plan.stop);
        let Decision { code, variant, text } = &look.decision;
        let of = PlannedLooks::of(self.definition)
            .map_or_else(String::new, |planned| format!(" of {}", planned.looks.max(look.number)));
        let text = format!(
            "Look {}{of} decided on {}, with {} visitors: {text}",
            look.number,
            instant(at).strftime("%-d %B %Y"),
            words::count(look.units),
        );
        let reasons = found.verdict.reasons.clone();
        found.settle(Verdict { code: *code, variant: variant.clone(), text, reasons });
        Ok(found)
    }

    /// What is said before a look has decided.
    fn undecided(&self, planned: PlannedLooks, now: Timestamp) -> Verdict {
        let verdict = |code, text| Verdict { code, variant: None, text, reasons: Vec::new() };
        let (units, ripe) = (self.units(), self.ripe_units(now));
        if self.is_cut_short(planned) {
            let text = format!(
                "No winner: it was stopped before a planned look decided, with {} of {} visitors. What holds at any look is shown beside.",
                words::count(units),
                words::count(planned.units)
            );
            return verdict(Code::Inconclusive, text);
        }
        if let Some(look) = self.due_look(now) {
            let (number, looks) = (look.number, planned.looks.max(look.number));
            let text = format!(
                "Wait: look {number} of {looks} is taken as soon as nothing has come for a while that it would read of its {} visitors.",
                words::count(look.units)
            );
            return verdict(Code::Continue, text);
        }
        let taken = self.standing.looks.last().map_or(0, |(_, look)| look.number);
        let next = taken.max(planned.reached(ripe)).saturating_add(1);
        let needed = words::count(planned.units_of(next.min(planned.looks)));
        let looks = planned.looks.max(taken.saturating_add(1));
        let (next, came) = (next.min(looks), words::count(units));
        let have = format!("{} {}", words::count(ripe), if ripe == 1 { "has" } else { "have" });
        let text = if self.definition.plan.stop == Stop::Fixed {
            format!(
                "Wait: a fixed plan is read once, when the time of all its metrics is over for {needed} visitors. {came} have come, and {have} \
                 had that time."
            )
        } else {
            format!(
                "Wait: look {next} of {looks} is due when the time of all metrics is over for {needed} visitors. {came} have come, and {have} had that \
                 time. Between planned looks nothing is decided."
            )
        };
        verdict(Code::Continue, text)
    }

    /// Estimates of the look that decided: where it could have stopped earlier, those of the scorecard are too large on average, because it stopped
    /// where it looked best.
    fn after_stopping(&self) -> Vec<AfterStopping> {
        let Some((_, look)) = self.standing.deciding_look() else { return Vec::new() };
        let is_only = self.standing.read.as_ref().is_some_and(|read| read.plan.stop == analysis::Stop::Fixed);
        let estimate = |found: &super::Found| {
            let median_unbiased_estimate = found.median_unbiased_estimate?;
            let moved = format!(
                "{}: {} is changed by {}",
                found.variant,
                found.metric,
                words::signed(median_unbiased_estimate)
            );
            let text = match found.estimate {
                _ if is_only => {
                    format!("{moved} at its one look (as often too high as too low, as it could not stop earlier).")
                }
                Some(plain) => format!(
                    "{moved} after stopping at look {} (median-unbiased: as often too high as too low; the plain estimate was {}).",
                    look.number,
                    words::signed(plain)
                ),
                None => format!("{moved} after stopping at look {} (median-unbiased).", look.number),
            };
            let (metric, variant) = (found.metric.clone(), found.variant.clone());
            Some(AfterStopping { metric, variant, median_unbiased_estimate, text })
        };
        look.found.iter().filter_map(estimate).collect()
    }
}

/// The variants.
fn names(data: &Data) -> impl Iterator<Item = &String> {
    data.variants.iter().map(|variant| &variant.name)
}

fn changed(deviation: &Deviation) -> Changed {
    let Deviation { at, topic, was, is } = deviation;
    let (at, verb) = (instant(*at), words::was(topic));
    let text = match (was, is) {
        (Some(was), Some(is)) => format!("{topic} {verb} changed from `{was}` to `{is}`"),
        (None, Some(is)) => format!("{topic} {verb} added: `{is}`"),
        (Some(was), None) => format!("{topic} {verb} taken away: `{was}`"),
        (None, None) => format!("{topic} {verb} changed"),
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
