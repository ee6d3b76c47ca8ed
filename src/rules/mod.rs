//! Evaluates a checked program against a visitor: the reference semantics of the language.
//!
//! In: a [`Program`](crate::language::checked::Program), a visitor, a context, now. Out: truth values in Kleene's
//! three-valued logic, with the fact behind each. It reads the visitor's events as a plain list: slow and obvious, the
//! oracle for everything faster.

mod truth;

pub use truth::Truth;
