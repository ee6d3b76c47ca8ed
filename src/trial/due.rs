//! What is due: a pure function of what is known of an experiment, so that a watch may ask it as often as it likes.
//!
//! In: an experiment as it stands, and the time. Out: what happens to it now. Each thing happens once, because it is not due any more when
//! it stands among what happened.

use jiff::{SignedDuration, Timestamp};

use super::happening::{Batch, Decision, Found, Happening, Harm, Look, MAX_POINT_ROWS, Point, PointRow, Read};
use super::standing::Standing;
use super::watched::{DueLook, Watched, between, is_stopped};
use crate::analysis::{self, Data, Number, Plan, Row, Scorecard, Stop, bandit_weights, harms};
use crate::experiment::{Experiment, Split, Status, Terms};

/// Between two points of an experiment.
pub const POINT_TIME: SignedDuration = SignedDuration::from_hours(1);

/// No two points are nearer, whatever happens.
pub const MIN_POINT_TIME: SignedDuration = SignedDuration::from_mins(1);

/// So long after its stated end an experiment gets points: what comes late shows.
pub const LATE_TIME: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What was over before anything was counted gets points for so long a time from its first one on: while it is imported.
const HISTORY_TIME: SignedDuration = SignedDuration::from_hours(24);

/// A bandit gets no more splits: the last one stays. Each batch is compared for itself, at every look.
pub const MAX_BATCHES: usize = 1_000;

/// How it is asked what is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Whether anything was counted since it was asked last: else no breaker is looked at.
    pub has_changed: bool,
    /// Whether a point may be taken now, rather than next time.
    pub may_take_point: bool,
    /// Whether what a look would read has come to rest, see [`super::Settling`]: else none is taken.
    pub has_settled: bool,
}

/// That it began, goes on with other terms, was stopped or goes on, if so. Terms are locked by the first instant at which it enrols; of a split that was made
/// elsewhere by the first unit too, of whatever time: what is analysed may be over. `has_units`: whether anybody is counted.
pub fn due_terms(
    definition: &Experiment,
    terms: &Terms,
    standing: &Standing,
    has_units: bool,
    now: Timestamp,
) -> Option<Happening> {
    let enrols = definition.status == Status::Running
        && definition.schedule.not_before(now).is_none()
        && definition.schedule.over_since(now).is_none();
    let is_told = has_units && definition.split == Split::External && definition.status != Status::Draft;
    match standing.started {
        None => (enrols || is_told).then(|| Happening::Started { terms: terms.0.clone() }),
        Some(_) if definition.status == Status::Draft => None,
        Some(_) if standing.terms != terms.0 => Some(Happening::Changed { terms: terms.0.clone() }),
        Some(_) => due_turn(definition, standing),
    }
}

/// That somebody stopped it, or that it goes on, if so; of a split that is made elsewhere only `until` says when it ends.
fn due_turn(definition: &Experiment, standing: &Standing) -> Option<Happening> {
    let is_stopped = is_stopped(definition);
    let turn = if is_stopped { Happening::Stopped } else { Happening::Resumed };
    let is_own = definition.split != Split::External;
    (is_own && is_stopped != standing.stopped.is_some()).then_some(turn)
}

/// Whether something may be due though nothing was counted: an hour has come, or a bandit's next batch.
pub fn is_due_by_clock(definition: &Experiment, standing: &Standing, now: Timestamp) -> bool {
    let has_point = standing.units.back().is_some_and(|(last, _)| between(*last, now) >= POINT_TIME);
    standing.started.is_some()
        && ((has_point && !is_history(definition, standing, now)) || is_batch_due(definition, standing, now))
}

/// Whether it gets no more points but at a look.
fn is_history(definition: &Experiment, standing: &Standing, now: Timestamp) -> bool {
    let is_long_over = |until: Timestamp| now.duration_since(until) >= LATE_TIME;
    let is_long_known = standing.started.is_some_and(|started| between(started, now) >= HISTORY_TIME);
    is_stopped(definition) || (is_long_known && definition.schedule.over_since(now).is_some_and(is_long_over))
}

fn is_batch_due(definition: &Experiment, standing: &Standing, now: Timestamp) -> bool {
    let Some(bandit) = definition.bandit.filter(|_| definition.status == Status::Running) else { return false };
    if standing.batches.len() >= MAX_BATCHES {
        return false;
    }
    let since = standing.batches.last().map(|held| held.at).or(standing.started);
    standing.tripped.is_none() && since.is_some_and(|since| between(since, now) >= bandit.batch)
}

