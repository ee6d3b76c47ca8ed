//! `segue backup`: everything that is kept as one file, from a live server or from a data folder.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use clap::Parser;

use crate::server::BACKUP_BYTES_HEADER;
use crate::store::Store;
use crate::store::backup::{self, CHECKPOINT_NAME, JOURNAL_FOLDER, Sources};
use crate::store::journal::{Folder, Journal, JournalOptions};

use super::Ending;
use super::data_folder;
use super::output::Output;
use super::progress::Progress;

/// The server writes a checkpoint before it answers, which takes its time with many visitors.
const ANSWER_TIME: Duration = Duration::from_secs(30 * 60);
const CONNECT_TIME: Duration = Duration::from_secs(10);
const PIECE_BYTES: usize = 256 << 10;

/// Copy everything that is kept into one file
///
/// With --server a running server is asked, which goes on serving; without it the data folder is opened, which only works
/// while no server has it open. The file is a tar. It holds the keys that personal values are sealed with: guard it like the
/// data folder. To erase a visitor later does not reach it.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  segue backup monday.tar --server http://127.0.0.1:8080
  segue backup monday.tar --data /var/lib/segue")]
pub(super) struct Arguments {
    /// The file to write; it must not be there yet
    file: PathBuf,
    /// Ask this server
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// The server's admin token
    #[arg(long, value_name = "TOKEN", env = "SEGUE_ADMIN_TOKEN", hide_env_values = true)]
    admin_token: Option<String>,
    /// The data folder to open where no server is named
    #[arg(long, value_name = "FOLDER", default_value = "./data", conflicts_with = "server")]
    data: PathBuf,
}

pub(super) fn run(arguments: &Arguments, out: &mut Output) -> anyhow::Result<Ending> {
    let file = &arguments.file;
    ensure!(!file.exists(), "`{}` is there already\nhelp: name another file", file.display());
    // Whoever finds a file under its name finds a whole one.
    let part = PathBuf::from(format!("{}.part", file.display()));
    let made = make(arguments, &part).and_then(|()| {
        let made = backup::check(&part, &mut |_| {})?;
        std::fs::rename(&part, file).with_context(|| format!("cannot write `{}`", file.display()))?;
        Ok(made)
    });
    if made.is_err() {
        drop(std::fs::remove_file(&part));
    }
    let made = made?;
    writeln!(out, "{}: {} files, {} bytes, as of {}", file.display(), made.files, made.bytes, made.made)?;
    Ok(Ending::Fine)
}

fn make(arguments: &Arguments, part: &Path) -> anyhow::Result<()> {
    let create = || File::options().write(true).create(true).truncate(true).mode(0o600).open(part);
    let write = || format!("cannot write `{}`", part.display());
    let source = match &arguments.server {
        Some(url) => Source::Server(Box::new(ask(url, arguments.admin_token.as_deref())?)),
        None => Source::Folder(Box::new(open(&arguments.data)?)),
    };
    let file = create().with_context(write)?;
    let mut buffered = BufWriter::with_capacity(PIECE_BYTES, &file);
    match source {
        Source::Server(answer) => receive(*answer, &mut buffered)?,
        Source::Folder(opened) => {
            let Opened { sources, _store, _journal } = *opened;
            let bar = Progress::new("bytes", Some(sources.bytes()));
            let mut done = 0;
            sources.write(&mut buffered, &mut |more| {
                done += more;
                bar.advance(more, done);
            })?;
            bar.finish();
        }
    }
    buffered.flush().and_then(|()| file.sync_all()).with_context(write)
}

enum Source {
    Server(Box<Answer>),
    Folder(Box<Opened>),
}

type Answer = ureq::http::Response<ureq::Body>;

/// A data folder that nobody else opens meanwhile.
struct Opened {
    sources: Sources,
    _store: Store,
    _journal: Option<Journal>,
}

fn open(data: &Path) -> anyhow::Result<Opened> {
    let store = data_folder::open(data)?;
    let events = data.join(JOURNAL_FOLDER);
    let journal = match events.is_dir() {
        true => Some(Journal::open(Arc::new(Folder::open(&events)?), JournalOptions::default())?),
        false => None,
    };
    let checkpoint = match File::open(data.join(CHECKPOINT_NAME)) {
        Ok(file) => Some(file),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => None,
        Err(cause) => return Err(anyhow!(cause).context("cannot open the checkpoint")),
    };
    let segments = journal.as_ref().map(|journal| journal.view().segments()).unwrap_or_default();
    let sources = Sources { data: data.to_path_buf(), checkpoint, log_bytes: store.log_bytes()?, segments };
    Ok(Opened { sources, _store: store, _journal: journal })
}

fn ask(url: &str, admin_token: Option<&str>) -> anyhow::Result<Answer> {
    let url = url.trim_end_matches('/');
    let unreachable = || format!("cannot reach the server at {url}");
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(CONNECT_TIME))
        .timeout_recv_response(Some(ANSWER_TIME))
        .build();
    let mut request = config.new_agent().get(format!("{url}/v1/backup"));
    if let Some(token) = admin_token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let mut answer = request.call().with_context(unreachable)?;
    if answer.status().is_success() {
        return Ok(answer);
    }
    let status = answer.status();
    let refusal: Option<serde_json::Value> = answer.body_mut().read_json().ok();
    let text = |name: &str| refusal.as_ref()?.get("error")?.get(name)?.as_str().map(str::to_owned);
    let help = text("help").map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    Err(text("message").map_or_else(|| anyhow!("{url} answers {status}"), |message| anyhow!("{message}{help}")))
}

/// Copies piece by piece: a backup may be larger than memory.
fn receive(answer: Answer, out: &mut impl Write) -> anyhow::Result<()> {
    let size = answer.headers().get(BACKUP_BYTES_HEADER).and_then(|value| value.to_str().ok()?.parse().ok());
    let bar = Progress::new("bytes", size);
    let mut body = answer.into_body().into_with_config().limit(u64::MAX).reader();
    let (mut buffer, mut done) = (vec![0; PIECE_BYTES], 0);
    loop {
        let read = body.read(&mut buffer).context("the server ended the backup early; its log says why")?;
        let piece = buffer.get(..read).unwrap_or_default();
        if piece.is_empty() {
            break;
        }
        out.write_all(piece).context("cannot write the backup")?;
        done += read as u64;
        bar.advance(read as u64, done);
    }
    bar.finish();
    Ok(())
}
