//! Bodies as lines in, answers as lines out, in the same order, on all cores.
//!
//! Reading, deciding and writing go on at once, a bounded number of chunks apart, so memory does not grow with the
//! input. A chunk ends where the input has nothing more to give, so a program may also send one body and wait for its
//! answer.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::cli::output::Output;
use crate::cli::progress::Progress;

/// A longer line is refused: some 50,000 events of one visitor fit.
pub(super) const MAX_LINE_BYTES: usize = 16 << 20;

/// A chunk is full with so many lines: enough for every core, little enough to answer soon.
const MAX_CHUNK_LINES: usize = 1024;

/// A chunk is full with so many bytes.
const MAX_CHUNK_BYTES: usize = 1 << 20;

/// So many chunks may wait between two steps.
const WAITING_CHUNKS: usize = 2;

/// One line of the input.
pub(super) struct Line {
    /// From 1; blank lines count and have no answer.
    pub(super) number: u64,
    /// Its text without the line break; `None` when it is longer than [`MAX_LINE_BYTES`].
    pub(super) body: Option<Vec<u8>>,
}

/// The answer to one line.
pub(super) struct Answered {
    /// One line of JSON, without a line break.
    pub(super) json: Vec<u8>,
    /// Whether it says what is wrong with the line.
    pub(super) refused: bool,
}

/// Lines with the bytes that they take, or answers to them.
struct Chunk<T> {
    entries: Vec<T>,
    bytes: usize,
    last_line: u64,
}

/// Answers every line of `input` in order. Says whether a line was refused.
///
/// # Errors
/// When the input cannot be read or the output cannot be written; what was answered before is written.
pub(super) fn run(
    input: impl Read + Send,
    answer: impl Fn(&Line) -> Answered + Sync,
    out: &mut Output,
    progress: &Progress,
) -> io::Result<bool> {
    let answer = &answer;
    let (lines_in, lines) = sync_channel(WAITING_CHUNKS);
    let (answers_in, answers) = sync_channel(WAITING_CHUNKS);
    thread::scope(|scope| {
        let reader = scope.spawn(move || read(input, &lines_in));
        scope.spawn(move || decide(&lines, answer, &answers_in));
        let refused = write(&answers, out, progress)?;
        // Nobody reads the output any more: the reader notices when it hands over its next chunk.
        drop(answers);
        reader.join().unwrap_or_else(|_| Err(io::Error::other("the reader stopped")))?;
        Ok(refused)
    })
}

/// Cuts the input into chunks until it ends or nobody takes them.
fn read(input: impl Read, chunks: &SyncSender<Chunk<Line>>) -> io::Result<()> {
    let mut input = BufReader::with_capacity(MAX_CHUNK_BYTES, input);
    let mut number = 0;
    loop {
        let mut chunk = Chunk { entries: Vec::new(), bytes: 0, last_line: number };
        let mut ended = false;
        while chunk.entries.len() < MAX_CHUNK_LINES && chunk.bytes < MAX_CHUNK_BYTES {
            let Some((body, bytes)) = read_line(&mut input)? else {
                ended = true;
                break;
            };
            number += 1;
            chunk.bytes += bytes;
            chunk.last_line = number;
            if body.as_ref().is_none_or(|body| !body.trim_ascii().is_empty()) {
                chunk.entries.push(Line { number, body });
            }
            if input.buffer().is_empty() {
                break;
            }
        }
        if chunks.send(chunk).is_err() || ended {
            return Ok(());
        }
    }
}

/// One line without its break, and how many bytes it took; `None` at the end. Of a line that is too long only the
/// length is kept.
fn read_line(input: &mut impl BufRead) -> io::Result<Option<(Option<Vec<u8>>, usize)>> {
    let mut line = Vec::new();
    let limit = MAX_LINE_BYTES as u64 + 1;
    let mut bytes = input.by_ref().take(limit).read_until(b'\n', &mut line)?;
    if bytes == 0 {
        return Ok(None);
    }
    let complete = line.pop_if(|last| *last == b'\n').is_some();
    if complete || line.len() <= MAX_LINE_BYTES {
        return Ok(Some((Some(line), bytes)));
    }
    bytes += input.skip_until(b'\n')?;
    Ok(Some((None, bytes)))
}

fn decide(
    lines: &Receiver<Chunk<Line>>,
    answer: &(impl Fn(&Line) -> Answered + Sync),
    answers: &SyncSender<Chunk<Answered>>,
) {
    for chunk in lines {
        let entries = chunk.entries.par_iter().map(answer).collect();
        if answers.send(Chunk { entries, bytes: chunk.bytes, last_line: chunk.last_line }).is_err() {
            return;
        }
    }
}

fn write(answers: &Receiver<Chunk<Answered>>, out: &mut Output, progress: &Progress) -> io::Result<bool> {
    let mut refused = false;
    for chunk in answers {
        for answered in &chunk.entries {
            refused |= answered.refused;
            out.write_all(&answered.json)?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
        progress.advance(chunk.bytes as u64, chunk.last_line);
        if out.is_closed() {
            break;
        }
    }
    Ok(refused)
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor};

    use super::{MAX_LINE_BYTES, read_line};

    fn lines(text: &[u8]) -> Vec<Option<usize>> {
        let mut input = BufReader::new(Cursor::new(text));
        std::iter::from_fn(|| read_line(&mut input).unwrap()).map(|(body, _)| body.map(|body| body.len())).collect()
    }

    #[test]
    fn a_line_ends_with_a_break_or_with_the_input() {
        assert_eq!(lines(b"a\n\nbc"), [Some(1), Some(0), Some(2)]);
        assert_eq!(lines(b""), []);
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_alone() {
        let longest = vec![b'x'; MAX_LINE_BYTES];
        assert_eq!(lines(&[&longest[..], b"\nb\n"].concat()), [Some(MAX_LINE_BYTES), Some(1)]);
        assert_eq!(lines(&[&longest[..], b"x\nb\n"].concat()), [None, Some(1)]);
        assert_eq!(lines(&[&longest[..], b"xx"].concat()), [None]);
    }
}
