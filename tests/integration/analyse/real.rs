//! Two real experiments: every number of the scorecard against Python that computes it from the rows by other means.

use std::fs::File;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Ran, Tables, root};
use crate::oracle::with_mpmath;

/// The data, or a line that says why there are none.
fn data(name: &str) -> Option<PathBuf> {
    let path = root().join("../shared/data").join(name);
    if !path.exists() {
        println!("skipped: {name} is analysed where there is {}", path.display());
        return None;
    }
    Some(path.canonicalize().unwrap())
}

/// What the oracle says; nothing where mpmath is not installed.
fn oracle(data: &PathBuf, settings: &Value) -> Option<Value> {
    let tables = Tables::with("settings.json", settings.to_string());
    let settings = tables.path("settings.json");
    let printed = with_mpmath("scorecard.py", &[settings.to_str().unwrap()], File::open(data).unwrap().into())?;
    Some(serde_json::from_str(&printed).unwrap())
}

/// Compares what the oracle says with what was found; says how many numbers there were.
fn compare(path: &str, expected: &Value, found: &Value, wrong: &mut Vec<String>) -> u32 {
    match expected {
        Value::Object(fields) if fields.contains_key("waiting") => {
            if !found["waiting"].is_string() {
                wrong.push(format!("{path}: {found} does not wait"));
            }
            1
        }
        Value::Object(fields) => {
            fields.iter().map(|(key, inner)| compare(&format!("{path}.{key}"), inner, &found[key], wrong)).sum()
        }
        Value::Array(list) => {
            let inner = list.iter().enumerate();
            inner.map(|(place, inner)| compare(&format!("{path}[{place}]"), inner, &found[place], wrong)).sum()
        }
        Value::Number(number) if number.is_f64() => {
            let (expected, got) = (number.as_f64().unwrap(), found.as_f64().unwrap_or(f64::NAN));
            // At most one part in a billion; what is nothing but rounding beside the rest counts as nothing.
            let is_right = (expected - got).abs() <= 1e-9 * expected.abs().max(1e-12);
            if !is_right {
                wrong.push(format!("{path}: {found}, not {expected}"));
            }
            1
        }
        other => {
            if other != found {
                wrong.push(format!("{path}: {found}, not {other}"));
            }
            1
        }
    }
}

fn agrees(data: &PathBuf, settings: &Value, ran: &Ran, at_least: u32) {
    let Some(expected) = oracle(data, settings) else { return };
    let mut wrong = Vec::new();
    let numbers = compare("", &expected, &ran.json(), &mut wrong);
    println!("{numbers} numbers compared");
    assert!(numbers >= at_least, "{numbers}");
    wrong.truncate(30);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn near(found: &Value, expected: f64, error: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - expected).abs() <= error, "{found}, not {expected}");
}

#[test]
#[ignore = "slow suite: 64,000 customers, twice"]
fn hillstrom_is_as_an_independent_count_says() {
    let Some(path) = data("hillstrom.csv") else { return };
    let line = format!(
        "{} --variant segment --control No_E-Mail --metric visit --metric conversion --metric spend --metric spend:ratio=visit \
         --covariate history --breakdown newbie --breakdown channel --format json",
        path.display()
    );
    let ran = Tables::new().run(&line);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let found = ran.json();
    let row = |metric: &str, variant: &str| {
        let mut rows = found["metrics"].as_array().unwrap().iter();
        rows.find(|row| row["metric"] == metric && row["variant"] == variant).unwrap().clone()
    };
    // What is known of the challenge.
    near(&row("visit", "Mens E-Mail")["fixed"]["statistic"], 22.49, 0.005);
    near(&row("conversion", "Womens E-Mail")["fixed"]["p_value"], 1.57e-4, 0.005e-4);
    assert_eq!(row("spend", "Mens E-Mail")["sum"], 30311.69);
    assert_eq!(
        (found["verdict"]["code"].clone(), found["verdict"]["variant"].clone()),
        (json!("ship"), json!("Mens E-Mail"))
    );
    let settings = json!({
        "variant": "segment",
        "control": "No E-Mail",
        "metrics": [
            {"name": "visit", "kind": "conversion", "column": "visit"},
            {"name": "conversion", "kind": "conversion", "column": "conversion"},
            {"name": "spend", "kind": "sum", "column": "spend"},
            {"name": "spend/visit", "kind": "ratio", "column": "spend", "below": "visit"},
        ],
        "covariate": "history",
        "breakdowns": ["newbie", "channel"],
    });
    agrees(&path, &settings, &ran, 1500);
}

#[test]
#[ignore = "slow suite: 90,189 players, twice"]
fn cookie_cats_raises_the_alarm_of_its_split() {
    let Some(path) = data("cookie_cats.csv") else { return };
    let path_word = path.display().to_string();
    assert!(!path_word.contains(' '));
    // The letter that stands for a blank in these tests is in the names of the columns: the heading is made anew.
    let text = std::fs::read_to_string(&path).unwrap().replacen("retention_1;retention_7", "day1;day7", 1).replacen(
        "sum_gamerounds",
        "rounds",
        1,
    );
    let tables = Tables::with("cats.csv", text.replace("gate_", "gate"));
    let line = "cats.csv --unit userid --variant version --control gate30 --metric day7 --metric day1 --metric rounds";
    let ran = tables.run(&format!("{line} --format json"));
    // A check of the data fails, so the command ends with 1.
    assert_eq!((ran.code, &*ran.err), (1, ""));
    let found = ran.json();
    let p_value = |place: usize| found["metrics"][place]["fixed"]["p_value"].clone();
    near(&p_value(1), 0.00155, 0.000005);
    near(&p_value(3), 0.0744, 0.00005);
    near(&found["sample_ratio"]["p_value"], 0.0086, 0.00005);
    assert_eq!(
        (found["sample_ratio"]["alarm"].clone(), found["verdict"]["code"].clone()),
        (json!("fixed"), json!("check_data"))
    );
    let text = tables.run(line).out;
    assert!(text.contains("ALARM: not as planned, p = 0.0086"), "{text}");
    assert!(text.contains("Do not act on these numbers"), "{text}");
    // At a stricter setting there is no alarm.
    assert_eq!(tables.run(&format!("{line} --sample-ratio-alpha 0.001")).code, 0);
    let settings = json!({
        "separator": ";",
        "variant": "version",
        "control": "gate30",
        "metrics": [
            {"name": "day7", "kind": "conversion", "column": "day7"},
            {"name": "day1", "kind": "conversion", "column": "day1"},
            {"name": "rounds", "kind": "sum", "column": "rounds"},
        ],
    });
    agrees(&tables.path("cats.csv"), &settings, &ran, 60);
}
