//! `segue decide`: what visitors see, without a server.
//!
//! One visitor from flags or from a file, answered for people; or a body a line on standard input, answered in the
//! same order.

mod batch;
mod body;
mod ignored;

use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, anyhow, bail};
use clap::Parser;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::decision::{self, Answer, Request, RequestError};
use crate::profile::{Ignored, parse_moment};
use crate::release::Release;

use self::batch::{Answered, Line, MAX_LINE_BYTES};
use self::body::{Flags, Pair};
use super::folders::Folders;
use super::output::{self, Format, Output};
use super::progress::Progress;
use super::{Ending, explain};

/// Decide what visitors see
///
/// One visitor comes from flags or from a file with a /v1/decide body. Many come as such bodies, one a line, on standard
/// input; their answers go to standard output in the same order, and a bad line is answered by {"line", "error"} and
/// exit code 1. Nothing is recorded.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  segue decide --id v1 --attribute country=DE --context page=/pricing --slot home_hero --explain
  segue decide --visitor visitor.json --at 2026-11-20T10:00:00Z
  segue decide < bodies.ndjson > answers.ndjson")]
pub(super) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    /// The visitor's id
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// An attribute of the visitor; the schema says of which type
    #[arg(long = "attribute", value_name = "NAME=VALUE", requires = "id")]
    attributes: Vec<Pair>,
    /// What the visitor said to a purpose, yes or no
    #[arg(long, value_name = "PURPOSE=yes|no", requires = "id")]
    consent: Vec<Pair>,
    /// A fact of the request, such as page=/pricing
    #[arg(long, value_name = "NAME=VALUE", requires = "id")]
    context: Vec<Pair>,
    /// A file with one /v1/decide body; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["id", "batch"])]
    visitor: Option<PathBuf>,
    /// Read a body a line from standard input (the default where it is no terminal and nobody else is named)
    #[arg(long, conflicts_with = "id")]
    batch: bool,
    /// Decide this slot only; may be repeated [default: all, or as the body says]
    #[arg(long = "slot", value_name = "SLOT")]
    slots: Vec<Arc<str>>,
    /// Say which facts decided, and why other rules did not match
    #[arg(long)]
    explain: bool,
    /// Decide as of this moment, such as 2026-11-20T10:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    at: Option<Timestamp>,
    /// How one visitor's answer is written; a batch is answered in JSON
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, out: &mut Output) -> anyhow::Result<Ending> {
    let named = arguments.id.is_some() || arguments.visitor.is_some();
    if !named && !arguments.batch && io::stdin().is_terminal() {
        bail!("nobody to decide for\nhelp: name a visitor with --id or --visitor, or give bodies on standard input");
    }
    let Some(release) = arguments.folders.release(arguments.format, out, output::NOT_COMPILED)? else {
        return Ok(Ending::Findings);
    };
    let deciding = Deciding { release: &release, arguments, ignored: Mutex::default() };
    let ending = if named { deciding.one(out) } else { deciding.batch(out) }?;
    let ignored = deciding.ignored.into_inner().unwrap_or_else(PoisonError::into_inner);
    ignored::words(ignored).iter().for_each(|words| output::complain(words));
    Ok(ending)
}

struct Deciding<'a> {
    release: &'a Release,
    arguments: &'a Arguments,
    /// Of all bodies together.
    ignored: Mutex<Ignored>,
}

impl Deciding<'_> {
    fn one(&self, out: &mut Output) -> anyhow::Result<Ending> {
        let body = match (&self.arguments.visitor, &self.arguments.id) {
            (Some(path), _) => read(path)?,
            (None, id) => {
                let Arguments { attributes, consent, context, .. } = self.arguments;
                let flags = Flags { id: id.as_deref().unwrap_or_default(), attributes, consent, context };
                serde_json::to_vec(&flags.body(&self.release.schema)?)?
            }
        };
        let now = self.now();
        let answer = self.answer(&body, now).map_err(|refused| anyhow!(words(&refused)))?;
        match self.arguments.format {
            Format::Json => out.json(&answer)?,
            Format::Text => {
                writeln!(out, "visitor {}, release {}, at {now:.0}", answer.visitor, answer.release)?;
                for line in answer.decisions.iter().flat_map(explain::lines) {
                    writeln!(out, "{line}")?;
                }
            }
        }
        Ok(Ending::Fine)
    }

    fn batch(&self, out: &mut Output) -> anyhow::Result<Ending> {
        let progress = Progress::new("lines", bytes_of_stdin());
        let refused = batch::run(io::stdin(), |line| self.answer_line(line), out, &progress);
        progress.finish();
        Ok(Ending::from_findings(refused.context("the batch stopped")?))
    }

    fn answer_line(&self, line: &Line) -> Answered {
        let answer = match &line.body {
            Some(body) => self.answer(body, self.now()),
            None => Err(too_long()),
        };
        let refused = answer.is_err();
        let json = match answer {
            Ok(answer) => serde_json::to_vec(&answer),
            Err(error) => serde_json::to_vec(&json!({"line": line.number, "error": body_of(&error)})),
        };
        Answered { json: json.unwrap_or_default(), refused }
    }

    fn answer(&self, body: &[u8], now: Timestamp) -> Result<Answer, RequestError> {
        let mut request = Request::read(body, &self.release.schema, now)?;
        if request.ignored != Ignored::default() {
            let mut ignored = self.ignored.lock().unwrap_or_else(PoisonError::into_inner);
            *ignored = ignored.and(request.ignored);
        }
        request.explain |= self.arguments.explain;
        if !self.arguments.slots.is_empty() {
            request.slots = Some(self.arguments.slots.clone());
        }
        Ok(decision::decide(self.release, &request, now)?)
    }

    fn now(&self) -> Timestamp {
        self.arguments.at.unwrap_or_else(Timestamp::now)
    }
}

/// The error's part of the one error shape.
fn body_of(error: &RequestError) -> Value {
    let mut body = json!({"code": error.code, "message": error.message});
    if let (Some(help), Some(body)) = (&error.help, body.as_object_mut()) {
        body.insert("help".to_owned(), help.as_str().into());
    }
    body
}

fn words(error: &RequestError) -> String {
    let help = error.help.as_ref().map(|help| format!("\nhelp: {help}"));
    error.message.clone() + &help.unwrap_or_default()
}

fn too_long() -> RequestError {
    RequestError {
        code: "too-large",
        field: None,
        message: format!("the line is longer than {MAX_LINE_BYTES} bytes"),
        help: Some("leave out events that no rule asks for".to_owned()),
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    if path.as_os_str() == "-" {
        io::stdin().read_to_end(&mut body).context("cannot read standard input")?;
    } else {
        body = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    }
    Ok(body)
}

/// How long standard input is, where it is a file.
fn bytes_of_stdin() -> Option<u64> {
    fs::metadata("/dev/stdin").ok().filter(fs::Metadata::is_file).map(|file| file.len())
}
