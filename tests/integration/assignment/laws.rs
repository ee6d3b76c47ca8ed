//! What never changes an assignment, and what changes it in one direction only.

use std::collections::BTreeMap;

use proptest::prelude::*;
use segue::experiment::{NotEnrolled, Steering};
use segue::profile::Visitor;

use super::{Definition, Site, ids, now, with_account};

const LAYERS: &str = "layers: {hero: {}, checkout: {}}\n";

/// Any experiment called `probe` that enrols somebody.
fn definition() -> impl Strategy<Value = Definition> {
    let layer = proptest::option::of(
        (0_u32..9_999)
            .prop_flat_map(|start| (Just(start), start + 1..=10_000).prop_map(|(start, end)| ("hero", start, end))),
    );
    let weights = proptest::collection::vec(0_u32..1_000, 2..6).prop_filter("weight", |all| all.iter().any(|w| *w > 0));
    (layer, 0_u32..=10_000, weights, proptest::option::of("[a-zé🙂 ]{1,12}")).prop_map(
        |(layer, traffic, weights, salt)| Definition {
            layer,
            traffic,
            salt: salt.map(|salt| format!("s{salt}")),
            ..Definition::new("probe", &weights)
        },
    )
}

/// What each of a few hundred ids gets.
fn assigned<'s>(site: &'s Site, name: &str) -> Vec<(String, Result<&'s str, NotEnrolled>)> {
    ids(400).map(|id| (id.clone(), site.assign(name, &id))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_same_definition_and_id_give_the_same_variant(probe in definition(), other in definition()) {
        let alone = Site::of(LAYERS, &[&probe]);
        let mut other = Definition { name: "another".to_owned(), layer: None, ..other };
        other.salt.get_or_insert_default().push_str(" of its own");
        let beside = Site::of(&format!("{LAYERS}holdouts: {{h: {{share: 0%, layers: all}}}}"), &[&other, &probe]);
        for (id, before) in assigned(&alone, "probe") {
            prop_assert_eq!(&beside.assign("probe", &id), &before);
            let mut visitor = with_account(&id, "a1");
            visitor.consent.insert("tracking".into(), false);
            prop_assert_eq!(&beside.assign_visitor("probe", &visitor), &before);
        }
    }

    #[test]
    fn widening_traffic_only_adds_and_narrowing_only_takes_out(probe in definition(), traffic in 0_u32..=10_000) {
        let other = Definition { traffic, ..probe.clone() };
        let (narrow, wide) = if probe.traffic < traffic { (&probe, &other) } else { (&other, &probe) };
        let (narrow, wide) = (Site::of(LAYERS, &[narrow]), Site::of(LAYERS, &[wide]));
        let (small, large) = (narrow.get("probe").enrolled(), wide.get("probe").enrolled());
        prop_assert!(small.start == large.start && small.end <= large.end);
        for (id, before) in assigned(&narrow, "probe") {
            let after = wide.assign("probe", &id);
            match before {
                Ok(variant) => prop_assert_eq!(after, Ok(variant)),
                Err(NotEnrolled::OutsideTraffic) => {}
                Err(other) => prop_assert_eq!(after, Err(other)),
            }
        }
    }

    #[test]
    fn a_holdout_only_takes_visitors_out_and_widening_it_releases_nobody(
        probe in definition(),
        share in 0_u32..=100,
        wider in 0_u32..=100,
    ) {
        let holdout = |share: u32| format!("{LAYERS}holdouts: {{global: {{share: {share}%, layers: all}}}}");
        let without = Site::of(LAYERS, &[&probe]);
        let with = Site::of(&holdout(share), &[&probe]);
        let wider = Site::of(&holdout(share.max(wider)), &[&probe]);
        for (id, before) in assigned(&without, "probe") {
            let after = with.assign("probe", &id);
            let out = Err(NotEnrolled::HeldOut("global".into()));
            prop_assert!(after == before || after == out);
            if after == out {
                prop_assert_eq!(wider.assign("probe", &id), out);
            }
        }
    }

    #[test]
    fn new_content_new_names_and_new_words_change_nobodys_assignment(probe in definition()) {
        let before = Site::of(LAYERS, &[&probe]);
        let shown = Definition { shown: "summer_hero", ..probe.clone() };
        let salt = probe.salt.clone().unwrap_or_else(|| probe.name.clone());
        let renamed = Definition { name: "renamed".to_owned(), salt: Some(salt), shown: "winter_hero", ..probe };
        let with_words = format!("{}hypothesis: Snow sells\nowner: ada\nforced: {{a: [qa]}}\n", shown.yaml());
        for (name, site) in [
            ("probe", Site::of(LAYERS, &[&shown])),
            ("probe", Site::new(LAYERS, &[with_words])),
            ("renamed", Site::of(LAYERS, &[&renamed])),
            ("probe", Site::new(LAYERS, &[shown.yaml().replace("name: a,", "name: first,")])),
        ] {
            for (id, before) in assigned(&before, "probe") {
                prop_assert_eq!(site.assign(name, &id).map(|found| found.replace("first", "a")), before.map(str::to_owned));
            }
        }
    }

    #[test]
    fn the_probability_is_the_variants_part_of_the_weights(probe in definition()) {
        let site = Site::of(LAYERS, &[&probe]);
        let total: u32 = probe.weights.iter().sum();
        let variants = &site.get("probe").variants;
        prop_assert_eq!(variants.iter().map(|variant| variant.range.share().buckets()).sum::<u128>(), 1 << 64);
        for (variant, weight) in variants.iter().zip(&probe.weights) {
            let exact = f64::from(*weight) / f64::from(total);
            prop_assert!((variant.range.share().to_f64() - exact).abs() < 1e-15);
        }
        for id in ids(50) {
            let visitor = Visitor { id: id.into(), ..Visitor::default() };
            if let Ok(assignment) = site.get("probe").assign(&visitor, &site.schema, now(), &Steering::default()) {
                prop_assert_eq!(assignment.probability(), Some(assignment.variant.range.share().to_f64()));
            }
        }
    }
}

#[test]
fn a_new_salt_draws_anew() {
    let first = Definition::new("probe", &[1, 1]);
    let second = Definition { salt: Some("again".to_owned()), ..first.clone() };
    let (first, second) = (Site::of(LAYERS, &[&first]), Site::of(LAYERS, &[&second]));
    let mut counts: BTreeMap<(String, String), i32> = BTreeMap::new();
    for id in ids(40_000) {
        let [before, after] = [&first, &second].map(|site| site.assign("probe", &id).unwrap().to_owned());
        *counts.entry((before, after)).or_default() += 1;
    }
    // Four cells of 10,000: 5 standard errors are 433.
    assert!(counts.len() == 4 && counts.values().all(|count| (count - 10_000).abs() < 433), "{counts:?}");
}
