//! What of a visitor counts in which experiment: exposures and outcomes of one, and the sums over all.
//!
//! In: the exposures of a visitor and what is remembered of their events. Out: what they bring to each experiment, as a function of
//! these two alone, and exact sums to which it is added and from which it is taken out again. So late events, joined visitors and erased
//! ones need no case of their own: a visitor is taken out as they were and added as they are.

mod contribution;
mod exposure;
mod measured;
mod met;
mod metric;
mod number;
mod ripe;
mod sighting;
mod totals;
mod totals_data;
mod totals_key;
mod totals_row;

pub use contribution::{Contribution, Outcome};
pub use exposure::{Exposure, Exposures, MAX_EXPOSURES, ToldAt};
pub use measured::{Measured, MeasuredExperiment};
pub use met::{HeldSplit, Met, Settled, ShownAt, Splits, Turn};
pub use metric::{CapSource, Caps, Counted, MeasuredMetric, number};
pub use sighting::{Meant, Sighting};
pub use totals::{MAX_KEPT_VALUES, NotCounted, Totals};
pub use totals_data::{CountedBatch, MAX_SHOWN_VALUES};
pub use totals_row::{BadRow, MAX_TOTALS_ROW_BYTES, TotalsChange, TotalsRow};
