//! The query of an address, such as `?limit=20`: only what the route takes, so that a misspelt name is no silent default.

use actix_web::{HttpRequest, web};

use super::error::{ApiError, Code};

/// What the query says, in its order; each name is one of `fields`.
///
/// # Errors
/// [`Code::UnknownField`] with the nearest name, [`Code::InvalidField`] where it cannot be read at all.
pub(super) fn read(request: &HttpRequest, fields: &[&str]) -> Result<Vec<(String, String)>, ApiError> {
    let unreadable = |_| {
        ApiError::new(Code::InvalidField, "the query behind `?` cannot be read")
            .help("write `name=value`, joined by `&`, with other signs than letters and digits escaped")
    };
    let pairs = web::Query::<Vec<(String, String)>>::from_query(request.query_string()).map_err(unreadable)?;
    match pairs.iter().find(|(name, _)| !fields.contains(&name.as_str())) {
        Some((name, _)) => Err(unknown_field(name, fields)),
        None => Ok(pairs.into_inner()),
    }
}

fn unknown_field(name: &str, fields: &[&str]) -> ApiError {
    let error = ApiError::new(Code::UnknownField, format!("unknown field `{name}` in the query"));
    if fields.is_empty() {
        return error.help("leave the query out: this address takes none");
    }
    error.suggest(name, fields.iter().copied(), format!("a query has {}", fields.join(", ")))
}
