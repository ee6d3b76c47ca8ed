//! Files -> release: every file is read, every finding kept, then the set is accepted or refused whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Case, FileSet, Release, case};
use crate::content::Catalogue;
use crate::diagnostic::{Diagnostic, Report, Severity, Source, Span, nearest};
use crate::experiment::Experiments;
use crate::language::checked::Program;
use crate::language::{self, Findings, Nouns, RuleFile};
use crate::measurement::{Counted, Measured};
use crate::profile::{Schema, facts};
use crate::rules::{CellPlan, Compiled};

/// The folder or ending that says what a file is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Rules,
    Schema,
    Content,
    Cases,
    List,
    Experiment,
    Misplaced,
}

/// Codes which say that a schema or content file could not be read at all.
const UNREAD: &[&str] = &["yaml-syntax", "yaml-feature", "too-deep", "too-large"];

/// Codes which say that a name is not declared, and what follows from that.
const UNDECLARED: &[&str] = &[
    "missing-quotes",
    "unknown-attribute",
    "unknown-content",
    "unknown-event",
    "unknown-experiment",
    "unknown-fact",
    "unknown-layer",
    "unknown-list",
    "unknown-metric",
    "unknown-property",
    "unknown-purpose",
    "unknown-slot",
    "unknown-variable",
    "which-event",
    "which-slot",
];

/// A printed path and a text.
type Named = (Arc<str>, Arc<str>);

impl Release {
    /// Compiles a set whole or refuses it whole.
    ///
    /// The report comes back in both cases, sorted: a release may carry warnings. A set without errors gives a release.
    pub fn compile(files: FileSet) -> (Option<Self>, Report) {
        Self::compile_after(files, None)
    }

    /// The same after another release: what did not change since is taken from it, unread. The outcome is the same.
    pub fn compile_after(files: FileSet, before: Option<&Self>) -> (Option<Self>, Report) {
        let before = before.filter(|before| before.files.has_same_nouns(&files));
        let mut report = Report::default();
        let mut findings = Findings::new();
        let (mut rules, mut cases) = (Vec::new(), Vec::new());
        let (mut schema, mut content, mut experiments) = (Vec::new(), Vec::new(), Vec::new());
        for (key, text) in files.iter() {
            let file = report.sources.add(Source::new(files.shown(key), Arc::clone(text)));
            if let Some(at) = files.not_text(key) {
                findings.push(not_text(&file, at));
            }
            let named: Named = (Arc::clone(&file), Arc::clone(text));
            match role(key) {
                Role::Rules => rules.push((inside(key), named)),
                Role::Schema => schema.push(named),
                Role::Content => content.push(named),
                Role::Cases => cases.push((inside(key), named)),
                Role::List => {}
                Role::Experiment => experiments.push(named),
                Role::Misplaced => findings.push(misplaced(&file)),
            }
        }
        if files.is_empty() {
            findings.push(empty_set(&files.shown("rules/").into()));
        }
        let declaring: BTreeSet<Arc<str>> =
            schema.iter().chain(&content).chain(&experiments).map(|(file, _)| Arc::clone(file)).collect();
        let list = |path: &str| files.list(path);
        let found = findings.len();
        let known =
            before.filter(|before| before.clean_nouns && before.files.has_same_folders(&files)).map(Self::nouns);
        let nouns = known.unwrap_or_else(|| SetNouns::read(&schema, &content, &experiments, &list, &mut findings));
        let clean_nouns = findings.len() == found;
        let rules: Vec<RuleFile> =
            rules.into_iter().map(|(inside, (file, text))| RuleFile { inside, file, text }).collect();
        let known = before.map(|before| &before.kept);
        let (program, kept) = language::check_after(&rules, nouns.nouns(), known, &mut findings);
        let cases: Vec<Case> = cases
            .iter()
            .flat_map(|(inside, (file, text))| case::read(inside, file, text, nouns.nouns(), &mut findings))
            .collect();
        leave_out_consequences(&mut findings, &declaring);
        // INVARIANT: segments and measures refer in circles only where a finding says so.
        let (mut cells, mut measured) = (CellPlan::default(), Measured::default());
        if findings.iter().all(|finding| finding.severity != Severity::Error) {
            segments_of_breakdowns(nouns.nouns(), &program, &mut findings);
            cells = CellPlan::of(&program, &nouns.schema);
            measured = Measured::of(&nouns.experiments, &nouns.counted, &nouns.schema, &mut cells);
            findings.extend(too_much_state(&cells, &nouns.schema, &rules));
        }
        report.diagnostics = findings;
        report.sort();
        let release = (!report.has_errors()).then(|| Self {
            id: files.id(),
            schema: Arc::clone(&nouns.schema),
            catalogue: Arc::clone(&nouns.catalogue),
            experiments: Arc::clone(&nouns.experiments),
            clean_nouns,
            kept,
            cells,
            measured,
            counted: nouns.counted,
            compiled: Compiled::after(&program, before.map(|before| &before.compiled)),
            program,
            cases,
            files,
        });
        (release, report)
    }

