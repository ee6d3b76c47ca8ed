//! Live experiments: who was exposed to what, the totals of each experiment under way, and the thread that watches them.
//!
//! Totals follow the persons: [`tallies`] takes a person out before they change and adds them after. [`counting`] counts everybody anew when what
//! is counted changes. [`watch`] looks at what changed, and journals what follows from it ([`standings`] folds that).

pub(super) mod capping;
pub(super) mod counting;
pub(super) mod counts;
pub(super) mod exposing;
pub(super) mod results;
pub(super) mod standings;
pub(super) mod tallies;
pub(super) mod tally;
pub(super) mod totals;
pub(super) mod viewing;
pub(super) mod watch;
