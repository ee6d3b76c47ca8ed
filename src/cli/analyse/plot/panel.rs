//! One metric of one treatment: a panel of the chart.

use plotters::prelude::{
    ChartBuilder, DashedLineSeries, IntoDrawingArea, LineSeries, PathElement, Polygon, SVGBackend, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, ShapeStyle};

use crate::analysis::{Number, Point};

use super::Panel;
use super::axis::{Along, Scale, decimal, round_ticks};
use super::palette::{BAND, DECISION, FIXED, GRID, GROUND, INK, MUTED};
use super::sheet::{BAND_SHARE, FINE, Fault, Mark, Sheet, TEXT, TITLE, letters, px, stroke};

/// Intervals before this share of the way may reach out of the panel: they start so wide that they would flatten all that follows.
const SETTLED_SHARE: f64 = 0.12;

/// Above and below what is shown, as a share of it.
const MARGIN_SHARE: f64 = 0.08;

/// What is known at one look, in what people read.
#[derive(Debug, Clone, Copy)]
struct Look {
    at: f64,
    estimate: Option<f64>,
    anytime: Option<(f64, f64)>,
    fixed: Option<(f64, f64)>,
}

impl Panel {
    /// One line for those who cannot see it.
    pub(super) fn summary(&self, along: Along) -> String {
        let found = self.looks(along).into_iter().rev().find_map(|look| Some((look.estimate?, look.anytime?)));
        let found = found.map_or_else(
            || "no anytime-valid interval yet".to_owned(),
            |(estimate, (lower, upper))| {
                let step = (upper - lower) / 100.0;
                let [estimate, lower, upper] = [estimate, lower, upper].map(|number| decimal(number, step));
                format!(
                    "at the last look {estimate} with the anytime-valid interval {lower} to {upper} ({})",
                    self.unit()
                )
            },
        );
        let first = self
            .first_without_zero()
            .map_or_else(String::new, |point| format!(", excludes 0 from {} on", along.name(point)));
        format!("{}: {found}{first}", self.name())
    }

    /// A whole SVG document of this size.
    pub(super) fn draw(&self, along: Along, (width, height): (u32, u32)) -> Result<String, Fault> {
        let mut svg = String::new();
        let sheet = SVGBackend::with_string(&mut svg, (width * FINE, height * FINE)).into_drawing_area();
        sheet.fill(&GROUND)?;
        sheet.draw(&Text::new(self.name(), (px(14), px(14)), letters(TITLE, INK)))?;
        legend(&sheet)?;
        self.draw_looks(along, &sheet)?;
        sheet.present()?;
        drop(sheet);
        Ok(svg)
    }

    fn draw_looks(&self, along: Along, sheet: &Sheet<'_>) -> Result<(), Fault> {
        let looks = self.looks(along);
        let (from, to) = breadth(&looks);
        let (bottom, top) = reach(&looks, from + (to - from) * SETTLED_SHARE);
        let (columns, column) = along.ticks(from, to);
        let (rows, row) = round_ticks(bottom, top, 5.0);
        let mut builder = ChartBuilder::on(sheet);
        builder.margin_top(px(68)).margin_right(px(28)).margin_bottom(px(8)).margin_left(px(10));
        builder.x_label_area_size(px(50)).y_label_area_size(px(88));
        let mut chart = builder.build_cartesian_2d(
            Scale { from, to, ticks: columns.clone() },
            Scale { from: bottom, to: top, ticks: rows },
        )?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(stroke(GRID, 1))
            .axis_style(stroke(GRID, 1))
            .label_style(letters(TEXT, MUTED))
            .axis_desc_style(letters(TEXT, MUTED))
            .set_all_tick_mark_size(px(4))
            .x_labels(columns.len().max(1))
            .x_label_formatter(&|at| along.label(*at, column))
            .y_label_formatter(&|value| decimal(*value, row))
            .x_desc(along.title(from, to))
            .y_desc(self.unit())
            .draw()?;

        let is_inside = |value: f64| (bottom..=top).contains(&value);
        for band in stretches(&looks, |look| look.anytime) {
            let edge =
                |end: fn((f64, f64)) -> f64| band.iter().map(move |(at, ends)| (*at, end(*ends).clamp(bottom, top)));
            let outline = edge(|(lower, _)| lower).chain(edge(|(_, upper)| upper).rev());
            chart.draw_series([Polygon::new(outline.collect::<Vec<_>>(), BAND.mix(BAND_SHARE))])?;
        }
        for end in [|(lower, _): (f64, f64)| lower, |(_, upper): (f64, f64)| upper] {
            for line in stretches(&looks, |look| look.anytime.map(end).filter(|end| is_inside(*end))) {
                chart.draw_series(LineSeries::new(line, ShapeStyle::from(BAND.mix(0.6)).stroke_width(FINE)))?;
            }
            for line in stretches(&looks, |look| look.fixed.map(end).filter(|end| is_inside(*end))) {
                chart.draw_series(DashedLineSeries::new(line, px(4), px(4), stroke(FIXED, 1)))?;
            }
        }
        chart.draw_series([PathElement::new([(from, 0.0), (to, 0.0)], stroke(INK, 1))])?;
        for line in stretches(&looks, |look| look.estimate.filter(|estimate| is_inside(*estimate))) {
            chart.draw_series(LineSeries::new(line, stroke(BAND, 2)))?;
        }
        if let Some(point) = self.first_without_zero() {
            let at = along.place(point);
            chart.draw_series(DashedLineSeries::new([(at, bottom), (at, top)], px(6), px(4), stroke(DECISION, 2)))?;
            // On the side that has more room.
            let (side, gap) = if at - from > (to - from) / 2.0 { (HPos::Right, -6) } else { (HPos::Left, 6) };
            let (x, y) = chart.backend_coord(&(at, top));
            let style = letters(TEXT, DECISION).pos(Pos::new(side, VPos::Top));
            sheet.draw(&Text::new(
                format!("excludes 0 from {} on", along.name(point)),
                (x + px(gap), y + px(4)),
                style,
            ))?;
        }
        if looks.iter().all(|look| look.anytime.is_none()) {
            let (x, y) = chart.backend_coord(&(from + (to - from) / 2.0, top));
            let style = letters(TEXT, MUTED).pos(Pos::new(HPos::Center, VPos::Top));
            sheet.draw(&Text::new("too few units for an anytime-valid interval", (x, y + px(12)), style))?;
        }
        Ok(())
    }

