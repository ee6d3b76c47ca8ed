//! What a simulation found, for people and for programs.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::words;
use crate::cli::output::Output;
use crate::experiment::{Experiment, Split};
use crate::statistics::{goodness_of_fit, real};

use super::Arguments;
use super::expected::same_layer;
use super::tally::{Enrolment, Simulated, Tally, place_of_pair};

/// Rarer counts of variants are no chance: the convention for sample ratio mismatches.
const MISMATCH_P_VALUE: f64 = 0.001;

/// All of it.
#[derive(Serialize)]
pub(super) struct Report {
    release: String,
    ids: Ids,
    as_is: bool,
    at: Option<String>,
    experiments: Vec<Found>,
    overlaps: Vec<Overlap>,
}

/// Which ids: of a file, or made up.
#[derive(Serialize)]
struct Ids {
    count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(flatten)]
    made_up: Option<MadeUp>,
}

#[derive(Serialize)]
struct MadeUp {
    kind: &'static str,
    seed: u64,
}

/// Of one experiment.
#[derive(Serialize)]
struct Found {
    experiment: String,
    status: &'static str,
    unit: String,
    layer: Option<String>,
    external: bool,
    enrolled: Counted,
    variants: Vec<Counted>,
    sample_ratio: SampleRatio,
    forced: u64,
    winner: u64,
    not_enrolled: Vec<Refused>,
}

/// How many, and what share: of all ids for an experiment, of the enrolled for a variant.
#[derive(Serialize)]
struct Counted {
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<String>,
    count: u64,
    share: f64,
    expected_share: f64,
}

/// Whether variants are as frequent as their weights say.
#[derive(Serialize)]
struct SampleRatio {
    p_value: Option<f64>,
    undefined: Option<String>,
}

#[derive(Serialize)]
struct Refused {
    reason: String,
    count: u64,
    share: f64,
}

#[derive(Serialize)]
struct Overlap {
    experiments: [String; 2],
    layer: Option<String>,
    count: u64,
    expected: f64,
}

impl Report {
    /// `written` are the experiments as they are; `simulated` as they were taken.
    pub(super) fn new(
        arguments: &Arguments,
        release: &str,
        written: &[&Experiment],
        simulated: &Simulated<'_>,
        tally: &Tally,
    ) -> Self {
        let counted = written.iter().zip(&simulated.experiments).zip(&tally.experiments);
        Self {
            release: release.to_owned(),
            ids: Ids::new(arguments, tally.ids),
            as_is: arguments.as_is,
            at: arguments.as_is.then(|| simulated.now.to_string()),
            experiments: counted
                .map(|((written, taken), counts)| {
                    Found::new(written, simulated.enrolled_share(taken), counts, tally.ids)
                })
                .collect(),
            overlaps: overlaps(simulated, tally),
        }
    }

    /// Whether some experiment's variants are not as frequent as their weights say.
    pub(super) fn has_mismatch(&self) -> bool {
        self.experiments.iter().any(|found| found.sample_ratio.is_mismatch())
    }

    pub(super) fn write(&self, out: &mut Output) -> io::Result<()> {
        let Ids { count, file, made_up } = &self.ids;
        let of = match (file, made_up) {
            (Some(file), _) if file == "-" => "ids of standard input".to_owned(),
            (Some(file), _) => format!("ids of {file}"),
            (None, Some(MadeUp { kind, seed })) => format!("made-up ids ({kind}, seed {seed})"),
            (None, None) => "ids".to_owned(),
        };
        writeln!(out, "{} {of}, release {}", words::count(*count), self.release)?;
        match &self.at {
            Some(at) => writeln!(out, "every experiment as it is at {at}")?,
            None => writeln!(out, "every experiment as if it were running; --as-is respects status and dates")?,
        }
        for found in &self.experiments {
            writeln!(out)?;
            found.write(out)?;
        }
        if !self.overlaps.is_empty() {
            writeln!(out, "\nin two experiments at once")?;
        }
        for Overlap { experiments: [first, second], layer, count, expected } in &self.overlaps {
            let why = layer.as_ref().map_or("if independent".to_owned(), |layer| format!("in the layer {layer}"));
            let (count, expected) = (words::count(*count), words::count(rounded(*expected)));
            writeln!(out, "  {first} and {second}: {count}, expected {expected} {why}")?;
        }
        Ok(())
    }
}

impl Ids {
    fn new(arguments: &Arguments, count: u64) -> Self {
        let file = arguments.ids.as_ref().map(|path| path.display().to_string());
        let made_up = MadeUp { kind: arguments.kind.word(), seed: arguments.seed };
        Self { count, made_up: file.is_none().then_some(made_up), file }
    }
}

