//! A plan and sums -> a scorecard.

mod counts;
mod experiments;
mod properties;
mod validity;
mod verdicts;
