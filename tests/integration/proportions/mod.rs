//! Conversions of units, tables of counts and the sample ratio: at the edges, and by their laws.

mod edges;
mod laws;
