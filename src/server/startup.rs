//! How the server starts and ends: what it is told, the address it takes, the signals that stop it.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::limits::MAX_LOCK_WAIT;
use super::recent::RecentOptions;
use crate::ingest::{Countries, Network, NotATable, Pace, Settings, Undeclared};
use crate::store::{self, Store};
use crate::visitors;

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
    /// Events.
    pub events: EventOptions,
    /// How much is kept of recent decisions.
    pub recent: RecentOptions,
    /// How much is kept of visitors.
    pub limits: visitors::Limits,
}

/// What `segue serve` is told about events.
#[derive(Debug, Clone, Default)]
pub struct EventOptions {
    /// What clients must send; none: whoever reaches the server may send events. Needed to listen on anything but this
    /// machine.
    pub write_keys: Vec<String>,
    /// What becomes of track events that no schema declares.
    pub undeclared: Undeclared,
    /// Networks whose traffic is marked internal.
    pub internal: Vec<Network>,
    /// Networks of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// A table of countries in MaxMind's format.
    pub geoip: Option<PathBuf>,
    /// More events of one visitor a minute are a bot's; `None`: nobody counts.
    pub bot_rate: Option<NonZeroU32>,
}

/// Reads what the options name.
pub(super) fn event_settings(options: &EventOptions) -> Result<Settings, Error> {
    let countries = options.geoip.as_ref().map(|path| {
        let bytes = std::fs::read(path).map_err(|cause| Error::GeoIp { path: path.clone(), cause })?;
        Countries::from_bytes(bytes).map_err(|cause| Error::NotATable { path: path.clone(), cause })
    });
    Ok(Settings {
        undeclared: options.undeclared,
        internal: options.internal.clone(),
        countries: countries.transpose()?,
        pace: options.bot_rate.map(Pace::new),
    })
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
    /// Others could reach a server that anybody may send events to.
    #[error(
        "`{listen}` can be reached from other machines, and without a write key anybody there could send events; give --write-key, or listen on 127.0.0.1"
    )]
    NoWriteKey {
        /// As given.
        listen: String,
    },
    /// A write key that everybody knows.
    #[error("a write key is empty; give at least one character")]
    EmptyWriteKey,
    /// The file of `--geoip` cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    GeoIp {
        /// As given.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The file of `--geoip` is something else.
    #[error("{}: {cause}", path.display())]
    NotATable {
        /// As given.
        path: PathBuf,
        /// What is wrong with it.
        cause: NotATable,
    },
    /// A token that everybody knows.
    #[error("the admin token is empty; give at least one character, or leave it out and listen on 127.0.0.1")]
    EmptyToken,
    /// The address is taken, or not ours.
    #[error("cannot listen on `{listen}`: {cause}{}", if_taken(cause))]
    Bind {
        /// As given.
        listen: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The data folder.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// What is kept of visitors.
    #[error(transparent)]
    Visitors(#[from] visitors::Error),
    /// The server ended by itself.
    #[error("the server stopped: {0}")]
    Stopped(#[from] io::Error),
}

impl Error {
    /// Whether sled is at fault: opened once more, it is set aside and made again.
    pub(super) fn is_of_sled(&self) -> bool {
        match self {
            Self::Store(error) | Self::Visitors(visitors::Error::Store(error)) => error.is_of_table(),
            _ => false,
        }
    }
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

/// What to do where another program has the address.
fn if_taken(cause: &io::Error) -> &'static str {
    match cause.kind() {
        io::ErrorKind::AddrInUse => {
            "\nhelp: another program listens there, perhaps another `segue serve`: end it, or take another port, such as `--listen 127.0.0.1:8081`"
        }
        _ => "",
    }
}

/// Takes the address, unless others could reach it and there is no token, or no write key.
pub(super) fn listen(listen: &str, has_token: bool, has_write_key: bool) -> Result<TcpListener, Error> {
    let bad = |cause| Error::BadAddress { listen: listen.to_owned(), cause };
    let addresses: Vec<SocketAddr> = listen.to_socket_addrs().map_err(bad)?.collect();
    let is_local = addresses.iter().all(|address| address.ip().is_loopback());
    if !has_token && !is_local {
        return Err(Error::OpenDoor { listen: listen.to_owned() });
    }
    if !has_write_key && !is_local {
        return Err(Error::NoWriteKey { listen: listen.to_owned() });
    }
    TcpListener::bind(addresses.as_slice()).map_err(|cause| Error::Bind { listen: listen.to_owned(), cause })
}
