//! Which path leads where; anything else answers the one error shape.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::{Compress, Next};
use actix_web::{Error, HttpRequest, HttpResponse, Resource, ResponseError, Route, guard, web};

use super::app::App;
use super::error::{ApiError, Code};
use super::limits::{MAX_ACTIVATE_BYTES, MAX_UPLOAD_BYTES};
use super::{authoring, decide, operations, unread};
use crate::decision::MAX_BODY_BYTES;
use crate::diagnostic::nearest;

/// What a wrong path may have meant.
const PATHS: [&str; 8] =
    ["/", "/v1/decide", "/v1/check", "/v1/releases", "/v1/releases/{id}/activate", "/healthz", "/readyz", "/metrics"];

/// Lays out all routes. Long answers are compressed for clients that ask; a decision is short, and its time counts.
pub(super) fn configure(service: &mut web::ServiceConfig) {
    let limit = web::PayloadConfig::new;
    service
        .service(resource("/v1/decide", "POST").app_data(limit(MAX_BODY_BYTES)).route(web::post().to(decide::decide)))
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
        .service(resource("/healthz", "GET, HEAD").route(get().to(operations::health)))
        .service(resource("/readyz", "GET, HEAD").route(get().to(operations::readiness)))
        .service(resource("/metrics", "GET, HEAD").route(get().to(operations::metrics)).wrap(Compress::default()))
        .service(resource("/", "GET, HEAD").route(get().to(operations::home)))
        .default_service(web::to(unknown_path));
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
    let mut response = ApiError::new(Code::WrongMethod, message).help(format!("it takes {methods}")).error_response();
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(methods));
    response
}

async fn unknown_path(request: HttpRequest) -> HttpResponse {
    let error = ApiError::new(Code::UnknownPath, format!("there is nothing at `{}`", request.path()));
    let error = match nearest(request.path().trim_end_matches('/'), PATHS) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help("`GET /` lists what is here"),
    };
    error.error_response()
}

/// The path of a route as metrics name it.
#[derive(Clone, Copy)]
struct RouteName(&'static str);

/// Must be the outermost layer: closes connections whose body nobody read to its end, and counts every answer by route
/// and status. One layer, because each costs every decision.
pub(super) async fn outermost(
    app: web::Data<App>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let answered = unread::close(request, next).await;
    let (route, status) = match &answered {
        Ok(response) => (response.request().app_data::<RouteName>().copied(), response.status()),
        Err(error) => (None, error.as_response_error().status_code()),
    };
    app.metrics.request(route.map_or("unmatched", |route| route.0), status.as_str());
    answered
}
