//! What is kept of visitors, over HTTP: `/v1/visitors/{id}`, its export and erasure, `/v1/segments`, dead letters.
//!
//! All of it is personal, or tells about people: the door is that of authoring.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde_json::json;

use super::app::App;
use super::asking::ask;
use super::error::{ApiError, Code};
use crate::visitors::Error;

type Shared = web::Data<App>;

/// `GET /v1/visitors/{id}`
pub(super) async fn show(app: Shared, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = id.into_inner();
    let found = ask(&app, &request, move |_, visitors, release| visitors.profile(&id, release, Timestamp::now()));
    found.await?.map_or_else(|| Err(nobody()), |profile| Ok(HttpResponse::Ok().json(profile)))
}

/// `GET /v1/visitors/{id}/export`
pub(super) async fn export(app: Shared, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = id.into_inner();
    let found = ask(&app, &request, move |_, visitors, release| visitors.export(&id, release, Timestamp::now()));
    found.await?.map_or_else(|| Err(nobody()), |export| Ok(HttpResponse::Ok().json(export)))
}

/// `DELETE /v1/visitors/{id}`
pub(super) async fn erase(app: Shared, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = id.into_inner();
    let erased = ask(&app, &request, move |app, visitors, release| {
        let mut ids = visitors.ids_of(&id, release)?;
        ids.push(Arc::from(id.as_str()));
        let was_known = visitors.erase(&id, release)?;
        // After the visitor: who is asked for meanwhile is somebody new.
        Ok::<_, Error>(app.recent.forget(&ids) || was_known)
    });
    if erased.await? { Ok(HttpResponse::Ok().json(json!({ "erased": true }))) } else { Err(nobody()) }
}

/// `GET /v1/segments`
pub(super) async fn segments(app: Shared, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let overview = ask(&app, &request, |_, visitors, release| Ok::<_, Error>(visitors.overview(release))).await?;
    Ok(HttpResponse::Ok().json(overview))
}

/// `GET /v1/segments/{name}`
pub(super) async fn segment(
    app: Shared,
    request: HttpRequest,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let overview = ask(&app, &request, |_, visitors, release| Ok::<_, Error>(visitors.overview(release))).await?;
    match overview.segments.iter().find(|segment| *segment.segment == **name) {
        Some(segment) => Ok(HttpResponse::Ok().json(segment)),
        None => {
            let known = overview.segments.iter().map(|segment| &*segment.segment);
            let error = ApiError::new(Code::UnknownSegment, format!("there is no segment `{name}`"));
            Err(error.suggest(&name, known, "`GET /v1/segments` lists them"))
        }
    }
}

/// `GET /v1/dead-letters`, newest first.
pub(super) async fn dead_letters(app: Shared, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let letters =
        ask(&app, &request, |_, visitors, _| visitors.dead_letters(crate::visitors::MAX_DEAD_LETTERS)).await?;
    Ok(HttpResponse::Ok().json(json!({ "dead_letters": letters })))
}

/// Without the id: it is personal, and errors are copied into logs and tickets.
fn nobody() -> ApiError {
    ApiError::new(Code::UnknownVisitor, "nothing is known of this visitor")
        .help("write the id as clients send it; ids are case-sensitive")
}
