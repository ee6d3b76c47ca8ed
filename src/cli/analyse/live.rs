//! `segue analyse --experiment NAME`: the result of a live experiment, of a running server or of a data folder that none has open.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use serde_json::Value;
use ureq::http::Method;

use crate::cli::Ending;
use crate::cli::output::{Format, Output};
use crate::cli::server::Server;
use crate::cli::width::width;
use crate::server::VERDICT_HEADER;
use crate::trial::History;

use super::history::write_chart;
use super::live_chart::{Outline, panels};
use super::opened::Opened;

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

    fn history(&self, name: &str) -> anyhow::Result<History> {
        match self {
            Self::Server(server) => {
                let answer = server.call(Method::GET, &path(name, "history"), None)?;
                serde_json::from_value(answer).context("this is no history of Segue")
            }
            Self::Folder(folder) => folder.history(name),
        }
    }
}

/// Names of experiments have no letters that a path would change; whatever else is asked for becomes a part of the path, too.
fn path(name: &str, what: &str) -> String {
    let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    format!("/v1/experiments/{name}/{what}")
}
