//! A plan and sums -> a scorecard.

mod counts;
mod experiments;
mod living;
mod properties;
mod validity;
mod verdicts;
