//! Which path leads where; anything else answers the one error shape.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::{Compress, Next};
use actix_web::{Error, HttpRequest, HttpResponse, Resource, ResponseError, Route, guard, web};

use super::app::App;
use super::error::{ApiError, Code};
use super::limits::{MAX_ACTIVATE_BYTES, MAX_UPLOAD_BYTES};
use super::{authoring, backup, cors, decide, events, experiments, operations, people, recent_decisions, unread};
use crate::decision::MAX_BODY_BYTES;
use crate::ingest::{Kind, MAX_BATCH_BYTES};

/// What a wrong path may have meant.
const PATHS: [&str; 26] = [
    "/",
    "/v1/decide",
    "/v1/check",
    "/v1/releases",
    "/v1/releases/{id}/activate",
    "/v1/identify",
    "/v1/track",
    "/v1/page",
    "/v1/screen",
    "/v1/group",
    "/v1/alias",
    "/v1/batch",
    "/v1/projects/{key}/settings",
    "/v1/dead-letters",
    "/v1/decisions/recent",
    "/v1/visitors/{id}",
    "/v1/visitors/{id}/export",
    "/v1/segments",
    "/v1/segments/{name}",
    "/v1/experiments",
    "/v1/experiments/{name}/results",
    "/v1/experiments/{name}/history",
    "/v1/backup",
    "/healthz",
    "/readyz",
    "/metrics",
];

/// The tracking calls: the whole word, and the letter that browsers use. `None` is a batch.
const EVENTS: [(&str, Option<Kind>); 14] = [
    ("/v1/identify", Some(Kind::Identify)),
    ("/v1/i", Some(Kind::Identify)),
    ("/v1/track", Some(Kind::Track)),
    ("/v1/t", Some(Kind::Track)),
    ("/v1/page", Some(Kind::Page)),
    ("/v1/p", Some(Kind::Page)),
    ("/v1/screen", Some(Kind::Screen)),
    ("/v1/s", Some(Kind::Screen)),
    ("/v1/group", Some(Kind::Group)),
    ("/v1/g", Some(Kind::Group)),
    ("/v1/alias", Some(Kind::Alias)),
    ("/v1/a", Some(Kind::Alias)),
    ("/v1/batch", None),
    ("/v1/b", None),
];

/// The browser library asks it before it sends anything.
const BROWSER_SETTINGS: &str = "/v1/projects/{key}/settings";

