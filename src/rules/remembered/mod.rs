//! What a release has to remember of its visitors, and what conditions come to from that alone.
//!
//! In: a program. Out: a [`CellPlan`]: the cells that its conditions name, equal ones once. An event is folded into the
//! cells that name it; behaviours are then answered from a [`Memory`](crate::behaviour::Memory) as the reference evaluator answers them from
//! the whole list of events. `docs/memory.md` says how exact each kind is.

mod answer;
mod chains;
mod choose;
mod clock;
mod collect;
mod cost;
mod distinct;
mod division;
mod kind;
mod measured;
mod next_change;
mod occurrences;
mod plan;
mod record;
mod shows;
mod spec;
mod values;
mod words;

pub use cost::{MemoryCost, MetricMemory, RuleMemory};
pub use measured::{MAX_MEASURED_OCCURRENCES, Measurement, Source, may_lack, measurements};
pub use plan::{CellPlan, Exactness, PlannedCell};
pub use shows::ShowKey;

pub(in crate::rules) use plan::Remembered;
