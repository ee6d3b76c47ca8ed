//! A table of units.

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use anyhow::bail;

use crate::cli::output::counted;
use crate::cli::progress::Progress;
use crate::cli::source::Source;

use super::blocks::Blocks;
use super::cells::keys;
use super::fault::Fault;
use super::heading::{Form, unknown};
use super::layout::Layout;
use super::parse::{NumberFacts, Parsed, Parser, ROW_BITS, SHOWN_FAULTS};
use super::parts::{PARTS, Parts};
use super::unit::{Entry, Unit};
use super::{Input, Wanted};

/// So many blocks are read while as many are taken apart.
const BATCH_BLOCKS: usize = 8;

/// All rows of all files.
pub(in crate::cli) struct Table {
    layout: Layout,
    parts: Parts,
    words: Vec<(Vec<String>, Vec<u32>)>,
    facts: Vec<NumberFacts>,
    times: Option<(i64, i64)>,
    has_times: bool,
    has_units: bool,
    /// How many rows came before each block, and behind the last one all of them.
    before: Vec<u64>,
    bad: u64,
}

impl Table {
    /// Reads all files.
    ///
    /// # Errors
    /// A file or a column is not there; a row is bad and nobody said that bad ones may be left out; temporary files cannot be used.
    pub fn read(input: &Input, wanted: &Wanted) -> anyhow::Result<Self> {
        let limit = usize::try_from(input.patience.memory)?.saturating_mul(1 << 20);
        let parser = Parser::new(wanted);
        let mut table = Self {
            layout: parser.layout,
            parts: Parts::new(parser.layout, limit),
            words: Vec::new(),
            facts: vec![NumberFacts::default(); wanted.numbers.len()],
            times: None,
            has_times: wanted.time.is_some(),
            has_units: wanted.unit.is_some(),
            before: vec![0],
            bad: 0,
        };
        for file in &input.files {
            let blocks = Blocks::open(Source::open(file)?)?;
            table.take_file(blocks, &parser, input.patience.skip_bad_rows)?;
        }
        let empty = |facts: &NumberFacts| table.rows() > 0 && facts.missing == table.rows();
        if let Some((column, _)) = wanted.numbers.iter().zip(&table.facts).find(|(_, facts)| empty(facts)) {
            bail!(
                "no row has a number in column `{column}`\nhelp: is it the right column? It is empty from end to end"
            );
        }
        table.words = parser.words.into_iter().map(super::words::Words::sorted).collect();
        Ok(table)
    }

    fn take_file(&mut self, mut blocks: Blocks, parser: &Parser, skip_bad_rows: bool) -> anyhow::Result<()> {
        let (name, form) = (blocks.name().to_owned(), blocks.form().clone());
        let wanted = parser.columns();
        let places = form.places(&wanted, &name)?;
        let progress = Progress::new("rows", blocks.source().size);
        let mut seen = vec![false; wanted.len()];
        let mut faults: Vec<Fault> = Vec::new();
        let (mut bad, mut shown_bytes) = (0, 0);
        let mut batch = blocks.batch(BATCH_BLOCKS, self.blocks())?;
        let known = if form == Form::Objects { batch.first().map(keys).unwrap_or_default() } else { Vec::new() };
        while !batch.is_empty() {
            let following = self.blocks() + batch.len() as u64;
            let (parsed, next) = rayon::join(
                || batch.into_par_iter().map(|block| parser.parse(&block, &form, &places)).collect::<Vec<Parsed>>(),
                || blocks.batch(BATCH_BLOCKS, following),
            );
            for parsed in parsed {
                if let Some(why) = &parsed.failure {
                    bail!("`{name}`: {why}");
                }
                bad += parsed.bad;
                faults.extend(parsed.faults.iter().take(SHOWN_FAULTS.saturating_sub(faults.len())).cloned());
                seen.iter_mut().zip(&parsed.seen).for_each(|(seen, here)| *seen |= here);
                self.take(parsed)?;
            }
            if bad > SHOWN_FAULTS as u64 && !skip_bad_rows {
                break;
            }
            batch = next?;
            let counted = blocks.source().counted();
            progress.advance(counted - shown_bytes, self.rows());
            shown_bytes = counted;
        }
        progress.finish();
        if bad > 0 && !skip_bad_rows {
            return Err(refusal(&name, bad, &faults));
        }
        self.bad += bad;
        match wanted.iter().zip(&seen).find(|(_, seen)| !**seen) {
            Some((column, _)) if form == Form::Objects => Err(unknown(column, known.iter().map(String::as_str), &name)),
            _ => Ok(()),
        }
    }

    fn take(&mut self, parsed: Parsed) -> anyhow::Result<()> {
        self.before.push(self.rows() + parsed.count);
        for (facts, here) in self.facts.iter_mut().zip(&parsed.numbers) {
            facts.missing += here.missing;
            facts.is_wide |= here.is_wide;
        }
        self.times = match (self.times, parsed.times) {
            (Some((first, last)), Some((earliest, latest))) => Some((first.min(earliest), last.max(latest))),
            (known, here) => known.or(here),
        };
        self.parts.push(parsed.rows)
    }

