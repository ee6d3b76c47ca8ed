//! How the server starts and ends: what it is told, the address it takes, the signals that stop it.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::limits::MAX_LOCK_WAIT;
use crate::store::{self, Store};

/// Between two tries to open a data folder that is in use.
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// What `segue serve` is told.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// `127.0.0.1:8080`; port 0 takes a free one.
    pub listen: String,
    /// The rules folder.
    pub rules: PathBuf,
    /// The experiments folder; may be missing.
    pub experiments: PathBuf,
    /// The data folder.
    pub data: PathBuf,
    /// What authors must send; needed to listen on anything but this machine.
    pub admin_token: Option<String>,
    /// Threads that answer requests; `None`: one a core.
    pub workers: Option<NonZeroUsize>,
}

/// Why the server could not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `--listen` is no address.
    #[error("`{listen}` is no address to listen on: {cause}; write it as `127.0.0.1:8080`")]
    BadAddress {
        /// As given.
        listen: String,
        /// What the system said.
        cause: io::Error,
    },
    /// Others could reach a server that anybody may publish to.
    #[error(
        "`{listen}` can be reached from other machines, and without a token anybody there could publish rules; give --admin-token, or listen on 127.0.0.1"
    )]
    OpenDoor {
        /// As given.
        listen: String,
    },
    /// A token that everybody knows.
    #[error("the admin token is empty; give at least one character, or leave it out and listen on 127.0.0.1")]
    EmptyToken,
    /// The address is taken, or not ours.
    #[error("cannot listen on `{listen}`: {cause}")]
    Bind {
        /// As given.
        listen: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The data folder.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The server ended by itself.
    #[error("the server stopped: {0}")]
    Stopped(#[from] io::Error),
}

/// Done at the first SIGTERM or SIGINT.
pub(super) fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: open requests may finish");
    })
}

/// Opens the data folder. A process that was killed a moment ago may still hold it, so a folder in use is asked for again
/// until [`MAX_LOCK_WAIT`] is over.
pub(super) fn open_store(data: &Path, url: &str) -> Result<Store, store::Error> {
    let began = Instant::now();
    loop {
        match Store::open(data, Some(url)) {
            Err(store::Error::Locked { .. }) if began.elapsed() < MAX_LOCK_WAIT => std::thread::sleep(LOCK_PAUSE),
            opened => return opened,
        }
    }
}

/// Takes the address, unless others could reach it and there is no token.
pub(super) fn listen(listen: &str, has_token: bool) -> Result<TcpListener, Error> {
    let bad = |cause| Error::BadAddress { listen: listen.to_owned(), cause };
    let addresses: Vec<SocketAddr> = listen.to_socket_addrs().map_err(bad)?.collect();
    if !has_token && !addresses.iter().all(|address| address.ip().is_loopback()) {
        return Err(Error::OpenDoor { listen: listen.to_owned() });
    }
    TcpListener::bind(addresses.as_slice()).map_err(|cause| Error::Bind { listen: listen.to_owned(), cause })
}
