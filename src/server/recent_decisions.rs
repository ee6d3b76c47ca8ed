//! `GET /v1/decisions/recent`: the decisions of late, newest first.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde_json::json;

use super::app::App;
use super::doors;
use super::error::{ApiError, Code};
use super::query;
use super::recent::MAX_RECENT_DECISIONS;
use crate::visitors::Error;

/// Unless the request says otherwise.
const USUAL_LIMIT: usize = 100;

/// The parts of the query.
const FIELDS: [&str; 3] = ["slot", "visitor", "limit"];

/// Which of them are wanted.
#[derive(Debug, Default)]
struct Wanted {
    slot: Option<String>,
    visitor: Option<String>,
    limit: Option<usize>,
}

/// Those of a visitor are found by every id that the visitor goes by.
pub(super) async fn show(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    doors::authoring(&request, app.admin_token.as_ref())?;
    let release = app.current().ok_or_else(ApiError::no_release)?;
    let wanted = Wanted::read(query::read(&request, &FIELDS)?)?;
    if let Some(slot) = &wanted.slot
        && release.compiled.slot(slot).is_none()
        && app.recent.latest(1, Timestamp::now(), |decision| *decision.slot == **slot).is_empty()
    {
        return Err(unknown_slot(slot, release.program.slots.iter().map(|slot| &*slot.name)));
    }
    let found = web::block(move || {
        let ids = match &wanted.visitor {
            Some(visitor) => {
                let mut ids = app.visitors()?.ids_of(visitor, &release)?;
                ids.push(Arc::from(visitor.as_str()));
                Some(ids)
            }
            None => None,
        };
        let decisions = app.recent.latest(wanted.limit.unwrap_or(USUAL_LIMIT), Timestamp::now(), |decision| {
            wanted.slot.as_ref().is_none_or(|slot| *decision.slot == **slot)
                && ids.as_ref().is_none_or(|ids| ids.contains(&decision.visitor))
        });
        let kept = json!({ "number": app.recent.capacity(), "hours": app.recent.age().as_hours() });
        Ok::<_, Error>(json!({ "kept": kept, "decisions": decisions }))
    });
    Ok(HttpResponse::Ok().json(found.await??))
}

impl Wanted {
    fn read(pairs: Vec<(String, String)>) -> Result<Self, ApiError> {
        let mut wanted = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "slot" => wanted.slot = Some(value),
                "visitor" => wanted.visitor = Some(value),
                _ => wanted.limit = Some(limit(&value)?),
            }
        }
        Ok(wanted)
    }
}

fn limit(value: &str) -> Result<usize, ApiError> {
    let number = value.parse().ok().filter(|number| (1..=MAX_RECENT_DECISIONS).contains(number));
    number.ok_or_else(|| {
        ApiError::new(Code::InvalidField, "`limit` is no number of decisions")
            .help(format!("send 1 to {MAX_RECENT_DECISIONS}, or leave it out for {USUAL_LIMIT}"))
    })
}

fn unknown_slot<'s>(slot: &str, known: impl Iterator<Item = &'s str>) -> ApiError {
    let error = ApiError::new(Code::UnknownSlot, format!("there is no slot `{slot}`"));
    error.suggest(slot, known, "declare it under `slots` in rules/content")
}
