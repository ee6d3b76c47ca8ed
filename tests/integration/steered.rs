//! Decisions by experiments that live results steer, and what a decision says of an exposure that is new with it.

use std::sync::Arc;

use jiff::Timestamp;
use segue::decision::{Decision, Past, Request, decide_from};
use segue::diagnostic::draw;
use segue::experiment::{Batch, Split, Steering, even_split};
use segue::profile::{ExperimentKey, ExposedTo};
use segue::release::{FileSet, Release};
use serde_json::json;

const SCHEMA: &str = "
attributes: {country: {type: text}, plan: {type: text, purpose: marketing}, age: {type: number}, interests: {type: list}}
purposes: {tracking: {default: granted}, marketing: {default: denied}}
";

const RULES: &str = "
segment adults { age >= 18 }
slot hero {
  if country is \"DE\" show experiment noise
  otherwise show \"elsewhere\"
}
slot footer { otherwise show experiment noise }
";

const EXPERIMENT: &str = "
experiment: noise
status: running
variants: [{name: control, value: Calm}, {name: loud, value: Loud}]
breakdowns: [device, plan, [age, country], interests]
";

fn release() -> Release {
    let files = [
        ("rules/schema/shop.yaml", SCHEMA),
        ("rules/content/shop.yaml", "slots: {hero: {type: text}, footer: {type: text}}"),
        ("rules/home.rules", RULES),
        ("experiments/noise.yaml", EXPERIMENT),
    ];
    let files = FileSet::from_files(files.map(|(path, text)| (path.to_owned(), text.to_owned()))).unwrap();
    let (release, report) = Release::compile(files);
    let mut release = release.unwrap_or_else(|| panic!("{}", draw(&report, false)));
    let noise = Arc::make_mut(&mut release.experiments).experiments.get_mut("noise").unwrap();
    noise.breakdowns.push(vec!["adults".into()]);
    release
}

fn bandit() -> Release {
    let mut release = release();
    Arc::make_mut(&mut release.experiments).experiments.get_mut("noise").unwrap().split = Split::Bandit;
    release
}

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn german(release: &Release, id: &str) -> Request {
    let attributes = json!({"country": "DE", "age": 41.0, "plan": "pro", "interests": ["tents", "maps"]});
    let body = json!({"visitor": {"id": id, "attributes": attributes}, "context": {"device": "mobile"}, "slots": ["hero"], "explain": true});
    Request::read(body.to_string().as_bytes(), &release.schema, now()).unwrap()
}

/// Of the experiment `noise` under a salt.
fn key(salt: &str) -> ExperimentKey {
    ExperimentKey { name: "noise".into(), salt: salt.into() }
}

fn exposed(variant: &str, probability: Option<f64>) -> ExposedTo {
    ExposedTo { experiment: key("noise"), variant: variant.into(), probability }
}

fn hero(release: &Release, request: &Request, steering: &Steering) -> Decision {
    let past = Past { steering: Some(steering), ..Past::default() };
    decide_from(release, request, past, now()).unwrap().decisions.remove(0)
}

fn notes(decision: &Decision) -> Vec<&str> {
    decision.explanation.iter().flat_map(|explanation| &explanation.notes).map(String::as_str).collect()
}

/// Somebody whom the buckets give this variant.
fn dealt(release: &Release, variant: &str) -> Request {
    let mut requests = (0..).map(|number| german(release, &format!("v{number}")));
    let of = |request: &Request| hero(release, request, &Steering::default()).variant;
    requests.find(|request| of(request).as_deref() == Some(variant)).unwrap()
}

#[test]
fn the_first_decision_of_somebody_is_an_exposure_with_what_is_known_of_them() {
    let release = release();
    let mut request = dealt(&release, "loud");
    let decision = hero(&release, &request, &Steering::default());
    let exposure = decision.exposure.as_ref().unwrap();
    assert_eq!((&exposure.experiment, &*exposure.variant), (&key("noise"), "loud"));
    assert_eq!((exposure.probability, exposure.batch), (0.5, 0));
    let traits = |decision: &Decision| -> Vec<String> {
        let traits = &decision.exposure.as_ref().unwrap().dimensions;
        traits.iter().map(|(name, value)| format!("{name}={value}")).collect()
    };
    // The plan is not told without consent.
    assert_eq!(traits(&decision), ["adults=in", "age=41", "country=DE", "device=mobile", "interests=tents, maps"]);
    assert_eq!(notes(&decision), Vec::<&str>::new());
    assert_eq!(serde_json::to_value(&decision).unwrap().get("exposure"), None);

    request.visitor.consent.insert("marketing".into(), true);
    request.visitor.attributes.insert("age".into(), segue::profile::Value::Number(7.into()));
    request.visitor.attributes.insert("interests".into(), segue::profile::Value::Text("é".repeat(150).into()));
    request.context = segue::profile::Context::default();
    let cut = format!("interests={}", "é".repeat(100));
    let known = hero(&release, &request, &Steering::default());
    assert_eq!(traits(&known), ["adults=not in", "age=7", "country=DE", &cut, "plan=pro"]);
    request.visitor.attributes.remove("age");
    request.visitor.attributes.remove("interests");
    let unknown = hero(&release, &request, &Steering::default());
    assert_eq!(traits(&unknown), ["country=DE", "plan=pro"]);
}

