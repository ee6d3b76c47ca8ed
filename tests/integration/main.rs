//! One binary, one module per capability.
#![cfg(test)]

mod command_line;
mod language;
mod real_data;
mod store;
