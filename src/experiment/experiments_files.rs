//! Reads `experiments/*.yaml`.
//!
//! Several files make one set; a name that two files declare is an error in the later one. Layers, holdouts and metrics
//! are read from all files before any experiment, so that an experiment may stand in an earlier file.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::experiment_file::{Known, experiment};
use super::layers_file::{holdout, layer};
use super::metrics_file::metric;
use super::{Experiments, MAX_EXPERIMENTS, overlaps};
use crate::content::Catalogue;
use crate::diagnostic::{Diagnostic, Source, Span};
use crate::profile::{Schema, name};
use crate::yaml::{self, DeclaredOnce, Entry, Fields, Node, Reader};

const EXAMPLE: &str = "experiment: cart_hero_test";

/// The sections of a file that declares what experiments share.
const SHARED: [&str; 3] = ["layers", "holdouts", "metrics"];

impl Experiments {
    /// Reads the experiment files of a set, in the order given: printed path and text of each.
    ///
    /// Whatever can be read is in the result, so that rules can be checked against it; it counts only if the findings
    /// hold no error.
    pub fn read(
        files: &[(Arc<str>, Arc<str>)],
        schema: &Schema,
        catalogue: &Catalogue,
        findings: &mut Vec<Diagnostic>,
    ) -> Self {
        let roots: Vec<(&Arc<str>, &Arc<str>, Node)> =
            files.iter().filter_map(|(file, text)| Some((file, text, yaml::read(file, text, findings)?))).collect();
        let mut building = Building { shared: Self::default(), seen: DeclaredOnce::default(), schema };
        for (file, text, root) in &roots {
            building.seen.begin(file, text);
            building.layers(&mut Reader::new(file, findings), root);
        }
        for (file, text, root) in &roots {
            building.seen.begin(file, text);
            building.rest(&mut Reader::new(file, findings), root);
        }
        let mut experiments = BTreeMap::new();
        for (file, text, root) in &roots {
            building.seen.begin(file, text);
            let reader = &mut Reader::new(file, findings);
            let Some((fields, named)) = building.begin(reader, root) else { continue };
            let known = Known { schema, catalogue, shared: &building.shared };
            // Also without a good name everything else in the file is read, for its mistakes.
            let read = experiment(reader, root, fields, &named, known);
            match read.filter(|_| named.is_good) {
                Some(experiment) => drop(experiments.insert(Arc::clone(&experiment.name), experiment)),
                None => building.shared.faulty.extend(named.name),
            }
        }
        if experiments.len() > MAX_EXPERIMENTS
            && let Some((file, _, root)) = roots.first()
        {
            let message =
                format!("a release has at most {MAX_EXPERIMENTS} experiments, here are {}", experiments.len());
            let help = "take out experiments that are over and have no winner";
            findings.push(Diagnostic::error("too-large", file, root.span, message).help(help));
            experiments.clear();
        }
        let all = Self { experiments, ..building.shared };
        let sources: Vec<Source> =
            files.iter().map(|(file, text)| Source::new(Arc::clone(file), Arc::clone(text))).collect();
        overlaps::check(&all, &sources, findings);
        all
    }
}

struct Building<'a> {
    /// Layers, holdouts and metrics.
    shared: Experiments,
    seen: DeclaredOnce,
    schema: &'a Schema,
}

impl Building<'_> {
    fn layers(&mut self, reader: &mut Reader<'_>, root: &Node) {
        for entry in section(reader, root, "layers") {
            if self.is_good(reader, "layer", entry) {
                self.shared.layers.insert(Arc::clone(&entry.key), layer(reader, entry));
            }
        }
    }

    fn rest(&mut self, reader: &mut Reader<'_>, root: &Node) {
        for entry in section(reader, root, "holdouts") {
            if self.is_good(reader, "holdout", entry)
                && let Some(holdout) = holdout(reader, entry, &self.shared.layers, self.schema)
            {
                self.shared.holdouts.insert(Arc::clone(&entry.key), holdout);
            }
        }
        for entry in section(reader, root, "metrics") {
            if !self.is_good(reader, "metric", entry) {
                continue;
            }
            match metric(reader, entry, self.schema) {
                Some(metric) => drop(self.shared.metrics.insert(Arc::clone(&entry.key), metric)),
                None => drop(self.shared.faulty.insert(Arc::clone(&entry.key))),
            }
        }
    }

    fn is_good(&mut self, reader: &mut Reader<'_>, what: yaml::Kind, entry: &Entry) -> bool {
        if let Err(bad) = name::check_shape(&entry.key) {
            reader.error(bad.code, entry.key_span, bad.message, bad.help);
            return false;
        }
        self.seen.is_new(reader, what, entry)
    }

    /// The fields of a file that holds an experiment, and where its name stands. A file without one is closed here.
    fn begin<'n>(&mut self, reader: &mut Reader<'_>, root: &'n Node) -> Option<(Fields<'n>, Named)> {
        let mut fields = reader.fields(root, root.span, EXAMPLE);
        if is_shared(root) || root.is_null() {
            for section in SHARED {
                fields.get(section);
            }
            fields.close_with(reader, &name::where_else);
            return None;
        }
        let help = format!("write `{EXAMPLE}` first; layers, holdouts and metrics stand in a file without it");
        let start = root.fields().first().map_or(root.span, |first| first.key_span);
        fields.blame(start);
        let node = fields.need(reader, "experiment", &help);
        let name = node.and_then(|node| reader.text(node)).cloned();
        let span = node.map_or(start, |node| node.span);
        let is_good = name.as_ref().is_some_and(|name| self.is_good_name(reader, name, span));
        Some((fields, Named { name, span, is_good }))
    }

    /// Whether an experiment may be called so; reports it if not.
    fn is_good_name(&mut self, reader: &mut Reader<'_>, text: &Arc<str>, span: Span) -> bool {
        let free = name::check_shape(text).and_then(|()| name::check_free(text, "an experiment", &[], true));
        if let Err(bad) = free {
            reader.error(bad.code, span, bad.message, bad.help);
            return false;
        }
        self.seen.is_new_name(reader, "experiment", text, span)
    }
}

/// The name of an experiment.
pub(super) struct Named {
    /// `None` when it is missing or no text.
    pub name: Option<Arc<str>>,
    /// Where it stands, or should.
    pub span: Span,
    /// Whether rules can write it and no other experiment has it.
    is_good: bool,
}

/// Whether a file declares what experiments share: it has such a section, and no experiment.
fn is_shared(root: &Node) -> bool {
    let has = |name: &str| root.fields().iter().any(|entry| &*entry.key == name);
    !has("experiment") && !has("variants") && SHARED.into_iter().any(has)
}

/// A section of a file that declares what experiments share.
fn section<'n>(reader: &mut Reader<'_>, root: &'n Node, name: &str) -> &'n [Entry] {
    if !is_shared(root) {
        return &[];
    }
    let found = root.fields().iter().find(|entry| &*entry.key == name);
    found.map(|entry| reader.entries(&entry.value)).unwrap_or_default()
}
