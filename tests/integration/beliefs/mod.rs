//! What is believed after the data, and what a test will see before them: known values, properties, and a simulation.

mod known;
mod properties;
mod simulated;