    fn blocks(&self) -> u64 {
        self.before.len() as u64 - 1
    }

    /// How many rows there are, without the bad ones.
    pub fn rows(&self) -> u64 {
        self.before.last().copied().unwrap_or_default()
    }

    /// How many rows were left out because they could not be read.
    pub fn bad_rows(&self) -> u64 {
        self.bad
    }

    /// The different texts of a column of words, in order.
    pub fn words(&self, column: usize) -> &[String] {
        self.words.get(column).map_or(&[], |(texts, _)| texts)
    }

    /// Whether a column of numbers holds nothing but 0 and 1.
    pub fn is_binary(&self, column: usize) -> bool {
        self.facts.get(column).is_some_and(|facts| !facts.is_wide)
    }

    /// How many rows have no number in this column.
    pub fn missing(&self, column: usize) -> u64 {
        self.facts.get(column).map_or(0, |facts| facts.missing)
    }

    /// Whether rows say when they happened.
    pub fn has_times(&self) -> bool {
        self.has_times
    }

    /// The first and the last [`Unit::moment`].
    pub fn moments(&self) -> Option<(i64, i64)> {
        if self.has_times {
            return self.times;
        }
        self.rows().checked_sub(1).map(|last| (0, last.cast_signed()))
    }

    /// Goes through all units on all cores. Neighbouring results are merged; so what is merged without regard to order, or in order, is
    /// the same whatever the threads.
    ///
    /// # Errors
    /// What `add` complains of; temporary files cannot be read.
    pub fn fold<A: Send>(
        &self,
        new: impl Fn() -> A + Sync + Send,
        add: impl Fn(&mut A, &Unit<'_>) -> anyhow::Result<()> + Sync + Send,
        merge: impl Fn(A, A) -> anyhow::Result<A> + Sync + Send,
    ) -> anyhow::Result<A> {
        (0..PARTS)
            .into_par_iter()
            .try_fold(&new, |mut folded, part| {
                self.parts.visit(part, &mut |bytes| self.each_unit(bytes, |unit| add(&mut folded, unit)))?;
                Ok(folded)
            })
            .try_reduce(&new, &merge)
    }

    fn each_unit(&self, bytes: &[u8], mut with: impl FnMut(&Unit<'_>) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let mut entries = Vec::new();
        let mut at = 0;
        while let Some(row) = bytes.get(at..).filter(|row| !row.is_empty()) {
            entries.push(Entry { hash: Layout::hash(row), at });
            at += self.layout.length(row);
        }
        entries.sort_unstable();
        for same_hash in entries.chunk_by_mut(|a, b| a.hash == b.hash) {
            let row = |entry: &Entry| bytes.get(entry.at..).unwrap_or_default();
            let id = |entry: &Entry| self.layout.id(row(entry));
            if same_hash.len() > 1 {
                // Two ids of one hash are as good as never; the sort keeps the order of rows.
                same_hash.sort_by(|a, b| id(a).cmp(id(b)));
                if self.has_times {
                    same_hash.sort_by(|a, b| id(a).cmp(id(b)).then(Layout::order(row(a)).cmp(&Layout::order(row(b)))));
                }
            }
            for rows in same_hash.chunk_by(|a, b| self.has_units && id(a) == id(b)) {
                with(&Unit { table: self, bytes, rows })?;
            }
        }
        Ok(())
    }

    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    pub(super) fn place_of_word(&self, column: usize, number: u32) -> usize {
        let places = self.words.get(column).map_or(&[][..], |(_, places)| places);
        places.get(number as usize).map_or(0, |place| *place as usize)
    }

    /// What [`Unit::moment`] says of the order that stands in a row.
    pub(super) fn moment(&self, order: i64) -> i64 {
        if self.has_times {
            return order;
        }
        let (block, row) = (order >> ROW_BITS, order & ((1 << ROW_BITS) - 1));
        let before = usize::try_from(block).ok().and_then(|block| self.before.get(block));
        before.copied().unwrap_or_default().cast_signed() + row
    }
}

fn refusal(name: &str, bad: u64, faults: &[Fault]) -> anyhow::Error {
    let listed: String = faults.iter().map(|fault| format!("{fault}\n")).collect();
    let count = usize::try_from(bad).unwrap_or(usize::MAX);
    let how_many =
        if count > faults.len() { format!("more than {} rows", faults.len()) } else { counted(count, "row") };
    let verb = if count == 1 { "it" } else { "them" };
    anyhow::anyhow!(
        "{how_many} of `{name}` cannot be read\n{listed}help: mend {verb}, or leave {verb} out with --skip-bad-rows, which counts {verb}"
    )
}
