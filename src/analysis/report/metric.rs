//! One metric: what it comes to in each variant, and how sure one can be of the difference.

use std::io::{self, Write};

use crate::analysis::report::paragraph;
use crate::analysis::{
    Adjusted, Answer, Anytime, Basis, Direction, Fixed, GroupSequential, Kind, Metric, Number, Plan, Role, Row, Tested,
    words,
};

use super::grid::Grid;
use super::split::name;

/// What a metric's numbers are in words, and how they are shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown(Kind);

impl Shown {
    pub fn of(kind: Kind) -> Self {
        Self(kind)
    }

    /// A level: a share as percent.
    pub fn level(self, level: Number) -> String {
        match self.0 {
            Kind::Conversion => percent(level.get()),
            _ => words::plain(level.get()),
        }
    }

    /// What is lost on average: of shares in percentage points. Beside a level, what is next to nothing is not shown digit by digit.
    fn loss(self, loss: Number, level: Option<Number>) -> String {
        match self.0 {
            Kind::Conversion if loss.get() < NEXT_TO_NOTHING => "under 0.01 pp".to_owned(),
            Kind::Conversion => format!("{} pp", digits(loss.get() * 100.0)),
            _ if level.is_some_and(|level| loss.get() < level.get().abs() * NEXT_TO_NOTHING) => {
                "under 0.01 % of its value".to_owned()
            }
            _ => words::plain(loss.get()),
        }
    }

    /// A difference: of shares in percentage points.
    pub fn difference(self, difference: Number) -> String {
        match self.0 {
            Kind::Conversion => format!("{}{} pp", plus(difference.get()), digits(difference.get() * 100.0)),
            _ => words::signed(difference.get()),
        }
    }
}

/// A smaller share is not told from none by people, and one as close to 1 not from all.
const NEXT_TO_NOTHING: f64 = 1e-4;

/// A chance: `97.31 %`, but never certain.
fn chance(probability: f64) -> String {
    if probability > 1.0 - NEXT_TO_NOTHING {
        "more than 99.99 %".to_owned()
    } else if probability < NEXT_TO_NOTHING {
        "less than 0.01 %".to_owned()
    } else {
        percent(probability)
    }
}

/// `18.28 %`
fn percent(share: f64) -> String {
    format!("{} %", digits(share * 100.0))
}

/// Two digits behind the point, or as many as it takes to see something.
fn digits(number: f64) -> String {
    if number == 0.0 || number.abs() >= 0.1 { format!("{number:.2}") } else { words::plain(number) }
}

fn plus(number: f64) -> &'static str {
    if number > 0.0 { "+" } else { "" }
}

fn about(metric: &Metric) -> String {
    let kind = match metric.kind {
        Kind::Conversion => "share of units".to_owned(),
        Kind::Sum => "mean per unit".to_owned(),
        Kind::Ratio => "ratio of sums".to_owned(),
        Kind::Quantile(share) => format!("{} of the rows lie below", words::percent(share)),
    };
    let (better, worse) = match metric.direction {
        Direction::Up => ("higher is better", "lower"),
        Direction::Down => ("lower is better", "higher"),
    };
    let role = match (metric.role, metric.margin) {
        (Role::Primary, _) => "primary metric".to_owned(),
        (Role::Secondary, _) => "secondary metric".to_owned(),
        (Role::Guardrail, Some(margin)) => format!("guardrail, may be {} {worse}", words::percent(margin)),
        (Role::Guardrail, None) => format!("guardrail, must not be {worse}"),
    };
    format!("{}: {kind}; {role}; {better}", metric.name)
}

/// What stands for an interval that waits for more units.
pub(super) const TOO_FEW: &str = "too few yet";

/// An interval and its p-value by one method, as cells: lift, interval, p.
struct Line {
    what: &'static str,
    estimate: Option<Number>,
    lift: Option<Number>,
    tested: Option<Tested>,
    undefined: Option<String>,
    decides: bool,
}

