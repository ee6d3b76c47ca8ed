//! Lets pages of any site decide and send events.
//!
//! No cookie and no session is ever looked at, so a page can do nothing that its visitor could not do without it.

use actix_web::HttpResponse;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderMap, HeaderValue,
};

/// What clients put into the head; the retries of some name their count.
const ALLOWED_HEADERS: &str = "authorization, content-type, x-retry-count";

/// A browser may remember for a day what it may send.
const MAX_AGE_S: &str = "86400";

/// The answer to what a browser asks before it sends; without authorization, for it cannot send any.
pub(super) async fn preflight() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS))
        .insert_header((ACCESS_CONTROL_MAX_AGE, MAX_AGE_S))
        .finish()
}

/// Every answer, also a refusal: otherwise a page would not learn what was wrong.
pub(super) fn open(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
}
