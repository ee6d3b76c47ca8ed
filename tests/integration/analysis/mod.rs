//! A plan and sums -> a scorecard.

mod verdicts;