/// Lays out all routes. Long answers are compressed for clients that ask; a decision is short, and its time counts.
pub(super) fn configure(service: &mut web::ServiceConfig) {
    let limit = web::PayloadConfig::new;
    service
        .service(
            open_resource("/v1/decide", "POST").app_data(limit(MAX_BODY_BYTES)).route(web::post().to(decide::decide)),
        )
        .service(open_resource(BROWSER_SETTINGS, "GET, HEAD").route(get().to(events::browser_settings)))
        .service(
            resource("/v1/dead-letters", "GET, HEAD").route(get().to(people::dead_letters)).wrap(Compress::default()),
        )
        .service(
            resource("/v1/decisions/recent", "GET, HEAD")
                .route(get().to(recent_decisions::show))
                .wrap(Compress::default()),
        )
        .service(
            resource("/v1/visitors/{id}", "GET, HEAD, DELETE")
                .route(get().to(people::show))
                .route(web::delete().to(people::erase)),
        )
        .service(
            resource("/v1/visitors/{id}/export", "GET, HEAD").route(get().to(people::export)).wrap(Compress::default()),
        )
        .service(resource("/v1/segments", "GET, HEAD").route(get().to(people::segments)).wrap(Compress::default()))
        .service(resource("/v1/segments/{name}", "GET, HEAD").route(get().to(people::segment)))
        .service(resource("/v1/experiments", "GET, HEAD").route(get().to(experiments::list)).wrap(Compress::default()))
        .service(
            resource("/v1/experiments/{name}/results", "GET, HEAD")
                .route(get().to(experiments::results))
                .wrap(Compress::default()),
        )
        .service(
            resource("/v1/experiments/{name}/history", "GET, HEAD")
                .route(get().to(experiments::history))
                .wrap(Compress::default()),
        )
        .service(
            resource("/v1/check", "POST")
                .app_data(limit(MAX_UPLOAD_BYTES))
                .route(web::post().to(authoring::check))
                .wrap(Compress::default()),
        )
        .service(
            resource("/v1/releases", "GET, HEAD, POST")
                .app_data(limit(MAX_UPLOAD_BYTES))
                .route(get().to(authoring::list))
                .route(web::post().to(authoring::publish))
                .wrap(Compress::default()),
        )
        .service(resource("/v1/releases/{id}", "GET, HEAD").route(get().to(authoring::show)).wrap(Compress::default()))
        .service(
            resource("/v1/releases/{id}/activate", "POST")
                .app_data(limit(MAX_ACTIVATE_BYTES))
                .route(web::post().to(authoring::activate)),
        )
        .service(resource("/v1/backup", "GET").route(web::get().to(backup::download)))
        .service(resource("/healthz", "GET, HEAD").route(get().to(operations::health)))
        .service(resource("/readyz", "GET, HEAD").route(get().to(operations::readiness)))
        .service(resource("/metrics", "GET, HEAD").route(get().to(operations::metrics)).wrap(Compress::default()))
        .service(resource("/", "GET, HEAD").route(get().to(operations::home)))
        .default_service(web::to(unknown_path));
    for (path, kind) in EVENTS {
        let handler = move |app, request, payload| events::track(app, request, payload, kind);
        service.service(open_resource(path, "POST").app_data(limit(MAX_BATCH_BYTES)).route(web::post().to(handler)));
    }
}

/// A resource that pages of any site may use.
fn open_resource(path: &'static str, methods: &'static str) -> Resource {
    resource(path, methods).app_data(OpenToPages).route(web::method(Method::OPTIONS).to(cors::preflight))
}

fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

fn resource(path: &'static str, methods: &'static str) -> Resource {
    web::resource(path)
        .app_data(RouteName(path))
        .default_service(web::to(move |request: HttpRequest| async move { wrong_method(&request, methods) }))
}

fn wrong_method(request: &HttpRequest, methods: &'static str) -> HttpResponse {
    let message = format!("`{}` does not take {}", request.path(), request.method());
    let error = ApiError::new(Code::WrongMethod, message).help(format!("it takes {methods}"));
    let mut response = error.response(is_tracking(request.path()));
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(methods));
    response
}

/// Whether clients of the tracking protocol read the answer.
fn is_tracking(path: &str) -> bool {
    EVENTS.iter().any(|(known, _)| *known == path)
}

async fn unknown_path(request: HttpRequest) -> HttpResponse {
    let error = ApiError::new(Code::UnknownPath, format!("there is nothing at `{}`", request.path()));
    error.suggest(request.path().trim_end_matches('/'), PATHS, "`GET /` lists what is here").error_response()
}

/// The path of a route as metrics name it.
#[derive(Clone, Copy)]
struct RouteName(&'static str);

/// Marks the routes that pages of any site may use.
#[derive(Clone, Copy)]
struct OpenToPages;

/// Must be the outermost layer: closes connections whose body nobody read to its end, opens answers to other sites'
/// pages, and counts them all by route and status. One layer, because each costs every decision.
pub(super) async fn outermost(
    app: web::Data<App>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let mut answered = unread::close(request, next).await;
    if let Ok(response) = &mut answered
        && response.request().app_data::<OpenToPages>().is_some()
    {
        cors::open(response.headers_mut());
    }
    let (route, status) = match &answered {
        Ok(response) => (response.request().app_data::<RouteName>().copied(), response.status()),
        Err(error) => (None, error.as_response_error().status_code()),
    };
    app.metrics.request(route.map_or("unmatched", |route| route.0), status.as_str());
    answered
}
