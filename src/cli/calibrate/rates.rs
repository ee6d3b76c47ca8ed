//! How often each plan claimed a difference, over all replays.

use clap::ValueEnum;
use serde::Serialize;

use super::judge::Run;

/// A plan that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Plan {
    /// One look, at the end
    Fixed,
    /// Looks whose bounds are planned
    GroupSequential,
    /// Any look, with and without a planned end
    Anytime,
}

/// A way to claim a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Claim {
    /// The fixed test at the last look.
    Fixed,
    /// The fixed test at every look: what nobody should do.
    Peeking,
    /// O'Brien and Fleming's bounds, spent by Lan and DeMets.
    GroupSequential,
    /// The anytime-valid test at every look.
    Anytime,
    /// The same with the last look as its planned end.
    AnytimeHorizon,
    /// The anytime-valid test without its start-up rule, to show what that is for.
    AnytimeWithoutStartUp,
}

impl Claim {
    /// All, in the order of a report.
    pub(super) const ALL: [Self; 6] = [
        Self::Fixed,
        Self::Peeking,
        Self::GroupSequential,
        Self::Anytime,
        Self::AnytimeHorizon,
        Self::AnytimeWithoutStartUp,
    ];

    /// The plan that it belongs to.
    pub(super) fn plan(self) -> Plan {
        match self {
            Self::Fixed | Self::Peeking => Plan::Fixed,
            Self::GroupSequential => Plan::GroupSequential,
            Self::Anytime | Self::AnytimeHorizon | Self::AnytimeWithoutStartUp => Plan::Anytime,
        }
    }

    /// Whether it promises to keep alpha.
    pub(super) fn is_promise(self) -> bool {
        !matches!(self, Self::Peeking | Self::AnytimeWithoutStartUp)
    }

    /// A word for people.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Fixed | Self::Peeking => "fixed",
            Self::GroupSequential => "group-sequential",
            Self::Anytime | Self::AnytimeWithoutStartUp => "anytime (open end)",
            Self::AnytimeHorizon => "anytime (planned end)",
        }
    }

    /// For people; so many looks were made.
    pub(super) fn name(self, looks: u32) -> String {
        match self {
            Self::Fixed => "fixed, one look at the end".to_owned(),
            Self::Peeking => format!("fixed, but stopped at any of {looks} looks"),
            Self::GroupSequential => format!("group-sequential, {looks} looks"),
            Self::Anytime => "anytime, open end".to_owned(),
            Self::AnytimeHorizon => "anytime, planned end".to_owned(),
            Self::AnytimeWithoutStartUp => "anytime, open end, no start-up rule".to_owned(),
        }
    }
}

/// Of one metric, plain or adjusted.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    /// In the order of [`Claim::ALL`].
    pub(super) claims: [u64; 6],
    /// Of the fixed test, where there was one.
    pub(super) p_values: Vec<f64>,
    /// Looks at which the start-up rule said "not yet".
    pub(super) waited: u64,
    /// Replays in which it said so to the end.
    pub(super) never_opened: u64,
}

/// Of all metrics.
pub(super) struct Tally {
    pub(super) metrics: Vec<Counts>,
}

impl Tally {
    pub(super) fn of(runs: &[Run]) -> Self {
        let mut metrics: Vec<Counts> = vec![Counts::default(); runs.first().map_or(0, Vec::len)];
        for run in runs {
            for (counts, seen) in metrics.iter_mut().zip(run) {
                for (count, claimed) in counts.claims.iter_mut().zip(seen.claimed) {
                    *count += u64::from(claimed);
                }
                counts.p_values.extend(seen.p_value);
                counts.waited += seen.waited;
                counts.never_opened += u64::from(!seen.opened);
            }
        }
        Self { metrics }
    }
}