impl Found {
    fn new(written: &Experiment, expected_share: f64, counts: &Enrolment, ids: u64) -> Self {
        let enrolled = counts.enrolled();
        let variants = written.variants.iter().zip(&counts.variants).map(|(variant, count)| Counted {
            variant: Some(variant.name.to_string()),
            count: *count,
            share: share(*count, enrolled),
            expected_share: variant.range.share().to_f64(),
        });
        let weights: Vec<f64> = written.variants.iter().map(|variant| variant.range.share().to_f64()).collect();
        let tested = goodness_of_fit(&counts.variants, &weights);
        let mut not_enrolled: Vec<Refused> = counts
            .not_enrolled
            .iter()
            .map(|(reason, count)| Refused { reason: reason.to_string(), count: *count, share: share(*count, ids) })
            .collect();
        not_enrolled.sort_by_key(|refused| std::cmp::Reverse(refused.count));
        Self {
            experiment: written.name.to_string(),
            status: written.status.word(),
            unit: written.unit.word().to_owned(),
            layer: written.layer.as_ref().map(|placement| placement.layer.name.to_string()),
            external: written.split == Split::External,
            enrolled: Counted { variant: None, count: enrolled, share: share(enrolled, ids), expected_share },
            variants: variants.collect(),
            sample_ratio: SampleRatio {
                p_value: tested.ok().map(|found| found.p_value.value),
                undefined: tested.err().map(|why| why.to_string()),
            },
            forced: counts.forced,
            winner: counts.winner,
            not_enrolled,
        }
    }

    fn write(&self, out: &mut Output) -> io::Result<()> {
        let layer = self.layer.as_ref().map(|layer| format!("layer {layer}, ")).unwrap_or_default();
        writeln!(out, "{} ({}, {layer}by {})", self.experiment, self.status, self.unit)?;
        if self.external {
            return writeln!(out, "  its split is made elsewhere");
        }
        let names = self.variants.iter().filter_map(|counted| counted.variant.as_ref());
        let widest = names.map(|name| name.chars().count() + 2).max().unwrap_or_default().max("enrolled".len());
        for counted in std::iter::once(&self.enrolled).chain(&self.variants) {
            let name = counted.variant.as_ref().map_or("enrolled".to_owned(), |name| format!("  {name}"));
            let Counted { count, share, expected_share, .. } = counted;
            let (share, expected) = (percent(*share), percent(*expected_share));
            writeln!(out, "  {name:<widest$}  {:>13}  {share:>9}, expected {expected}", words::count(*count))?;
        }
        match self.sample_ratio.p_value {
            Some(p_value) if self.sample_ratio.is_mismatch() => {
                writeln!(out, "  sample ratio p = {p_value:.2e}: NOT what the weights say")?;
            }
            Some(p_value) => writeln!(out, "  sample ratio p = {p_value:.3}")?,
            None => {}
        }
        for (count, what) in [(self.forced, "forced, not counted"), (self.winner, "see the winner, not counted")] {
            if count > 0 {
                writeln!(out, "  {:>width$}  {what}", words::count(count), width = widest + 15)?;
            }
        }
        for Refused { reason, count, share } in &self.not_enrolled {
            let width = widest + 15;
            writeln!(out, "  {:>width$}  {:>9}  not enrolled: {reason}", words::count(*count), percent(*share))?;
        }
        Ok(())
    }
}

impl SampleRatio {
    fn is_mismatch(&self) -> bool {
        self.p_value.is_some_and(|p_value| p_value < MISMATCH_P_VALUE)
    }
}

fn overlaps(simulated: &Simulated<'_>, tally: &Tally) -> Vec<Overlap> {
    let mut overlaps = Vec::new();
    for (place, second) in simulated.experiments.iter().enumerate() {
        for (before, first) in simulated.experiments.iter().enumerate().take(place) {
            overlaps.push(Overlap {
                experiments: [first.name.to_string(), second.name.to_string()],
                layer: same_layer(first, second).map(str::to_owned),
                count: tally.both.get(place_of_pair(before, place)).copied().unwrap_or_default(),
                expected: simulated.both_share(first, second) * real(tally.ids),
            });
        }
    }
    overlaps
}

fn share(count: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { real(count) / real(of) }
}

/// `48.90 %`
fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

/// `1,234,567`
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an expected count is between 0 and all ids"
)]
fn rounded(expected: f64) -> u64 {
    expected.round() as u64
}
