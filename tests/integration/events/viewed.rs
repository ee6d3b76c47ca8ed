//! Exposures that events tell of: what is known of the visitor then, and whose the event is where a schema declares one.

use std::collections::BTreeMap;

use segue::content::Catalogue;
use segue::experiment::{Experiment, Experiments};
use segue::ingest::{MAX_VIEWED_BYTES, Viewed, interpret};
use segue::profile::{Value, Visitor};

use super::*;

const EXPERIMENT: &str = "experiment: cart_hero_test\nstatus: running\nassignment: external\nbreakdowns: [age, plan, device, [language, country], interests]\n\
    variants: [{name: control, show: nothing}, {name: reminder, show: nothing}]";

fn experiment(schema: &Schema) -> Experiment {
    let mut findings = Vec::new();
    let files = [("a.yaml".into(), EXPERIMENT.into())];
    let experiments = Experiments::read(&files, schema, &Catalogue::default(), &mut findings);
    assert_eq!(findings, []);
    experiments.get("cart_hero_test").unwrap().clone()
}

fn viewed(properties: &str, context: &str) -> Viewed {
    let names = r#""experiment_name": "cart_hero_test", "variation_name": "reminder""#;
    let body = format!(
        r#"{{"userId": "v1", "event": "Experiment Viewed", "properties": {{{names}{properties}}}, "context": {{{context}}}}}"#
    );
    message(Kind::Track, &body).meaning.viewed.unwrap()
}

fn dimensions(schema: &Schema, visitor: &Visitor, viewed: &Viewed) -> Vec<String> {
    let known = viewed.dimensions(schema, visitor);
    let of = experiment(schema);
    known
        .iter()
        .filter(|(name, _)| of.dimensions().contains(name))
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

#[test]
fn attributes_come_before_the_message_and_both_before_its_properties() {
    let mut schema = schema();
    let agent = r#""userAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1", "locale": "de-DE""#;
    let nobody = Visitor::default();
    assert_eq!(dimensions(&schema, &nobody, &viewed("", "")), Vec::<String>::new());
    let by_properties = viewed(r#", "plan": "pro", "age": 7, "device": "watch", "country": "NO", "shoes": "x""#, "");
    assert_eq!(dimensions(&schema, &nobody, &by_properties), ["age=7", "country=NO", "device=watch", "plan=pro"]);
    let by_message = viewed(r#", "device": "watch", "plan": "pro""#, agent);
    assert_eq!(dimensions(&schema, &nobody, &by_message), ["device=mobile", "language=de", "plan=pro"]);
    let by_type = viewed(r#", "device": "watch""#, r#""device": {"type": "android"}, "os": {"name": "Android"}"#);
    assert_eq!(dimensions(&schema, &nobody, &by_type), ["device=mobile"]);
    let attributes = BTreeMap::from([
        ("plan".into(), Value::Text("free".into())),
        ("age".into(), Value::Number("41.0".parse().unwrap())),
        ("interests".into(), Value::List(vec!["shoes".into(), "bags".into()])),
    ]);
    let known = Visitor { attributes, ..Visitor::default() };
    assert_eq!(
        dimensions(&schema, &known, &by_message),
        ["age=41", "device=mobile", "interests=shoes, bags", "language=de", "plan=free"]
    );
    // What the visitor keeps to themselves is not learnt from elsewhere.
    schema.attributes.get_mut("plan").unwrap().purpose = Some("marketing".into());
    assert_eq!(
        dimensions(&schema, &known, &by_properties),
        ["age=41", "country=NO", "device=watch", "interests=shoes, bags"]
    );
}

#[test]
fn a_schema_that_declares_the_event_means_it() {
    let text = "events: {seen: {wire: Experiment Viewed, properties: {experiment_name: {type: text}}}}";
    let mut findings = Vec::new();
    let schema = Schema::read(&[("schema.yaml".into(), text.into())], &|_| None, &mut findings);
    assert_eq!(findings, []);
    let kept = r#"{"type": "track", "event": "Experiment Viewed", "timestamp": "2026-11-20T10:00:00.000Z", "userId": "v1",
        "properties": {"experiment_name": "a", "variation_name": "b"}, "context": {}}"#;
    let meaning = interpret(&schema, kept).unwrap();
    assert_eq!((meaning.viewed, meaning.event.map(|event| event.name)), (None, Some("seen".into())));
    let meaning = interpret(&super::schema(), kept).unwrap();
    assert_eq!((meaning.viewed.map(|viewed| viewed.variant), meaning.event), (Some("b".into()), None));
    assert_eq!(meaning.ignored, segue::profile::Ignored::default());
}

#[test]
fn names_have_a_length_and_ids_stand_in_for_them() {
    let schema = schema();
    let named = |experiment: &str, variant: &str| {
        let body = format!(
            r#"{{"userId": "v1", "event": "Experiment Viewed", "properties": {{"experiment_name": "{experiment}", "experiment_id": "cart_hero_test", "variation_name": "{variant}", "variation_id": "reminder"}}}}"#
        );
        message(Kind::Track, &body).meaning.viewed.unwrap()
    };
    let long = "x".repeat(MAX_VIEWED_BYTES);
    assert_eq!(*named(&long, "b").experiment, *long);
    assert_eq!(&*named(&format!("{long}x"), "b").experiment, "cart_hero_test");
    let experiment = experiment(&schema);
    let experiments = Experiments {
        experiments: BTreeMap::from([(experiment.name.clone(), experiment.clone())]),
        ..Experiments::default()
    };
    let found = |viewed: &Viewed| viewed.experiment(&experiments).map(|experiment| experiment.name.to_string());
    let variant = |viewed: &Viewed| {
        let sighting = viewed.sighting(None, &"v1".into());
        assert_eq!(sighting.experiment(&experiments).map(|found| &*found.name), found(viewed).as_deref());
        sighting.variant(&experiment).map(|variant| variant.name.to_string())
    };
    let both = named("Cart with a reminder", "With it");
    assert_eq!((found(&both).as_deref(), variant(&both).as_deref()), (Some("cart_hero_test"), Some("reminder")));
    assert_eq!(variant(&named("cart_hero_test", "control")).as_deref(), Some("control"));
    let unknown = viewed("", "");
    assert_eq!(found(&Viewed { experiment: "other".into(), ..unknown }), None);
}
