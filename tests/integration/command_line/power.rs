//! `segue power`.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use super::Shop;

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    line: String,
    at: String,
    #[serde(default)]
    expected: Option<Value>,
    #[serde(default)]
    tolerance: f64,
}

#[test]
fn plans_need_what_the_table_says() {
    let table: Table = toml::from_str(include_str!("../../cases/power/plans.toml")).unwrap();
    let shop = Shop::empty();
    let mut answers: HashMap<String, Value> = HashMap::new();
    for Case { name, line, at, expected, tolerance } in table.case {
        let json = answers.entry(line).or_insert_with_key(|line| {
            let ran = shop.run(&format!("power {line} --format json"));
            assert_eq!((ran.code, &*ran.err), (0, ""), "{name}");
            ran.json()
        });
        let found = json.pointer(&at).unwrap_or_else(|| panic!("{name}: nothing at {at} in {json}"));
        match expected.unwrap_or_default() {
            expected if tolerance > 0.0 => {
                let (found, expected) = (found.as_f64().unwrap(), expected.as_f64().unwrap());
                assert!((found / expected - 1.0).abs() <= tolerance, "{name}: {found}, not {expected}");
            }
            expected => assert_eq!(*found, expected, "{name}"),
        }
    }
}

/// `/plans/N/visitors/most` of all plans.
fn most(json: &Value) -> Vec<u64> {
    json["plans"].as_array().unwrap().iter().map(|plan| plan["visitors"]["most"].as_u64().unwrap()).collect()
}

#[test]
fn each_freedom_has_its_price() {
    let shop = Shop::empty();
    let json = shop.run("power --baseline 5% --minimum-effect 10% --format json").json();
    let needed = most(&json);
    assert!(needed.is_sorted() && needed[3] < 3 * needed[0], "{needed:?}");
    // All that may end early do so, where there is something to find.
    for plan in &json["plans"].as_array().unwrap()[1..] {
        let visitors = &plan["visitors"];
        assert!(visitors["with_effect"].as_f64().unwrap() < 0.9 * visitors["most"].as_f64().unwrap(), "{plan}");
    }
    // More visitors find smaller effects, and what is found needs as many.
    let found = shop.run(&format!("power --baseline 5% --visitors {} --format json", needed[3])).json();
    let lift = |plan: usize| found["plans"][plan]["effect"]["relative"].as_f64().unwrap();
    assert!((lift(3) - 0.1).abs() < 1e-3 && lift(0) < lift(1) && lift(1) < lift(2) && lift(2) < lift(3), "{found}");
}

/// A visitor every ten minutes for ten days; what was spent before explains most of what is spent.
fn history() -> String {
    let mut text = "visitor,at,order,spend,before\n".to_owned();
    for visitor in 0..1440_u32 {
        let before = visitor.wrapping_mul(2_654_435_761) % 97;
        let order = u32::from(visitor % 8 == 0);
        let spend = 2 * before + visitor.wrapping_mul(40_503) % 31;
        let (day, minute) = (1 + visitor / 144, visitor % 144 * 10);
        let at = format!("2026-10-{day:02}T{:02}:{:02}:00Z", minute / 60, minute % 60);
        text.push_str(&format!("v{visitor},{at},{order},{spend},{before}\n"));
    }
    text
}

#[test]
fn a_history_tells_level_visitors_a_day_and_what_a_covariate_saves() {
    let shop = Shop::empty();
    shop.write("history.csv", &history());
    let line = "power --history history.csv --unit visitor --time at --minimum-effect 5% --format json";
    let order = shop.run(&format!("{line} --metric order")).json();
    assert_eq!((&order["metric"]["kind"], &order["metric"]["value"]), (&"conversion".into(), &0.125.into()));
    let per_day = order["visitors_per_day"].as_f64().unwrap();
    assert!((per_day - 144.0).abs() < 0.2, "{per_day}");
    let plain = shop.run(&format!("{line} --metric spend")).json();
    let adjusted = shop.run(&format!("{line} --metric spend --covariate before")).json();
    let explained = adjusted["metric"]["explained_share"].as_f64().unwrap();
    let saved = most(&adjusted)[0] as f64 / most(&plain)[0] as f64;
    assert!(explained > 0.9 && (saved - (1.0 - explained)).abs() < 0.01, "{explained} {saved}");
    let events = shop
        .run("power --history history.csv --metric spend:ratio=before --days 3 --visitors-per-day 100 --format json");
    assert!(events.json()["plans"][0]["effect"]["relative"].as_f64().unwrap() > 0.0, "{}", events.out);
}

#[test]
fn dates_last_to_the_end_of_their_day() {
    let shop = Shop::empty();
    let rows: String = (0..700).map(|row| format!("v{row},2026-10-{:02},{}\n", 1 + row % 7, row % 10)).collect();
    shop.write("dates.csv", &format!("visitor,day,spend\n{rows}"));
    let line = "power --history dates.csv --unit visitor --metric spend --time day --minimum-effect 5% --format json";
    assert_eq!(shop.run(line).json()["visitors_per_day"], 100.0);
}

#[test]
fn people_read_a_table_and_the_price_of_each_plan() {
    let ran = Shop::empty()
        .run("power --baseline 10% --minimum-effect 10% --visitors-per-day 2000 --variants 3 --guardrails 1");
    assert_eq!(ran.code, 0, "{}", ran.err);
    for said in [
        "the metric: 10 % of the visitors convert",
        "to find +10 %: 10 % -> 11 %",
        "3 variants 1:1:1; alpha 5 %, chance to find it 80 %; 2000 visitors a day",
        "1 metric x 2 treatments, 1 guardrail together keep that: alpha 2.5 % and a chance of 90 % for each",
        "\nanytime, planned end",
        "until you give up",
        "false alarms in",
    ] {
        assert!(ran.out.contains(said), "`{said}` is not in\n{}", ran.out);
    }
}

