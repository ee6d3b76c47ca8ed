//! Laws of cells.
