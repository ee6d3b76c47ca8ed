//! Which clients may send events.

use actix_web::HttpRequest;
use actix_web::http::header;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::error::{ApiError, Code};
use crate::release::TextHash;

/// The keys that the operator gave out; none: whoever reaches the server may send.
#[derive(Debug, Default)]
pub(super) struct WriteKeys {
    hashes: Vec<TextHash>,
}

/// What the head of a call gives as its key.
#[derive(Debug)]
pub(super) struct Head {
    basic: Option<String>,
    bearer: Option<String>,
}

impl WriteKeys {
    pub(super) fn new<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        Self { hashes: keys.into_iter().map(TextHash::of).collect() }
    }

    /// Whether a key was given out. Hashes are compared, so the time it takes says nothing about the keys.
    pub(super) fn holds(&self, key: &str) -> bool {
        self.hashes.is_empty() || self.hashes.contains(&TextHash::of(key))
    }

    /// The keys in a call's head. A wrong one that would count before that of the body is refused before there is a body.
    pub(super) fn head(&self, request: &HttpRequest) -> Result<Head, ApiError> {
        let head = Head { basic: in_head(request, "basic"), bearer: in_head(request, "bearer") };
        if head.basic.is_some() {
            self.check(&head, None)?;
        }
        Ok(head)
    }

    /// Lets a call in, or says why not. The user name of Basic counts before the key in the body, that before Bearer.
    pub(super) fn check(&self, head: &Head, in_body: Option<&str>) -> Result<(), ApiError> {
        if self.hashes.is_empty() {
            return Ok(());
        }
        match head.basic.as_deref().or(in_body).or(head.bearer.as_deref()) {
            Some(key) if self.holds(key) => Ok(()),
            Some(_) => Err(ApiError::new(Code::Unauthorized, "the write key is wrong")
                .help("ask whoever started the server for the right one")),
            None => Err(ApiError::new(Code::Unauthorized, "this route needs a write key")
                .help("send it as user name of Basic authorization, or as `writeKey` in the body")),
        }
    }
}

/// The key in `Authorization`: of Basic the user name, with or without the colon behind it, of Bearer the token.
fn in_head(request: &HttpRequest, scheme: &str) -> Option<String> {
    let header = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (given, credentials) = header.split_once(' ')?;
    if !given.eq_ignore_ascii_case(scheme) {
        return None;
    }
    if scheme != "basic" {
        return Some(credentials.trim().to_owned());
    }
    let decoded = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    Some(decoded.split(':').next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_head_counts_before_the_body() {
        let keys = WriteKeys::new(["k1", "k2"]);
        let request = |value: &str| TestRequest::default().insert_header(("authorization", value)).to_http_request();
        let none = TestRequest::default().to_http_request();
        // base64 of `k1:`, `k1`, `k1:secret`, `k3:`
        for (header, in_body, is_let_in) in [
            ("Basic azE6", None, true),
            ("basic azE=", None, true),
            ("Basic azE6c2VjcmV0", Some("k3"), true),
            ("Basic azM6", Some("k1"), false),
            ("Bearer some-token", Some("k2"), true),
            ("Bearer k2", None, true),
            ("Bearer k2", Some("k3"), false),
            ("Digest azE6", Some("k1"), true),
            ("Basic !", Some("k1"), true),
            ("Basic !", None, false),
        ] {
            let is_in = keys.head(&request(header)).and_then(|head| keys.check(&head, in_body)).is_ok();
            assert_eq!(is_in, is_let_in, "{header} {in_body:?}");
        }
        let none = keys.head(&none).unwrap();
        assert!(keys.check(&none, Some("k2")).is_ok() && keys.check(&none, None).is_err());
        assert!(WriteKeys::default().check(&none, None).is_ok());
        assert!(keys.head(&request("Basic azM6")).is_err(), "refused without a body");
    }
}