#[test]
fn what_cannot_be_planned_exits_with_two_and_a_remedy() {
    let shop = Shop::empty();
    shop.write("history.csv", &history());
    shop.write("same.csv", "spend\n3\n3\n3\n");
    shop.write("nothing.csv", "spend\n1\n-1\n0\n");
    for (line, said) in [
        ("--minimum-effect 10%", "--baseline"),
        ("--baseline 5%", "--minimum-effect"),
        ("--baseline 5 --minimum-effect 10%", "write `5%` if that is meant"),
        ("--baseline 5% --minimum-effect 0", "an effect of 0 cannot be found"),
        ("--baseline 5% --minimum-effect 10", "`10%`"),
        ("--baseline 5% --minimum-effect 2000%", "is relative to the baseline"),
        ("--baseline 5% --minimum-effect -100%", "above -100%"),
        ("--baseline 5% --mean 3 --deviation 1 --minimum-effect 10%", "cannot be used with"),
        ("--mean 3 --minimum-effect 10%", "--deviation"),
        ("--mean 0 --deviation 1 --minimum-effect 10%", "nothing for an effect to be relative to"),
        ("--mean 3 --deviation 0 --minimum-effect 10%", "not above 0"),
        ("--baseline 5% --days 14", "add --visitors-per-day"),
        ("--baseline 5% --minimum-effect 10% --alpha 0.9", "more than half"),
        ("--baseline 5% --minimum-effect 10% --power 4%", "--power 4 % is not above --alpha 5 %"),
        ("--baseline 5% --minimum-effect 10% --weights 1,1,1 --variants 2", "3 weights do not fit 2 variants"),
        ("--baseline 5% --minimum-effect 10% --weights 1", "one weight is no experiment"),
        ("--baseline 5% --minimum-effect 10% --weights 1,0", "`0` is no weight"),
        ("--baseline 5% --minimum-effect 10% --looks 1", "1"),
        ("--baseline 5% --visitors 3", "3"),
        ("--history history.csv --minimum-effect 5%", "--metric"),
        ("--history history.csv --metric spent --minimum-effect 5%", "did you mean `spend`?"),
        ("--history history.csv --metric spend:quantile=0.9 --minimum-effect 5%", "is a quantile"),
        ("--history nowhere.csv --metric spend --minimum-effect 5%", "nowhere.csv"),
        ("--history same.csv --metric spend --minimum-effect 5%", "every visitor has 3"),
        ("--history nothing.csv --metric spend --minimum-effect 5%", "not 0 today"),
    ] {
        let ran = shop.run(&format!("power {line}"));
        assert!(ran.code == 2 && ran.err.contains(said), "power {line}: `{said}` is not in {}: {}", ran.code, ran.err);
    }
}

#[test]
fn a_plan_without_a_number_says_so_beside_those_that_have_one() {
    let shop = Shop::empty();
    // Of nine tenths to all is not far: 170 visitors find it under some plans, 40 under none.
    for (visitors, code, without) in [(170, 0, 1), (40, 1, 4)] {
        let ran = shop.run(&format!("power --baseline 90% --visitors {visitors}"));
        assert_eq!((ran.code, ran.out.matches("no number: ").count()), (code, without), "{}", ran.out);
    }
    let ran = shop.run("power --baseline 90% --visitors 40");
    assert!(ran.out.contains("no number: so few visitors find no effect, however large"), "{}", ran.out);
    assert!(!ran.out.contains("no_solution"), "{}", ran.out);
}

#[test]
fn what_no_number_of_visitors_finds_says_so_and_is_a_finding() {
    let shop = Shop::empty();
    let line = "power --mean 1 --deviation 1000000 --minimum-effect 0.1%";
    let ran = shop.run(line);
    assert_eq!((ran.code, &*ran.err), (1, ""));
    assert!(ran.out.contains("no number: more than 1,000,000,000,000 visitors would be needed"), "{}", ran.out);
    assert!(!ran.out.contains("so few visitors") && !ran.out.contains("no_solution"), "{}", ran.out);
    let json = shop.run(&format!("{line} --format json")).json();
    assert_eq!(json["plans"][0]["undefined"], "no_solution");
    assert!(json["plans"][0]["because"].as_str().unwrap().starts_with("more than"), "{json}");
}

#[test]
fn a_rise_of_a_negative_mean_is_a_rise() {
    let shop = Shop::empty();
    let json = shop.run("power --mean -10 --deviation 5 --minimum-effect 5% --format json").json();
    let effect = &json["minimum_effect"];
    assert_eq!((&effect["absolute"], &effect["level"]), (&0.5.into(), &(-9.5).into()));
    let found = shop.run("power --mean -10 --deviation 5 --visitors 3000 --format json").json();
    let effect = &found["plans"][0]["effect"];
    assert!(effect["relative"].as_f64().unwrap() > 0.0 && effect["absolute"].as_f64().unwrap() > 0.0, "{effect}");
    // As many visitors as of a positive one.
    let positive = shop.run("power --mean 10 --deviation 5 --minimum-effect 5% --format json").json();
    assert_eq!(most(&json), most(&positive));
}
