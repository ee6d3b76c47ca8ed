//! What a row says, as a sentence.

use super::finding::Finding;
use super::row::Row;
use super::sample_ratio::{Alarm, SampleRatio, VariantCount};
use super::{Direction, Kind, Number, Role, words};

/// How a metric moved: `visit is up 72 % (66 % to 79 %)`, `visit is between -1.2 % and +4.0 %`.
pub fn movement(row: &Row) -> String {
    movement_of(row, &row.metric)
}

/// The same of a metric that is called so.
fn movement_of(row: &Row, metric: &str) -> String {
    let Some(decided) = row.decided() else {
        let reason = row.undefined.map_or_else(String::new, |reason| format!(" ({reason})"));
        return format!("{metric} has no number{reason}");
    };
    // A conversion has a test and an interval that are two methods: where the test alone has found it, that is said.
    let found = matches!(row.finding, Some(Finding::Improved | Finding::Deteriorated)).then(|| own_chance(row));
    let moved = Moved { metric, found };
    let size = |size: f64| words::plain(size.abs());
    match (decided.relative_lift, decided.relative, decided.absolute) {
        (Some(lift), Some(ends), _) => moved.text("", lift, ends, words::percent, words::signed_percent),
        (_, _, Some(ends)) if row.kind == Kind::Conversion.code() => {
            moved.text("by ", decided.estimate, ends, words::points, words::signed_points)
        }
        (_, _, Some(ends)) => moved.text("by ", decided.estimate, ends, size, words::signed),
        (_, _, None) => match row.waiting() {
            Some(waiting) => format!("{metric} waits for more data ({waiting})"),
            None => format!("{metric} waits for more data"),
        },
    }
}

/// A metric that moved.
struct Moved<'a> {
    metric: &'a str,
    /// The p-value of the test, if that has found something.
    found: Option<String>,
}

impl Moved<'_> {
    fn text(
        &self,
        by: &str,
        estimate: Number,
        (lower, upper): (Number, Number),
        size: impl Fn(f64) -> String,
        signed: impl Fn(f64) -> String,
    ) -> String {
        let (Self { metric, found }, estimate, lower, upper) = (self, estimate.get(), lower.get(), upper.get());
        let way = |number: f64| if number > 0.0 { "up" } else { "down" };
        match found {
            Some(chance) if lower <= 0.0 && upper >= 0.0 => format!(
                "{metric} is {} {by}{} ({chance} by the test; the interval of {} to {} is another method, and contains 0)",
                way(estimate),
                size(estimate),
                signed(lower),
                signed(upper)
            ),
            None if lower <= 0.0 && upper >= 0.0 => {
                format!("{metric} is between {} and {}", signed(lower), signed(upper))
            }
            _ => {
                let (near, far) = if lower > 0.0 { (lower, upper) } else { (upper, lower) };
                format!("{metric} is {} {by}{} ({} to {})", way(lower), size(estimate), size(near), size(far))
            }
        }
    }
}

/// What a metric says of a treatment; `None` of the control.
pub fn reason(row: &Row) -> Option<String> {
    let finding = row.finding?;
    let margin = || row.non_inferiority.as_ref().map(|found| words::percent(found.margin.get())).unwrap_or_default();
    let moved = match (row.role, row.direction) {
        (Role::Guardrail, Direction::Up) => movement_of(row, &format!("guardrail {} (higher is better)", row.metric)),
        (Role::Guardrail, Direction::Down) => movement_of(row, &format!("guardrail {} (lower is better)", row.metric)),
        _ => movement(row),
    };
    let judgement = match finding {
        Finding::Undefined => moved,
        Finding::Open if row.decided().is_some_and(|decided| decided.p_value.is_none()) => moved,
        Finding::WithinMargin => format!("{moved}: no worse than its margin of {}", margin()),
        Finding::Deteriorated => format!("{moved}: worse than chance explains ({})", chance(row)),
        Finding::Improved => format!("{moved}: better than chance explains ({})", chance(row)),
        Finding::Open if row.non_inferiority.is_some() => {
            let worse = if row.direction == Direction::Up { "lower" } else { "higher" };
            format!("{moved}: may be {worse} by more than its margin of {}", margin())
        }
        Finding::Open => format!("{moved}: chance alone may explain it ({})", chance(row)),
    };
    Some(format!("{}: {judgement}.{}", row.variant, after_stopping(row).unwrap_or_default()))
}

/// What the effect is where the experiment stopped because of it, as a sentence with a space before it: the plain estimate is then too far from 0.
fn after_stopping(row: &Row) -> Option<String> {
    let look = row.planned_look().filter(|look| look.crossed)?;
    let estimate = match (look.median_unbiased_lift, look.median_unbiased_estimate) {
        (Some(lift), _) => words::signed_percent(lift.get()),
        (None, estimate) => words::signed(estimate?.get()),
    };
    Some(format!(" Corrected for stopping on it, the effect is {estimate} (median-unbiased)."))
}

/// The p-value that judged: of an improvement the adjusted one, of harm its own.
fn chance(row: &Row) -> String {
    match (row.finding, row.adjusted_log10_p_value) {
        (Some(Finding::Improved | Finding::Open), Some(adjusted)) => {
            format!("adjusted p = {}", words::probability(adjusted.get()))
        }
        _ => own_chance(row),
    }
}

/// The p-value of the plan's own test.
pub fn own_chance(row: &Row) -> String {
    let log10 = row.decided().and_then(|decided| decided.log10_p_value);
    log10.map_or_else(|| "no p-value yet".to_owned(), |log10| format!("p = {}", words::probability(log10.get())))
}

/// How the split of the traffic went wrong.
pub fn split(found: &SampleRatio, variants: &[VariantCount]) -> String {
    if found.alarm == Some(Alarm::Impossible) {
        let where_nobody: Vec<&str> = variants
            .iter()
            .filter(|one| one.weight.get() == 0.0 && one.n > 0)
            .map(|one| one.variant.as_str())
            .collect();
        return format!("visitors are in {}, which should have none", words::list(&where_nobody));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count, rounded")]
    let whole = |expected: f64| words::count(expected.round() as u64);
    let counts: Vec<String> = variants
        .iter()
        .map(|one| format!("{} has {} where {} should be", one.variant, words::count(one.n), whole(one.expected.get())))
        .collect();
    let p_value = match found.alarm {
        Some(Alarm::Sequential) => found.sequential_log10_p_value,
        _ => found.log10_p_value,
    };
    let p_value = p_value.map(|log10| format!("; p = {}", words::probability(log10.get()))).unwrap_or_default();
    format!("the traffic was not split as planned ({}{p_value})", words::list(&counts))
}
