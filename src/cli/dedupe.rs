//! How long a message that comes again counts once: what `serve` folds with, `rebuild` must fold with too.

use clap::Args;
use jiff::SignedDuration;

use crate::visitors::WindowLimits;

/// The window of message ids.
#[derive(Debug, Args)]
pub(super) struct Dedupe {
    /// Hours within which a message that comes again counts once
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=720))]
    dedupe_hours: u32,
    /// Message ids that are remembered at least, if they are not older than that; each takes 40 bytes of memory
    #[arg(long, value_name = "COUNT", default_value_t = 2_000_000, value_parser = clap::value_parser!(u32).range(1_000..))]
    dedupe_ids: u32,
}

impl Dedupe {
    pub(super) fn window(&self) -> WindowLimits {
        let period = SignedDuration::from_hours(i64::from(self.dedupe_hours));
        WindowLimits { period, ids: self.dedupe_ids as usize }
    }
}
