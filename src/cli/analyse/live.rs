//! `segue analyse --experiment NAME`: the result of a live experiment, of a running server or of a data folder that none has open.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use ureq::http::Method;

use crate::analysis::{Number, Point};
use crate::cli::Ending;
use crate::cli::output::{Format, Output};
use crate::cli::progress::while_running;
use crate::cli::server::Server;
use crate::cli::width::width;
use crate::release::Release;
use crate::server::VERDICT_HEADER;
use crate::store::{Error, Store};
use crate::trial::{PointRow, Results};
use crate::visitors::{Limits, Visitors};

use super::history::write_chart;
use super::plot::Panel;

/// Between two looks at a count that is under way.
const PAUSE: Duration = Duration::from_millis(50);

/// Which experiment, and whom to ask.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "A live experiment, instead of a table")]
pub(super) struct Live {
    /// Its name: shows its result as the server keeps it
    #[arg(long, value_name = "NAME", conflicts_with_all = ["files", "unit", "variant", "control", "metrics", "guardrails",
        "lower_is_better", "covariate", "strata", "breakdowns", "weights", "time", "plan", "alpha", "visitors", "earlier_looks",
        "spending", "sample_ratio_alpha", "minimum_effect", "power", "skip_bad_rows", "memory"])]
    pub experiment: Option<String>,
    /// Ask this server
    #[arg(long, value_name = "URL", requires = "experiment")]
    server: Option<String>,
    /// The server's admin token
    #[arg(long, value_name = "TOKEN", env = "SEGUE_ADMIN_TOKEN", hide_env_values = true)]
    admin_token: Option<String>,
    /// The data folder to open where no server is named
    #[arg(long, value_name = "FOLDER", default_value = "./data", conflicts_with = "server")]
    data: PathBuf,
}

/// Whoever is asked.
enum Asked {
    Server(Box<Server>),
    Folder(Box<Opened>),
}

/// A data folder that nobody else opens meanwhile. Visitors end before the store closes.
struct Opened {
    visitors: Visitors,
    release: Arc<Release>,
    _store: Store,
}

/// As much of a result as a chart needs.
#[derive(Deserialize)]
struct Outline {
    alpha: f64,
    variants: Vec<OutlinedVariant>,
    metrics: Vec<OutlinedRow>,
}

#[derive(Deserialize)]
struct OutlinedVariant {
    variant: String,
    control: bool,
}

#[derive(Deserialize)]
struct OutlinedRow {
    metric: String,
    kind: String,
}

#[derive(Deserialize)]
struct History {
    points: Vec<Dated>,
}

#[derive(Deserialize)]
struct Dated {
    at: String,
    rows: Vec<PointRow>,
}

/// Shows the result of an experiment.
pub(super) fn run(
    live: &Live,
    name: &str,
    plot: Option<&Path>,
    format: Format,
    out: &mut Output,
) -> anyhow::Result<Ending> {
    let asked = match &live.server {
        Some(url) => Asked::Server(Box::new(Server::new(url, live.admin_token.as_deref()))),
        None => Asked::Folder(Box::new(Opened::open(&live.data)?)),
    };
    let verdict = match format {
        Format::Json => {
            let answer = asked.json(name)?;
            out.json(&answer)?;
            answer.pointer("/verdict/code").and_then(Value::as_str).unwrap_or_default().to_owned()
        }
        Format::Text => {
            let (text, verdict) = asked.text(name, out.likes_color())?;
            std::io::Write::write_all(out, text.as_bytes())?;
            verdict
        }
    };
    if let Some(file) = plot {
        let outline: Outline = serde_json::from_value(asked.json(name)?).context("this is no result of Segue")?;
        let panels = panels(&outline, &asked.history(name)?);
        if panels.iter().all(|panel| panel.points.is_empty()) {
            bail!(
                "there is nothing to draw of `{name}` yet\nhelp: the server keeps a point every hour and at every planned look"
            );
        }
        write_chart(&panels, outline.alpha, file)?;
    }
    Ok(Ending::from_findings(verdict == "check_data"))
}

impl Asked {
    fn json(&self, name: &str) -> anyhow::Result<Value> {
        match self {
            Self::Server(server) => server.call(Method::GET, &path(name, "results"), None),
            Self::Folder(folder) => Ok(serde_json::to_value(folder.results(name)?)?),
        }
    }

