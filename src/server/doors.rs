//! Who may come in where, until there are keys with scopes.
//!
//! Authoring needs the admin token if there is one. Without a token the server listens on this machine alone, and then
//! the danger is a page of some other site in a browser here: it may send requests to 127.0.0.1, but not without saying
//! where it comes from.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header;

use super::error::{ApiError, Code};
use crate::release::TextHash;

/// Lets authoring in, or says why not.
pub(super) fn authoring(request: &HttpRequest, admin_token: Option<&TextHash>) -> Result<(), ApiError> {
    let Some(token) = admin_token else { return local(request) };
    let given = text(request, header::AUTHORIZATION).and_then(|value| value.split_once(' '));
    let given = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    // Hashes are compared, so the time it takes says nothing about the token.
    match given {
        Some(given) if TextHash::of(given) == *token => Ok(()),
        Some(_) => {
            Err(ApiError::new(Code::Unauthorized, "the admin token is wrong").help("ask whoever started the server"))
        }
        None => Err(ApiError::new(Code::Unauthorized, "this route needs the admin token")
            .help("send `Authorization: Bearer <token>`")),
    }
}

fn local(request: &HttpRequest) -> Result<(), ApiError> {
    let host = text(request, header::HOST).unwrap_or_default();
    let foreign = match text(request, header::ORIGIN) {
        Some(origin) => origin.split_once("://").is_none_or(|(_, rest)| rest != host),
        None => request.headers().contains_key(header::ORIGIN),
    };
    if foreign || !names_this_machine(host) {
        return Err(ApiError::new(Code::ForeignOrigin, "pages of other sites may not publish rules here")
            .help("start the server with --admin-token to allow requests from elsewhere"));
    }
    Ok(())
}

/// A name that a foreign site made point to 127.0.0.1 is none of these.
fn names_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name.is_empty() || name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

fn text(request: &HttpRequest, name: header::HeaderName) -> Option<&str> {
    request.headers().get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn from(headers: &[(&str, &str)]) -> HttpRequest {
        headers.iter().fold(TestRequest::default(), |request, pair| request.insert_header(*pair)).to_http_request()
    }

    #[test]
    fn without_a_token_only_this_machine_and_its_own_pages_come_in() {
        let allowed: [&[(&str, &str)]; 5] = [
            &[("host", "127.0.0.1:8080")],
            &[("host", "localhost:8080"), ("origin", "http://localhost:8080")],
            &[("host", "[::1]:8080"), ("origin", "http://[::1]:8080")],
            &[("host", "127.0.0.1")],
            &[],
        ];
        for headers in allowed {
            assert!(authoring(&from(headers), None).is_ok(), "{headers:?}");
        }
        let refused: [&[(&str, &str)]; 5] = [
            &[("host", "127.0.0.1:8080"), ("origin", "https://evil.example")],
            &[("host", "127.0.0.1:8080"), ("origin", "null")],
            &[("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:9999")],
            &[("host", "evil.example:8080"), ("origin", "http://evil.example:8080")],
            &[("host", "evil.example:8080")],
        ];
        for headers in refused {
            let error = authoring(&from(headers), None).unwrap_err();
            assert!(error.to_string().contains("other sites"), "{headers:?}");
        }
    }

    #[test]
    fn with_a_token_nothing_else_counts() {
        let token = TextHash::of("secret");
        assert!(
            authoring(&from(&[("authorization", "Bearer secret"), ("host", "segue.example")]), Some(&token)).is_ok()
        );
        assert!(authoring(&from(&[("authorization", "bearer  secret")]), Some(&token)).is_ok());
        for wrong in ["Bearer secre", "Bearer secretx", "Bearer", "Basic secret", "secret", ""] {
            assert!(authoring(&from(&[("authorization", wrong)]), Some(&token)).is_err(), "{wrong}");
        }
        assert!(authoring(&from(&[("host", "127.0.0.1")]), Some(&token)).is_err());
    }
}
