//! What comes first: testers, holdouts, ends, breakers, former exposures, buckets, batches of a bandit.

use std::sync::Arc;

use proptest::prelude::*;
use segue::experiment::{Assigned, Assignment, Batch, NotEnrolled, Split, Steering};
use segue::profile::{ExperimentKey, ExposedTo, Visitor};
use serde::Deserialize;

use super::{Definition, Site, ids, now};

const NAME: &str = "cart_hero_test";

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    fields: String,
    /// Of the control and the reminder.
    weights: Option<String>,
    /// The share of a holdout from everything.
    holdout: Option<String>,
    /// `bandit`, where it is not as the fields say.
    split: Option<String>,
    visitor: String,
    /// The variant of a former exposure, and the salt and the probability that it had.
    exposed: Option<String>,
    under: Option<String>,
    probability: Option<String>,
    /// `tripped`, `tripped before` (under another salt), `batch 7: control 0.5, reminder 0.5`, `batch before`.
    #[serde(default)]
    steering: String,
    expect: String,
}

impl Case {
    fn site(&self) -> Site {
        let weights = self.weights.as_deref().unwrap_or("1, 1");
        let (control, reminder) = weights.split_once(", ").unwrap();
        let status = if self.fields.contains("status:") { "" } else { "status: running\n" };
        let definition = format!(
            "experiment: {NAME}\n{status}variants:\n  - {{name: control, weight: {control}, show: nothing}}\n  - {{name: reminder, weight: {reminder}, show: nothing}}\n{}\n",
            self.fields
        );
        let holdout = self.holdout.as_ref();
        let holdout = holdout.map(|share| format!("holdouts: {{global: {{share: {share}, layers: all}}}}\n"));
        let mut site = Site::new(&format!("layers: {{hero: {{}}}}\n{}", holdout.unwrap_or_default()), &[definition]);
        if self.split.as_deref() == Some("bandit") {
            site.experiments.experiments.get_mut(NAME).unwrap().split = Split::Bandit;
        }
        site
    }

    fn visitor(&self) -> Visitor {
        let exposed = self.exposed.as_ref().map(|variant| ExposedTo {
            experiment: key(NAME, self.under.as_deref().unwrap_or(NAME)),
            variant: variant.as_str().into(),
            probability: self.probability.is_none().then_some(0.25),
        });
        Visitor { id: self.visitor.as_str().into(), exposed: exposed.into_iter().collect(), ..Visitor::default() }
    }

    fn steering(&self) -> Steering {
        let mut steering = Steering::default();
        let (now, before) = (key(NAME, NAME), key(NAME, "before"));
        for part in self.steering.split("; ").filter(|part| !part.is_empty()) {
            match part {
                "tripped" => steering.trip(&now),
                "tripped before" => steering.trip(&before),
                "batch before" => steering.set_batch(&before, batch("batch 7: control 0.9, reminder 0.1")),
                _ => steering.set_batch(&now, batch(part)),
            }
        }
        steering
    }
}

fn key(name: &str, salt: &str) -> ExperimentKey {
    ExperimentKey { name: name.into(), salt: salt.into() }
}

/// `batch 7: control 0.5, reminder 0.5`
fn batch(text: &str) -> Batch {
    let (number, weights) = text.strip_prefix("batch ").unwrap().split_once(": ").unwrap();
    let weights: Vec<(Arc<str>, f64)> = weights
        .split(", ")
        .map(|weight| weight.split_once(' ').unwrap())
        .map(|(name, weight)| (name.into(), weight.parse().unwrap()))
        .collect();
    Batch::of_weights(number.parse().unwrap(), weights.iter().map(|(name, weight)| (name, *weight))).unwrap()
}

fn described(assigned: Result<Assignment<'_>, NotEnrolled>) -> String {
    let assignment = match assigned {
        Ok(assignment) => assignment,
        Err(why) => return format!("it does not enrol: {why}"),
    };
    let by = match assignment.by {
        Assigned::Bucket { probability, batch } if batch == 0 || batch >> 31 == 1 => {
            format!("by its bucket {probability}")
        }
        Assigned::Bucket { probability, batch } => format!("by its bucket {probability} in batch {batch}"),
        Assigned::Exposed { probability: Some(probability) } => format!("kept {probability}"),
        Assigned::Exposed { probability: None } => "kept".to_owned(),
        Assigned::Breaker => "by the breaker".to_owned(),
        Assigned::Forced => "forced".to_owned(),
        Assigned::Winner => "won".to_owned(),
    };
    format!("{} {by}", assignment.variant.name)
}

