//! A plan and sums -> a scorecard.

mod experiments;
mod properties;
mod verdicts;