impl Watched<'_> {
    /// What is due now.
    ///
    /// # Errors
    /// [`analysis::Error`] where what was counted does not fit the plan.
    pub fn due(&self, asked: Asked, now: Timestamp) -> Result<Vec<Happening>, analysis::Error> {
        let mut due = Vec::new();
        // Without its caps, what was counted is not what is measured.
        let lacks_cap = !self.lacking_caps().is_empty();
        if self.standing.started.is_none() || self.is_recounting || lacks_cap || self.units() == 0 {
            return Ok(due);
        }
        let look = self.due_look(now).filter(|_| asked.has_settled);
        let (guards, has_batch) =
            (asked.has_changed && self.guards(), is_batch_due(self.definition, self.standing, now));
        let has_point = asked.may_take_point && self.has_due_point(look.is_some(), now);
        if !(guards || has_batch || has_point || look.is_some()) {
            return Ok(due);
        }
        let (plan, data) = (self.plan(), self.data_of_all(now));
        if guards && let Some(harm) = harms(&plan, &data)?.into_iter().next() {
            due.push(Happening::Tripped(Harm { metric: harm.metric, variant: harm.variant, because: harm.text }));
        }
        if has_batch && let Some(batch) = self.batch(&plan, &data) {
            due.push(Happening::Weights(batch));
        }
        if has_point {
            due.push(Happening::Point(self.point(&analysis::scorecard(&plan, &data)?)));
        }
        if let Some(due_look) = look {
            let data = self.data_at(&due_look);
            let look = look_of(&due_look, plan.stop, &analysis::scorecard(&plan, &data)?);
            let read = look.decides().then(|| Box::new(Read { plan, data }));
            due.push(Happening::Look { look, read });
        }
        Ok(due)
    }

    /// Whether its breaker may act.
    fn guards(&self) -> bool {
        let Experiment { has_breaker, split, status, metrics, .. } = self.definition;
        *has_breaker
            && *split != Split::External
            && *status == Status::Running
            && !metrics.guardrails.is_empty()
            && self.standing.tripped.is_none()
    }

    fn has_due_point(&self, has_look: bool, now: Timestamp) -> bool {
        let Some((last, _)) = self.standing.units.back() else { return true };
        let passed = between(*last, now);
        let is_history = is_history(self.definition, self.standing, now);
        if has_look { passed >= MIN_POINT_TIME } else { !is_history && passed >= POINT_TIME }
    }

    /// The next split: `None` without a primary metric.
    fn batch(&self, plan: &Plan, data: &Data) -> Option<Batch> {
        let (metric, by_variant) = plan.metrics.first().zip(data.metrics.first())?;
        let floor = self.definition.bandit?.floor.to_f64();
        let weights = bandit_weights(metric, by_variant, floor).ok()?;
        let number = self.standing.batches.last().map_or(0, |last| last.batch.number).checked_add(1)?;
        Some(Batch { number, weights: self.measured.variants.iter().cloned().zip(weights).collect() })
    }

    fn point(&self, found: &Scorecard) -> Point {
        let rows = found.metrics.iter().filter(|row| !row.control).map(point_row);
        Point { units: self.units(), rows: rows.take(MAX_POINT_ROWS).collect() }
    }
}

fn look_of(due: &DueLook, stop: Stop, found: &Scorecard) -> Look {
    let verdict = &found.verdict;
    Look {
        number: due.number,
        units: due.units,
        fraction: due.fraction,
        decision: Decision { code: verdict.code, variant: verdict.variant.clone(), text: verdict.text.clone() },
        found: found.metrics.iter().filter_map(|row| found_of(row, stop, found.alpha.get())).collect(),
    }
}

/// What a look found of a treatment; `None` of the control.
fn found_of(row: &Row, stop: Stop, alpha: f64) -> Option<Found> {
    if row.control {
        return None;
    }
    let decided = row.decided();
    let planned = row.planned_look();
    let p_value = decided.and_then(|decided| decided.p_value).map(Number::get);
    let estimate = decided.map(|decided| decided.estimate.get());
    Some(Found {
        metric: row.metric.clone(),
        variant: row.variant.clone(),
        crossed: planned.map_or(p_value.is_some_and(|p_value| p_value <= alpha), |found| found.crossed),
        estimate,
        lower: decided.and_then(|decided| decided.absolute).map(|(lower, _)| lower.get()),
        upper: decided.and_then(|decided| decided.absolute).map(|(_, upper)| upper.get()),
        p_value,
        // Whoever looks once has not stopped where it looked best.
        median_unbiased_estimate: match stop {
            Stop::Fixed => estimate,
            _ => planned.and_then(|found| found.median_unbiased_estimate).map(Number::get),
        },
    })
}

/// By the numbers that hold at any look, whatever the plan is.
fn point_row(row: &Row) -> PointRow {
    let tested = row.always().and_then(|anytime| anytime.tested);
    let bounds = tested.map(|tested| tested.bounds);
    let (estimate, relative_lift) = row.shown();
    PointRow {
        metric: row.metric.clone(),
        variant: row.variant.clone(),
        units: row.n,
        estimate: estimate.map(Number::get),
        relative_lift: relative_lift.map(Number::get),
        lower: bounds.map(|bounds| bounds.lower.get()),
        upper: bounds.map(|bounds| bounds.upper.get()),
        relative_lower: bounds.and_then(|bounds| bounds.relative_lower).map(Number::get),
        relative_upper: bounds.and_then(|bounds| bounds.relative_upper).map(Number::get),
        p_value: tested.map(|tested| tested.p_value.get()),
        chance_to_win: row.chance_to_win.map(Number::get),
    }
}
