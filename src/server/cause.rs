//! What an error of another room is to a client: a code, a message that names nothing of the operator's, and a remedy. The cause goes to the log.

use super::error::{ApiError, Code};
use crate::decision::RequestError;
use crate::release::FileSetError;
use crate::store;
use crate::visitors;

impl From<store::Error> for ApiError {
    fn from(error: store::Error) -> Self {
        use store::Error;
        match &error {
            Error::UnknownRelease { id } => return Self::unknown_release(id.as_str()),
            Error::TooLarge { .. } => {
                return Self::new(Code::TooLarge, error.to_string()).help("send fewer or smaller files");
            }
            _ => tracing::error!(cause = %error, "the store failed"),
        }
        Self::new(Code::StoreFailed, "the store cannot do this now")
            .help("nothing was acknowledged and what serves goes on serving; the server's log says what to mend")
    }
}

impl From<FileSetError> for ApiError {
    fn from(error: FileSetError) -> Self {
        match &error {
            FileSetError::TooLarge { .. } => {
                Self::new(Code::TooLarge, error.to_string()).help("split the file or send less")
            }
            FileSetError::OutsidePath { .. } => Self::new(Code::InvalidField, error.to_string())
                .help("write keys as `rules/home.rules` or `experiments/cart.yaml`"),
            FileSetError::NotAnId => {
                Self::new(Code::UnknownRelease, error.to_string()).help("`GET /v1/releases` lists them")
            }
            FileSetError::Unreadable { .. } => Self::internal(&error),
        }
    }
}

impl From<visitors::Error> for ApiError {
    fn from(error: visitors::Error) -> Self {
        use crate::store::journal::Refused;
        let code = match &error {
            visitors::Error::Refused(Refused::Busy) | visitors::Error::Stopped | visitors::Error::BackupUnderWay => {
                Code::Busy
            }
            visitors::Error::Refused(Refused::Full(_)) | visitors::Error::NoRoom => Code::NoRoom,
            visitors::Error::Refused(Refused::TooLarge { .. }) => Code::TooLarge,
            _ => Code::StoreFailed,
        };
        tracing::warn!(cause = %error, "events or visitors could not be read or kept");
        let help = match code {
            Code::Busy => "send it again in a second",
            Code::NoRoom => "the operator must make room: raise --journal-cap, shorten --retention or add disk",
            Code::TooLarge => "send less at once",
            _ => "the operator's log says more",
        };
        // The cause may name paths, which are the operator's alone.
        let message = match &error {
            visitors::Error::Refused(Refused::Full(_)) | visitors::Error::NoRoom => {
                "there is no room for more events".to_owned()
            }
            visitors::Error::Refused(refused) => refused.to_string(),
            visitors::Error::Stopped | visitors::Error::Failed | visitors::Error::BackupUnderWay => error.to_string(),
            _ => "what is kept of visitors cannot be read or written".to_owned(),
        };
        Self::new(code, message).help(help)
    }
}

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> Self {
        let RequestError { code, message, help, .. } = error;
        Self::of_code(code, message, help)
    }
}

impl From<actix_web::error::BlockingError> for ApiError {
    fn from(error: actix_web::error::BlockingError) -> Self {
        Self::internal(&error)
    }
}