    /// The report, and the verdict's code.
    fn text(&self, name: &str, is_styled: bool) -> anyhow::Result<(String, String)> {
        match self {
            Self::Server(server) => {
                let path = format!("{}?width={}", path(name, "results"), width());
                let (headers, text) = server.ask(Method::GET, &path, "text/plain", None)?;
                let verdict = headers.get(VERDICT_HEADER).and_then(|value| value.to_str().ok());
                let verdict = verdict.ok_or_else(|| anyhow!("the server does not answer as Segue does"))?;
                Ok((String::from_utf8(text)?, verdict.to_owned()))
            }
            Self::Folder(folder) => {
                let results = folder.results(name)?;
                Ok((results.report(width(), is_styled), results.scorecard.verdict.code.word().to_owned()))
            }
        }
    }

    fn history(&self, name: &str) -> anyhow::Result<Vec<Dated>> {
        let answer = match self {
            Self::Server(server) => server.call(Method::GET, &path(name, "history"), None)?,
            Self::Folder(folder) => json!({ "points": folder.points(name)? }),
        };
        Ok(serde_json::from_value::<History>(answer).context("this is no history of Segue")?.points)
    }
}

/// Names of experiments have no letters that a path would change; whatever else is asked for becomes a part of the path, too.
fn path(name: &str, what: &str) -> String {
    let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    format!("/v1/experiments/{name}/{what}")
}

impl Opened {
    fn open(data: &Path) -> anyhow::Result<Self> {
        if !data.is_dir() {
            bail!(
                "there is no data folder `{}`\nhelp: name it with --data, or a running server with --server",
                data.display()
            );
        }
        let store = match Store::open(data, None) {
            Ok(store) => store,
            Err(Error::Locked { url: Some(url), .. }) => {
                bail!("`{}` is in use by the server at {url}\nhelp: ask it with --server {url}", data.display())
            }
            Err(error) => return Err(anyhow!(error)),
        };
        let Some(id) = store.active() else {
            bail!(
                "no release was ever active in `{}`\nhelp: start a server on it, or publish a release",
                data.display()
            );
        };
        let (release, _) = Release::compile(store.release(&id)?.1);
        let Some(release) = release.map(Arc::new) else {
            bail!("the active release {id} does not compile with this program\nhelp: publish one that does");
        };
        let visitors = while_running("opening the visitors", || {
            Visitors::open(store.shelf(), data, &release, &Limits::default())
        })?;
        Ok(Self { visitors, release, _store: store })
    }

    /// Once everybody is counted.
    fn results(&self, name: &str) -> anyhow::Result<Results> {
        while_running("counting", || {
            loop {
                let results = self.visitors.results(&self.release, name, Timestamp::now())?;
                if results.counting.is_none() {
                    return Ok(results);
                }
                std::thread::sleep(PAUSE);
            }
        })
    }

    fn points(&self, name: &str) -> anyhow::Result<Vec<Value>> {
        let Some(experiment) = self.release.experiments.get(name) else { return Ok(Vec::new()) };
        let key = experiment.key();
        let points = self.visitors.history(&key)?;
        Ok(points.into_iter().map(|(at, point)| json!({"at": at.to_string(), "rows": point.rows})).collect())
    }
}

/// One for each metric and treatment, in the order of the result.
fn panels(outline: &Outline, history: &[Dated]) -> Vec<Panel> {
    let control = outline.variants.iter().find(|variant| variant.control).map_or("", |variant| &variant.variant);
    let shares: BTreeSet<&str> =
        outline.metrics.iter().filter(|row| row.kind == "conversion").map(|row| &*row.metric).collect();
    let mut metrics: Vec<&str> = outline.metrics.iter().map(|row| &*row.metric).collect();
    metrics.dedup();
    let treatments = || outline.variants.iter().filter(|variant| !variant.control);
    let pairs = metrics.iter().flat_map(|metric| treatments().map(move |variant| (*metric, &*variant.variant)));
    let panel = |(metric, treatment): (&str, &str)| {
        let rows = history.iter().flat_map(|dated| dated.rows.iter().map(move |row| (dated, row)));
        let own = rows.filter(|(_, row)| row.metric == metric && row.variant == treatment);
        Panel {
            metric: metric.to_owned(),
            treatment: treatment.to_owned(),
            control: control.to_owned(),
            is_share: shares.contains(metric),
            points: own.map(|(dated, row)| point(&dated.at, row)).collect(),
        }
    };
    pairs.map(panel).filter(|panel| !panel.points.is_empty()).collect()
}

fn point(at: &str, row: &PointRow) -> Point {
    let number = |number: Option<f64>| number.and_then(|number| Number::of(number).ok());
    Point {
        label: at.to_owned(),
        n: row.units,
        estimate: number(row.estimate),
        lower: number(row.lower),
        upper: number(row.upper),
        fixed_lower: None,
        fixed_upper: None,
        relative_lift: number(row.relative_lift),
        relative_lower: number(row.relative_lower),
        relative_upper: number(row.relative_upper),
        p_value: number(row.p_value),
    }
}
