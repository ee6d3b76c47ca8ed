//! The colours: each has one for light and one for dark pages.

use std::fmt::Write;

use plotters::style::RGBColor;

/// A colour on light pages, and what it becomes on dark ones.
struct Shade {
    light: RGBColor,
    dark: &'static str,
}

pub(super) const GROUND: RGBColor = RGBColor(0xff, 0xff, 0xff);
pub(super) const INK: RGBColor = RGBColor(0x1f, 0x24, 0x30);
pub(super) const MUTED: RGBColor = RGBColor(0x5f, 0x67, 0x76);
pub(super) const GRID: RGBColor = RGBColor(0xe3, 0xe6, 0xeb);
pub(super) const BAND: RGBColor = RGBColor(0x25, 0x63, 0xeb);
pub(super) const FIXED: RGBColor = RGBColor(0x8a, 0x93, 0xa3);
pub(super) const DECISION: RGBColor = RGBColor(0xb4, 0x53, 0x09);

const SHADES: [Shade; 7] = [
    Shade { light: GROUND, dark: "#14171d" },
    Shade { light: INK, dark: "#e8eaf0" },
    Shade { light: MUTED, dark: "#a7b0bf" },
    Shade { light: GRID, dark: "#2a303b" },
    Shade { light: BAND, dark: "#82aaff" },
    Shade { light: FIXED, dark: "#77808f" },
    Shade { light: DECISION, dark: "#f5b04c" },
];

/// Rules that replace each colour where the reader's page is dark: a style sheet wins over attributes.
pub(super) fn dark_style() -> String {
    let mut style = "@media (prefers-color-scheme: dark) {\n".to_owned();
    for Shade { light: RGBColor(red, green, blue), dark } in SHADES {
        let light = format!("#{red:02X}{green:02X}{blue:02X}");
        let _ = writeln!(style, "[fill=\"{light}\"] {{ fill: {dark} }} [stroke=\"{light}\"] {{ stroke: {dark} }}");
    }
    style.push_str("}\n");
    style
}
