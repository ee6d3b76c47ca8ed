//! The limits of the HTTP face. `docs/operating.md` lists them with all others.

use std::time::Duration;

/// The body of `/v1/check` and `/v1/releases`: a whole set (64 MiB) with its JSON escapes.
pub const MAX_UPLOAD_BYTES: usize = 96 << 20;

/// The body of `/v1/releases/{id}/activate`, which only names an author.
pub const MAX_ACTIVATE_BYTES: usize = 4 << 10;

/// Deeper JSON is refused: nothing that is sent here nests by more than a few levels, and the reader recurses.
pub const MAX_JSON_DEPTH: usize = 64;

/// The name of an author.
pub const MAX_AUTHOR_BYTES: usize = 200;

/// What an author says about a release.
pub const MAX_MESSAGE_BYTES: usize = 4 << 10;

/// `GET /v1/releases` lists so many of the newest releases and activations; older releases are found by id.
pub const MAX_LISTED: usize = 10_000;

/// Sets that are read, compiled or activated at one time; more are answered 503. Each may hold some hundred MiB.
pub const MAX_AUTHORING_REQUESTS: usize = 4;

/// Bodies of tracking calls that are being read or kept at one time; more are answered 503.
pub const MAX_EVENT_BYTES_AT_ONCE: usize = 128 << 20;

/// Open connections of one worker (one a core); more wait to be accepted.
pub const MAX_CONNECTIONS_PER_WORKER: usize = 8192;

/// A client that has not sent its request's head by then is cut off.
pub const MAX_HEAD_TIME: Duration = Duration::from_secs(5);

/// A client that has not sent its body by then gets 408.
pub const MAX_BODY_TIME: Duration = Duration::from_secs(30);

/// A connection without a request is closed after this.
pub const MAX_IDLE_TIME: Duration = Duration::from_secs(75);

/// A client that takes nothing of a backup for so long is cut off: until then no old events are dropped.
pub const MAX_BACKUP_STALL: Duration = Duration::from_secs(60);

/// After SIGTERM or SIGINT, open requests may take so long to finish.
pub const MAX_SHUTDOWN_TIME: Duration = Duration::from_secs(20);

/// At start, a data folder that another process holds is waited for so long: that process may just be dying.
pub const MAX_LOCK_WAIT: Duration = Duration::from_secs(2);
