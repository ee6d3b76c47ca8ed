//! What all requests share: the release that serves, the store, the numbers; and the one way in which a release comes to
//! serve.
//!
//! A set is compiled first, by any thread. Then, one at a time: log, sled, swap, answer. So the order of the log is the
//! order in which releases served.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use arc_swap::ArcSwapOption;
use jiff::{Timestamp, Unit};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::error::{ApiError, Code};
use super::events::Events;
use super::folder::FolderState;
use super::limits::MAX_AUTHORING_REQUESTS;
use super::metrics::{Metrics, Outcome};
use super::readings::Readings;
use super::recent::Recent;
use crate::diagnostic::Report;
use crate::release::{FileSet, Release, ReleaseId, TextHash};
use crate::store::{self, Act, Origin, Published, ReleaseInfo, Store};
use crate::visitors::{self, Visitors};

/// Shared by all workers.
pub(super) struct App {
    pub(super) store: Store,
    pub(super) metrics: Metrics,
    pub(super) admin_token: Option<TextHash>,
    pub(super) events: Events,
    pub(super) readings: Readings,
    pub(super) recent: Recent,
    visitors: OnceLock<Visitors>,
    data: PathBuf,
    limits: visitors::Limits,
    current: ArcSwapOption<Release>,
    folder: RwLock<FolderState>,
    authoring: Semaphore,
    /// Held from the log to the swap.
    turn: Mutex<()>,
}

/// Why a set does not serve.
#[derive(Debug, thiserror::Error)]
pub(super) enum PublishError {
    #[error("the set does not compile")]
    Refused(Box<Report>),
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Visitors(#[from] visitors::Error),
}

impl App {
    pub(super) fn new(
        store: Store,
        metrics: Metrics,
        admin_token: Option<TextHash>,
        events: Events,
        recent: Recent,
        data: PathBuf,
        limits: visitors::Limits,
    ) -> Self {
        Self {
            store,
            metrics,
            admin_token,
            events,
            readings: Readings::default(),
            recent,
            visitors: OnceLock::new(),
            data,
            limits,
            current: ArcSwapOption::empty(),
            folder: RwLock::default(),
            authoring: Semaphore::new(MAX_AUTHORING_REQUESTS),
            turn: Mutex::new(()),
        }
    }

    /// The release that serves.
    pub(super) fn current(&self) -> Option<Arc<Release>> {
        self.current.load_full()
    }

    /// Everybody; there is nobody before the first release serves.
    pub(super) fn visitors(&self) -> Result<&Visitors, visitors::Error> {
        self.visitors.get().ok_or(visitors::Error::Stopped)
    }

    /// What was last found in the folders.
    pub(super) fn folder(&self) -> FolderState {
        self.folder.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_folder(&self, state: FolderState) {
        self.metrics.folder_broken(state.is_broken());
        *self.folder.write().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// A place among the sets that may be under way at one time.
    pub(super) fn enter_authoring(&self) -> Result<SemaphorePermit<'_>, ApiError> {
        self.authoring.try_acquire().map_err(|_| {
            ApiError::new(Code::Busy, format!("{MAX_AUTHORING_REQUESTS} sets are being worked on already"))
                .help("send it again in a second")
        })
    }

    /// Lets the release that the store says is active serve again, after a restart.
    pub(super) fn resume(&self) -> Result<(), PublishError> {
        let Some(id) = self.store.active() else { return Ok(()) };
        let (_, files) = self.store.release(&id)?;
        let release = self.compile(files)?.0;
        tracing::info!(release = %id, "serving the release that was active before");
        self.swap(release)?;
        Ok(())
    }

    /// Compiles a set, keeps it, and lets it serve if an origin of activation is given.
    pub(super) fn publish(
        &self,
        files: FileSet,
        author: &str,
        message: &str,
        activate: Option<Origin>,
    ) -> Result<(Published, Report), PublishError> {
        let (release, report) = self.compile(files).inspect_err(|_| self.metrics.release(Outcome::Refused))?;
        let _turn = self.turn();
        let act = Act { time: now(), author };
        let before = self.store.active();
        // To upload again what serves already is no activation; a folder's is, for its hash is kept that way.
        let idle = activate == Some(Origin::Upload) && before.as_ref() == Some(&release.id);
        let published = self.store.publish(&release.files, &act, message, activate.filter(|_| !idle))?;
        if published.is_new {
            self.metrics.release(Outcome::Published);
            tracing::info!(release = %release.id, author, "published");
        }
        if activate.is_some() && (before.as_ref() != Some(&release.id) || self.current.load().is_none()) {
            self.metrics.release(Outcome::Activated);
            tracing::info!(release = %release.id, author, "activated");
            self.swap(release)?;
        }
        Ok((published, report))
    }

    /// Lets a release serve that the store has. The one that serves already stays as it is.
    pub(super) fn activate(&self, id: &ReleaseId, author: &str) -> Result<ReleaseInfo, PublishError> {
        let (info, files) = self.store.release(id)?;
        let release = self.compile(files)?.0;
        let _turn = self.turn();
        if self.store.active().as_ref() == Some(id) && self.current.load().is_some() {
            return Ok(ReleaseInfo { active: true, ..info });
        }
        let info = self.store.activate(id, &Act { time: now(), author }, Origin::Rollback)?;
        self.metrics.release(Outcome::Activated);
        tracing::info!(release = %id, author, "activated");
        self.swap(release)?;
        Ok(info)
    }

    /// Compiles what differs from the release that serves.
    fn compile(&self, files: FileSet) -> Result<(Release, Report), PublishError> {
        let serving = self.current.load_full();
        match Release::compile_after(files, serving.as_deref()) {
            (Some(release), report) => Ok((release, report)),
            (None, report) => Err(PublishError::Refused(Box::new(report))),
        }
    }

    /// Events are folded for a release before the first decision is made with it.
    fn swap(&self, release: Release) -> Result<(), visitors::Error> {
        let release = Arc::new(release);
        match self.visitors.get() {
            // A store that accepts no events decides on.
            Some(visitors) => match visitors.follow(&release) {
                Ok(()) => {}
                Err(error) => tracing::error!(cause = %error, "events are still folded for the former release"),
            },
            None => {
                let visitors = Visitors::open(self.store.shelf(), &self.data, &release, &self.limits)?;
                drop(self.visitors.set(visitors));
            }
        }
        self.metrics.serves(&release.id);
        self.current.store(Some(release));
        Ok(())
    }

    /// A panic in a former turn left nothing half done here: the store guards itself.
    fn turn(&self) -> std::sync::MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The clock of the log: milliseconds tell acts apart and read well.
fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(Unit::Millisecond).unwrap_or(now)
}

impl From<PublishError> for ApiError {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Refused(report) => Self::refused(&report),
            PublishError::Store(error) => error.into(),
            PublishError::Visitors(error) => error.into(),
        }
    }
}