    fn name(&self) -> String {
        format!("{}: {} against {}", self.metric, self.treatment, self.control)
    }

    fn unit(&self) -> &'static str {
        if self.is_share { "percentage points" } else { "difference" }
    }

    /// The first look at which the anytime-valid interval left 0 out.
    fn first_without_zero(&self) -> Option<&Point> {
        self.points.iter().find(|point| {
            point.lower.is_some_and(|lower| lower.get() > 0.0) || point.upper.is_some_and(|upper| upper.get() < 0.0)
        })
    }

    fn looks(&self, along: Along) -> Vec<Look> {
        let scale = if self.is_share { 100.0 } else { 1.0 };
        let shown = |number: Option<Number>| number.map(|number| number.get() * scale);
        let look = |point: &Point| Look {
            at: along.place(point),
            estimate: shown(point.estimate),
            anytime: shown(point.lower).zip(shown(point.upper)),
            fixed: shown(point.fixed_lower).zip(shown(point.fixed_upper)),
        };
        self.points.iter().map(look).collect()
    }
}

fn legend(sheet: &Sheet<'_>) -> Result<(), Fault> {
    let entries = [
        (14, Mark::Line(BAND, 2), "estimate"),
        (124, Mark::Band, "anytime-valid interval"),
        (328, Mark::Dashes(FIXED), "fixed-horizon interval, for one look only"),
        (650, Mark::Line(INK, 1), "no difference"),
    ];
    entries.into_iter().try_for_each(|(x, mark, name)| mark.draw(sheet, (x, 50), name, letters(TEXT, MUTED)))
}

/// From the first to the last look.
fn breadth(looks: &[Look]) -> (f64, f64) {
    let ends = (f64::INFINITY, f64::NEG_INFINITY);
    let (from, to) = looks.iter().fold(ends, |(from, to), look| (look.at.min(from), look.at.max(to)));
    match from.partial_cmp(&to) {
        Some(std::cmp::Ordering::Less) => (from, to),
        Some(std::cmp::Ordering::Equal) => (from - 1.0, to + 1.0),
        _ => (0.0, 1.0),
    }
}

/// Low and high enough for 0, and for all that is known from a place on.
fn reach(looks: &[Look], settled: f64) -> (f64, f64) {
    let late = looks.iter().filter(|look| look.at >= settled);
    let values = late.flat_map(|look| {
        let (lower, upper) = look.anytime.or(look.fixed).unzip();
        [look.estimate, lower, upper].into_iter().flatten()
    });
    let (bottom, top) = values.fold((0.0_f64, 0.0_f64), |(bottom, top), value| (bottom.min(value), top.max(value)));
    // Halves first: their difference must stay in the range of `f64`.
    let margin = (top / 2.0 - bottom / 2.0) * 2.0 * MARGIN_SHARE;
    let margin = if margin > 0.0 && margin.is_finite() { margin } else { 1.0 };
    (bottom - margin, top + margin)
}

/// The runs of looks at which something is known, each with its place.
fn stretches<T>(looks: &[Look], known: impl Fn(&Look) -> Option<T>) -> Vec<Vec<(f64, T)>> {
    let mut stretches = vec![Vec::new()];
    for look in looks {
        match (known(look), stretches.last_mut()) {
            (Some(value), Some(stretch)) => stretch.push((look.at, value)),
            _ => stretches.push(Vec::new()),
        }
    }
    stretches.retain(|stretch| !stretch.is_empty());
    stretches
}
