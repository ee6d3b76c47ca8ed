//! What experiments of one layer must keep from one another, and what salts must not share.

use super::{Experiment, Experiments, Split, Status};
use crate::diagnostic::{Diagnostic, Source};

/// Reports experiments that would share visitors: ranges of one layer that overlap at one time, and units of two kinds
/// in one layer. Reports salts that would make two splits one.
pub(super) fn check(experiments: &Experiments, sources: &[Source], findings: &mut Vec<Diagnostic>) {
    let all: Vec<&Experiment> = experiments.experiments.values().collect();
    for (index, second) in all.iter().enumerate() {
        for first in all.iter().take(index) {
            if let (Some(a), Some(b)) = (&first.layer, &second.layer)
                && a.layer.name == b.layer.name
                && may_both_enrol(first, second)
            {
                if a.range.overlaps(b.range) {
                    findings.push(overlap(first, second, &a.layer.name, sources));
                } else if first.unit != second.unit {
                    findings.push(two_units(first, second, &a.layer.name, sources));
                }
            }
            if first.salt == second.salt {
                findings.push(one_salt(first, second, sources));
            }
        }
    }
    layers_with_one_salt(experiments, findings, sources);
}

/// Neither is over, and their schedules meet.
fn may_both_enrol(first: &Experiment, second: &Experiment) -> bool {
    let over = |experiment: &Experiment| {
        matches!(experiment.status, Status::Stopped { .. }) || experiment.split == Split::External
    };
    !over(first) && !over(second) && first.schedule.overlaps(second.schedule)
}

/// `./experiments/a.yaml:1`
fn shown(experiment: &Experiment, sources: &[Source]) -> String {
    let source = sources.iter().find(|source| source.file == experiment.place.file);
    let line = source.map_or(1, |source| source.line(experiment.place.span.start));
    format!("{}:{line}", experiment.place.file)
}

fn at(experiment: &Experiment, code: &'static str, message: String) -> Diagnostic {
    Diagnostic::error(code, &experiment.place.file, experiment.place.span, message)
}

fn overlap(first: &Experiment, second: &Experiment, layer: &str, sources: &[Source]) -> Diagnostic {
    let message = format!("`{}` and `{}` share a part of the layer `{layer}`", second.name, first.name);
    at(second, "overlapping-ranges", message)
        .label(format!("the other one is at {}", shown(first, sources)))
        .help("give them ranges that do not overlap, such as 0%..50% and 50%..100%, or schedules that do not meet")
}

fn two_units(first: &Experiment, second: &Experiment, layer: &str, sources: &[Source]) -> Diagnostic {
    let message = format!(
        "the layer `{layer}` splits by `{}` for `{}` and by `{}` for `{}`",
        first.unit.word(),
        first.name,
        second.unit.word(),
        second.name
    );
    at(second, "mixed-units", message)
        .label(format!("the other one is at {}", shown(first, sources)))
        .help("a visitor could be in both: use one unit in a layer, or two layers")
}

fn one_salt(first: &Experiment, second: &Experiment, sources: &[Source]) -> Diagnostic {
    let message = format!("`{}` has the salt of `{}`: both split alike", second.name, first.name);
    Diagnostic::warning("same-salt", &second.place.file, second.place.span, message)
        .label(format!("the other one is at {}", shown(first, sources)))
        .help("give it a salt of its own, unless the visitors are meant to keep their variants")
}

/// Two layers with one salt put every visitor at the same place in both.
fn layers_with_one_salt(experiments: &Experiments, findings: &mut Vec<Diagnostic>, sources: &[Source]) {
    let layers: Vec<_> = experiments.layers.values().collect();
    for (index, second) in layers.iter().enumerate() {
        let Some(first) = layers.iter().take(index).find(|first| first.salt == second.salt) else { continue };
        let message =
            format!("the layers `{}` and `{}` have one salt: they are not independent", first.name, second.name);
        let place = second.place.clone();
        let other = sources.iter().find(|source| source.file == first.place.file);
        let line = other.map_or(1, |source| source.line(first.place.span.start));
        findings.push(
            Diagnostic::error("same-salt", &place.file, place.span, message)
                .label(format!("the other one is at {}:{line}", first.place.file))
                .help("give each layer a salt of its own"),
        );
    }
}
