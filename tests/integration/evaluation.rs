//! What conditions and values come to.

mod properties;
