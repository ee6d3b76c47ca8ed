//! The life of an experiment: what was settled at its start, what happened to it since, what is due now, and what is said of it.
//!
//! In: an experiment's definition, its totals, and what happened to it so far. Out: what is to be noted now (a look, a point, weights of a
//! bandit's next batch, a breaker that trips), and a result: the scorecard, the verdict, and what is still needed.

mod due;
mod happening;
mod history;
mod outlook;
mod plan;
mod reading;
mod report;
mod results;
mod settling;
mod standing;
mod watched;

pub use due::{Asked, LATE_TIME, MAX_BATCHES, MIN_POINT_TIME, POINT_TIME, due_terms, is_due_by_clock};
pub use happening::{Batch, Decision, Found, Happening, Harm, Look, MAX_POINT_ROWS, Point, PointRow, Read};
pub use history::{History, PointAt};
pub use plan::plan;
pub use results::{AfterStopping, BatchSince, CapFound, Changed, LookTaken, Outlook, Results, TrippedAt, WeightOf};
pub use settling::{LOOK_QUIET_TIME, LOOK_WAIT_TIME, Settling};
pub use standing::{CapOf, Deviation, HeldBatch, MAX_DEVIATIONS, Standing, Tripped};
pub use watched::{DueLook, PlannedLooks, Watched};
