//! Rules that show experiments: who gets which variant, and who goes on to the next rule.

use jiff::Timestamp;
use segue::decision::{Decision, Reason, Request, decide};
use segue::diagnostic::draw;
use segue::release::{FileSet, Release};
use serde_json::{Value, json};

const SCHEMA: &str = "
zone: Europe/Berlin
attributes:
  country: {type: text}
  company: {type: text, purpose: marketing}
  account: {type: number}
purposes: {tracking: {default: granted}, marketing: {default: denied}}
";

const CONTENT: &str = "
slots: {hero: {type: text}, flag: {type: boolean}}
content: {calm: {value: Calm}, loud: {value: \"Loud {{ visitor.country | default('') }}\"}}
";

const RULES: &str = "slot hero {
  if country is \"DE\" show experiment noise because \"Germans are asked\"
  if country is \"DE\" show calm
  otherwise show \"elsewhere\"
}
";

/// How many visitors a share is looked at with.
const VISITORS: usize = 400;

fn release(experiments: &[&str], rules: &str) -> Release {
    let mut files = vec![
        ("rules/schema/shop.yaml".to_owned(), SCHEMA.to_owned()),
        ("rules/content/shop.yaml".to_owned(), CONTENT.to_owned()),
        ("rules/home.rules".to_owned(), rules.to_owned()),
    ];
    let named = experiments.iter().enumerate();
    files.extend(named.map(|(index, text)| (format!("experiments/{index}.yaml"), (*text).to_owned())));
    let (release, report) = Release::compile(FileSet::from_files(files).unwrap());
    release.unwrap_or_else(|| panic!("{}", draw(&report, false)))
}

/// The experiment `noise` with two equal variants and these fields.
fn noise(fields: &str) -> String {
    format!("experiment: noise\nvariants: [{{name: control, show: calm}}, {{name: loud, show: loud}}]\n{fields}")
}

fn at(release: &Release, visitor: &Value, slot: &str, now: &str) -> Decision {
    let now: Timestamp = now.parse().unwrap();
    let body = json!({"visitor": visitor, "slots": [slot], "explain": true}).to_string();
    let request = Request::read(body.as_bytes(), &release.schema, now).unwrap();
    decide(release, &request, now).unwrap().decisions.remove(0)
}

fn hero(release: &Release, visitor: &Value) -> Decision {
    at(release, visitor, "hero", "2026-11-22T12:00:00Z")
}

fn german(id: &str) -> Value {
    json!({"id": id, "attributes": {"country": "DE"}})
}

/// The decisions for many visitors.
fn many(release: &Release) -> Vec<Decision> {
    (0..VISITORS).map(|number| hero(release, &german(&format!("v{number}")))).collect()
}

/// Why the first rule was passed over.
fn note(decision: &Decision) -> String {
    let explanation = decision.explanation.as_ref().unwrap();
    let first = explanation.passed_over.first().unwrap_or_else(|| panic!("{decision:?}"));
    first.note.clone().unwrap()
}

fn enrolled(decisions: &[Decision]) -> usize {
    decisions.iter().filter(|decision| decision.experiment.is_some()).count()
}

#[test]
fn a_decision_carries_experiment_variant_layer_and_probability() {
    let layers = "layers: {top: }\n";
    let experiment = noise("status: running\nlayer: {name: top}\n");
    let release = release(&[layers, &experiment.replace("show: loud", "show: loud, weight: 3")], RULES);
    let decisions = many(&release);
    for decision in &decisions {
        assert_eq!(decision.reason, Reason::Experiment);
        assert_eq!((decision.experiment.as_deref(), decision.layer.as_deref()), (Some("noise"), Some("top")));
        assert_eq!(decision.rule.as_deref(), Some("home.rules:2"));
        let (variant, value) = (decision.variant.as_deref().unwrap(), decision.value.clone().unwrap());
        let expected = if variant == "loud" { (json!("Loud DE"), 0.75) } else { (json!("Calm"), 0.25) };
        assert_eq!((value, decision.assignment_probability.unwrap()), expected);
    }
    let loud = decisions.iter().filter(|decision| decision.variant.as_deref() == Some("loud")).count();
    assert!((270..330).contains(&loud), "{loud} of {VISITORS}");
}

#[test]
fn whoever_is_not_enrolled_goes_on_to_the_next_rule() {
    for (fields, why) in [
        ("status: draft", "it is a draft"),
        ("", "it is a draft"),
        ("status: paused", "it is paused"),
        ("status: stopped", "it is stopped and has no winner"),
        ("status: running\nfrom: 2026-11-23", "it starts at 2026-11-22T23:00:00Z"),
        ("status: running\nuntil: \"2026-11-22T13:00\"", "it ended at 2026-11-22T12:00:00Z"),
        ("status: running\ntraffic: 0%", "the visitor is outside its traffic"),
        ("status: running\nunit: account", "`account` is unknown"),
        ("status: running\nunit: company", "`company` is unknown"),
    ] {
        let release = release(&[&noise(fields)], RULES);
        let decision = hero(&release, &german("v1"));
        assert_eq!(decision.rule.as_deref(), Some("home.rules:3"), "{fields}");
        assert_eq!((decision.experiment.clone(), decision.variant.clone()), (None, None), "{fields}");
        assert_eq!(note(&decision), format!("the experiment `noise` does not enrol this visitor: {why}"));
        // Nobody else is asked at all.
        assert_eq!(hero(&release, &json!({"id": "v1"})).value, Some(json!("elsewhere")));
    }
}

#[test]
fn a_schedule_includes_its_start_and_excludes_its_end() {
    let release = release(&[&noise("status: running\nfrom: 2026-11-23\nuntil: 2026-11-24")], RULES);
    let is_in = |now: &str| at(&release, &german("v1"), "hero", now).experiment.is_some();
    assert!(!is_in("2026-11-22T22:59:59Z") && is_in("2026-11-22T23:00:00Z"));
    assert!(is_in("2026-11-23T22:59:59Z") && !is_in("2026-11-23T23:00:00Z"));
}

#[test]
fn testers_see_their_variant_and_are_not_counted() {
    for fields in
        ["status: draft", "status: paused", "status: running\ntraffic: 0%", "status: running\nfrom: 2027-01-01"]
    {
        let release = release(&[&noise(&format!("{fields}\nforced: {{loud: [qa_1, qa_2]}}"))], RULES);
        let decision = hero(&release, &german("qa_1"));
        assert_eq!(decision.variant.as_deref(), Some("loud"), "{fields}");
        assert_eq!(decision.assignment_probability, None);
        let notes = decision.explanation.unwrap().notes;
        assert_eq!(notes, ["forced for this tester: shown, not counted"]);
    }
    // The rule still says who is asked.
    let release = release(&[&noise("status: running\nforced: {loud: [qa_1]}")], RULES);
    assert_eq!(hero(&release, &json!({"id": "qa_1"})).value, Some(json!("elsewhere")));
}

#[test]
fn the_winner_is_shown_to_everybody_but_the_held_out() {
    let winner = noise("status: stopped\nwinner: loud\ntraffic: 1%\nforced: {control: [v7]}");
    let decisions = many(&release(&[&winner], RULES));
    for decision in &decisions {
        assert_eq!((decision.variant.as_deref(), decision.assignment_probability), (Some("loud"), None));
    }
    let held_out = many(&release(&[&winner, "holdouts: {all_of_it: {share: 50%, layers: all}}"], RULES));
    let count = enrolled(&held_out);
    assert!((150..250).contains(&count), "{count}");
    let out = held_out.iter().find(|decision| decision.experiment.is_none()).unwrap();
    assert_eq!(
        note(out),
        "the experiment `noise` does not enrol this visitor: the holdout `all_of_it` keeps this visitor out"
    );
}

#[test]
fn an_account_gets_one_variant_whoever_asks() {
    let release = release(&[&noise("status: running\nunit: account")], RULES);
    let variant = |id: &str, account: Value| {
        let visitor = json!({"id": id, "attributes": {"country": "DE", "account": account}});
        hero(&release, &visitor).variant.unwrap()
    };
    for account in 0..50 {
        let first = variant("v1", json!(account));
        assert_eq!(variant("v2", json!(account)), first);
        let written: Value = serde_json::from_str(&format!("{account}.0")).unwrap();
        assert_eq!(variant("v3", written), first, "1 and 1.0 are one account");
    }
}

#[test]
fn a_unit_whose_purpose_is_not_granted_is_unknown() {
    let release = release(&[&noise("status: running\nunit: company")], RULES);
    let mut visitor = json!({"id": "v1", "attributes": {"country": "DE", "company": "Fjell"}});
    assert_eq!(hero(&release, &visitor).experiment, None);
    visitor["consent"] = json!({"marketing": true});
    assert!(hero(&release, &visitor).experiment.is_some());
}

#[test]
fn an_otherwise_may_show_an_experiment_too() {
    let rules = "slot flag { otherwise show experiment switch }\nslot hero { otherwise show calm }";
    let switch = |fields: &str| {
        format!("experiment: switch\nvariants: [{{name: control, show: false}}, {{name: on, show: true}}]\n{fields}")
    };
    let running = release(&[&switch("status: running")], rules);
    let decision = at(&running, &json!({"id": "v1"}), "flag", "2026-11-22T12:00:00Z");
    assert_eq!((decision.reason, decision.content.clone()), (Reason::Experiment, None));
    assert_eq!(decision.value, Some(json!(decision.variant.as_deref() == Some("on"))));
    let draft = release(&[&switch("")], rules);
    let decision = at(&draft, &json!({"id": "v1"}), "flag", "2026-11-22T12:00:00Z");
    assert_eq!((decision.reason, decision.value.clone()), (Reason::NoMatch, None));
    assert_eq!(note(&decision), "the experiment `switch` does not enrol this visitor: it is a draft");
}

#[test]
fn a_variant_that_shows_nothing_is_a_variant() {
    let release = release(
        &["experiment: noise\nstatus: running\nvariants: [{name: control, show: calm}, {name: none, show: nothing}]"],
        RULES,
    );
    let none = many(&release).into_iter().find(|decision| decision.variant.as_deref() == Some("none")).unwrap();
    assert_eq!((none.reason, none.value, none.assignment_probability), (Reason::Experiment, None, Some(0.5)));
}

#[test]
fn experiments_of_one_layer_share_nobody_and_the_next_rule_shows_the_other() {
    let rules = "slot hero {
  if country is \"DE\" show experiment noise
  if country is \"DE\" show experiment other
  otherwise show \"elsewhere\"
}
";
    let other = "experiment: other\nstatus: running\nlayer: {name: top, range: 50%..100%}\n\
                 variants: [{name: control, show: calm}, {name: loud, show: loud}]";
    let first = noise("status: running\nlayer: {name: top, range: 0%..50%}");
    let decisions = many(&release(&["layers: {top: }", &first, other], rules));
    assert_eq!(enrolled(&decisions), VISITORS);
    let of_first = decisions.iter().filter(|decision| decision.experiment.as_deref() == Some("noise")).count();
    assert!((150..250).contains(&of_first), "{of_first}");
    let second = decisions.iter().find(|decision| decision.experiment.as_deref() == Some("other")).unwrap();
    assert_eq!(
        note(second),
        "the experiment `noise` does not enrol this visitor: the visitor is in another part of the layer `top`"
    );
}
