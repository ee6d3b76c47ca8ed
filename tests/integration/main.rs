//! One binary, one module per capability.
#![cfg(test)]
#![expect(clippy::string_slice, reason = "a test that cuts a text at the wrong place should fail")]

mod assignment;
mod backup;
mod check;
mod command_line;
mod deciding;
mod decisions;
mod documents;
mod evaluation;
mod events;
mod experiments;
mod format;
mod http;
mod import;
mod language;
mod live_edits;
mod nouns;
mod operating;
mod random_tree;
mod real_clients;
mod real_data;
mod recovery;
mod remembered;
mod republish;
mod samples;
mod serving;
mod statistics;
mod store;
