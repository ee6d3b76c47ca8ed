//! One binary, one module per capability.
#![cfg(test)]
#![expect(clippy::string_slice, reason = "a test that cuts a text at the wrong place should fail")]

mod analyse;
mod analysis;
mod assignment;
mod backup;
mod beliefs;
mod calibration;
mod check;
mod command_line;
mod comparisons;
mod consent;
mod deciding;
mod decisions;
mod documents;
mod erasure;
mod evaluation;
mod events;
mod experiments;
mod format;
mod http;
mod hurt;
mod import;
mod kill;
mod language;
mod live_edits;
mod memberships;
mod nouns;
mod operating;
mod oracle;
mod proportions;
mod ran;
mod random_tree;
mod read_your_write;
mod real_clients;
mod real_data;
mod recovery;
mod remembered;
mod replayed;
mod republish;
mod samples;
mod serving;
mod statistics_reference;
mod steered;
mod store;
mod tails;
