//! The one error shape and the one table of codes.
//!
//! `{"error":{"code","message","help"?}}`. The client reads the message; the cause goes to the log.

use std::borrow::Cow;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde_json::{Map, Value, json};

use crate::diagnostic::{Finding, Report, nearest};
use crate::release::ReleaseId;

/// What went wrong with a request. Stable: clients may act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Not JSON, or no object.
    InvalidJson,
    /// A field that this route does not know.
    UnknownField,
    /// A field without which nothing can be done.
    MissingField,
    /// A field of the wrong type, too long, or with a value that cannot be.
    InvalidField,
    /// The body could not be read: cut off, or not compressed as it says.
    UnreadableBody,
    /// The admin token or the write key is missing or wrong.
    Unauthorized,
    /// A page of another site asked.
    ForeignOrigin,
    /// No such path.
    UnknownPath,
    /// No such release.
    UnknownRelease,
    /// Nothing is known of a visitor of that id.
    UnknownVisitor,
    /// No such segment in the release that serves.
    UnknownSegment,
    /// No such experiment in the release that serves.
    UnknownExperiment,
    /// The experiment has no result: it is a draft, or measures nothing.
    NoResult,
    /// No such slot in the release that serves.
    UnknownSlot,
    /// The path takes other methods.
    WrongMethod,
    /// The client sent too slowly.
    TooSlow,
    /// The body is longer than this route takes.
    TooLarge,
    /// The set does not compile; its diagnostics come along.
    ReleaseRefused,
    /// Nothing serves yet.
    NoRelease,
    /// Too much is under way.
    Busy,
    /// No room for more events, under the journal's cap or on the disk.
    NoRoom,
    /// The store accepts nothing until the disk is mended and the server restarted.
    StoreFailed,
    /// A fault of the program.
    Internal,
}

impl Code {
    /// Every code, in the order of the documentation.
    pub const ALL: [Self; 23] = [
        Self::InvalidJson,
        Self::UnknownField,
        Self::MissingField,
        Self::InvalidField,
        Self::UnknownSlot,
        Self::UnreadableBody,
        Self::Unauthorized,
        Self::ForeignOrigin,
        Self::UnknownPath,
        Self::UnknownRelease,
        Self::UnknownVisitor,
        Self::UnknownSegment,
        Self::UnknownExperiment,
        Self::NoResult,
        Self::WrongMethod,
        Self::TooSlow,
        Self::TooLarge,
        Self::ReleaseRefused,
        Self::NoRelease,
        Self::Busy,
        Self::NoRoom,
        Self::StoreFailed,
        Self::Internal,
    ];

    /// The table: each code's name and status.
    pub fn row(self) -> (&'static str, StatusCode) {
        match self {
            Self::InvalidJson => ("invalid-json", StatusCode::BAD_REQUEST),
            Self::UnknownField => ("unknown-field", StatusCode::BAD_REQUEST),
            Self::MissingField => ("missing-field", StatusCode::BAD_REQUEST),
            Self::InvalidField => ("invalid-field", StatusCode::BAD_REQUEST),
            Self::UnreadableBody => ("unreadable-body", StatusCode::BAD_REQUEST),
            Self::UnknownSlot => ("unknown-slot", StatusCode::BAD_REQUEST),
            Self::Unauthorized => ("unauthorized", StatusCode::UNAUTHORIZED),
            Self::ForeignOrigin => ("foreign-origin", StatusCode::FORBIDDEN),
            Self::UnknownPath => ("unknown-path", StatusCode::NOT_FOUND),
            Self::UnknownRelease => ("unknown-release", StatusCode::NOT_FOUND),
            Self::UnknownVisitor => ("unknown-visitor", StatusCode::NOT_FOUND),
            Self::UnknownSegment => ("unknown-segment", StatusCode::NOT_FOUND),
            Self::UnknownExperiment => ("unknown-experiment", StatusCode::NOT_FOUND),
            Self::NoResult => ("no-result", StatusCode::NOT_FOUND),
            Self::WrongMethod => ("wrong-method", StatusCode::METHOD_NOT_ALLOWED),
            Self::TooSlow => ("too-slow", StatusCode::REQUEST_TIMEOUT),
            Self::TooLarge => ("too-large", StatusCode::PAYLOAD_TOO_LARGE),
            Self::ReleaseRefused => ("release-refused", StatusCode::UNPROCESSABLE_ENTITY),
            Self::NoRelease => ("no-release", StatusCode::SERVICE_UNAVAILABLE),
            Self::Busy => ("busy", StatusCode::SERVICE_UNAVAILABLE),
            Self::NoRoom => ("no-room", StatusCode::SERVICE_UNAVAILABLE),
            Self::StoreFailed => ("store-failed", StatusCode::SERVICE_UNAVAILABLE),
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}

/// One refused request.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    code: Code,
    message: String,
    help: Option<Cow<'static, str>>,
    diagnostics: Option<Vec<Finding>>,
}

impl ApiError {
    /// An error without a remedy.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None, diagnostics: None }
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Asks whether the nearest of what is known was meant; where none is near, `otherwise` says what to do.
    #[must_use]
    pub fn suggest<'k>(
        self,
        name: &str,
        known: impl IntoIterator<Item = &'k str>,
        otherwise: impl Into<Cow<'static, str>>,
    ) -> Self {
        match nearest(name, known) {
            Some(near) => self.help(format!("did you mean `{near}`?")),
            None => self.help(otherwise),
        }
    }

