//! Reads an experiment's result: what was counted, and what happened to it.
use jiff::Timestamp;

use super::standings::points;
use super::tally::Stage;
use super::totals::LiveTotals;
use crate::analysis;
use crate::experiment::{Status, Terms};
use crate::profile::ExperimentKey;
use crate::release::Release;
use crate::trial::{Point, Results, Watched};
use crate::visitors::{Error, Visitors};

/// Why an experiment has no result.
#[derive(Debug, thiserror::Error)]
pub enum NoResults {
    /// No experiment of the release has this name.
    #[error("no experiment of this release is called `{0}`")]
    Unknown(String),
    /// It is a draft.
    #[error("`{0}` is a draft: nobody is counted before it runs; write `status: running`")]
    Draft(String),
    /// Nothing is measured in it.
    #[error("`{0}` measures nothing: write `metrics: {{primary: ..}}`")]
    NoMetrics(String),
    /// The release that is followed does not measure it: a release was activated just now.
    #[error("`{0}` is not counted by the release that is followed; ask again in a moment")]
    NotFollowed(String),
    /// What was counted does not fit the plan.
    #[error(transparent)]
    Analysis(#[from] analysis::Error),
    /// The visitors cannot be asked.
    #[error(transparent)]
    Visitors(#[from] Error),
}

impl Visitors {
    /// How an experiment stood over time: points, oldest first, each with its instant: the newest
    /// [`MAX_SHOWN_POINTS`](crate::visitors::MAX_SHOWN_POINTS). What was noted in the last quarter of a second may
    /// not be there yet. May wait for the disk.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn history(&self, experiment: &ExperimentKey) -> Result<Vec<(Timestamp, Point)>, Error> {
        let points = points(&self.core.people.shelf, experiment)?;
        Ok(points.into_iter().map(|(at, point)| (crate::visitors::person::moment(at), point)).collect())
    }

    /// An experiment's result at an instant, by the definition of a release. May wait for the fold.
    ///
    /// # Errors
    /// [`NoResults`].
    pub fn results(&self, release: &Release, name: &str, now: Timestamp) -> Result<Results, NoResults> {
        let definition = release.experiments.get(name).ok_or_else(|| NoResults::Unknown(name.to_owned()))?;
        if definition.status == Status::Draft {
            return Err(NoResults::Draft(name.to_owned()));
        }
        let key = definition.key();
        let measured = release.measured.get(&key).filter(|measured| !measured.metrics.is_empty());
        let measured = measured.ok_or_else(|| NoResults::NoMetrics(name.to_owned()))?;
        let asked = key.clone();
        let found = self.core.committer()?.between(move |_, folding| {
            let live = folding.tallies.by_key.get(&asked).map(LiveTotals::from);
            (live, folding.standings.get(&asked).cloned().unwrap_or_default())
        });
        let (live, standing) = found.wait().map_err(Error::from)?;
        let live = live.filter(|live| measured.reads(&live.experiment));
        let live = live.ok_or_else(|| NoResults::NotFollowed(name.to_owned()))?;
        let watched = Watched {
            definition,
            measured: &live.experiment,
            standing: &standing,
            totals: &live.totals,
            is_recounting: live.stage != Stage::Whole,
        };
        let counting = match live.stage {
            Stage::Filling => Some("What its metrics count is being read from the journal: nobody is counted yet."),
            Stage::Counting => Some("Visitors are being counted anew: these are not all yet."),
            Stage::Whole => None,
        };
        let terms = Terms::of(definition, &release.experiments.metrics);
        Ok(watched.results(&terms, counting.map(str::to_owned), now)?)
    }
}
