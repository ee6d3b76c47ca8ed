//! What an experiment still needs, and when that is expected.

use jiff::{SignedDuration, Timestamp};

use super::results::Outlook;
use super::standing::Standing;
use super::watched::{PlannedLooks, Watched, between, is_stopped};
use crate::analysis::{Answer, Role, Row, Scorecard, words};
use crate::experiment::{Split, Status, Stop};

/// The rate is that of so long.
const RATE_TIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Of a shorter time no rate is said.
const MIN_RATE_TIME: SignedDuration = SignedDuration::from_hours(1);

const DAY_SECONDS: f64 = 24.0 * 3600.0;

/// A later date is not said: nothing is known of years.
const MOST_DAYS: f64 = 3_650.0;

impl Watched<'_> {
    /// What is still needed, and when it is expected.
    pub(super) fn outlook(&self, found: &Scorecard, now: Timestamp) -> Outlook {
        let units_a_day = units_a_day(self.standing, self.units(), now);
        let nothing = |text: String| Outlook { units_needed: None, units_a_day, expected: None, text };
        if self.standing.tripped.is_some() {
            return nothing("Its breaker tripped: everybody gets the control, and nobody new is counted.".to_owned());
        }
        if let Some((_, look)) = self.standing.deciding_look() {
            return nothing(format!("Look {} decided: nothing more is needed.", look.number));
        }
        if let Some(ripening) = self.ripening() {
            return Outlook { units_a_day, ..ripening };
        }
        if is_stopped(self.definition) {
            return nothing("It is stopped: nobody new is enrolled.".to_owned());
        }
        if self.definition.schedule.over_since(now).is_some() {
            return nothing("Its `until` is over: nobody new is enrolled.".to_owned());
        }
        let Some((units, purpose)) = self.needed(found) else {
            let text = match self.definition.plan.minimum_effect {
                Some(_) => "Too few visitors have come to say how many are needed.",
                None => "Nothing says how many visitors are needed: write `minimum_effect` or `visitors` in its plan.",
            };
            return nothing(text.to_owned());
        };
        let expected = units_a_day.and_then(|rate| after(units, rate, now));
        let mut text = match units {
            0 => format!("Enough visitors have come {purpose}."),
            _ => format!("About {} more visitors are needed {purpose}.", words::rounded_count(units)),
        };
        if units > 0 {
            // Whom another tool shows what, it says alone.
            let is_own = self.definition.split != Split::External;
            let status = if is_own { self.definition.status } else { Status::Running };
            text += &when(status, units_a_day, expected);
        }
        Outlook { units_needed: Some(units), units_a_day, expected: expected.map(|at| at.to_string()), text }
    }

    /// When the outcomes of the planned units are complete, once these have come.
    fn ripening(&self) -> Option<Outlook> {
        let planned = PlannedLooks::of(self.definition)?;
        let ripe = self.measured.ripe_from(self.totals.day_of_units(planned.units)?)?;
        let text = format!(
            "Enough visitors have come for the plan's end; the last of them have had the time of all metrics by {}.",
            ripe.strftime("%-d %B %Y, %H:%M UTC")
        );
        Some(Outlook { units_needed: Some(0), units_a_day: None, expected: Some(ripe.to_string()), text })
    }

    /// Units that are still needed, and for what.
    fn needed(&self, found: &Scorecard) -> Option<(u64, String)> {
        let units = self.units();
        let plan = &self.definition.plan;
        if let Some(planned) = PlannedLooks::of(self.definition) {
            let left = planned.units.saturating_sub(units);
            return Some(match plan.stop {
                Stop::GroupSequential { .. } if left > 0 => {
                    let next = planned.reached(units).saturating_add(1);
                    let until_next = planned.units_of(next).saturating_sub(units);
                    let purpose = format!(
                        "for the plan's end, and {} for look {next} of {}",
                        words::rounded_count(until_next),
                        planned.looks
                    );
                    (left, purpose)
                }
                _ => (left, "for the plan's end".to_owned()),
            });
        }
        let powers = found.metrics.iter().filter(|row| row.role == Role::Primary).filter_map(power);
        let by_power = powers.max_by_key(|(units, _)| *units).map(|(units, effect)| {
            let chance = found_power(plan.power);
            (units, format!("to find a lift of {} with a chance of {chance}", words::percent(effect)))
        });
        let by_plan = plan.visitors.map(|planned| (planned.saturating_sub(units), "for the plan's end".to_owned()));
        by_power.or(by_plan)
    }
}

fn found_power(power: rust_decimal::Decimal) -> String {
    words::percent(rust_decimal::prelude::ToPrimitive::to_f64(&power).unwrap_or_default())
}

