//! `segue import`: events of a CSV or NDJSON file.
//!
//! A line's message id is the import's name and the line's number, so the server counts no line twice; how far it came is
//! marked in a file, so that the same command goes on where it stopped, also when the server has forgotten the ids.

mod lines;
mod mapping;
mod mapping_file;
mod mark;
mod message;
mod moments;
mod refused;
mod sender;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Parser;
use serde_json::json;

use super::Ending;
use super::output::{Format, Output, complain, complain_of, counted};
use super::progress::Progress;
use crate::ingest::Kind;
use lines::{Line, Lines};
use mapping::Mapping;
use mark::Mark;
use message::{Maker, Refusal};
use refused::Refused;
use sender::Sender;

/// Send the events of a CSV or NDJSON file to a server
///
/// The mapping says which column is the visitor, the time, the event and its properties. A line counts once, however often
/// the command runs: it goes on where it stopped. Lines that cannot be taken are listed with their cause in a file.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  segue import orders.csv.gz --mapping orders.yaml --server http://127.0.0.1:8080 --write-key \"$SHOP_KEY\"

  # orders.yaml
  import: orders_2025
  visitor: customer_id
  time: {column: ordered_at, form: \"%Y-%m-%d %H:%M:%S\", zone: Europe/Berlin}
  event: {value: Order Completed}
  properties: {revenue: total, items: quantity}")]
pub(super) struct Arguments {
    /// Comma-separated (.csv), tab-separated (.tsv) or JSON a line (.ndjson, .jsonl), also compressed (.gz)
    file: PathBuf,
    /// What the columns mean
    #[arg(long, value_name = "FILE")]
    mapping: PathBuf,
    /// Where the events go
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// What the server asks of those who send events
    #[arg(long, value_name = "KEY", env = "SEGUE_WRITE_KEY", hide_env_values = true)]
    write_key: Option<String>,
    /// Where to mark how far it came [default: FILE.progress]
    #[arg(long, value_name = "FILE")]
    progress: Option<PathBuf>,
    /// Where to list the lines that cannot be taken, as NDJSON [default: FILE.rejected]
    #[arg(long, value_name = "FILE")]
    rejected: Option<PathBuf>,
    /// Read the file and say what would be sent, without sending it
    #[arg(long)]
    dry_run: bool,
    /// For people or for programs
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What came of an import.
#[derive(Debug, Default)]
struct Count {
    /// Sent by this run, and kept or known already.
    sent: u64,
    /// Cannot be taken.
    rejected: u64,
    /// Lines that a former run has done.
    done_before: u64,
}

pub(super) fn run(arguments: &Arguments, out: &mut Output) -> anyhow::Result<Ending> {
    let mapping = match mapping_file::read(&arguments.mapping)? {
        Ok(mapping) => mapping,
        Err(report) => {
            complain_of(&report);
            anyhow::bail!("the mapping cannot be used");
        }
    };
    let mut lines = Lines::open(&arguments.file, &mapping)?;
    if let Some(columns) = lines.columns() {
        mapping.check_columns(columns)?;
    }
    let count =
        if arguments.dry_run { rehearse(&mapping, &mut lines, out)? } else { send(arguments, &mapping, lines)? };
    say(arguments, &mapping, &count, out)?;
    Ok(Ending::from_findings(count.rejected > 0))
}

/// Shows the first message, and reads the rest.
fn rehearse(mapping: &Mapping, lines: &mut Lines, out: &mut Output) -> anyhow::Result<Count> {
    let mut maker = Maker::new(mapping);
    let mut count = Count::default();
    let progress = Progress::new("lines", Some(lines.size()));
    while let Some(line) = lines.next()? {
        match maker.message(&line) {
            Ok(message) => {
                if count.sent == 0 {
                    out.json(&message)?;
                }
                count.sent += 1;
            }
            Err(Refusal { cause, .. }) => {
                count.rejected += 1;
                complain(&format!("line {}: {cause}", line.number()));
            }
        }
        progress.advance(lines.newly_read(), count.sent + count.rejected);
    }
    progress.finish();
    Ok(count)
}

fn send(arguments: &Arguments, mapping: &Mapping, mut lines: Lines) -> anyhow::Result<Count> {
    let beside =
        |given: &Option<PathBuf>, ending: &str| given.clone().unwrap_or_else(|| with_ending(&arguments.file, ending));
    let mut mark = Mark::open(&beside(&arguments.progress, "progress"), mapping, &arguments.server, &arguments.file)?;
    let mut refused = Refused::open(&beside(&arguments.rejected, "rejected"), mark.line() > 0)?;
    let mut sender = Sender::new(&arguments.server, arguments.write_key.as_deref());
    let mut maker = Maker::new(mapping);
    let mut count = Count { rejected: mark.rejected(), ..Count::default() };
    let progress = Progress::new("lines", Some(lines.size()));
    let mut read = 0;
    loop {
        let line = lines.next()?;
        let number = line.as_ref().map(Line::number);
        let is_done = number.is_some_and(|number| number <= mark.line());
        if let Some(line) = line {
            read += 1;
            // What was done before is read again: how far each visitor had come matters to what follows.
            match maker.message(&line) {
                _ if is_done => count.done_before += 1,
                Ok(message) => sender.add(line.number(), &message)?,
                Err(refusal) => refused.add(line.number(), &refusal),
            }
            progress.advance(lines.newly_read(), read);
        }
        if sender.is_full() || number.is_none() || refused.is_full() {
            let stopped = || format!("stopped after line {}; the same command goes on from there", mark.line());
            let answer = sender.send().with_context(stopped)?;
            count.sent += answer.kept;
            answer.refused.iter().for_each(|(line, refusal)| refused.add(*line, refusal));
            count.rejected += refused.write()?;
            mark.set(number.or(lines.last_number()).unwrap_or_default().max(mark.line()), count.rejected)?;
        }
        if number.is_none() {
            break;
        }
    }
    progress.finish();
    Ok(count)
}

fn say(arguments: &Arguments, mapping: &Mapping, count: &Count, out: &mut Output) -> anyhow::Result<()> {
    use std::io::Write;
    let Count { sent, rejected, done_before } = count;
    if arguments.format == Format::Json {
        let answer = json!({"import": mapping.name, "sent": sent, "rejected": rejected, "done_before": done_before, "dry_run": arguments.dry_run});
        return Ok(out.json(&answer)?);
    }
    let verb = if arguments.dry_run { "would be sent" } else { "sent" };
    write!(out, "{} {verb}", counted(usize::try_from(*sent)?, kind_noun(mapping.kind)))?;
    if *done_before > 0 {
        write!(out, ", {} had been done before", counted(usize::try_from(*done_before)?, "line"))?;
    }
    if *rejected > 0 {
        let listed = arguments.rejected.clone().unwrap_or_else(|| with_ending(&arguments.file, "rejected"));
        write!(out, ", {} rejected", counted(usize::try_from(*rejected)?, "line"))?;
        if !arguments.dry_run {
            write!(out, ": see {}", listed.display())?;
        }
    }
    writeln!(out)?;
    Ok(())
}

fn kind_noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Identify => "profile",
        _ => "event",
    }
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}
