//! Warnings: what is allowed and cannot be meant. Each is certain, or it is not said.

mod absence;
mod canonical;
mod contradiction;
mod unreachable;
mod unused;

#[cfg(test)]
mod tests;
