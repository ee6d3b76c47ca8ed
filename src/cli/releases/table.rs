//! Releases as text for people, as JSON for programs.

use std::io::{self, Write};

use serde_json::json;

use crate::cli::output::{Format, Output, counted};

use super::{Kept, KeptFiles, Published};

/// One line a release, newest first.
pub(super) fn list(releases: &[Kept], format: Format, out: &mut Output) -> io::Result<()> {
    if format == Format::Json {
        return out.json(&json!({ "releases": releases }));
    }
    if releases.is_empty() {
        return writeln!(out, "no releases");
    }
    let widest = releases.iter().map(|release| release.author.chars().count()).max().unwrap_or(0).max("author".len());
    writeln!(out, "{:<16}  {:<6}  {:<20}  {:<widest$}  message", "release", "", "accepted", "author")?;
    for Kept { release, author, time, message, active, .. } in releases {
        let active = if *active { "active" } else { "" };
        let first_line = message.lines().next().unwrap_or_default();
        writeln!(out, "{release:<16}  {active:<6}  {:<20}  {author:<widest$}  {first_line}", seconds(time))?;
    }
    Ok(())
}

/// All that is known of a release, and the names and sizes of its files.
pub(super) fn show(release: &KeptFiles, format: Format, out: &mut Output) -> io::Result<()> {
    if format == Format::Json {
        return out.json(release);
    }
    let Kept { release: id, parent, author, time, message, active } = &release.kept;
    writeln!(out, "release   {id}{}", if *active { " (active)" } else { "" })?;
    writeln!(out, "parent    {}", parent.as_deref().unwrap_or("none"))?;
    writeln!(out, "accepted  {} by {author}", seconds(time))?;
    writeln!(out, "message   {}", message.replace('\n', "\n          "))?;
    writeln!(out, "files")?;
    for (key, text) in &release.files {
        writeln!(out, "  {key}  {}", counted(text.lines().count(), "line"))?;
    }
    Ok(())
}

/// What serves now.
pub(super) fn published(published: &Published, format: Format, out: &mut Output) -> io::Result<()> {
    if format == Format::Json {
        return out.json(published);
    }
    let serves = if published.active { "serves now" } else { "is kept; it does not serve" };
    writeln!(out, "release {} {serves}", published.release)
}

/// A moment without its fraction of a second.
fn seconds(time: &str) -> String {
    match time.split_once('.') {
        Some((whole, fraction)) => {
            format!("{whole}{}", fraction.trim_start_matches(|digit: char| digit.is_ascii_digit()))
        }
        None => time.to_owned(),
    }
}
