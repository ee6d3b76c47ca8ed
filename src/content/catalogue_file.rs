//! Reads `rules/content/*.yaml`.
