//! Progress on standard error: only on a terminal, and only for what takes over a second.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that ends sooner shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Runs work of unknown length; a spinner with `what` turns beside it.
pub(super) fn while_running<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let (done, is_done) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            if is_done.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
            spinner.enable_steady_tick(Duration::from_millis(100));
            // Ends when the sender is dropped.
            let _ = is_done.recv();
            spinner.finish_and_clear();
        });
        let result = work();
        drop(done);
        result
    })
}

/// Counts work that comes in pieces.
pub(super) struct Progress {
    bar: ProgressBar,
    noun: &'static str,
    started: Instant,
}

impl Progress {
    /// Counts lines, ids or whatever `noun` says; with the input's size (the bytes of a file) the bar also knows how much is left.
    pub(super) fn new(noun: &'static str, size: Option<u64>) -> Self {
        let bar = ProgressBar::with_draw_target(size, ProgressDrawTarget::hidden());
        let template = match size {
            Some(_) => "{wide_bar} {percent}%  {msg}  {eta} left",
            None => "{spinner} {msg}  {elapsed}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar, noun, started: Instant::now() }
    }

    /// So much more of the input is done; `count` is how many lines (or what they are) so far.
    pub(super) fn advance(&self, size: u64, count: u64) {
        self.bar.inc(size);
        let elapsed = self.started.elapsed();
        if elapsed < PATIENCE {
            return;
        }
        if self.bar.is_hidden() {
            // Stays hidden where standard error is no terminal.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        let per_second = u128::from(count) * 1000 / elapsed.as_millis().max(1);
        self.bar.set_message(format!("{count} {}, {per_second} a second", self.noun));
    }

    /// Takes the bar away.
    pub(super) fn finish(self) {
        self.bar.finish_and_clear();
    }
}
