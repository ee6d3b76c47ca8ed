//! Which path leads where; anything else answers the one error shape.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, HttpResponse, Resource, ResponseError, Route, guard, web};

use super::app::App;
use super::error::{ApiError, Code};
use super::limits::{MAX_ACTIVATE_BYTES, MAX_UPLOAD_BYTES};
use super::{authoring, decide, operations};
use crate::decision::MAX_BODY_BYTES;
use crate::diagnostic::nearest;

/// What a wrong path may have meant.
const PATHS: [&str; 8] =
    ["/", "/v1/decide", "/v1/check", "/v1/releases", "/v1/releases/{id}/activate", "/healthz", "/readyz", "/metrics"];

/// Lays out all routes.
pub(super) fn configure(service: &mut web::ServiceConfig) {
    let limit = web::PayloadConfig::new;
    service
        .service(resource("/v1/decide", "POST").app_data(limit(MAX_BODY_BYTES)).route(web::post().to(decide::decide)))
        .service(
            resource("/v1/check", "POST").app_data(limit(MAX_UPLOAD_BYTES)).route(web::post().to(authoring::check)),
        )
        .service(
            resource("/v1/releases", "GET, HEAD, POST")
                .app_data(limit(MAX_UPLOAD_BYTES))
                .route(get().to(authoring::list))
                .route(web::post().to(authoring::publish)),
        )
        .service(resource("/v1/releases/{id}", "GET, HEAD").route(get().to(authoring::show)))
        .service(
            resource("/v1/releases/{id}/activate", "POST")
                .app_data(limit(MAX_ACTIVATE_BYTES))
                .route(web::post().to(authoring::activate)),
        )
        .service(resource("/healthz", "GET, HEAD").route(get().to(operations::health)))
        .service(resource("/readyz", "GET, HEAD").route(get().to(operations::readiness)))
        .service(resource("/metrics", "GET, HEAD").route(get().to(operations::metrics)))
        .service(resource("/", "GET, HEAD").route(get().to(operations::home)))
        .default_service(web::to(unknown_path));
}

fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

fn resource(path: &str, methods: &'static str) -> Resource {
    web::resource(path)
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

/// Counts every answer by route and status.
pub(super) async fn count(
    app: web::Data<App>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let answered = next.call(request).await;
    let status = match &answered {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    let route = answered.as_ref().ok().and_then(|response| response.request().match_pattern());
    app.metrics.request(route.as_deref().unwrap_or("unmatched"), status.as_str());
    answered
}
