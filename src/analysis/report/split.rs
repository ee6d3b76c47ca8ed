//! How the units are split over the variants.

use std::io::{self, Write};

use crate::analysis::report::paragraph;
use crate::analysis::{Alarm, Plan, Scorecard, Stop, words};
use crate::statistics::real;

use super::grid::Grid;

/// The variants with their shares, and the check of the split.
pub(super) fn write(found: &Scorecard, plan: &Plan, width: usize, out: &mut impl Write) -> io::Result<()> {
    let mut grid = Grid::new(&["variant"], &["units", "share", "planned"]);
    let all = found.variants.iter().map(|variant| real(variant.n)).sum::<f64>();
    for variant in &found.variants {
        let share = if all > 0.0 { real(variant.n) / all } else { 0.0 };
        grid.row(vec![
            name(&variant.variant, variant.control),
            words::count(variant.n),
            format!("{:.2} %", share * 100.0),
            format!("{:.2} %", variant.weight.get() * 100.0),
        ]);
    }
    grid.write(width, out)?;
    let ratio = &found.sample_ratio;
    let shown = |log10: Option<crate::analysis::Number>| log10.map(|log10| words::probability(log10.get()));
    let text = match (ratio.alarm, shown(ratio.log10_p_value), shown(ratio.sequential_log10_p_value)) {
        (Some(Alarm::Impossible), ..) => "ALARM: units are in a variant that should have none".to_owned(),
        (Some(Alarm::Fixed), Some(p_value), _) => {
            format!("ALARM: not as planned, p = {p_value} is at or under {}", plan.sample_ratio_alpha)
        }
        (Some(_), _, Some(p_value)) => {
            format!("ALARM: not as planned, p = {p_value} at every look is at or under {}", plan.sample_ratio_alpha)
        }
        (Some(_), ..) => "ALARM: not as planned".to_owned(),
        // The one that judges: see the alarms.
        (None, Some(p_value), _) if plan.stop == Stop::Fixed => {
            format!("as planned, as far as chance tells (p = {p_value})")
        }
        (None, _, Some(p_value)) => format!("as planned, as far as chance tells (p = {p_value} at every look)"),
        (None, Some(_), None) => "as planned, as far as chance tells".to_owned(),
        (None, None, _) => "there is nothing to check".to_owned(),
    };
    paragraph(&format!("split of the traffic: {text}"), "  ", width, out)
}

/// A variant, marked if it is the control.
pub(super) fn name(variant: &str, is_control: bool) -> String {
    if is_control { format!("{variant} (control)") } else { variant.to_owned() }
}
