//! `segue calibrate`.

use serde_json::Value;

use super::Shop;

/// Numbers that look random and are the same everywhere.
struct Numbers(u64);

impl Numbers {
    /// In [0, 1).
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f64 / (1_u64 << 24) as f64
    }
}

/// 4,000 visitors: an order of a tenth, a spend with a long tail of those, what was spent before, views and clicks, and a metric to which
/// four visitors bring all there is.
fn history() -> String {
    let mut numbers = Numbers(7);
    let mut text = "visitor,order,spend,before,views,clicks,jackpot\n".to_owned();
    for visitor in 0..4000_u32 {
        let order = numbers.next() < 0.1;
        let before = -numbers.next().ln_1p().mul_add(-10.0, 0.0);
        let tail = (1.0 - numbers.next()).powf(-0.4);
        let spend = if order { 20.0 * tail + before } else { 0.0 };
        let views = 1 + (numbers.next() * 9.0) as u32;
        let clicks = (0..views).filter(|_| numbers.next() < 0.2).count();
        let jackpot = if visitor % 1000 == 77 { 5000 } else { 0 };
        text.push_str(&format!("v{visitor},{},{spend:.2},{before:.2},{views},{clicks},{jackpot}\n", u8::from(order)));
    }
    text
}

fn shop() -> Shop {
    let shop = Shop::empty();
    shop.write("history.csv", &history());
    shop
}

fn metric<'j>(json: &'j Value, name: &str, adjusted: bool) -> &'j Value {
    let metrics = json["metrics"].as_array().unwrap();
    metrics.iter().find(|metric| metric["metric"] == name && metric["adjusted"] == adjusted).unwrap()
}

fn rate(metric: &Value, plan: &str) -> f64 {
    let rates = metric["rates"].as_array().unwrap();
    rates.iter().find(|rate| rate["plan"] == plan).unwrap_or_else(|| panic!("no {plan} in {metric}"))["rate"]
        .as_f64()
        .unwrap()
}

const FAIR: &str = "calibrate history.csv --unit visitor --metric order --metric spend --metric clicks:ratio=views --covariate before \
                    --runs 400 --looks 10 --format json";

