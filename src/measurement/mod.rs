//! What of a visitor counts in which experiment: exposures and outcomes of one, and the sums over all.
//!
//! In: the exposures of a visitor and what is remembered of their events. Out: what they bring to each experiment, as a function of
//! these two alone, and exact sums to which it is added and from which it is taken out again. So late events, joined visitors and erased
//! ones need no case of their own: a visitor is taken out as they were and added as they are.

mod contribution;
mod due;
mod exposure;
mod happening;
mod measured;
mod metric;
mod outlook;
mod plan;
mod reading;
mod report;
mod results;
mod standing;
mod totals;
mod totals_data;
mod totals_key;
mod totals_row;
mod watched;

pub use contribution::{Contribution, Outcome};
pub use due::{Asked, MIN_POINT_TIME, POINT_TIME, due_terms, is_due_by_clock};
pub use exposure::{ExperimentKey, Exposed, Exposure, Exposures, MAX_EXPOSURES};
pub use happening::{Batch, Decision, Found, Happening, Harm, Look, MAX_POINT_ROWS, Point, PointRow};
pub use measured::{Measured, MeasuredExperiment};
pub use metric::{Caps, Counted, MeasuredMetric};
pub use plan::plan;
pub use results::{AfterStopping, BatchSince, CapFound, Changed, LookTaken, Outlook, Results, TrippedAt, WeightOf};
pub use standing::{Deviation, MAX_DEVIATIONS, Standing, Tripped};
pub use totals::{MAX_KEPT_VALUES, NotCounted, Totals};
pub use totals_data::MAX_SHOWN_VALUES;
pub use totals_row::{BadRow, MAX_TOTALS_ROW_BYTES, TotalsRow};
pub use watched::{PlannedLooks, Watched};