    /// A request that another room refused, under a code of the table.
    pub(super) fn of_code(code: &str, message: String, help: Option<String>) -> Self {
        let known = Code::ALL.into_iter().find(|known| known.row().0 == code).unwrap_or(Code::InvalidField);
        Self { code: known, message, help: help.map(Cow::Owned), diagnostics: None }
    }

    /// A set that does not compile, with all that is wrong with it.
    pub fn refused(report: &Report) -> Self {
        let (errors, _) = report.counts();
        let message = format!("the set has {errors} error{}", if errors == 1 { "" } else { "s" });
        let mut error =
            Self::new(Code::ReleaseRefused, message).help("mend what `diagnostics` lists and send it again");
        error.diagnostics = Some(report.findings());
        error
    }

    /// Nothing serves.
    pub fn no_release() -> Self {
        Self::new(Code::NoRelease, "no release serves yet").help("`GET /readyz` says why")
    }

    /// A release that the store does not have.
    pub fn unknown_release(id: &str) -> Self {
        Self::new(Code::UnknownRelease, format!("there is no release `{id}`")).help("`GET /v1/releases` lists them")
    }

    /// A fault of the program: the client learns nothing of it, the log everything.
    pub fn internal(cause: &dyn std::error::Error) -> Self {
        tracing::error!(%cause, "a request failed by a fault of the program");
        Self::new(Code::Internal, "the server failed at this request").help("its log says why; please report it")
    }
}

impl ApiError {
    /// What stands under `error`.
    pub fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("code".to_owned(), json!(self.code.row().0));
        body.insert("message".to_owned(), json!(self.message));
        body.extend(self.help.iter().map(|help| ("help".to_owned(), json!(help))));
        body.extend(self.diagnostics.iter().map(|findings| ("diagnostics".to_owned(), json!(findings))));
        Value::Object(body)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.code.row().1
    }

    fn error_response(&self) -> HttpResponse {
        self.response(false)
    }
}

impl ApiError {
    /// The answer; `in_both_shapes` also has code and message where the clients of the tracking protocol look for them.
    pub(super) fn response(&self, in_both_shapes: bool) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match self.code {
            Code::NoRelease | Code::Busy | Code::StoreFailed => _ = response.insert_header((header::RETRY_AFTER, "1")),
            // Somebody has to make it first.
            Code::NoRoom => _ = response.insert_header((header::RETRY_AFTER, "10")),
            Code::Unauthorized => _ = response.insert_header((header::WWW_AUTHENTICATE, "Bearer")),
            // The rest of the body is not read, so nothing else can follow on this connection.
            Code::TooLarge | Code::TooSlow => _ = response.force_close(),
            _ => {}
        }
        let mut body = json!({ "error": self.body() });
        if let Value::Object(body) = &mut body
            && in_both_shapes
        {
            body.insert("code".to_owned(), json!(self.code.row().0));
            body.insert("message".to_owned(), json!(self.message));
        }
        response.json(body)
    }
}

/// Reads a release's id from a path; anything that is none names no release.
pub(super) fn release_id(text: &str) -> Result<ReleaseId, ApiError> {
    text.parse().map_err(|_| {
        ApiError::new(Code::UnknownRelease, format!("there is no release `{text}`"))
            .help("a release id is 16 hex digits; `GET /v1/releases` lists them")
    })
}