/// The block of one metric.
pub(super) fn write(
    rows: &[&Row],
    plan: &Plan,
    has_strata: bool,
    width: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    let Some(metric) = rows.first().and_then(|row| plan.metrics.iter().find(|metric| metric.name == row.metric)) else {
        return Ok(());
    };
    let shown = Shown(metric.kind);
    paragraph(&about(metric), "", width, out)?;
    let confidence = format!("{} interval", words::percent(1.0 - plan.alpha));
    let mut grid = Grid::new(&["variant"], &["value", "difference", "lift", &confidence, "p", ""]);
    let mut notes = Vec::new();
    for row in rows {
        let level = row.level.map(|level| shown.level(level)).unwrap_or_default();
        grid.row(vec![name(&row.variant, row.control), level]);
        let lines = lines(row);
        for line in &lines {
            grid.row(line.cells(shown));
            if let Some(why) = &line.undefined {
                notes.push(format!("{}, {}: no number, because {why}", row.variant, line.what));
            }
        }
        notes.extend(chances(row, shown));
    }
    if has_strata && matches!(metric.kind, Kind::Ratio | Kind::Quantile(_)) {
        notes.push("nothing is taken out of it by strata: that is done for shares and means alone".to_owned());
    }
    grid.write(width, out)?;
    notes.iter().try_for_each(|note| paragraph(note, "  ", width, out))
}

/// What stands below a treatment: each method that gave an interval.
fn lines(row: &Row) -> Vec<Line> {
    let plain = Blocks {
        own: (row.estimate, row.relative_lift),
        fixed: row.fixed.as_ref(),
        group_sequential: row.group_sequential.as_ref(),
        anytime: row.anytime.as_ref(),
        deciding: row.decides.filter(|basis| !basis.is_adjusted()),
    };
    let mut lines = plain.lines(["if looked at once", "at planned looks", "at every look"]);
    let adjusted = [
        (&row.cuped, "adjusted", ["adjusted, once", "adjusted, planned", "adjusted, every look"]),
        (&row.post_stratified, "stratified", ["stratified, once", "stratified, planned", "stratified, every look"]),
    ];
    for (place, (block, what, names)) in adjusted.into_iter().enumerate() {
        match block {
            Some(Answer::Known(block)) if place == 0 && is_idle(block) => {}
            // What is stratified decides nothing.
            Some(Answer::Known(block)) => {
                let deciding = row.decides.filter(|basis| place == 0 && basis.is_adjusted());
                lines.extend(Blocks::of_adjusted(block, deciding).lines(names));
            }
            Some(Answer::Unknown(why)) => lines.push(Line::unknown(what, why)),
            None => {}
        }
    }
    lines
}

/// Whether nothing was taken out: the covariate is the same for all, as where nobody did anything before.
fn is_idle(adjusted: &Adjusted) -> bool {
    adjusted.theta.is_some_and(|theta| theta.get() == 0.0)
}

/// The blocks of a comparison.
struct Blocks<'a> {
    /// Estimate and lift.
    own: (Option<Number>, Option<Number>),
    fixed: Option<&'a Answer<Fixed>>,
    group_sequential: Option<&'a Answer<GroupSequential>>,
    anytime: Option<&'a Answer<Anytime>>,
    /// If one of them decides.
    deciding: Option<Basis>,
}

impl<'a> Blocks<'a> {
    fn of_adjusted(block: &'a Adjusted, deciding: Option<Basis>) -> Self {
        Self {
            own: (Some(block.estimate), block.relative_lift),
            fixed: Some(&block.fixed),
            group_sequential: block.group_sequential.as_ref(),
            anytime: Some(&block.anytime),
            deciding,
        }
    }

    /// Once, at planned looks, at every look.
    fn lines(&self, [once, planned, always]: [&'static str; 3]) -> Vec<Line> {
        let decides = |plain, adjusted| self.deciding.is_some_and(|basis| basis == plain || basis == adjusted);
        let fixed = self.fixed.map(|answer| {
            let decides = decides(Basis::Fixed, Basis::AdjustedFixed);
            self.line(once, answer, decides, |block| (Some(block.tested), None))
        });
        let planned = self.group_sequential.map(|answer| {
            let decides = decides(Basis::GroupSequential, Basis::AdjustedGroupSequential);
            self.line(planned, answer, decides, |block| (Some(block.tested), None))
        });
        let anytime = self.anytime.map(|answer| {
            let decides = decides(Basis::Anytime, Basis::AdjustedAnytime);
            self.line(always, answer, decides, |block| (block.tested, block.waiting.clone()))
        });
        [fixed, planned, anytime].into_iter().flatten().collect()
    }

    /// `told` gives the numbers, or what is waited for.
    fn line<T>(
        &self,
        what: &'static str,
        answer: &Answer<T>,
        decides: bool,
        told: impl Fn(&T) -> (Option<Tested>, Option<String>),
    ) -> Line {
        let block = match answer {
            Answer::Known(block) => block,
            Answer::Unknown(why) => return Line::unknown(what, why),
        };
        let ((tested, undefined), (estimate, lift)) = (told(block), self.own);
        Line { what, estimate, lift, tested, undefined, decides }
    }
}

impl Line {
    fn unknown(what: &'static str, why: &impl ToString) -> Self {
        Self { what, estimate: None, lift: None, tested: None, undefined: Some(why.to_string()), decides: false }
    }