    /// The nouns, for the release after this one.
    fn nouns(&self) -> SetNouns {
        SetNouns {
            schema: Arc::clone(&self.schema),
            catalogue: Arc::clone(&self.catalogue),
            experiments: Arc::clone(&self.experiments),
            counted: Arc::clone(&self.counted),
        }
    }
}

/// The nouns of a set.
#[derive(Debug, Clone, Default)]
pub struct SetNouns {
    schema: Arc<Schema>,
    catalogue: Arc<Catalogue>,
    experiments: Arc<Experiments>,
    counted: Arc<BTreeMap<Arc<str>, Counted>>,
}

impl SetNouns {
    fn read(
        schema: &[Named],
        content: &[Named],
        experiments: &[Named],
        list: &dyn Fn(&str) -> Option<Arc<str>>,
        findings: &mut Findings,
    ) -> Self {
        let schema = Schema::read(schema, list, findings);
        let catalogue = Catalogue::read(content, &schema, findings);
        let experiments = Experiments::read(experiments, &schema, &catalogue, findings);
        let nouns = Nouns { schema: &schema, catalogue: &catalogue, experiments: &experiments };
        let counted = counted(nouns, findings).into();
        Self { schema: schema.into(), catalogue: catalogue.into(), experiments: experiments.into(), counted }
    }

    /// For the steps that need them.
    pub fn nouns(&self) -> Nouns<'_> {
        Nouns { schema: &self.schema, catalogue: &self.catalogue, experiments: &self.experiments }
    }
}

impl FileSet {
    /// The nouns as far as they can be read, for those who only need to know what belongs where; what is wrong with them
    /// is for [`Release::compile`] to say.
    pub fn nouns(&self) -> SetNouns {
        let read = |wanted: Role| -> Vec<Named> {
            let files = self.iter().filter(|(key, _)| role(key) == wanted);
            files.map(|(key, text)| (self.shown(key).into(), Arc::clone(text))).collect()
        };
        let mut findings = Findings::new();
        let list = |path: &str| self.list(path);
        let (schema, content, experiments) = (read(Role::Schema), read(Role::Content), read(Role::Experiment));
        SetNouns::read(&schema, &content, &experiments, &list, &mut findings)
    }

    /// The text of a list by its path inside the rules folder. A file of another kind is no list: it would be a noun
    /// that may change while the nouns are taken to be the same.
    fn list(&self, path: &str) -> Option<Arc<str>> {
        let key = format!("rules/{path}");
        self.get(&key).filter(|_| role(&key) == Role::List).cloned()
    }

    /// Whether all files are equal but those with rules and cases.
    fn has_same_nouns(&self, other: &Self) -> bool {
        let is_noun = |(key, _): &(&Arc<str>, &Arc<str>)| !matches!(role(key), Role::Rules | Role::Cases);
        self.iter().filter(is_noun).eq(other.iter().filter(is_noun))
    }
}

/// Leaves out what may only follow from a file that could not be read: a name may be declared there, and in a file that
/// is no text any fault may come from its bad bytes. `declaring` are the schema and content files.
fn leave_out_consequences(findings: &mut Findings, declaring: &BTreeSet<Arc<str>>) {
    let no_texts = findings.iter().filter(|finding| finding.code == NOT_TEXT);
    let no_texts: BTreeSet<Arc<str>> = no_texts.map(|finding| Arc::clone(&finding.file)).collect();
    let unread = |finding: &Diagnostic| declaring.contains(&finding.file) && UNREAD.contains(&finding.code);
    let unread = !no_texts.is_empty() || findings.iter().any(unread);
    findings.retain(|finding| {
        let undeclared = unread && UNDECLARED.contains(&finding.code);
        // Segments are declared in rule files alone.
        let segment = !no_texts.is_empty() && finding.code == "unknown-segment";
        finding.code == NOT_TEXT || !(undeclared || segment || no_texts.contains(&finding.file))
    });
}

/// What metrics count. Their filters are written in the rule language, so they are checked with it, when all nouns are read.
fn counted(nouns: Nouns<'_>, findings: &mut Findings) -> BTreeMap<Arc<str>, Counted> {
    let mut counted = BTreeMap::new();
    for (name, metric) in &nouns.experiments.metrics {
        let checked = metric.filter.as_ref().map(|filter| {
            language::check_filter(&metric.event, &filter.text, nouns).map_err(|wrong| {
                let label = wrong.labels.into_iter().next().map(|label| label.text).unwrap_or_default();
                let finding = Diagnostic::error(wrong.code, &filter.place.file, filter.place.span, wrong.message);
                Diagnostic { help: wrong.help, ..finding.label(label) }
            })
        });
        match checked.transpose() {
            Ok(query) => drop(counted.insert(Arc::clone(name), Counted::of(metric, query))),
            Err(finding) => findings.push(finding),
        }
    }
    counted
}