#[test]
fn the_first_that_applies_decides() {
    let table: Table = toml::from_str(include_str!("../../cases/assignment/precedence.toml")).unwrap();
    assert!(table.case.len() > 40);
    for case in table.case {
        let site = case.site();
        let visitor = case.visitor();
        let assigned = site.get(NAME).assign(&visitor, &site.schema, now(), &case.steering());
        assert_eq!(described(assigned), case.expect, "{}", case.name);
    }
}

/// Somebody who was shown a variant of `probe`.
fn exposed(site: &Site, id: &str, variant: &str) -> Visitor {
    let probe = site.get("probe");
    let exposed = vec![ExposedTo { experiment: probe.key(), variant: variant.into(), probability: Some(0.5) }];
    Visitor { id: id.into(), exposed, ..Visitor::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_weights_and_traffic_become_who_was_exposed_stays(
        before in proptest::collection::vec(1_u32..1_000, 2..6),
        after in proptest::collection::vec(0_u32..1_000, 6),
        traffic in 0_u32..=10_000,
    ) {
        prop_assume!(after[..before.len()].iter().any(|weight| *weight > 0));
        let old = Site::of("", &[&Definition::new("probe", &before)]);
        let new = Site::of("", &[&Definition { traffic, ..Definition::new("probe", &after[..before.len()]) }]);
        for id in ids(100) {
            let first = old.assign("probe", &id).unwrap();
            let visitor = exposed(&new, &id, first);
            prop_assert_eq!(new.assign_visitor("probe", &visitor), Ok(first));
            let mut tripped = Steering::default();
            tripped.trip(&key("probe", "probe"));
            let control = new.get("probe").assign(&visitor, &new.schema, now(), &tripped).unwrap();
            prop_assert_eq!((&*control.variant.name, control.by), ("a", Assigned::Breaker));
        }
    }

    /// Ranges that leave out a bucket would leave out a visitor, and shares must be those that are said.
    #[test]
    fn the_ranges_of_a_batch_follow_each_other_over_all_buckets(
        weights in proptest::collection::vec(prop_oneof![Just(0.0), 0.0..1.0, Just(1.0), Just(f64::NAN), Just(-1.0)], 2..20),
        number in 1_u32..,
    ) {
        let names: Vec<Arc<str>> = (0..weights.len()).map(|index| format!("v{index}").into()).collect();
        let batch = Batch::of_weights(number, names.iter().zip(weights.iter().copied()));
        let plain = |weight: f64| if weight.is_finite() { weight.clamp(0.0, 1.0) } else { 0.0 };
        let total: f64 = weights.iter().map(|weight| plain(*weight)).sum();
        let Some(batch) = batch else {
            prop_assert!(total < 1e-8);
            return Ok(());
        };
        prop_assert_eq!(batch.number, number);
        let mut end = segue::experiment::Share::NONE;
        for (name, weight) in names.iter().zip(&weights) {
            let range = batch.range(name).unwrap();
            prop_assert_eq!(range.start, end);
            end = range.end;
            prop_assert!((range.share().to_f64() - plain(*weight) / total).abs() < 1e-7);
        }
        prop_assert_eq!(end, segue::experiment::Share::ALL);
    }

    #[test]
    fn a_bandit_deals_the_share_of_its_batch(weight in 0.05..0.95_f64) {
        let mut site = Site::of("", &[&Definition::new("probe", &[1, 1])]);
        site.experiments.experiments.get_mut("probe").unwrap().split = Split::Bandit;
        let (first, second): (Arc<str>, Arc<str>) = ("a".into(), "b".into());
        let mut steering = Steering::default();
        let batch = Batch::of_weights(3, [(&first, weight), (&second, 1.0 - weight)]).unwrap();
        let exact = batch.range("a").unwrap().share().to_f64();
        steering.set_batch(&key("probe", "probe"), batch);
        let mut count = 0_u32;
        for id in ids(2_000) {
            let dealt = site.get("probe").deal(&id, &steering).unwrap();
            let is_first = &*dealt.variant.name == "a";
            let probability = if is_first { exact } else { 1.0 - exact };
            prop_assert_eq!(dealt.by, Assigned::Bucket { probability, batch: 3 });
            count += u32::from(is_first);
        }
        // Five standard deviations of a coin.
        let off = f64::from(count) / 2_000.0 - weight;
        prop_assert!(off.abs() < 5.0 * (weight * (1.0 - weight) / 2_000.0).sqrt(), "{} of 2000 at {}", count, weight);
    }
}
