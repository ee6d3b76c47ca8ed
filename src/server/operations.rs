//! What operators and their machines ask: is it alive, may it get traffic, what are its numbers, what is it at all.

use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, ResponseError, web};
use serde_json::{Value, json};

use super::app::App;
use super::error::ApiError;
use super::folder::FolderState;

type Shared = web::Data<App>;

/// `GET /healthz`: the process answers.
pub(super) async fn health() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// `GET /readyz`: 200 as soon as a release serves, whatever the folders hold; the body says what they hold.
pub(super) async fn readiness(app: Shared) -> HttpResponse {
    let folder = describe(&app.folder());
    match app.current() {
        Some(release) => HttpResponse::Ok().json(json!({ "ready": true, "release": release.id, "folder": folder })),
        None => {
            let error = ApiError::no_release().help("mend what `folder` names, or publish a release");
            let body = json!({ "ready": false, "release": null, "folder": folder, "error": error.body() });
            HttpResponse::build(error.status_code()).json(body)
        }
    }
}

fn describe(folder: &FolderState) -> Value {
    match folder {
        FolderState::Unread => json!({ "state": "unread" }),
        FolderState::Published(id) => json!({ "state": "published", "release": id }),
        FolderState::Broken { folders, id, errors, warnings } => json!({
            "state": "broken", "rules": folders.rules, "experiments": folders.experiments, "release": id,
            "errors": errors, "warnings": warnings,
        }),
        FolderState::Unreadable { folders, message } => json!({
            "state": "unreadable", "rules": folders.rules, "experiments": folders.experiments, "message": message,
        }),
        FolderState::NotKept { folders, message } => json!({
            "state": "not-kept", "rules": folders.rules, "experiments": folders.experiments, "message": message,
        }),
    }
}

/// `GET /metrics`
pub(super) async fn metrics(app: Shared) -> Result<HttpResponse, ApiError> {
    // Results may wait for the fold.
    let text = web::block(move || {
        let (visitors, release) = (app.visitors().ok(), app.current());
        let reading = visitors.zip(release.as_ref()).and_then(|(visitors, release)| {
            // The other numbers are asked for most where something does not work.
            app.readings.take(visitors, release).inspect_err(|error| tracing::warn!(cause = %error, "no results")).ok()
        });
        app.metrics.text(visitors, release.as_deref(), reading.as_deref())
    });
    let text = text.await?.map_err(|error| ApiError::internal(&error))?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}

/// `GET /`: what runs here.
pub(super) async fn home(app: Shared) -> HttpResponse {
    let serves = match app.current() {
        Some(release) => format!("Release <code>{}</code> serves.", release.id),
        None => "No release serves yet: <a href=\"/readyz\">/readyz</a> says why.".to_owned(),
    };
    let page = include_str!("home.html").replace("{version}", env!("CARGO_PKG_VERSION")).replace("{serves}", &serves);
    HttpResponse::Ok().content_type(ContentType::html()).body(page)
}
