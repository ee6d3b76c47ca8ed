//! What a panel is drawn on: lines, bands and texts in pixels of the document.

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::prelude::{PathElement, Rectangle, SVGBackend, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, IntoFont, RGBColor, ShapeStyle, TextStyle};

use super::palette::BAND;

/// The library counts whole pixels: so many to one of the document make lines smooth.
pub(super) const FINE: u32 = 8;

/// Of labels.
pub(super) const TEXT: u32 = 15;

/// Of a panel's name.
pub(super) const TITLE: u32 = 20;

/// How much of a band's colour is seen.
pub(super) const BAND_SHARE: f64 = 0.18;

/// What keeps a document from being drawn.
pub(in crate::cli::analyse) type Fault = DrawingAreaErrorKind<std::io::Error>;

/// A panel to draw on.
pub(super) type Sheet<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Pixels of the document as the library's.
pub(super) fn px(pixels: i32) -> i32 {
    pixels * FINE.cast_signed()
}

/// A line of this colour and width.
pub(super) fn stroke(color: RGBColor, width: u32) -> ShapeStyle {
    ShapeStyle::from(color).stroke_width(width * FINE)
}

/// Letters of this size and colour.
pub(super) fn letters(size: u32, color: RGBColor) -> TextStyle<'static> {
    let mut style = TextStyle::from(("sans-serif", size * FINE).into_font());
    style.color = color.to_backend_color();
    style
}

/// How a thing of the panel looks, for the legend.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mark {
    Line(RGBColor, u32),
    Dashes(RGBColor),
    Band,
}

impl Mark {
    /// At a height, from a place on, with its name.
    pub(super) fn draw(
        self,
        sheet: &Sheet<'_>,
        (x, y): (i32, i32),
        name: &str,
        style: TextStyle<'_>,
    ) -> Result<(), Fault> {
        let line = |from, to, style| PathElement::new([(px(x + from), px(y)), (px(x + to), px(y))], style);
        match self {
            Self::Line(color, width) => sheet.draw(&line(0, 22, stroke(color, width)))?,
            Self::Dashes(color) => {
                for from in [0, 8, 16] {
                    sheet.draw(&line(from, from + 5, stroke(color, 1)))?;
                }
            }
            Self::Band => {
                let corners = [(px(x), px(y - 6)), (px(x + 22), px(y + 6))];
                sheet.draw(&Rectangle::new(corners, BAND.mix(BAND_SHARE).filled()))?;
            }
        }
        let style = style.pos(Pos::new(HPos::Left, VPos::Center));
        sheet.draw(&Text::new(name.to_owned(), (px(x + 29), px(y)), style))
    }
}