    fn cells(&self, shown: Shown) -> Vec<String> {
        let interval = match self.tested.map(|tested| (tested.bounds.relative(), tested.bounds.absolute())) {
            Some((Some((lower, upper)), _)) => format!("{} .. {}", lift(lower), lift(upper)),
            Some((None, (lower, upper))) => format!("{} .. {}", shown.difference(lower), shown.difference(upper)),
            None if self.estimate.is_some() => TOO_FEW.to_owned(),
            None => String::new(),
        };
        vec![
            format!("  {}", self.what),
            String::new(),
            self.estimate.map(|estimate| shown.difference(estimate)).unwrap_or_default(),
            self.lift.map(lift).unwrap_or_default(),
            interval,
            self.tested.map(|tested| words::probability(tested.log10_p_value.get())).unwrap_or_default(),
            if self.decides { "decides".to_owned() } else { String::new() },
        ]
    }
}

/// `+12.34 %`
pub(super) fn lift(lift: Number) -> String {
    format!("{}{} %", plus(lift.get()), digits(lift.get() * 100.0))
}

/// What is said of a treatment beside its intervals.
fn chances(row: &Row, shown: Shown) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(wins) = row.chance_to_win {
        let loss = row.expected_loss.map(|loss| format!(", expected loss if shipped {}", shown.loss(loss, row.level)));
        said.push(format!("chance to win {}{}", chance(wins.get()), loss.unwrap_or_default()));
    }
    if let Some(adjusted) = row.adjusted_log10_p_value {
        said.push(format!("p adjusted for all tests {}", words::probability(adjusted.get())));
    }
    let block = match row.decides {
        Some(Basis::GroupSequential) => row.group_sequential.as_ref(),
        Some(Basis::AdjustedGroupSequential) => {
            row.cuped.as_ref().and_then(Answer::known).and_then(|adjusted| adjusted.group_sequential.as_ref())
        }
        _ => None,
    };
    if let Some(median) = block.and_then(Answer::known).and_then(|block| block.median_unbiased_estimate) {
        said.push(format!(
            "difference without the bias of stopping here (median-unbiased) {}",
            shown.difference(median)
        ));
    }
    if let Some(Answer::Known(found)) = &row.cuped {
        said.push(if is_idle(found) {
            "nothing is known from before, so nothing is adjusted".to_owned()
        } else {
            // What rounding leaves of nothing is nothing.
            let share = Some(found.variance_reduction.get()).filter(|share| share.abs() >= 1e-9).unwrap_or_default();
            format!("the covariate explains {} of the variance", percent(share))
        });
    }
    if let Some(found) = &row.non_inferiority {
        let bound = found.bound.map(|bound| format!(": at worst {}", lift(bound))).unwrap_or_default();
        let verb = if found.holds { "stays within" } else { "may exceed" };
        said.push(format!("{verb} its margin of {}{bound}", words::percent(found.margin.get())));
    }
    if let Some(Answer::Known(power)) = &row.power {
        let needed = match power.units_needed {
            0 => String::new(),
            needed => format!("; {} more units for the planned power", words::count(needed)),
        };
        let effect = words::percent(power.minimum_effect.get());
        said.push(format!("finds a lift of {effect} with a chance of {}{needed}", chance(power.power.get())));
    }
    if said.is_empty() { Vec::new() } else { vec![format!("{}: {}", row.variant, said.join("; "))] }
}