/// Names of breakdowns that are no attribute or fact are segments, which are known when all rules are read.
fn segments_of_breakdowns(nouns: Nouns<'_>, program: &Program, findings: &mut Findings) {
    for (name, place) in nouns.experiments.experiments.values().flat_map(|experiment| &experiment.segments) {
        if program.segments.iter().any(|segment| segment.name == *name) {
            continue;
        }
        let attributes = nouns.schema.attributes.values().filter(|declared| !declared.sensitive);
        let attributes: Vec<&str> = attributes.map(|declared| &*declared.name).collect();
        let segments: Vec<&str> = program.segments.iter().map(|segment| &*segment.name).collect();
        let known = facts::of_visit().chain(attributes.iter().copied()).chain(segments.iter().copied());
        let help = match nearest(name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let such = |what: &str, names: &[&str]| match names.first() {
                    Some(first) => format!(", {what} such as `{first}`"),
                    None => String::new(),
                };
                let (attribute, segment) = (such("an attribute", &attributes), such("a segment", &segments));
                format!("name a fact of the visit such as `device`, `country` or `language`{attribute}{segment}")
            }
        };
        let message = format!("nothing is called `{name}` that a result can be broken down by");
        findings.push(Diagnostic::error("unknown-attribute", &place.file, place.span, message).help(help));
    }
}

fn inside(key: &str) -> Arc<str> {
    key.strip_prefix("rules/").unwrap_or(key).into()
}

fn role(key: &str) -> Role {
    let yaml = key.ends_with(".yaml") || key.ends_with(".yml");
    match key.split_once('/') {
        Some(("rules", inside)) if inside.ends_with(".rules") => Role::Rules,
        Some(("rules", inside)) if yaml && inside.starts_with("schema/") => Role::Schema,
        Some(("rules", inside)) if yaml && inside.starts_with("content/") => Role::Content,
        Some(("rules", inside)) if yaml && inside.starts_with("cases/") => Role::Cases,
        Some(("rules", inside)) if inside.ends_with(".txt") => Role::List,
        Some(("experiments", _)) if yaml => Role::Experiment,
        _ => Role::Misplaced,
    }
}

/// An empty folder is a folder that is being moved or is not mounted; nobody publishes nothing on purpose.
fn empty_set(folder: &Arc<str>) -> Diagnostic {
    Diagnostic::error("empty-set", folder, Span::default(), "there are no files here").help(
        "a set needs at least a slot in `content/` and a rule file; to show nothing write `show nothing` in its slots",
    )
}

/// A release that would remember too much of each visitor is refused, at the rule that needs most.
fn too_much_state(cells: &CellPlan, schema: &Schema, rules: &[RuleFile]) -> Option<Diagnostic> {
    let (needed, most) = (cells.worst_bytes(), schema.max_state_per_visitor);
    let (place, bytes) = cells.most_expensive().filter(|_| needed > most)?;
    let file = rules.iter().find(|file| file.inside == place.file)?;
    let start: usize = file.text.split_inclusive('\n').take(place.line - 1).map(str::len).sum();
    let line = file.text.get(start..)?.lines().next()?;
    let indented = line.len() - line.trim_start().len();
    let span = Span::new(start + indented, start + line.trim_end().len());
    let message = format!("all rules together may remember {needed} bytes of each visitor, more than {most}");
    let label = format!("this one needs most: {bytes} bytes");
    let help = "drop conditions or make their windows shorter, or allow more (`segue check --cost` then says what needs how much): \
                `max_state_per_visitor: 65536` in rules/schema";
    Some(Diagnostic::error("too-much-state", &file.file, span, message).label(label).help(help))
}

/// The code of a file that is no text.
const NOT_TEXT: &str = "not-text";

/// `at` is the first bad byte; in the text that was kept, a replacement character stands there.
fn not_text(file: &Arc<str>, at: usize) -> Diagnostic {
    let span = Span::new(at, at + char::REPLACEMENT_CHARACTER.len_utf8());
    Diagnostic::error(NOT_TEXT, file, span, "this file is not UTF-8 text").help("save it as UTF-8")
}

fn misplaced(file: &Arc<str>) -> Diagnostic {
    Diagnostic::error(
        "misplaced-file",
        file,
        Span::default(),
        "this file stands where Segue does not look for its kind",
    )
    .help(
        "rules: `*.rules` anywhere in the rules folder; YAML: in its `schema/`, `content/` or `cases/`; \
         lists of visitors: `*.txt`; experiments: YAML in the experiments folder",
    )
}

#[cfg(test)]
mod tests {
    use super::{FileSet, Release};

    #[test]
    fn an_empty_set_is_refused() {
        let (release, report) = Release::compile(FileSet::from_files([]).unwrap());
        assert!(release.is_none());
        let findings = report.findings();
        assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["empty-set"]);
        assert!(findings.iter().all(|finding| finding.help.is_some() && finding.file == "rules/"));
    }
}
