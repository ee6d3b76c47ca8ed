//! Warnings: what is allowed and cannot be meant. Each is certain, or it is not said.

mod absence;
mod canonical;
mod contradiction;
mod key;
mod unreachable;
mod unused;

pub(super) use contradiction::is_possible;
pub(super) use key::key;

#[cfg(test)]
mod tests;
