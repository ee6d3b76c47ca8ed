//! When the visitor's clock and calendar change a truth.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::next_change::Watch;
use crate::language::checked::{CalendarUnit, Expr, ExprKind, Test};
use crate::profile::Value;
use crate::rules::calendar;

/// Every zone's hours begin at a multiple of this.
const QUARTER_MS: i64 = 15 * 60_000;

impl Watch<'_> {
    /// The next local midnight at which a period begins.
    pub(super) fn next_period(&mut self, unit: CalendarUnit) {
        let today = self.zone().to_datetime(self.now).date();
        let next = calendar::next(calendar::period(today, unit), unit).to_datetime(Time::midnight());
        calendar::instant(next, self.zone()).into_iter().for_each(|at| self.consider(at));
    }

    /// The next instant at which an hour may begin.
    pub(super) fn next_hour(&mut self) {
        let quarter = self.now.as_millisecond().div_euclid(QUARTER_MS).saturating_add(1);
        self.consider_ms(quarter.saturating_mul(QUARTER_MS));
    }

    /// When the visitor's clock passes the times of day that it is compared with.
    pub(super) fn local_time(&mut self, expr: &Expr, test: &Test) {
        let is_time = |expr: &Expr| matches!(&expr.node, ExprKind::Fact { name, .. } if &**name == "local.time");
        let others: Vec<&Expr> = match test {
            Test::Is { value, .. } | Test::Order(_, value) => vec![value],
            Test::Between(low, high) => vec![low, high],
            _ => Vec::new(),
        };
        if !is_time(expr) && !others.iter().any(|other| is_time(other)) {
            return;
        }
        let constant = |expr: &Expr| match &expr.node {
            ExprKind::Constant(Value::Time(time)) => Some(*time),
            _ => None,
        };
        let mut times: Vec<Time> = others.iter().copied().chain([expr]).filter_map(constant).collect();
        if let Test::OneOf { values, .. } = test {
            times.extend(
                values.iter().filter_map(|value| if let Value::Time(time) = value { Some(*time) } else { None }),
            );
        }
        if times.is_empty() {
            self.consider_ms(self.now.as_millisecond().saturating_add(1_000));
        }
        let zone = self.zone();
        let today = zone.to_datetime(self.now).date();
        for day in [today, today.saturating_add(1.day())] {
            // The clock may be set back or forward in between: midnight is another time to look.
            let instants = times.iter().map(|time| day.to_datetime(*time)).chain([day.to_datetime(Time::midnight())]);
            for at in instants.filter_map(|civil| calendar::instant(civil, zone)) {
                self.consider(at);
                // Just after it, it is later than that time.
                at.checked_add(SignedDuration::from_nanos(1)).into_iter().for_each(|after| self.consider(after));
            }
        }
        if is_clock_set(self.zone(), self.now) {
            self.next_hour();
        }
    }
}

/// Whether a zone's clock is set within a day.
fn is_clock_set(zone: &TimeZone, now: Timestamp) -> bool {
    let offset = |hours| now.checked_add(SignedDuration::from_hours(hours)).map(|at| zone.to_offset(at)).ok();
    offset(-26) != offset(26)
}