#[test]
fn promises_are_kept_on_a_fair_history_and_peeking_breaks_them() {
    let shop = shop();
    let ran = shop.run(FAIR);
    assert_eq!((ran.code, &*ran.err), (0, ""), "{}", ran.out);
    let json = ran.json();
    assert_eq!((&json["units"], &json["verdict"]["code"]), (&4000.into(), &"calibrated".into()));
    assert_eq!(json["metrics"].as_array().unwrap().len(), 6);
    for (name, adjusted) in [
        ("order", false),
        ("order", true),
        ("spend", false),
        ("spend", true),
        ("clicks/views", false),
        ("clicks/views", true),
    ] {
        let metric = metric(&json, name, adjusted);
        // 400 replays: 5 % and 3.3 standard errors are 8.6 %.
        for plan in ["fixed", "group_sequential", "anytime_horizon"] {
            assert!(rate(metric, plan) <= 0.086, "{plan}: {metric}");
        }
        assert!((0.015..0.086).contains(&rate(metric, "fixed")), "{metric}");
        assert!(rate(metric, "anytime") <= 0.05 && rate(metric, "peeking") > 0.1, "{metric}");
        assert!(metric["uniformity"]["p_value"].as_f64().unwrap() > 1e-3, "{metric}");
        let lifts = metric["detectable"].as_array().unwrap().iter().map(|found| found["lift"].as_f64().unwrap());
        assert!(lifts.collect::<Vec<_>>().is_sorted(), "{metric}");
    }
    // Few spend, and unequally: the start-up rule waits for them longer than for views.
    let waited = |name| metric(&json, name, false)["start_up"]["waited_share"].as_f64().unwrap();
    assert!(waited("spend") > waited("clicks/views"), "{json}");
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let shop = shop();
    let line: Vec<&str> = FAIR.split_whitespace().collect();
    let on = |threads: &str, more: &[&str]| {
        let words = [line.as_slice(), more].concat();
        let output = shop.command(&words).env("RAYON_NUM_THREADS", threads).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let once = on("1", &[]);
    assert_eq!(once, on("3", &[]));
    assert_ne!(once, on("3", &["--seed", "2"]));
}

#[test]
fn a_metric_that_four_visitors_bring_is_caught_with_what_to_do() {
    let shop = shop();
    let line = "calibrate history.csv --unit visitor --metric jackpot:sum --runs 1000 --looks 5";
    let ran = shop.run(&format!("{line} --format json"));
    let json = ran.json();
    assert_eq!((ran.code, &json["verdict"]["code"]), (1, &"exceeds".into()), "{}", ran.err);
    let metric = metric(&json, "jackpot", false);
    // All four in one half happens in an eighth of the replays, and t is 2 there.
    assert!((rate(metric, "fixed") - 0.125).abs() < 0.035, "{metric}");
    assert_eq!(metric["findings"][0]["code"], "fixed_exceeds");
    // The start-up rule never lets it open.
    assert_eq!((rate(metric, "anytime"), &metric["start_up"]["never_opened_share"]), (0.0, &1.0.into()));
    let text = shop.run(line).out;
    for said in
        ["MORE THAN PROMISED", "2 of its units make up half of", "the start-up rule waited at 100 % of the looks"]
    {
        assert!(text.contains(said), "`{said}` is not in\n{text}");
    }
    // Its p-values are so far from uniform that a number for it is 0.
    for never in ["NaN", "inf"] {
        assert!(!text.contains(never), "`{never}` in\n{text}");
    }
    // Who measures only what keeps its promise is told of nothing else.
    assert_eq!(shop.run(&format!("{line} --plan anytime")).code, 0);
}

#[test]
fn a_metric_that_never_varies_keeps_no_promise() {
    let shop = Shop::empty();
    let rows: String = (0..500).map(|visitor| format!("v{visitor},0,3.5,{}\n", visitor % 9)).collect();
    shop.write("same.csv", &format!("visitor,none,same,spend\n{rows}"));
    for metric in ["none", "same"] {
        let line = format!("calibrate same.csv --unit visitor --metric {metric} --metric spend --runs 100 --looks 4");
        let ran = shop.run(&format!("{line} --format json"));
        let json = ran.json();
        assert_eq!((ran.code, &json["verdict"]["code"]), (1, &"untested".into()), "{}", ran.out);
        assert_eq!(json["metrics"][0]["findings"][0]["code"], "cannot_be_tested");
        assert_eq!(json["metrics"][1]["findings"], Value::Array(Vec::new()));
        let text = shop.run(&line).out;
        assert!(text.contains("it cannot be tested (nothing varies"), "{text}");
        assert!(!text.contains("keeps its promise"), "{text}");
    }
}

#[test]
fn units_come_in_the_order_of_their_times() {
    let shop = Shop::empty();
    let late = "visitor,at,spend\n".to_owned()
        + &(0..200)
            .map(|visitor| format!("v{visitor},2026-10-{:02},{}\n", 1 + (199 - visitor) / 10, visitor % 7))
            .collect::<String>();
    shop.write("late.csv", &late);
    let json = shop
        .run("calibrate late.csv --unit visitor --metric spend --time at --runs 100 --looks 4 --format json")
        .json();
    assert_eq!((&json["days"], &json["units"]), (&20.0.into(), &200.into()));
}

#[test]
fn rows_of_one_date_come_into_both_halves() {
    let shop = Shop::empty();
    // Without --unit each row is a unit, and all of them came on one of two days.
    let rows: String = (0..2000).map(|row| format!("2026-10-0{},{}\n", 1 + row % 2, row % 10)).collect();
    shop.write("rows.csv", &format!("at,spend\n{rows}"));
    let ran = shop.run("calibrate rows.csv --metric spend --time at --runs 200 --looks 4 --format json");
    let json = ran.json();
    assert_eq!((ran.code, &json["units"], &json["days"]), (0, &2000.into(), &2.0.into()), "{}", ran.err);
    let fixed = rate(metric(&json, "spend", false), "fixed");
    assert!(fixed > 0.0 && fixed < 0.1, "{json}");
}

#[test]
fn what_cannot_be_replayed_exits_with_two_and_a_remedy() {
    let shop = shop();
    shop.write("few.csv", "spend\n1\n2\n3\n");
    for (line, said) in [
        ("history.csv", "--metric"),
        ("--metric spend", "FILE"),
        ("history.csv --metric spent", "did you mean `spend`?"),
        ("history.csv --metric spend:quantile=0.9", "is not replayed"),
        ("history.csv --metric spend --runs 10", "100"),
        ("history.csv --metric spend --looks 1", "2..="),
        ("history.csv --metric spend --alpha 70%", "more than half"),
        ("history.csv --metric spend --power 3%", "is not above --alpha 5 %"),
        ("history.csv --metric spend --plan peeking", "group-sequential"),
        ("few.csv --metric spend", "3 units are too few to replay"),
        ("nowhere.csv --metric spend", "nowhere.csv"),
    ] {
        let ran = shop.run(&format!("calibrate {line}"));
        assert!(
            ran.code == 2 && ran.err.contains(said),
            "calibrate {line}: `{said}` is not in {}: {}",
            ran.code,
            ran.err
        );
    }
}
