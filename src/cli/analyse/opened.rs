//! A data folder that no server has open: it is read, and what stands in its journal stays as it is.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use jiff::Timestamp;

use crate::cli::data_folder;
use crate::cli::progress::while_running;
use crate::release::Release;
use crate::store::Store;
use crate::trial::{History, Results};
use crate::visitors::{Limits, Visitors};

/// How long a count may take.
const MAX_COUNT_TIME: Duration = Duration::from_mins(10);

/// Between two looks at a count that is under way.
const PAUSE: Duration = Duration::from_millis(50);

/// A data folder that nobody else opens meanwhile. Visitors end before the store closes.
pub(super) struct Opened {
    visitors: Visitors,
    release: Arc<Release>,
    _store: Store,
}

impl Opened {
    pub(super) fn open(data: &Path) -> anyhow::Result<Self> {
        let store = data_folder::open(data)?;
        let Some(id) = store.active() else {
            bail!(
                "no release was ever active in `{}`\nhelp: start a server on it, or publish a release",
                data.display()
            );
        };
        let (release, _) = Release::compile(store.release(&id)?.1);
        let Some(release) = release.map(Arc::new) else {
            bail!("the active release {id} does not compile with this program\nhelp: publish one that does");
        };
        let visitors = while_running("opening the visitors", || {
            Visitors::open_to_read(store.shelf(), data, &release, &Limits::default())
        })?;
        Ok(Self { visitors, release, _store: store })
    }

    /// Once everybody is counted.
    pub(super) fn results(&self, name: &str) -> anyhow::Result<Results> {
        while_running("counting", || {
            let began = Instant::now();
            loop {
                let results = self.visitors.results(&self.release, name, Timestamp::now())?;
                if results.counting.is_none() {
                    return Ok(results);
                }
                if began.elapsed() >= MAX_COUNT_TIME {
                    bail!(
                        "its visitors are not counted after {MAX_COUNT_TIME:?}\nhelp: `segue rebuild` makes what is counted anew from the journal"
                    );
                }
                std::thread::sleep(PAUSE);
            }
        })
    }

    pub(super) fn history(&self, name: &str) -> anyhow::Result<History> {
        let experiment =
            self.release.experiments.get(name).with_context(|| format!("there is no experiment `{name}`"))?;
        Ok(History::new(Arc::clone(&experiment.name), self.visitors.history(&experiment.key())?))
    }
}
