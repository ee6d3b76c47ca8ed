//! Layers exclude within and are independent of one another; holdouts keep out of everything, whatever its unit.

use std::collections::BTreeMap;

use proptest::prelude::*;
use segue::experiment::NotEnrolled;

use super::{Definition, Site, ids, with_account};

/// Experiments that own the parts of the layer `hero` between these cuts.
fn in_layer(cuts: &[u32], traffic: u32) -> Vec<Definition> {
    let placed = cuts.windows(2).filter(|part| part[0] < part[1]).enumerate();
    placed
        .map(|(index, part)| Definition {
            layer: Some(("hero", part[0], part[1])),
            traffic,
            ..Definition::new(&format!("part_{index}"), &[1, 2])
        })
        .collect()
}

/// The names of the experiments that a visitor is in.
fn enrolled(site: &Site, id: &str) -> Vec<String> {
    let names = site.experiments.experiments.keys();
    names.filter(|name| site.assign(name, id).is_ok()).map(|name| name.to_string()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nobody_is_in_two_experiments_of_a_layer(
        mut cuts in proptest::collection::vec(0_u32..=10_000, 1..8),
        traffic in 0_u32..=10_000,
    ) {
        cuts.extend([0, 10_000]);
        cuts.sort_unstable();
        let some = in_layer(&cuts, traffic);
        let all = in_layer(&cuts, 10_000);
        let some = Site::of("layers: {hero: {}}", &some.iter().collect::<Vec<_>>());
        let all = Site::of("layers: {hero: {}}", &all.iter().collect::<Vec<_>>());
        for id in ids(300) {
            prop_assert!(enrolled(&some, &id).len() <= 1);
            prop_assert_eq!(enrolled(&all, &id).len(), 1);
        }
    }

    #[test]
    fn a_held_out_visitor_is_in_no_experiment_whatever_its_unit(
        share in 1_u32..=100,
        account in 0_u32..20,
        by_account in any::<bool>(),
    ) {
        let unit = if by_account { "account_id" } else { "visitor" };
        let shared = format!(
            "layers: {{hero: {{}}}}\nholdouts:\n  global: {{share: {share}%, layers: all, unit: {unit}}}\n  \
             of_hero: {{share: 10%, layers: [hero]}}"
        );
        let by_visitor = Definition::new("by_visitor", &[1, 1]);
        let by_account = Definition { unit: Some("account_id"), ..Definition::new("by_account", &[1, 1]) };
        let placed = Definition { layer: Some(("hero", 0, 10_000)), ..Definition::new("placed", &[1, 1]) };
        let site = Site::of(&shared, &[&by_visitor, &by_account, &placed]);
        let holdouts = &site.experiments.holdouts;
        for id in ids(200) {
            let visitor = with_account(&id, &format!("account {account}"));
            let held = |name: &str| {
                holdouts[name].unit.id(&visitor, &site.schema).is_some_and(|unit| holdouts[name].holds(&unit))
            };
            for name in ["by_visitor", "by_account", "placed"] {
                let expected = held("global") || (name == "placed" && held("of_hero"));
                let got = matches!(site.assign_visitor(name, &visitor), Err(NotEnrolled::HeldOut(_)));
                prop_assert_eq!(got, expected, "{}", name);
            }
        }
    }
}

#[test]
fn two_layers_are_independent() {
    let placed = |name: &str, layer| Definition { layer: Some((layer, 0, 5_000)), ..Definition::new(name, &[1, 1]) };
    let site =
        Site::of("layers: {hero: {}, checkout: {}}", &[&placed("of_hero", "hero"), &placed("of_checkout", "checkout")]);
    let mut counts: BTreeMap<[String; 2], i32> = BTreeMap::new();
    for id in ids(180_000) {
        let both = ["of_hero", "of_checkout"].map(|name| site.assign(name, &id).unwrap_or("none").to_owned());
        *counts.entry(both).or_default() += 1;
    }
    // a, b, none are 1/4, 1/4, 1/2 of each: the nine cells follow. Within 5 standard errors.
    assert_eq!(counts.len(), 9);
    for (both, count) in counts {
        let share: f64 = both.iter().map(|one| if one == "none" { 0.5 } else { 0.25 }).product();
        let error = (180_000.0 * share * (1.0 - share)).sqrt();
        assert!((f64::from(count) - 180_000.0 * share).abs() < 5.0 * error, "{both:?}: {count}");
    }
}

#[test]
fn experiments_of_one_layer_without_a_salt_of_their_own_split_independently() {
    // One visitor in both at different times: the variant of the first says nothing of the second's.
    let first = Definition::new("earlier", &[1, 1]);
    let second = Definition::new("later", &[1, 1]);
    let site = Site::of("", &[&first, &second]);
    let same = ids(40_000).filter(|id| site.assign("earlier", id) == site.assign("later", id)).count();
    // 20,000 expected; 5 standard errors are 500.
    assert!(same.abs_diff(20_000) < 500, "{same}");
}

#[test]
fn visitors_of_one_account_see_one_variant() {
    let definition = Definition { unit: Some("account_id"), ..Definition::new("probe", &[1, 1]) };
    let site = Site::of("", &[&definition]);
    for (index, id) in ids(100).enumerate() {
        let account = format!("account {}", index % 10);
        let variant = site.assign_visitor("probe", &with_account(&id, &account)).unwrap();
        assert_eq!(variant, site.assign_visitor("probe", &with_account("another", &account)).unwrap());
        assert_eq!(site.assign("probe", &id), Err(NotEnrolled::UnknownUnit("account_id".into())));
    }
}
