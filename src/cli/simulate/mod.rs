//! `segue simulate`: what experiments would do with many ids, before anybody sees them.

mod expected;
mod ids;
mod report;
mod tally;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;
use clap::Parser;
use jiff::Timestamp;
use rayon::iter::ParallelIterator;
use rayon::slice::ParallelSlice;

use crate::diagnostic;
use crate::experiment::{Experiment, Schedule, Status};
use crate::profile::parse_moment;
use crate::release::Release;

use self::ids::{Ids, Kind};
use self::report::Report;
use self::tally::{Simulated, Tally};
use super::Ending;
use super::folders::Folders;
use super::output::{self, Format, Output};
use super::progress::Progress;

/// So many ids are counted by one core at a time.
const IDS_A_CORE: usize = 1024;

/// Count whom experiments would enrol
///
/// Computes for many ids which variant each of them gets, and compares the counts with what the definitions say: the enrolled
/// share, each variant's share with a test of the ratio, whom holdouts keep out, and how many are in two experiments at once.
/// Nothing is recorded. Drafts and experiments that are paused or over are simulated as if they were running, unless --as-is
/// says otherwise. Where a unit is an attribute, the ids are its values.
///
/// Exit code 1: the rules do not compile, or the counts of some experiment's variants are not what its weights say (p < 0.001).
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  segue simulate
  segue simulate --experiment cart_hero_test --generate 1000000 --kind uuid
  segue simulate --ids customers.txt --as-is --at 2026-12-01T00:00:00Z --format json")]
pub(super) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    /// A file with one id a line; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["generate", "kind", "seed"])]
    ids: Option<PathBuf>,
    /// Make up so many ids
    #[arg(long, value_name = "COUNT", default_value_t = 100_000)]
    generate: u64,
    /// What made-up ids look like
    #[arg(long, value_enum, default_value_t = Kind::Sequential)]
    kind: Kind,
    /// Another number makes up other ids
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Simulate this experiment only; may be repeated [default: all]
    #[arg(long = "experiment", value_name = "NAME")]
    named: Vec<String>,
    /// Respect status and dates instead of taking every experiment as running
    #[arg(long)]
    as_is: bool,
    /// With --as-is: as of this moment, such as 2026-11-20T10:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_moment, requires = "as_is")]
    at: Option<Timestamp>,
    /// json: {release, ids, as_is, experiments: [{experiment, enrolled, variants, sample_ratio, not_enrolled}], overlaps}
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(arguments: &Arguments, out: &mut Output) -> anyhow::Result<Ending> {
    let Some(release) = arguments.folders.release(arguments.format, out, output::NOT_COMPILED)? else {
        return Ok(Ending::Findings);
    };
    let experiments = arguments.chosen(&release)?;
    let simulated = Simulated {
        experiments: experiments.iter().map(|experiment| arguments.as_simulated(experiment)).collect(),
        schema: &release.schema,
        now: arguments.at.unwrap_or_else(Timestamp::now),
    };
    let (ids, size) = arguments.ids()?;
    let tally = count(ids, size, &simulated)?;
    let report = Report::new(arguments, &release.id.to_string(), &experiments, &simulated, &tally);
    match arguments.format {
        Format::Json => out.json(&report)?,
        Format::Text => report.write(out)?,
    }
    Ok(Ending::from_findings(report.has_mismatch()))
}

impl Arguments {
    /// The experiments that are named, or all.
    fn chosen<'r>(&self, release: &'r Release) -> anyhow::Result<Vec<&'r Experiment>> {
        let all = &release.experiments.experiments;
        if all.is_empty() {
            bail!("there is no experiment\nhelp: name the folder that holds your experiments with --experiments");
        }
        for name in &self.named {
            if !all.contains_key(name.as_str()) {
                let nearest = diagnostic::nearest(name, all.keys().map(|known| &**known));
                let help = nearest.map_or_else(
                    || format!("there are {}", all.keys().map(|known| &**known).collect::<Vec<_>>().join(", ")),
                    |known| format!("did you mean `{known}`?"),
                );
                bail!("unknown experiment `{name}`\nhelp: {help}");
            }
        }
        let wanted = |name: &Arc<str>| self.named.is_empty() || self.named.iter().any(|one| **one == **name);
        Ok(all.values().filter(|experiment| wanted(&experiment.name)).collect())
    }

    /// The experiment as it is, or as if it were running.
    fn as_simulated(&self, experiment: &Experiment) -> Experiment {
        let mut experiment = experiment.clone();
        if !self.as_is {
            experiment.status = Status::Running;
            experiment.schedule = Schedule::default();
        }
        experiment
    }

    /// The ids, and how many bytes or ids they are if that is known.
    fn ids(&self) -> anyhow::Result<(Ids, Option<u64>)> {
        match &self.ids {
            Some(path) => Ids::open(path),
            None => {
                let Self { kind, seed, generate: count, .. } = *self;
                Ok((Ids::Generated { kind, seed, next: 0, count }, Some(count)))
            }
        }
    }
}

/// Counts all ids, a bounded number of them at a time, on all cores.
fn count(mut ids: Ids, size: Option<u64>, simulated: &Simulated<'_>) -> anyhow::Result<Tally> {
    let progress = Progress::new("ids", size);
    let mut all = simulated.nothing();
    while let Some(chunk) = ids.next_chunk()? {
        let counted = chunk.ids.par_chunks(IDS_A_CORE).map(|ids| {
            let mut tally = simulated.nothing();
            ids.iter().for_each(|id| simulated.count(id, &mut tally));
            tally
        });
        all = all.add(&counted.reduce(|| simulated.nothing(), |one, other| one.add(&other)));
        progress.advance(chunk.size, all.ids);
    }
    progress.finish();
    Ok(all)
}
