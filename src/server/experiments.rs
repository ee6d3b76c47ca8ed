//! Experiments over HTTP: all of them at `/v1/experiments`, the result of one and how it came to stand so.
//!
//! What is said tells about all visitors together, and yet it is a team's own: the door is that of authoring.

use std::sync::Arc;

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Value, json};

use super::app::App;
use super::asking::ask;
use super::error::{ApiError, Code};
use super::query;
use crate::analysis::Scorecard;
use crate::experiment::Experiment;
use crate::release::Release;
use crate::trial::{History, Results};
use crate::visitors::{NoResults, Visitors};

type Shared = web::Data<App>;

/// Names the verdict of a result that is sent as text.
pub const VERDICT_HEADER: &str = "segue-verdict";

/// Columns of a report, unless the client says how wide its terminal is.
const WIDTH: usize = 100;
/// The least and the most.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=400;

/// One experiment of the listing.
#[derive(Serialize)]
struct Listed<'a> {
    experiment: &'a str,
    status: &'static str,
    owner: Option<&'a str>,
    hypothesis: Option<&'a str>,
    assignment: &'static str,
    unit: &'a str,
    /// In (0, 1].
    traffic: f64,
    variants: Vec<Value>,
    metrics: Value,
    plan: Value,
    /// Of all variants; `null` where nobody is counted.
    units: Option<u64>,
    verdict: Option<&'a crate::analysis::Code>,
    breaker_tripped: bool,
}

/// `GET /v1/experiments`
pub(super) async fn list(app: Shared, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let asked = query::read(&request, &[]);
    let body = ask(&app, &request, |app, visitors, release| {
        asked?;
        let reading = app.readings.take(visitors, release)?;
        let listed = release
            .experiments
            .experiments
            .values()
            .map(|experiment| listed(experiment, reading.of_experiment(&experiment.name)));
        serde_json::to_vec(&json!({ "experiments": listed.collect::<Vec<_>>() }))
            .map_err(|error| ApiError::internal(&error))
    });
    Ok(HttpResponse::Ok().content_type(header::ContentType::json()).body(body.await?))
}

fn listed<'a>(experiment: &'a Experiment, results: Option<&'a Results>) -> Listed<'a> {
    let Experiment { plan, metrics, .. } = experiment;
    let control = experiment.control().map(|control| &control.name);
    let variants = experiment.variants.iter().map(|variant| {
        let weight = number(variant.weight_as_written());
        json!({"variant": variant.name, "weight": weight, "control": Some(&variant.name) == control})
    });
    let scorecard: Option<&Scorecard> = results.map(|results| &results.scorecard);
    Listed {
        experiment: &experiment.name,
        status: experiment.status.word(),
        owner: experiment.owner.as_deref(),
        hypothesis: experiment.hypothesis.as_deref(),
        assignment: experiment.split.word(),
        unit: experiment.unit.word(),
        traffic: experiment.traffic.to_f64(),
        variants: variants.collect(),
        metrics: json!({
            "primary": metrics.primary, "secondary": metrics.secondary, "guardrails": metrics.guardrails,
        }),
        plan: json!({
            "stop": plan.stop.word(), "alpha": number(plan.alpha), "power": number(plan.power),
            "minimum_effect": plan.minimum_effect.map(number), "visitors": plan.visitors,
        }),
        units: scorecard.map(Scorecard::units),
        verdict: scorecard.map(|scorecard| &scorecard.verdict.code),
        breaker_tripped: results.is_some_and(|results| results.breaker.is_some()),
    }
}

/// As it is written.
fn number(decimal: Decimal) -> Option<serde_json::Number> {
    decimal.normalize().to_string().parse().ok()
}

/// As wide as `?width=` says, within [`WIDTHS`].
fn width(request: &HttpRequest) -> Result<usize, ApiError> {
    let Some((_, value)) = query::read(request, &["width"])?.pop() else { return Ok(WIDTH) };
    let (least, most) = WIDTHS.into_inner();
    let columns = value.parse::<usize>().map_err(|_| {
        ApiError::new(Code::InvalidField, "`width` is no number of columns")
            .help(format!("send {least} to {most}, or leave it out for {WIDTH}"))
    });
    Ok(columns?.clamp(least, most))
}

/// `GET /v1/experiments/{name}/results`: JSON, or a report for people where the client asks for text.
pub(super) async fn results(
    app: Shared,
    request: HttpRequest,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let wants_text = accept.starts_with("text/plain");
    let width = width(&request);
    let answer = ask(&app, &request, move |_, visitors, release| {
        let width = width?;
        let results = read(visitors, release, &name)?;
        let verdict = results.scorecard.verdict.code.word();
        let body = if wants_text {
            results.report(width, false).into_bytes()
        } else {
            serde_json::to_vec(&results).map_err(|error| ApiError::internal(&error))?
        };
        Ok::<_, ApiError>((body, verdict))
    });
    let (body, verdict) = answer.await?;
    let kind = if wants_text { "text/plain; charset=utf-8" } else { "application/json" };
    Ok(HttpResponse::Ok()
        .content_type(kind)
        .insert_header((VERDICT_HEADER, HeaderValue::from_static(verdict)))
        .insert_header((header::VARY, HeaderValue::from_static("accept")))
        .body(body))
}

/// `GET /v1/experiments/{name}/history`: a point an hour and one a look, oldest first.
pub(super) async fn history(
    app: Shared,
    request: HttpRequest,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let asked = query::read(&request, &[]);
    let body = ask(&app, &request, move |_, visitors, release| {
        asked?;
        let experiment = release.experiments.get(&name).ok_or_else(|| unknown(release, &name))?;
        let history = History::new(Arc::clone(&experiment.name), visitors.history(&experiment.key())?);
        serde_json::to_vec(&history).map_err(|error| ApiError::internal(&error))
    });
    Ok(HttpResponse::Ok().content_type(header::ContentType::json()).body(body.await?))
}

fn read(visitors: &Visitors, release: &Arc<Release>, name: &str) -> Result<Results, ApiError> {
    visitors.results(release, name, Timestamp::now()).map_err(|why| match why {
        NoResults::Unknown(name) => unknown(release, &name),
        NoResults::Draft(_) | NoResults::NoMetrics(_) => ApiError::new(Code::NoResult, why.to_string()),
        NoResults::NotFollowed(_) => ApiError::new(Code::Busy, why.to_string()).help("send it again in a second"),
        NoResults::Analysis(error) => ApiError::internal(&error),
        NoResults::Visitors(error) => error.into(),
    })
}

fn unknown(release: &Release, name: &str) -> ApiError {
    let known = release.experiments.experiments.values().map(|experiment| &*experiment.name);
    ApiError::new(Code::UnknownExperiment, format!("there is no experiment `{name}`")).suggest(
        name,
        known,
        "`GET /v1/experiments` lists them",
    )
}
