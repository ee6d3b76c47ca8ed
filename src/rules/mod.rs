//! Evaluates a checked program against a visitor: the reference semantics of the language.
//!
//! In: a [`Program`](crate::language::checked::Program), a visitor, a context, now. Out: truth values in Kleene's
//! three-valued logic, with the fact behind each. It reads the visitor's events as a plain list: slow and obvious, the
//! oracle for everything faster. `docs/semantics.md` says in plain words what is settled here.
//!
//! [`compiled`] decides the same without trying every rule; decisions are made with it, and explained with the plain one.

mod aggregate;
mod arithmetic;
mod behaviour;
mod behaviour_fact;
mod calendar;
mod comparison;
pub mod compiled;
mod dimension;
mod explanation;
mod fact;
mod page;
mod remembered;
mod segment_notes;
mod situation;
mod truth;
mod value;
mod visit;
mod window;

pub use compiled::Compiled;
pub use explanation::LeafExplanation;
pub use remembered::{
    CellPlan, Exactness, MAX_MEASURED_OCCURRENCES, Measurement, MemoryCost, MetricMemory, PlannedCell, RuleMemory,
    ShowKey, Source, may_lack, measurements,
};
pub use segment_notes::segment_notes;
pub use situation::Situation;
pub use truth::Truth;