#[test]
fn an_experiment_in_two_slots_exposes_to_one_variant() {
    let release = release();
    let request = Request { slots: None, ..german(&release, "v1") };
    let answer = decide_from(&release, &request, Past::default(), now()).unwrap();
    let exposures: Vec<_> = answer.exposures().collect();
    assert_eq!(exposures.len(), 2);
    assert_eq!(exposures.first(), exposures.last());
}

#[test]
fn whoever_was_exposed_keeps_the_variant_and_is_not_exposed_again() {
    let release = release();
    let mut request = dealt(&release, "loud");
    request.visitor.exposed.push(exposed("control", Some(0.125)));
    let decision = hero(&release, &request, &Steering::default());
    assert_eq!((decision.variant.as_deref(), decision.assignment_probability), (Some("control"), Some(0.125)));
    assert_eq!(decision.exposure, None);
    assert_eq!(notes(&decision), ["shown this variant before, and keeps it whatever weights and traffic are now"]);
    // The variant is gone: the buckets decide, and the first exposure stays what it is.
    request.visitor.exposed = vec![exposed("voucher", None)];
    let decision = hero(&release, &request, &Steering::default());
    assert_eq!((decision.variant.as_deref(), decision.exposure), (Some("loud"), None));
    // The salt was another one: it is another experiment.
    request.visitor.exposed = vec![ExposedTo { experiment: key("former"), ..exposed("control", None) }];
    let decision = hero(&release, &request, &Steering::default());
    assert_eq!((decision.variant.as_deref(), decision.exposure.is_some()), (Some("loud"), true));
}

#[test]
fn a_breaker_shows_the_control_and_counts_nobody() {
    let release = release();
    let mut steering = Steering::default();
    steering.trip(&key("noise"));
    let mut request = dealt(&release, "loud");
    for was in [None, Some(exposed("loud", Some(0.5)))] {
        request.visitor.exposed = was.into_iter().collect();
        let decision = hero(&release, &request, &steering);
        assert_eq!((decision.variant.as_deref(), decision.value.clone()), (Some("control"), Some(json!("Calm"))));
        assert_eq!((decision.assignment_probability, &decision.exposure), (None, &None));
        let note = "a guardrail's breaker tripped: everybody in the experiment gets the control, shown, not counted";
        assert_eq!(notes(&decision), [note]);
    }
}

#[test]
fn a_bandit_deals_by_its_batch_and_the_exposure_says_which() {
    let release = bandit();
    let (control, loud): (Arc<str>, Arc<str>) = ("control".into(), "loud".into());
    let request = dealt(&release, "loud");
    let before = hero(&release, &request, &Steering::default());
    let exposure = before.exposure.as_ref().unwrap();
    let even = exposure.batch;
    assert_eq!((exposure.probability, even), (0.5, even_split(0, release.experiments.get("noise").unwrap())));
    let note = "a bandit before its first batch with these variants: every variant has the same share, 0.5";
    assert_eq!(notes(&before), [note]);
    let mut steering = Steering::default();
    let batch = Batch::of_weights(12, [(&control, 0.0625), (&loud, 0.9375)]).unwrap();
    steering.set_batch(&key("noise"), batch);
    let decision = hero(&release, &request, &steering);
    assert_eq!((decision.variant.as_deref(), decision.assignment_probability), (Some("loud"), Some(0.9375)));
    let exposure = decision.exposure.as_ref().unwrap();
    assert_eq!((exposure.probability, exposure.batch), (0.9375, 12));
    assert_eq!(notes(&decision), ["a bandit in batch 12: this variant's share is 0.9375 now"]);
    // A batch of other variants is over: all share alike until the next one, and that time has a number of its own.
    let (third, mut steering) = (Arc::from("third"), Steering::default());
    let batch = Batch::of_weights(13, [(&control, 0.0625), (&loud, 0.75), (&third, 0.1875)]).unwrap();
    steering.set_batch(&key("noise"), batch);
    let decision = hero(&release, &request, &steering);
    let exposure = decision.exposure.as_ref().unwrap();
    assert_eq!(exposure.probability, 0.5);
    assert!(exposure.batch != even && exposure.batch > 13, "{}", exposure.batch);
    assert_eq!(notes(&decision), [note]);
}
