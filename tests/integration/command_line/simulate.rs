//! `segue simulate`.

use serde_json::{Value, json};

use super::Shop;

const SHARED: &str = "layers: {hero: {}}\nholdouts: {global: {share: 10%, layers: all}}\n";

/// A shop with two experiments that share a layer, one by account, and one that is split elsewhere.
fn shop() -> Shop {
    let shop = Shop::new();
    let schema = shop.read("rules/schema/shop.yaml") + "  account: {type: text}\n  account_number: {type: number}\n";
    shop.write("rules/schema/shop.yaml", &schema);
    shop.write("experiments/shared.yaml", SHARED);
    let write = |name: &str, rest: &str| {
        let variants = "variants: [{name: control, show: nothing}, {name: other, show: default_hero}]";
        shop.write(&format!("experiments/{name}.yaml"), &format!("experiment: {name}\n{rest}\n{variants}\n"));
    };
    write("left", "status: draft\nlayer: {name: hero, range: 0%..50%}\nforced: {other: [qa]}");
    write("right", "status: stopped\nwinner: other\nlayer: {name: hero, range: 50%..100%}\ntraffic: 50%");
    write("by_account", "unit: account");
    write("by_number", "unit: account_number");
    write("elsewhere", "assignment: external");
    shop
}

fn found<'j>(json: &'j Value, name: &str) -> &'j Value {
    json["experiments"].as_array().unwrap().iter().find(|found| found["experiment"] == name).unwrap()
}

/// Whether a share is near what is expected of 20,000 ids: 5 standard errors are at most 0.018.
fn is_near(counted: &Value) -> bool {
    (counted["share"].as_f64().unwrap() - counted["expected_share"].as_f64().unwrap()).abs() < 0.018
}

#[test]
fn shares_are_counted_beside_what_the_definitions_promise() {
    let ran = shop().run("simulate --generate 20000 --kind uuid --format json");
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let json = ran.json();
    assert_eq!(json["ids"], json!({"count": 20_000, "kind": "uuid", "seed": 1}));
    for (name, share) in [("left", 0.45), ("right", 0.225), ("by_account", 0.9), ("elsewhere", 0.0)] {
        let found = found(&json, name);
        assert!((found["enrolled"]["expected_share"].as_f64().unwrap() - share).abs() < 1e-12, "{found}");
        assert!(is_near(&found["enrolled"]), "{found}");
        assert!(name == "elsewhere" || found["variants"].as_array().unwrap().iter().all(is_near), "{found}");
        let refused =
            found["not_enrolled"].as_array().unwrap().iter().map(|refused| refused["count"].as_u64().unwrap());
        assert_eq!(refused.sum::<u64>() + found["enrolled"]["count"].as_u64().unwrap(), 20_000);
    }
    assert_eq!(found(&json, "by_number")["not_enrolled"][0]["reason"], "`account_number` is unknown");
    let overlaps = json["overlaps"].as_array().unwrap();
    assert_eq!(overlaps.len(), 10);
    let both = |pair: [&str; 2]| overlaps.iter().find(|overlap| overlap["experiments"] == json!(pair)).unwrap();
    assert_eq!(both(["left", "right"])["count"], 0);
    assert_eq!(both(["left", "right"])["expected"], 0.0);
    let independent = both(["by_account", "left"]);
    let (count, expected) = (independent["count"].as_f64().unwrap(), independent["expected"].as_f64().unwrap());
    assert!((expected - 9_000.0).abs() < 1e-6 && (count - expected).abs() < 360.0, "{independent}");
}

#[test]
fn numbers_are_ids_of_a_unit_that_is_a_number() {
    let json = shop().run("simulate --generate 5000 --experiment by_number --format json").json();
    assert!(json["experiments"][0]["enrolled"]["count"].as_u64().unwrap() > 4_000, "{json}");
}

#[test]
fn as_it_is_a_draft_enrols_nobody_and_a_winner_is_seen_by_all() {
    let shop = shop();
    let line = "simulate --experiment left --experiment right --ids - --as-is --at 2026-11-20T10:00:00Z --format json";
    let ran = shop.run_with_input(line, "qa\r\n\nv1\nv2");
    let json = ran.json();
    assert_eq!((ran.code, &json["ids"]), (0, &json!({"count": 3, "file": "-"})));
    let (left, right) = (found(&json, "left"), found(&json, "right"));
    assert_eq!((&left["forced"], &left["enrolled"]["count"]), (&json!(1), &json!(0)));
    assert_eq!(left["not_enrolled"][0]["reason"], "it is a draft");
    assert_eq!(left["sample_ratio"], json!({"p_value": null, "undefined": "nobody was counted"}));
    assert_eq!(right["winner"], 3);
}

#[test]
fn a_ratio_that_is_no_chance_exits_with_one() {
    let shop = shop();
    let repeated = "v1\n".repeat(100);
    let ran = shop.run_with_input("simulate --experiment by_account --ids -", &repeated);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.out.contains("NOT what the weights say"), "{}", ran.out);
}

#[test]
fn what_cannot_be_simulated_exits_with_two() {
    let shop = shop();
    for (line, said) in [
        ("simulate --experiment leftt", "did you mean `left`?"),
        ("simulate --ids nowhere.txt", "cannot read `nowhere.txt`"),
        ("simulate --ids - --seed 3", "cannot be used with"),
        ("simulate --at 2026-11-20T10:00:00Z", "--as-is"),
    ] {
        let ran = shop.run(line);
        assert!(ran.code == 2 && ran.err.contains(said), "{line}: {}", ran.err);
    }
    let bare = Shop::new().run("simulate");
    assert!(bare.code == 2 && bare.err.contains("there is no experiment"), "{}", bare.err);
    shop.write("experiments/left.yaml", "experiment: left\n");
    let broken = shop.run("simulate");
    assert!(broken.code == 1 && broken.err.contains("missing-field"), "{}", broken.err);
}
