//! The log: one line an event on standard error.

use std::io::IsTerminal;

use anyhow::{Context, anyhow};
use tracing_subscriber::EnvFilter;

use super::output;

/// Sends log lines to standard error. `filter` is what the person asked for: a level, or levels by module.
pub(super) fn start(filter: Option<&str>, default: &str) -> anyhow::Result<()> {
    let words = filter.unwrap_or(default);
    let filter = EnvFilter::try_new(words).with_context(|| format!("`{words}` is no log filter"))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal() && output::color_is_allowed())
        .with_writer(std::io::stderr)
        .try_init()
        .map_err(|error| anyhow!(error))
}
