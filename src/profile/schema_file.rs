//! Reads `rules/schema/*.yaml`.
