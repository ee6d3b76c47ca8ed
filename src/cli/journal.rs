//! `segue journal`: whether every record of the event journal is as it was written.

use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use clap::Parser;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::store::Lock;
use crate::store::journal::{Checked, Error, Folder, Segment, check};

use super::output::{Format, Output, counted};
use super::{Ending, progress};

/// Read the event journal and say whether every record is as it was written
///
/// Nothing is changed. A server reads at its start only what it has not folded yet; this reads everything: after a disk
/// made trouble, or to see whether a backup is good. It needs a data folder that no server has open.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  segue journal
  segue journal --data /backup/monday
  segue journal --format json | jq .end.entry")]
pub(super) struct Arguments {
    /// The data folder
    #[arg(long, value_name = "FOLDER", default_value = "./data")]
    data: PathBuf,
    /// json: {"segments": [{file, first_entry, begun, bytes}], "end": {sequence, entry, segment, offset}, "unfinished_bytes", "damage"}
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, out: &mut Output) -> anyhow::Result<Ending> {
    let folder = arguments.data.join("events");
    if !folder.is_dir() {
        bail!("there is no journal `{}`\nhelp: name its data folder with --data", folder.display());
    }
    let _lock = Lock::take(&arguments.data, None)?;
    let disk = Folder::open(&folder)?;
    let checked = progress::while_running("reading the journal", || check(&disk));
    let checked = match checked {
        Err(damage @ Error::Damaged { .. }) => Err(damage),
        checked => Ok(checked?),
    };
    match arguments.format {
        Format::Json => out.json(&as_json(checked.as_ref()))?,
        Format::Text => write(checked.as_ref(), out)?,
    }
    Ok(Ending::from_findings(checked.is_err()))
}

fn as_json(checked: Result<&Option<Checked>, &Error>) -> Value {
    match checked {
        Err(damage) => json!({"segments": [], "end": null, "unfinished_bytes": 0, "damage": damage.to_string()}),
        Ok(None) => json!({"segments": [], "end": null, "unfinished_bytes": 0, "damage": null}),
        Ok(Some(checked)) => json!({
            "segments": checked.segments.iter().map(|segment| json!({
                "file": segment.path, "first_entry": segment.first_entry, "begun": begun(segment), "bytes": segment.bytes,
            })).collect::<Vec<_>>(),
            "end": checked.end,
            "unfinished_bytes": checked.unfinished_bytes,
            "damage": null,
        }),
    }
}

fn write(checked: Result<&Option<Checked>, &Error>, out: &mut Output) -> anyhow::Result<()> {
    let checked = match checked {
        Err(damage) => return Ok(writeln!(out, "{damage}")?),
        Ok(None) => return Ok(writeln!(out, "the journal is empty")?),
        Ok(Some(checked)) => checked,
    };
    writeln!(out, "{:>12}  {:<20}  {:>12}  segment", "first entry", "begun", "bytes")?;
    for segment in &checked.segments {
        let Segment { first_entry, bytes, path, .. } = segment;
        writeln!(out, "{first_entry:>12}  {:<20}  {bytes:>12}  {}", begun(segment), path.display())?;
    }
    let first = checked.segments.first().map_or(1, |first| first.first_entry);
    let entries = (checked.end.entry + 1).saturating_sub(first);
    let segments = counted(checked.segments.len(), "segment");
    writeln!(out, "{segments}, {entries} entries, up to record {}: fine", checked.end.sequence)?;
    if checked.unfinished_bytes > 0 {
        let bytes = checked.unfinished_bytes;
        writeln!(out, "{bytes} bytes of a commit that nobody was told of stand behind; the next start erases them")?;
    }
    Ok(())
}

/// When a segment was begun, to the second.
fn begun(segment: &Segment) -> String {
    let moment = i64::try_from(segment.begun_ms / 1000).ok().and_then(|second| Timestamp::from_second(second).ok());
    moment.map_or_else(String::new, |moment| moment.to_string())
}
