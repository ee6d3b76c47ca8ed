//! What experiments of one layer must keep from one another, and what salts must not share.

use std::collections::BTreeMap;

use super::{Experiment, Experiments, Split, Status};
use crate::content::Place;
use crate::diagnostic::{Diagnostic, Source};

/// Reports experiments that would share visitors: ranges of one layer that overlap at one time, and units of two kinds
/// in one layer. Reports salts that would make two splits one. One finding an experiment: the first conflict it has.
pub(super) fn check(experiments: &Experiments, sources: &[Source], findings: &mut Vec<Diagnostic>) {
    let places = Places(sources.iter().map(|source| (&*source.file, source)).collect());
    let mut layers: BTreeMap<&str, Vec<&Experiment>> = BTreeMap::new();
    let mut salts: BTreeMap<&str, &Experiment> = BTreeMap::new();
    for experiment in experiments.experiments.values() {
        if let Some(first) = salts.get(&*experiment.salt) {
            findings.push(places.one_salt(first, experiment));
        }
        salts.entry(&experiment.salt).or_insert(experiment);
        let Some(placement) = experiment.layer.as_ref().filter(|_| may_enrol(experiment)) else { continue };
        let former = layers.entry(&placement.layer.name).or_default();
        findings.extend(former.iter().find_map(|first| places.conflict(first, experiment)));
        former.push(experiment);
    }
    let mut salts: BTreeMap<&str, &super::Layer> = BTreeMap::new();
    for layer in experiments.layers.values() {
        if let Some(first) = salts.get(&*layer.salt) {
            findings.push(places.layers_with_one_salt(first, layer));
        }
        salts.entry(&layer.salt).or_insert(layer);
    }
}

/// Neither over nor split elsewhere.
fn may_enrol(experiment: &Experiment) -> bool {
    !matches!(experiment.status, Status::Stopped { .. }) && experiment.split != Split::External
}

/// The files of the set, by printed path.
struct Places<'a>(BTreeMap<&'a str, &'a Source>);

impl Places<'_> {
    /// `the other one is at ./experiments/a.yaml:1`
    fn other(&self, place: &Place) -> String {
        let line = self.0.get(&*place.file).map_or(1, |source| source.line(place.span.start));
        format!("the other one is at {}:{line}", place.file)
    }

    /// What two experiments of one layer have against each other.
    fn conflict(&self, first: &Experiment, second: &Experiment) -> Option<Diagnostic> {
        let (a, b) = (first.layer.as_ref()?, second.layer.as_ref()?);
        if !first.schedule.overlaps(second.schedule) {
            return None;
        }
        if a.range.overlaps(b.range) {
            let message =
                format!("`{}` and `{}` share a part of the layer `{}`", second.name, first.name, a.layer.name);
            let help =
                "give them ranges that do not overlap, such as 0%..50% and 50%..100%, or schedules that do not meet";
            return Some(self.error("overlapping-ranges", second, message, first).help(help));
        }
        if first.unit != second.unit {
            let message = format!(
                "the layer `{}` splits by `{}` for `{}` and by `{}` for `{}`",
                a.layer.name,
                first.unit.word(),
                first.name,
                second.unit.word(),
                second.name
            );
            let help = "a visitor could be in both: use one unit in a layer, or two layers";
            return Some(self.error("mixed-units", second, message, first).help(help));
        }
        None
    }

    fn error(&self, code: &'static str, at: &Experiment, message: String, other: &Experiment) -> Diagnostic {
        Diagnostic::error(code, &at.place.file, at.place.span, message).label(self.other(&other.place))
    }

    fn one_salt(&self, first: &Experiment, second: &Experiment) -> Diagnostic {
        let message = format!("`{}` has the salt of `{}`: both split alike", second.name, first.name);
        Diagnostic::warning("same-salt", &second.place.file, second.place.span, message)
            .label(self.other(&first.place))
            .help("give it a salt of its own, unless the visitors are meant to keep their variants")
    }

    /// Two layers with one salt put every visitor at the same place in both.
    fn layers_with_one_salt(&self, first: &super::Layer, second: &super::Layer) -> Diagnostic {
        let message =
            format!("the layers `{}` and `{}` have one salt: they are not independent", first.name, second.name);
        Diagnostic::error("same-salt", &second.place.file, second.place.span, message)
            .label(self.other(&first.place))
            .help("give each layer a salt of its own")
    }
}
