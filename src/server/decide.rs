//! `POST /v1/decide`: what one visitor sees.

use std::sync::Arc;
use std::time::Instant;

use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;

use super::app::App;
use super::body;
use super::error::{ApiError, Code};
use super::limits::MAX_BODY_TIME;
use crate::decision::{MAX_BODY_BYTES, Request, RequestError};
use crate::profile::Ignored;
use crate::visitors::{Afterwards, Presence};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Most answers of one slot are shorter.
const ANSWER_BYTES: usize = 512;

/// Answers with the release that serves when the body has arrived.
pub(super) async fn decide(
    app: web::Data<App>,
    head: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&head, payload, MAX_BODY_BYTES, MAX_BODY_TIME).await?;
    let started = Instant::now();
    let release = app.current().ok_or_else(ApiError::no_release)?;
    let now = Timestamp::now();
    let mut request = match Request::read_plain(&bytes, &release.schema) {
        Some(request) => request,
        None => Request::read_thoroughly(body::text(&bytes)?.as_bytes(), &release.schema, now)?,
    };
    if let Some(country) = app.events.country(&head, request.context.ip) {
        request.context.set_country(&country);
    }
    request.is_apart |= app.events.is_apart(&head, request.context.ip);
    if request.brings_events {
        return Err(ApiError::new(
            Code::InvalidField,
            "`visitor.events` is not taken here: this server keeps events itself",
        )
        .help("send events to `/v1/batch`; `segue decide` takes them in its bodies"));
    }
    let undeclared = undeclared(&request.ignored);
    let visitor = Arc::clone(&request.visitor.id);
    let known = match app.visitors()?.look_for(&visitor) {
        Presence::AtHand(known) => known,
        Presence::Away => {
            let (app, release, id) = (Arc::clone(&app), Arc::clone(&release), Arc::clone(&visitor));
            web::block(move || app.visitors()?.fetch(&id, &release)).await??
        }
    };
    let (answer, afterwards) = app.visitors()?.decide(&release, &known, request, now).map_err(RequestError::from)?;
    if let Afterwards::KeepShows(shows) = afterwards {
        let (app, release) = (Arc::clone(&app), Arc::clone(&release));
        web::block(move || app.visitors()?.keep_shows(&visitor, &release, &shows, now)).await??;
    }
    app.metrics.decided(&answer, started.elapsed(), undeclared);
    let mut written = Vec::with_capacity(ANSWER_BYTES);
    serde_json::to_writer(&mut written, &answer).map_err(|cause| ApiError::internal(&cause))?;
    app.recent.keep(answer, now);
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, JSON)).body(written))
}

/// Attributes, properties and context facts without a declaration; events and duplicates are no facts.
fn undeclared(ignored: &Ignored) -> u64 {
    (ignored.attributes + ignored.properties + ignored.context) as u64
}
