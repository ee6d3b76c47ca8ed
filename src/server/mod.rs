//! The HTTP face: JSON in, JSON out, live numbers, and the watch on the two folders.
//!
//! In: requests and saved files. Out: decisions of the release that serves. A handler reads, calls one room, answers;
//! whatever waits for the disk or compiles runs on threads of its own, so that decisions never wait for authors.

mod app;
mod asking;
mod authoring;
mod backup;
mod body;
mod cause;
mod cors;
mod decide;
mod doors;
mod error;
mod events;
mod experiment_metrics;
mod experiments;
mod folder;
mod limits;
mod metrics;
mod operations;
mod people;
mod query;
mod readings;
mod recent;
mod recent_decisions;
mod routes;
mod startup;
mod unread;
mod visitor_metrics;
mod visitors_machine;
mod watch;
mod write_keys;

use std::io::Write;
use std::net::TcpListener;
use std::num::NonZeroUsize;
use std::sync::Arc;

use actix_web::{App as Service, HttpServer, middleware, web};
use jiff::Timestamp;

use crate::release::TextHash;
use app::{App, PublishError};
use events::Events;
use folder::Folders;
use metrics::Metrics;
use recent::Recent;
use startup::{event_settings, listen, open_store, stop_signal};
use watch::{Fingerprint, Watch};

pub use backup::BACKUP_BYTES_HEADER;
pub use error::{ApiError, Code};
pub use experiment_metrics::MAX_SCRAPED_ROWS;
pub use experiments::VERDICT_HEADER;
pub use limits::*;
pub use readings::READING_TIME;
pub use recent::{MAX_RECENT_DECISIONS, RecentOptions};
pub use startup::{Error, EventOptions, ServeOptions};
pub use watch::{EMPTY_QUIET_TIME, MAX_SETTLE_TIME, POLL_TIME, SAVE_QUIET_TIME};

/// A server that has its address, its store and, if there is one, its release, and waits to be run.
pub struct Server {
    app: Arc<App>,
    listener: TcpListener,
    url: String,
    watch: Watch,
    workers: NonZeroUsize,
}

impl Server {
    /// Takes the address and the data folder, lets the active release serve and publishes the folders if they changed.
    ///
    /// # Errors
    /// Every variant of [`Error`] but [`Error::Stopped`]. A broken folder is no error: `/readyz` and the log tell.
    pub fn bind(options: &ServeOptions) -> Result<Self, Error> {
        let admin_token = match options.admin_token.as_deref().map(str::trim) {
            Some("") => return Err(Error::EmptyToken),
            token => token.map(TextHash::of),
        };
        if options.events.write_keys.iter().any(|key| key.trim().is_empty()) {
            return Err(Error::EmptyWriteKey);
        }
        let listener = listen(&options.listen, admin_token.is_some(), !options.events.write_keys.is_empty())?;
        let url = format!("http://{}", listener.local_addr()?);
        let app = match resume(options, admin_token, &url) {
            Err(error) if error.is_of_sled() => {
                tracing::error!(cause = %error, "sled does not read; it is made again from what it was made from");
                resume(options, admin_token, &url)?
            }
            resumed => resumed?,
        };
        let app = Arc::new(app);
        let folders = Folders { rules: options.rules.clone(), experiments: options.experiments.clone() };
        let seen = Fingerprint::take(&folders);
        folders.publish(&app, folders.load());
        let watch = Watch::start(Arc::clone(&app), folders, seen)?;
        let one_a_core = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let workers = options.workers.unwrap_or_else(one_a_core);
        Ok(Self { app, listener, url, watch, workers })
    }

    /// `http://127.0.0.1:8080`, with the real port.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Serves until `stop` is done, then finishes what is open. Must run inside an actix or tokio runtime.
    ///
    /// # Errors
    /// [`Error::Stopped`] when the system lets it down.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), Error> {
        let Self { app, listener, watch, workers, .. } = self;
        let sweep = actix_web::rt::spawn(sweep(Arc::clone(&app)));
        let shared = web::Data::from(app);
        let server = HttpServer::new(move || {
            Service::new()
                .app_data(shared.clone())
                .wrap(middleware::from_fn(routes::outermost))
                .configure(routes::configure)
        })
        .workers(workers.get())
        .max_connections(MAX_CONNECTIONS_PER_WORKER)
        .client_request_timeout(MAX_HEAD_TIME)
        .keep_alive(MAX_IDLE_TIME)
        .shutdown_timeout(MAX_SHUTDOWN_TIME.as_secs())
        .shutdown_signal(stop)
        .listen(listener)?
        .run();
        let ended = server.await;
        sweep.abort();
        drop(watch);
        Ok(ended?)
    }
}

/// Drops decisions that are too old, for as long as the server runs.
async fn sweep(app: Arc<App>) {
    let mut ticks = actix_web::rt::time::interval(recent::SWEEP_TIME);
    loop {
        ticks.tick().await;
        app.recent.sweep(Timestamp::now());
    }
}

/// Opens the data folder and lets the release that was active serve again.
fn resume(options: &ServeOptions, admin_token: Option<TextHash>, url: &str) -> Result<App, Error> {
    let events = Events::new(&options.events, event_settings(&options.events)?);
    let store = open_store(&options.data, url)?;
    let metrics = Metrics::new().map_err(|error| Error::Stopped(std::io::Error::other(error)))?;
    let app = App::new(
        store,
        metrics,
        admin_token,
        events,
        Recent::new(options.recent),
        options.data.clone(),
        options.limits.clone(),
    );
    match app.resume() {
        Ok(()) => {}
        Err(PublishError::Store(error)) => return Err(error.into()),
        Err(PublishError::Visitors(error)) => return Err(error.into()),
        Err(PublishError::Refused(report)) => {
            let (errors, _) = report.counts();
            tracing::error!(errors, "the active release does not compile with this program, so it does not serve");
        }
    }
    Ok(app)
}

/// Serves until SIGTERM or SIGINT, and finishes what is open then.
///
/// Prints one line on standard output once it listens: `listening on http://127.0.0.1:8080`.
///
/// # Errors
/// As [`Server::bind`] and [`Server::serve`].
pub fn run(options: &ServeOptions) -> Result<(), Error> {
    let server = Server::bind(options)?;
    let system = actix_web::rt::System::new();
    let stop = system.block_on(async { stop_signal() })?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on {}", server.url()).and_then(|()| out.flush())?;
    drop(out);
    system.block_on(server.serve(stop))?;
    tracing::info!("stopped");
    Ok(())
}
