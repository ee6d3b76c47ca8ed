//! How wide a report may be.

use std::io;

/// Where nobody tells how wide the terminal is.
const WIDTH: usize = 100;

/// The terminal's width, or what `COLUMNS` says; [`WIDTH`] where there is none.
pub(super) fn width() -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let asked = || terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
    said.or_else(asked).unwrap_or(WIDTH).clamp(40, 160)
}
