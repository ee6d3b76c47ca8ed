//! One binary, one module per capability.
#![cfg(test)]

mod command_line;
mod documents;
mod real_data;
mod samples;
