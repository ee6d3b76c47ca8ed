//! What conditions and values come to: `tests/cases/evaluation/*.toml`, and what holds for all of them.

mod properties;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SpanRelativeTo, Timestamp};
use segue::behaviour::Memory;
use segue::content::Catalogue;
use segue::diagnostic::{Report, Source, draw};
use segue::experiment::Experiments;
use segue::language::checked::{Condition, Expr, ExprKind, Leaf, LeafKind, Program, Segment, Test};
use segue::language::{self, Nouns, RuleFile};
use segue::profile::{Context, Ignored, Schema, Visitor, VisitorBody, read_event};
use segue::rules::{CellPlan, Exactness, PlannedCell, Situation};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

/// Now, where a case does not say otherwise: a Sunday, 13:00 in Berlin.
const NOW: &str = "2026-11-22T12:00:00Z";

const TESTERS: &str = "tester_1\ntester_2\n";

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

/// A condition or a value, and what it comes to for a visitor.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// Segments and measures that it names.
    #[serde(default)]
    items: String,
    /// A condition; comes to `yes`, `no` or `unknown`.
    r#if: Option<String>,
    /// A value; comes to its text as explanations show it, or `unknown`.
    value: Option<String>,
    comes_to: String,
    /// Of a condition that is one leaf: the fact that an explanation gives.
    fact: Option<String>,
    now: Option<String>,
    zone: Option<String>,
    id: Option<String>,
    #[serde(default)]
    visitor: Map<String, Json>,
    #[serde(default)]
    consent: Map<String, Json>,
    #[serde(default)]
    context: Map<String, Json>,
    /// `{order = "7d ago", amount = 20}`: the event with its time (a moment, or a span before now), then its properties.
    #[serde(default)]
    events: Vec<Map<String, Json>>,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name)
}

fn schema() -> Schema {
    let text = std::fs::read_to_string(folder("evaluation").join("schema.yaml")).unwrap();
    let mut findings = Vec::new();
    let lists = |path: &str| (path == "lists/beta_testers.txt").then(|| TESTERS.into());
    let schema = Schema::read(&[("schema.yaml".into(), text.into())], &lists, &mut findings);
    assert!(findings.is_empty(), "{findings:?}");
    schema
}

/// A moment in RFC 3339, or a span from now of days with 24 hours.
fn time(written: &str, now: Timestamp) -> Timestamp {
    match written.parse() {
        Ok(moment) => moment,
        Err(_) => {
            let span: jiff::Span = written.parse().unwrap();
            now + span.to_duration(SpanRelativeTo::days_are_24_hours()).unwrap()
        }
    }
}

/// An event in the Segment shapes.
fn event(row: &Map<String, Json>, now: Timestamp) -> Json {
    let mut fields = row.iter();
    let (name, at) = fields.next().unwrap();
    let mut properties: Map<String, Json> = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
    properties.remove("of");
    let context = properties.remove("zone").map(|zone| json!({"timezone": zone}));
    let timestamp = time(at.as_str().unwrap(), now).to_string();
    let kind = if name == "page" { "page" } else { "track" };
    json!({"type": kind, "event": name, "timestamp": timestamp, "properties": properties, "context": context})
}

/// What a case comes to, or why it cannot be run.
fn outcome(case: &Case, schema: &Schema) -> Result<String, String> {
    let probe = match (&case.r#if, &case.value) {
        (Some(condition), None) => format!("segment probe {{ {condition} }}"),
        (None, Some(value)) => format!("measure probe = {value}"),
        _ => return Err("either `if` or `value`".to_owned()),
    };
    let text: Arc<str> = format!("{}\n{probe}\n", case.items).into();
    let mut report = Report::default();
    let file = report.sources.add(Source::new("case.rules", Arc::clone(&text)));
    let files = [RuleFile { inside: "case.rules".into(), file, text }];
    let catalogue = Catalogue::default();
    let program = language::check(
        &files,
        Nouns { schema, catalogue: &catalogue, experiments: &Experiments::default() },
        &mut report.diagnostics,
    );
    if report.has_errors() {
        return Err(draw(&report, false));
    }

    let now = case.now.as_deref().unwrap_or(NOW).parse().unwrap();
    let events: Vec<Json> = case.events.iter().map(|row| event(row, now)).collect();
    let id = case.id.as_deref().unwrap_or("v1");
    let body = json!({"id": id, "attributes": case.visitor, "consent": case.consent, "events": events});
    let body: VisitorBody = serde_json::from_value(body).unwrap();
    let (visitor, ignored) = Visitor::read(schema, &body, now).map_err(|error| error.to_string())?;
    if ignored != segue::profile::Ignored::default() {
        return Err(format!("something is not declared: {ignored:?}"));
    }
    let mut context = case.context.clone();
    context.extend(case.zone.iter().map(|zone| ("zone".to_owned(), json!(zone))));
    let (context, _) = Context::read(schema, &context).map_err(|error| error.to_string())?;
    let situation = Situation::new(&program, schema, &visitor, &context, now);
    check_memory(case, &situation, &program, schema, &visitor, &context)?;
    Ok(match &case.r#if {
        Some(_) => {
            let probe = program.segments.iter().find(|segment| &*segment.name == "probe").unwrap();
            check_explanation(case, &situation, &probe.condition)?;
            situation.truth(&probe.condition).word().to_owned()
        }
        None => {
            let probe = program.measures.iter().find(|measure| &*measure.name == "probe").unwrap();
            situation.value(&probe.value).map_or("unknown".to_owned(), |value| value.to_string())
        }
    })
}

