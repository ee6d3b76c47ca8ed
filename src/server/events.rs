//! The tracking calls: `POST /v1/track` and its siblings, `/v1/batch`, and what browsers ask before they send.
//!
//! 200 means that every good message is durable. Bad ones are dropped, counted and laid aside: a client that hears of an
//! error drops its whole batch, the good ones too.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::app::App;
use super::error::{ApiError, Code};
use super::limits::{MAX_BODY_TIME, MAX_EVENT_BYTES_AT_ONCE};
use super::visitors_machine::sender;
use super::write_keys::{Head, WriteKeys};
use super::{EventOptions, body};
use crate::ingest::{Batch, Call, Error, Kind, MAX_BATCH_BYTES, Network, Rejected, Sender, Settings, open_call};
use crate::profile::Agent;
use crate::release::Release;

/// A body above this is read on a thread of its own: decisions must not wait for it.
const READ_HERE_BYTES: usize = 64 << 10;

/// What all tracking calls share.
#[derive(Debug)]
pub(super) struct Events {
    keys: WriteKeys,
    settings: Settings,
    proxies: Vec<Network>,
    /// In KiB of bodies.
    room: Semaphore,
    nonce: Nonce,
}

/// Gives each call a number that no other call has, also after a restart.
#[derive(Debug)]
struct Nonce {
    random: u64,
    calls: AtomicU64,
}

impl Nonce {
    fn new() -> Self {
        let seed = (Timestamp::now().as_nanosecond(), std::process::id());
        // The standard hasher is seeded by the system.
        let random = RandomState::new().hash_one(seed);
        Self { random, calls: AtomicU64::default() }
    }

    fn next(&self) -> u128 {
        u128::from(self.random) << 64 | u128::from(self.calls.fetch_add(1, Ordering::Relaxed))
    }
}

impl Events {
    pub(super) fn new(options: &EventOptions, settings: Settings) -> Self {
        Self {
            keys: WriteKeys::new(options.write_keys.iter().map(String::as_str)),
            settings,
            proxies: options.trusted_proxies.clone(),
            room: Semaphore::new(MAX_EVENT_BYTES_AT_ONCE >> 10),
            nonce: Nonce::new(),
        }
    }

    /// Room for a body, before it is read: overload may not grow memory.
    fn enter(&self, request: &HttpRequest) -> Result<SemaphorePermit<'_>, ApiError> {
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let stated = header(header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
        let stated = stated.filter(|_| header(header::CONTENT_ENCODING).is_none());
        let bytes = stated.unwrap_or(MAX_BATCH_BYTES).min(MAX_BATCH_BYTES);
        self.room.try_acquire_many((bytes >> 10) as u32 + 1).map_err(|_| {
            ApiError::new(Code::Busy, "more events are arriving than can be kept").help("send them again in a second")
        })
    }

    /// Checks the write key before any message is looked at: a call with a wrong one has no effect at all.
    fn read(&self, call: &Call<'_>, head: &Head, release: &Release) -> Result<Batch, ApiError> {
        let opened = open_call(call)?;
        self.keys.check(head, opened.write_key())?;
        Ok(opened.read(&self.settings, &release.schema))
    }

    /// Whether a browser that asks for a decision is a crawler's, or the request comes from the operator's own people.
    pub(super) fn is_apart(&self, request: &HttpRequest, ip: Option<IpAddr>) -> bool {
        let sender = sender(request, &self.proxies);
        let is_crawler = sender.agent.is_some_and(|agent| Agent::read(agent).is_bot);
        is_crawler || ip.or(sender.ip).is_some_and(|ip| self.settings.is_internal(ip))
    }

    /// The country of a decision's visitor, where the request does not say it.
    pub(super) fn country(&self, request: &HttpRequest, ip: Option<IpAddr>) -> Option<String> {
        self.settings.countries.as_ref()?.of(ip.or_else(|| sender(request, &self.proxies).ip)?)
    }
}

/// An error of these routes: also in the shape that the protocol's clients show.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct EventError(#[from] ApiError);

