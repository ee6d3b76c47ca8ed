//! Standard output and standard error, for people and for programs.
//!
//! A reader that has gone away (`| head`) is no error: what it does not read is dropped, and the command ends as it
//! would have ended.

use std::io::{self, BufWriter, IsTerminal, Write};

use clap::ValueEnum;
use serde::Serialize;

use crate::diagnostic::{self, Report};

/// Why a command that needs a release ends without one.
pub(super) const NOT_COMPILED: &str = "error: the rules do not compile";

/// Who reads the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// People
    Text,
    /// Programs
    Json,
}

/// Standard output, buffered.
pub(super) struct Output {
    pipe: BufWriter<Pipe>,
}

/// Standard output, or nothing once its reader has gone.
struct Pipe {
    stdout: io::Stdout,
    closed: bool,
}

impl Output {
    pub(super) fn stdout() -> Self {
        Self { pipe: BufWriter::new(Pipe { stdout: io::stdout(), closed: false }) }
    }

    /// Whether nobody reads any more. Becomes true at the first flush after the reader has gone.
    pub(super) fn is_closed(&self) -> bool {
        self.pipe.get_ref().closed
    }

    /// Whether a person reads who likes colours: a terminal, and `NO_COLOR` is not set.
    pub(super) fn likes_color(&self) -> bool {
        self.pipe.get_ref().stdout.is_terminal() && color_is_allowed()
    }

    /// Writes a value as indented JSON with a closing line break.
    pub(super) fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *self, value)?;
        writeln!(self)
    }

    /// Writes what is buffered.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.pipe.flush()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pipe.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pipe.flush()
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Ok(bytes.len());
        }
        match self.stdout.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(bytes.len())
            }
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.stdout.flush() {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            flushed => flushed,
        }
    }
}

/// Writes a line to standard error.
pub(super) fn complain(line: &str) {
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Draws a report on standard error.
pub(super) fn complain_of(report: &Report) {
    let color = io::stderr().is_terminal() && color_is_allowed();
    complain(diagnostic::draw(report, color).trim_end());
}

/// See <https://no-color.org>: any text but the empty one forbids colours.
pub(super) fn color_is_allowed() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|terminal| terminal != "dumb")
}

/// `1 error`, `3 errors`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
