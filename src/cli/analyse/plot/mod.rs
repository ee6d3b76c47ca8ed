//! Draws how anytime-valid intervals narrowed while units came in, as SVG.
//!
//! In: for each metric and treatment, what was known at each look. Out: one SVG document with a panel each: the estimate, the
//! anytime-valid band, the fixed-horizon interval faintly, the line of no difference, and the look at which the band first left it out.
//! `plotters` lays out and draws; it knows one colour a thing, so the dark colours are a style sheet over its attributes.

mod axis;
mod palette;
mod panel;
mod sheet;

use std::fmt::Write;

use crate::analysis::Point;

use self::axis::Along;
use self::sheet::{FINE, Fault};

/// A metric of a treatment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Panel {
    /// Which metric.
    pub(super) metric: String,
    /// The variant that is compared with the control.
    pub(super) treatment: String,
    /// The control.
    pub(super) control: String,
    /// Whether the metric is a share, which people read in percentage points.
    pub(super) is_share: bool,
    /// One a look, in their order.
    pub(super) points: Vec<Point>,
}

/// Of the document, in pixels; it scales with the page that shows it.
const WIDTH: u32 = 960;

/// Of one panel.
const HEIGHT: u32 = 310;

/// More panels make a document that nobody scrolls through, and that browsers draw slowly.
pub(super) const MAX_PANELS: usize = 100;

/// The panels below one another as one SVG document: along time if the labels of all looks are dates or moments, else along the units counted.
///
/// Only the first [`MAX_PANELS`] are drawn.
///
/// # Errors
/// What the drawing library says; it writes to memory, so that is a defect.
pub(super) fn draw(panels: &[Panel], alpha: f64) -> Result<String, Fault> {
    let along = Along::of(panels.iter().flat_map(|panel| &panel.points));
    let panels = panels.get(..MAX_PANELS).unwrap_or(panels);
    let height = HEIGHT * u32::try_from(panels.len()).unwrap_or(1).max(1);
    // Without the trace that 1 less a decimal leaves.
    let confidence = ((1.0 - alpha) * 1e6).round() / 1e4;
    let description: Vec<String> = panels.iter().map(|panel| panel.summary(along)).collect();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-labelledby=\"chart-title chart-description\">\n\
         <title id=\"chart-title\">Difference to the control at each look, with {confidence} % anytime-valid intervals</title>\n\
         <desc id=\"chart-description\">{}</desc>\n<style>\n{}</style>\n",
        escaped(&description.join(". ")),
        palette::dark_style(),
    );
    for (place, panel) in (0..).zip(panels) {
        let drawn = panel.draw(along, (WIDTH, HEIGHT))?;
        // A document inside the document: its opening tag is ours, the library closes it.
        let (_, inner) = drawn.split_once('>').unwrap_or_default();
        let (top, fine_width, fine_height) = (HEIGHT * place, WIDTH * FINE, HEIGHT * FINE);
        // Writing to a `String` does not fail.
        let _ = write!(
            svg,
            "<svg class=\"panel\" y=\"{top}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" viewBox=\"0 0 {fine_width} {fine_height}\">\n\
             <title>{}</title>{inner}",
            escaped(&panel.summary(along)),
        );
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

/// A text between tags. What XML forbids whatever its form is left out.
fn escaped(text: &str) -> String {
    let text: String = text.chars().filter(|character| !character.is_control()).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