impl ResponseError for EventError {
    fn status_code(&self) -> actix_web::http::StatusCode {
        self.0.status_code()
    }

    fn error_response(&self) -> HttpResponse {
        self.0.response(true)
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let code = match error {
            Error::TooLarge => Code::TooLarge,
            Error::NotText | Error::Empty | Error::NotJson { .. } | Error::NotAnObject => Code::InvalidJson,
            Error::NoBatch => Code::MissingField,
            Error::TooManyEvents => Code::InvalidField,
        };
        Self::new(code, error.to_string()).help(error.help())
    }
}

/// `POST /v1/track` and its siblings; `None` is a batch.
pub(super) async fn track(
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
    kind: Option<Kind>,
) -> Result<HttpResponse, EventError> {
    let head = app.events.keys.head(&request)?;
    let _room = app.events.enter(&request)?;
    let bytes = body::read(&request, payload, MAX_BATCH_BYTES, MAX_BODY_TIME).await?;
    let release = app.current().ok_or_else(ApiError::no_release)?;
    let batch = read(&app, &request, head, kind, bytes, &release).await?;
    let refused: Vec<_> = batch.rejected.iter().map(|rejected| (rejected.kind, rejected.reason)).collect();
    let answer = answer(&batch.rejected);
    keep(&app, batch, release).await?;
    // A batch that could not be kept comes again: only now it is known that its messages are counted once.
    app.metrics.rejected(&refused);
    Ok(HttpResponse::Ok().json(answer))
}

/// Success; and what was refused of it, for whoever looks.
fn answer(rejected: &[Rejected]) -> Value {
    if rejected.is_empty() {
        return json!({ "success": true });
    }
    let told = |rejected: &Rejected| {
        let Rejected { reason, cause, message_id, .. } = rejected;
        json!({ "reason": reason.word(), "message": cause, "messageId": message_id })
    };
    let rejections: Vec<Value> = rejected.iter().map(told).collect();
    json!({ "success": true, "rejected": rejections.len(), "rejections": rejections })
}

/// Ready once every message of the batch is durable, or was so before, and every decision from then on knows it.
async fn keep(app: &web::Data<App>, batch: Batch, release: Arc<Release>) -> Result<(), ApiError> {
    let kept = Arc::clone(app);
    let submit = move || kept.visitors().and_then(|visitors| visitors.submit(batch, &release));
    Ok(web::block(submit).await??.done().await?)
}

async fn read(
    app: &web::Data<App>,
    request: &HttpRequest,
    head: Head,
    kind: Option<Kind>,
    bytes: web::Bytes,
    release: &Arc<Release>,
) -> Result<Batch, ApiError> {
    let Sender { ip, agent } = sender(request, &app.events.proxies);
    let (received, nonce) = (Timestamp::now(), app.events.nonce.next());
    if bytes.len() <= READ_HERE_BYTES {
        let call = Call { kind, body: &bytes, received, nonce, sender: Sender { ip, agent } };
        return app.events.read(&call, &head, release);
    }
    let (app, agent) = (app.clone(), agent.map(str::to_owned));
    let release = Arc::clone(release);
    let read = web::block(move || {
        let call = Call { kind, body: &bytes, received, nonce, sender: Sender { ip, agent: agent.as_deref() } };
        app.events.read(&call, &head, &release)
    });
    read.await?
}

/// `GET /v1/projects/{key}/settings`: tells the browser library to send its events here.
pub(super) async fn browser_settings(
    app: web::Data<App>,
    request: HttpRequest,
    key: web::Path<String>,
) -> Result<HttpResponse, EventError> {
    if !app.events.keys.holds(&key) {
        let error = ApiError::new(Code::Unauthorized, "the write key is wrong");
        return Err(error.help("ask whoever started the server for the right one").into());
    }
    let connection = request.connection_info();
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(json!({
        "integrations": {
            "Segment.io": {
                "apiKey": *key,
                "apiHost": format!("{}/v1", connection.host()),
                "protocol": connection.scheme(),
            }
        },
        "plan": { "track": {}, "identify": {}, "group": {} },
    })))
}