/// The same from memories, one for each id, that are merged.
fn check_memory(
    case: &Case,
    by_events: &Situation<'_>,
    program: &Program,
    schema: &Schema,
    visitor: &Visitor,
    context: &Context,
) -> Result<(), String> {
    // What nothing asks for is not remembered.
    let mut program = program.clone();
    for (index, measure) in program.measures.clone().iter().enumerate() {
        let value = Expr { kind: measure.value.kind, node: ExprKind::Measure(index), text: Arc::clone(&measure.name) };
        let text = format!("{} is known", measure.name).into();
        program.segments.push(Segment {
            name: format!("knows_{}", measure.name).into(),
            condition: Condition::Leaf(Arc::new(Leaf { text, kind: LeafKind::Comparison(value, Test::Known(true)) })),
            active: None,
            because: None,
            place: measure.place.clone(),
        });
    }
    let program = &program;
    let plan = CellPlan::of(program, schema);
    let at_edges =
        |cell: &PlannedCell| matches!(cell.exactness, Exactness::Bucketed { .. } | Exactness::Favourite { .. });
    // A day is fixed when an event arrives, and not by the zone of a later request.
    if case.zone.is_some() || plan.cells().iter().any(at_edges) {
        return Ok(());
    }
    let now = by_events.now();
    let whose = |row: &Map<String, Json>| row.get("of").and_then(Json::as_str).unwrap_or_default().to_owned();
    let mut memories: BTreeMap<String, Memory> = BTreeMap::new();
    for (order, row) in case.events.iter().enumerate() {
        let sent = event(row, now);
        let event = read_event(schema, sent.as_object().unwrap(), now, &mut Ignored::default());
        let Ok(Some(event)) = event else { continue };
        if event.at.as_nanosecond() % 1_000_000 != 0 {
            // Events are remembered to the millisecond.
            return Ok(());
        }
        if event.at <= now {
            plan.record(schema, memories.entry(whose(row)).or_default(), &event, order as u64, false);
        }
    }
    let mut memory = Memory::default();
    memories.values().rev().for_each(|other| plan.merge(&mut memory, other));
    let nobody = Visitor { events: Vec::new(), ..visitor.clone() };
    let remembered = Situation::new(program, schema, &nobody, context, now).remembering(&plan, &memory);
    for segment in &program.segments {
        let (expected, got) = (by_events.truth(&segment.condition), remembered.truth(&segment.condition));
        if got != expected {
            return Err(format!("{} from memory, {} from events", got.word(), expected.word()));
        }
    }
    for measure in &program.measures {
        let (expected, got) = (by_events.value(&measure.value), remembered.value(&measure.value));
        if got != expected {
            return Err(format!("{got:?} from memory, {expected:?} from events"));
        }
    }
    Ok(())
}

/// The explanation of a single leaf says the same as its truth, and the fact that the case names.
fn check_explanation(case: &Case, situation: &Situation<'_>, condition: &Condition) -> Result<(), String> {
    let leaves = situation.explain(condition);
    let [leaf] = leaves.as_slice() else { return Ok(()) };
    match &case.fact {
        _ if leaf.truth != situation.truth(condition) => Err(format!("explained as {leaf:?}")),
        Some(fact) if *fact != leaf.fact => Err(format!("explained by {:?}, not {fact:?}", leaf.fact)),
        _ => Ok(()),
    }
}

#[test]
fn every_case_comes_to_what_its_table_says() {
    let schema = schema();
    let mut run = 0;
    let mut wrong = Vec::new();
    let folders = ["evaluation", "behaviour"].map(|name| std::fs::read_dir(folder(name)).unwrap());
    let mut tables: Vec<PathBuf> = folders.into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    tables.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    tables.sort();
    for path in &tables {
        let table: Table = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        for case in &table.case {
            run += 1;
            let expected = Ok(case.comes_to.clone());
            let got = outcome(case, &schema);
            if got != expected {
                let file = path.file_name().unwrap().display();
                wrong.push(format!("{file}: {}\n  expected {expected:?}, got {got:?}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {run} cases are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(run >= 300, "only {run} cases ran");
}
