//! Checking, publishing, listing and activating releases over HTTP.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::app::App;
use super::body::{self, Fields};
use super::doors;
use super::error::{ApiError, release_id};
use super::limits::{
    MAX_ACTIVATE_BYTES, MAX_AUTHOR_BYTES, MAX_BODY_TIME, MAX_LISTED, MAX_MESSAGE_BYTES, MAX_UPLOAD_BYTES,
};
use crate::release::ReleaseCost;
use crate::release::{FileSet, Release, ReleaseId};
use crate::store::{Activation, Origin, ReleaseInfo};

/// Who publishes or activates without giving a name.
const NOBODY: &str = "anonymous";

type Shared = web::Data<App>;

/// `POST /v1/check`: what is wrong with a set.
pub(super) async fn check(app: Shared, request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    doors::authoring(&request, app.admin_token.as_ref())?;
    let _place = app.enter_authoring()?;
    let bytes = body::read(&request, payload, MAX_UPLOAD_BYTES, MAX_BODY_TIME).await?;
    let report = web::block(move || {
        let mut fields = Fields::new(body::object(&bytes)?);
        let files = fields.texts("files")?;
        fields.end()?;
        Ok::<_, ApiError>(Release::compile(FileSet::from_files(files)?).1)
    });
    Ok(HttpResponse::Ok().json(json!({ "diagnostics": report.await??.findings() })))
}

/// `POST /v1/releases`: keeps a set as a release, and lets it serve with `"activate": true`.
pub(super) async fn publish(
    app: Shared,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    doors::authoring(&request, app.admin_token.as_ref())?;
    let _place = app.enter_authoring()?;
    let bytes = body::read(&request, payload, MAX_UPLOAD_BYTES, MAX_BODY_TIME).await?;
    let sharing = Arc::clone(&app.clone().into_inner());
    let published = web::block(move || {
        let mut fields = Fields::new(body::object(&bytes)?);
        drop(bytes);
        let (author, message) = (author(&mut fields)?, fields.text("message", MAX_MESSAGE_BYTES)?);
        let (activate, files) = (fields.flag("activate")?, fields.texts("files")?);
        fields.end()?;
        let origin = activate.then_some(Origin::Upload);
        Ok::<_, ApiError>(sharing.publish(FileSet::from_files(files)?, &author, &message, origin)?.0)
    });
    let published = published.await??;
    let mut response = if published.is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(response.json(Kept::from(&published.release)))
}

/// `POST /v1/releases/{id}/activate`: rolling back is this.
pub(super) async fn activate(
    app: Shared,
    request: HttpRequest,
    id: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    doors::authoring(&request, app.admin_token.as_ref())?;
    let _place = app.enter_authoring()?;
    let bytes = body::read(&request, payload, MAX_ACTIVATE_BYTES, MAX_BODY_TIME).await?;
    let mut fields = Fields::new(if bytes.is_empty() { Map::new() } else { body::object(&bytes)? });
    let author = author(&mut fields)?;
    fields.end()?;
    let id = release_id(&id)?;
    let sharing = app.clone().into_inner();
    let activated = web::block(move || sharing.activate(&id, &author)).await??;
    Ok(HttpResponse::Ok().json(Kept::from(&activated)))
}

/// `GET /v1/releases`: the newest releases and activations, newest first.
pub(super) async fn list(app: Shared, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    doors::authoring(&request, app.admin_token.as_ref())?;
    let sharing = app.clone().into_inner();
    let (releases, activations) =
        web::block(move || Ok::<_, ApiError>((sharing.store.releases()?, sharing.store.activations()?))).await??;
    let releases: Vec<_> = releases.iter().take(MAX_LISTED).map(Described::from).collect();
    let activations: Vec<&Activation> = activations.iter().rev().take(MAX_LISTED).collect();
    Ok(HttpResponse::Ok().json(json!({ "releases": releases, "activations": activations })))
}

/// `GET /v1/releases/{id}`: one release with its files, and what deciding by it costs.
pub(super) async fn show(app: Shared, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    doors::authoring(&request, app.admin_token.as_ref())?;
    let id = release_id(&id)?;
    let sharing = app.clone().into_inner();
    let _place = app.enter_authoring()?;
    let shown = web::block(move || {
        let (info, files) = sharing.store.release(&id)?;
        let texts: Map<String, Value> = files.iter().map(|(key, text)| (key.to_string(), json!(text))).collect();
        let serving = sharing.current().filter(|release| release.id == id);
        let cost = match serving {
            Some(release) => Some(release.cost()),
            // What an older program took may not compile any more.
            None => Release::compile(files).0.map(|release| release.cost()),
        };
        Ok::<_, ApiError>((info, texts, cost))
    });
    let (info, files, cost) = shown.await??;
    Ok(HttpResponse::Ok().json(WithFiles { described: Described::from(&info), cost, files }))
}

fn author(fields: &mut Fields) -> Result<String, ApiError> {
    let author = fields.text("author", MAX_AUTHOR_BYTES)?;
    Ok(if author.trim().is_empty() { NOBODY.to_owned() } else { author })
}

/// What came of publishing or activating.
#[derive(Serialize)]
struct Kept<'a> {
    release: &'a ReleaseId,
    parent: Option<&'a ReleaseId>,
    active: bool,
}

impl<'a> From<&'a ReleaseInfo> for Kept<'a> {
    fn from(info: &'a ReleaseInfo) -> Self {
        Self { release: &info.id, parent: info.parent.as_ref(), active: info.active }
    }
}

/// A release as it is listed.
#[derive(Serialize)]
struct Described<'a> {
    release: &'a ReleaseId,
    parent: Option<&'a ReleaseId>,
    author: &'a str,
    time: String,
    message: &'a str,
    active: bool,
}

impl<'a> From<&'a ReleaseInfo> for Described<'a> {
    fn from(info: &'a ReleaseInfo) -> Self {
        Self {
            release: &info.id,
            parent: info.parent.as_ref(),
            author: &info.author,
            time: info.time.to_string(),
            message: &info.message,
            active: info.active,
        }
    }
}

#[derive(Serialize)]
struct WithFiles<'a> {
    #[serde(flatten)]
    described: Described<'a>,
    /// `null` for a release that this program does not compile.
    cost: Option<ReleaseCost>,
    files: Map<String, Value>,
}
