//! Segue decides what each visitor sees.

pub mod content;
pub mod decision;
pub mod diagnostic;
pub mod language;
pub mod profile;
pub mod release;
pub mod rules;
pub mod yaml;