fn power(row: &Row) -> Option<(u64, f64)> {
    let power = row.power.as_ref().and_then(Answer::known)?;
    Some((power.units_needed, power.minimum_effect.get()))
}

/// New units a day: of the last week, or since the start; `None` while that is too short a time.
fn units_a_day(standing: &Standing, units: u64, now: Timestamp) -> Option<f64> {
    let started = standing.started?;
    let since_start = (started, 0);
    let is_recent = |(at, _): &&(i64, u64)| between(*at, now) <= RATE_TIME;
    let (from, before) = if between(started, now) <= RATE_TIME {
        since_start
    } else {
        // What came in the meantime is not known point by point: the first point of the week is as good.
        standing.units.iter().find(is_recent).copied().unwrap_or(since_start)
    };
    let elapsed = between(from, now);
    if elapsed < MIN_RATE_TIME {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate needs no more than f64 has")]
    let came = units.saturating_sub(before) as f64;
    Some(came * DAY_SECONDS / elapsed.as_secs_f64())
}

/// When so many units will have come at this rate; `None` beyond what can be foreseen.
fn after(units: u64, rate: f64, now: Timestamp) -> Option<Timestamp> {
    #[expect(clippy::cast_precision_loss, reason = "a date needs no more than f64 has")]
    let days = units as f64 / rate;
    if !(0.0..=MOST_DAYS).contains(&days) {
        return None;
    }
    let span = SignedDuration::try_from_secs_f64(days * DAY_SECONDS).ok()?;
    now.checked_add(span).ok()?.round(jiff::Unit::Second).ok()
}

/// A sentence with a space before it.
fn when(status: Status, rate: Option<f64>, expected: Option<Timestamp>) -> String {
    match (status, rate, expected) {
        (Status::Paused, ..) => " It is paused.".to_owned(),
        (_, None, _) => " It runs too short a time to say when they will have come.".to_owned(),
        (_, Some(rate), _) if rate <= 0.0 => " Nobody new came lately.".to_owned(),
        (_, Some(rate), Some(at)) => {
            let day = at.strftime("%-d %B %Y");
            format!(" At {} a day, as lately, they will have come by {day}.", rounded(rate))
        }
        (_, Some(rate), None) => format!(" At {} a day, as lately, that takes more than ten years.", rounded(rate)),
    }
}

fn rounded(rate: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate of units, at least 0")]
    let whole = rate.ceil() as u64;
    words::rounded_count(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{Happening, Point};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Runs since a moment, with points of so many units.
    fn standing(started: &str, points: &[(&str, u64)]) -> Standing {
        let mut standing = Standing::default();
        standing.fold(1, at(started).as_millisecond(), &Happening::Started { terms: Vec::new() });
        for (order, (when, units)) in (2..).zip(points) {
            let point = Happening::Point(Point { units: *units, rows: Vec::new() });
            standing.fold(order, at(when).as_millisecond(), &point);
        }
        standing
    }

    #[test]
    fn the_rate_is_that_of_the_last_week() {
        let now = at("2026-11-20T12:00:00Z");
        for (started, points, units, expected) in [
            ("2026-11-18T12:00:00Z", &[][..], 1_000, Some(500.0)),
            ("2026-11-20T11:30:00Z", &[], 1_000, None),
            (
                "2026-11-01T12:00:00Z",
                &[("2026-11-12T12:00:00Z", 50_u64), ("2026-11-13T12:00:00Z", 300)],
                1_000,
                Some(100.0),
            ),
            ("2026-11-01T12:00:00Z", &[], 1_900, Some(100.0)),
            ("2026-11-01T12:00:00Z", &[("2026-11-13T12:00:00Z", 300)], 300, Some(0.0)),
        ] {
            assert_eq!(units_a_day(&standing(started, points), units, now), expected, "{started}");
        }
        assert_eq!(units_a_day(&Standing::default(), 5, now), None, "it never ran");
    }

    #[test]
    fn the_date_is_said_in_words() {
        let now = at("2026-11-20T12:00:00Z");
        let said = |units, rate| when(Status::Running, rate, rate.and_then(|rate| after(units, rate, now)));
        assert_eq!(said(1_000, Some(100.0)), " At 100 a day, as lately, they will have come by 30 November 2026.");
        assert_eq!(said(1_000, Some(0.0)), " Nobody new came lately.");
        assert_eq!(said(1_000, Some(0.1)), " At 1 a day, as lately, that takes more than ten years.");
        assert_eq!(said(1_000, None), " It runs too short a time to say when they will have come.");
        assert_eq!(when(Status::Paused, Some(1.0), None), " It is paused.");
    }
}
