//! What counts, what does not, and what is said of it.

use serde_json::{Value, json};

use super::{Tables, sample};

const SMALL: &str = "id,arm,y,x\n1,a,1,2\n2,a,0,1\n3,a,1,5\n4,b,1,3\n5,b,0,2\n6,b,0,7\n";

/// The rows of a metric by variant.
fn rows(found: &Value, metric: &str) -> Vec<Value> {
    let all = found["metrics"].as_array().unwrap().iter();
    all.filter(|row| row["metric"] == metric).cloned().collect()
}

fn analysed(text: &str, more: &str) -> Value {
    let tables = Tables::with("t.csv", text);
    let ran = tables.run(&format!("t.csv --unit id --variant arm --control a --format json {more}"));
    assert!(ran.code < 2, "{}", ran.err);
    ran.json()
}

#[test]
fn a_column_of_zeros_and_ones_is_a_conversion_and_any_other_a_sum() {
    let found = analysed(SMALL, "--metric y --metric x --metric y:sum");
    let kinds = |metric: &str| rows(&found, metric).iter().map(|row| row["kind"].clone()).collect::<Vec<_>>();
    assert_eq!(kinds("y"), ["conversion", "conversion"]);
    assert_eq!(kinds("x"), ["sum", "sum"]);
    assert_eq!(kinds("y:sum"), ["sum", "sum"]);
    assert_eq!(rows(&found, "x")[0]["sum"], 8.0);
    assert_eq!(
        (rows(&found, "y")[0]["level"].clone(), rows(&found, "y")[1]["role"].clone()),
        (json!(2.0 / 3.0), json!("primary"))
    );
}

#[test]
fn truths_are_ones_and_zeros() {
    let words = SMALL.replace("a,1", "a,TRUE").replace("b,1", "b,true").replace(",0,", ",False,");
    assert_eq!(analysed(&words, "--metric y"), analysed(SMALL, "--metric y"));
}

#[test]
fn the_rows_of_a_unit_add_up_and_any_conversion_is_one() {
    let found = analysed(
        "id,arm,y,x\n1,a,1,0.1\n1,a,1,0.2\n1,a,0,0.3\n2,a,0,1\n3,b,0,1\n4,b,1,1\n4,b,1,\n",
        "--metric y --metric x --metric y:sum",
    );
    assert_eq!((found["rows"].clone(), found["units"].clone()), (json!(7), json!(4)));
    assert_eq!(rows(&found, "y")[0]["sum"], 1.0);
    assert_eq!(rows(&found, "y:sum")[0]["sum"], 2.0);
    // 0.1 + 0.2 + 0.3 rounded once is 0.6, and not 0.6000000000000001.
    assert_eq!(rows(&found, "x")[0]["sum"], 1.6);
}

#[test]
fn a_missing_value_is_nothing_and_is_noted() {
    let found = analysed(&SMALL.replace("a,1,2", "a,,2").replace("b,1,3", "b,NA,3"), "--metric y --metric x");
    assert_eq!(rows(&found, "y")[0]["sum"], 1.0);
    assert_eq!((rows(&found, "y")[0]["n"].clone(), found["flags"][0]["count"].clone()), (json!(3), json!(2)));
    assert_eq!(
        (found["flags"][0]["code"].clone(), found["flags"][0]["fails"].clone()),
        (json!("missing_values"), json!(false))
    );
}

#[test]
fn a_unit_in_two_variants_is_left_out_and_counted() {
    let plain = analysed(SMALL, "--metric y --metric x");
    let mixed = analysed(&format!("{SMALL}7,a,1,9\n7,b,1,9\n"), "--metric y --metric x");
    assert_eq!(mixed["units"], 6);
    assert_eq!(mixed["metrics"], plain["metrics"]);
    let flag = &mixed["flags"][0];
    assert_eq!((flag["code"].clone(), flag["count"].clone()), (json!("units_in_several_variants"), json!(1)));
    // One of seven is too much to be a slip.
    assert_eq!((flag["fails"].clone(), mixed["verdict"]["code"].clone()), (json!(true), json!("check_data")));
}

#[test]
fn what_is_taken_from_the_first_row_should_stand_in_all() {
    let text = "id,arm,y,x,d\n1,a,1,2,web\n1,a,1,3,app\n2,a,0,1,web\n3,b,1,5,app\n4,b,0,3,app\n";
    let found = analysed(text, "--metric y --covariate x --breakdown d");
    let codes: Vec<_> = found["flags"].as_array().unwrap().iter().map(|flag| flag["code"].clone()).collect();
    assert_eq!(codes, ["varying_values", "varying_values"]);
    let parts = &found["breakdowns"][0]["values"];
    assert_eq!((parts[0]["value"].clone(), parts[0]["variants"][0]["n"].clone()), (json!("app"), json!(0)));
    // With times the earliest row is the first, wherever it stands.
    let timed = "id,arm,y,d,at\n1,a,1,app,2026-01-02\n1,a,1,web,2026-01-01\n2,a,0,web,2026-01-01\n3,b,1,app,2026-01-01\n4,b,0,web,2026-01-03\n";
    let found = analysed(timed, "--metric y --breakdown d --time at");
    assert_eq!(found["breakdowns"][0]["values"][1]["variants"][0]["n"], 2);
}

#[test]
fn a_covariate_is_that_of_the_first_row_that_has_one() {
    let text = "id,arm,y,x\n1,a,1,\n1,a,1,5\n2,a,0,1\n3,b,1,5\n4,b,0,\n4,b,0,3\n";
    let filled = text.replace("1,a,1,\n", "1,a,1,5\n").replace("4,b,0,\n", "4,b,0,3\n");
    let (found, expected) = (analysed(text, "--metric y --covariate x"), analysed(&filled, "--metric y --covariate x"));
    assert_eq!((&found["metrics"], &expected["flags"]), (&expected["metrics"], &json!([])));
}

/// 2,000 units of two rows each: the first on one day, the last on this one.
fn events(day_of_the_last: &str) -> String {
    let unit = |id: u32| {
        let (arm, y) = (["a", "b"][id as usize % 2], id * 7919 % 11);
        format!("{id},{arm},{y},2026-11-01\n{id},{arm},{},{day_of_the_last}\n", id * 31 % 7)
    };
    std::iter::once("id,arm,y,at\n".to_owned()).chain((0..2000).map(unit)).collect()
}

#[test]
fn a_planned_end_sharpens_nothing_while_units_go_on_gathering() {
    let line = "--metric y --plan anytime --visitors 2000";
    let interval = |text: &str, more: &str| rows(&analysed(text, more), "y")[1]["anytime"]["lower"].clone();
    let at_once = events("2026-11-01");
    // Rows of one moment are one outcome; those of two moments are not, nor those of which nobody knows the time.
    let (timed, open) = (format!("{line} --time at"), "--metric y --plan anytime");
    assert_ne!(interval(&at_once, &timed), interval(&at_once, open));
    assert_eq!(interval(&events("2026-11-09"), &timed), interval(&at_once, open));
    assert_eq!(interval(&at_once, line), interval(&at_once, open));
}

#[test]
fn who_has_no_value_is_counted_by_variant() {
    // Every fourth of b has none, nobody of a.
    let row = |id: u32| {
        let y = if id % 2 == 1 && id % 8 == 1 { String::new() } else { (id % 5).to_string() };
        format!("{id},{},{y},{}\n", ["a", "b"][id as usize % 2], id % 3)
    };
    let text: String = std::iter::once("id,arm,y,z\n".to_owned()).chain((0..4000).map(row)).collect();
    let found = analysed(&text, "--metric y --metric z");
    assert_eq!(found["verdict"]["code"], "check_data");
    let flags = found["flags"].as_array().unwrap();
    let flag = flags.iter().find(|flag| flag["code"] == "missing_values_differ").unwrap();
    assert_eq!((&flag["count"], &flag["fails"]), (&json!(500), &json!(true)));
    // A row without a value beside one that has one is nothing to worry about.
    let text = text.replace(",,", ",1,");
    let doubled = text.lines().skip(1).filter(|line| line.contains(",b,")).map(|line| {
        let mut cells: Vec<&str> = line.split(',').collect();
        cells[2] = "";
        cells.join(",") + "\n"
    });
    let found = analysed(&(text.clone() + &doubled.collect::<String>()), "--metric y --metric z");
    assert!(found["flags"].as_array().unwrap().iter().all(|flag| flag["fails"] == false), "{}", found["flags"]);
}

#[test]
fn what_varies_too_little_for_numbers_is_not_said_to_be_the_same() {
    let text = "id,arm,y\n1,a,1e-200\n2,a,2e-200\n3,b,3e-200\n4,b,1e-200\n";
    let found = analysed(text, "--metric y");
    assert_eq!(rows(&found, "y")[1]["fixed"]["undefined"], "too_small");
}

#[test]
fn strata_stand_beside_what_decides_for_shares_and_means() {
    let tables = Tables::with("t.csv", sample());
    let line = "t.csv --unit visitor --variant variant --control control --metric bought --metric clicks:ratio=views --strata device";
    let found = tables.run(&format!("{line} --format json")).json();
    let block = &rows(&found, "bought")[1]["post_stratified"];
    let (lower, estimate) = (block["fixed"]["lower"].as_f64().unwrap(), block["estimate"].as_f64().unwrap());
    assert!(lower < estimate && estimate < 0.1, "{block}");
    assert_eq!(rows(&found, "bought")[1]["decides"], "fixed");
    assert!(rows(&found, "clicks/views")[1]["post_stratified"].is_null());
    let text = tables.run(line).out;
    assert!(text.contains("stratified, once"), "{text}");
    assert!(text.contains("nothing is taken out of it by strata"), "{text}");
}

#[test]
fn bad_rows_are_left_out_only_if_somebody_says_so() {
    let text = format!("{SMALL}7,a,lots,1\n8,b\n,b,1,1\n9,,1,1\n10,b,1,1\n");
    let tables = Tables::with("t.csv", &text);
    let line = "t.csv --unit id --variant arm --control a --metric y --format json";
    let refused = tables.run(line);
    assert_eq!((refused.code, &*refused.out), (2, ""));
    insta::assert_snapshot!(refused.err, @r"
    error: 4 rows of `t.csv` cannot be read
    line 8, column `y`: `lots` is no number
      help: write a number such as 12.5, or TRUE or FALSE; leave the cell empty where there is none
    line 9: the row has 2 cells, the heading 4
      help: put a text that contains the separator into quotes
    line 10, column `id`: no id
      help: every row needs the id of its unit
    line 11, column `arm`: no value
      help: every row needs one
    help: mend them, or leave them out with --skip-bad-rows, which counts them
    ");
    let found = tables.run(&format!("{line} --skip-bad-rows"));
    assert_eq!(found.code, 0);
    assert_eq!((found.json()["rows"].clone(), found.json()["flags"][0]["count"].clone()), (json!(7), json!(4)));
}

#[test]
fn a_split_that_is_not_as_planned_fails() {
    let text: String =
        (0..1000).map(|id| format!("{id},{},{}\n", if id % 5 < 2 { "a" } else { "b" }, id % 7 % 2)).collect();
    let tables = Tables::with("t.csv", format!("id,arm,y\n{text}"));
    let line = "t.csv --unit id --variant arm --control a --metric y --format json";
    let ran = tables.run(line);
    assert_eq!((ran.code, ran.json()["verdict"]["code"].clone()), (1, json!("check_data")));
    let planned = tables.run(&format!("{line} --weights a=2,b=3"));
    assert_eq!((planned.code, planned.json()["sample_ratio"]["p_value"].clone()), (0, json!(1.0)));
    // Nobody should be in an arm of weight 0; an arm that is planned should have somebody.
    let nobody = tables.run(&format!("{line} --weights a=1,b=0"));
    assert_eq!((nobody.code, nobody.json()["sample_ratio"]["alarm"].clone()), (1, json!("impossible")));
    let missing = tables.run(&format!("{line} --weights a=1,b=1,c=1"));
    assert_eq!((missing.code, missing.json()["variants"][2]["n"].clone()), (1, json!(0)));
}

#[test]
fn without_a_unit_each_row_is_one() {
    let without =
        Tables::with("t.csv", SMALL).run("t.csv --variant arm --control a --metric y --metric x --format json").json();
    assert_eq!(without, analysed(SMALL, "--metric y --metric x"));
}

#[test]
fn strata_lower_the_noise_that_they_explain() {
    // Heavy users convert; both arms have as many of them, nearly.
    let row = |id: u32| {
        let heavy = id.is_multiple_of(2);
        let converts = u32::from(if heavy { !id.is_multiple_of(10) } else { id.is_multiple_of(11) });
        format!(
            "{id},{},{},{converts}\n",
            if id.is_multiple_of(3) { "a" } else { "b" },
            if heavy { "heavy" } else { "light" }
        )
    };
    let text: String = std::iter::once("id,arm,use,y\n".to_owned()).chain((0..3000).map(row)).collect();
    let found = analysed(&text, "--metric y:sum --strata use --weights a=1,b=2");
    let stratified = &rows(&found, "y")[1]["post_stratified"];
    let reduction = stratified["variance_reduction"].as_f64().unwrap();
    assert!(reduction > 0.5 && reduction < 1.0, "{stratified}");
}

#[test]
fn a_quantile_is_of_all_rows_and_its_units_are_clusters() {
    let event = |number: u32| {
        let arm = if (number / 4).is_multiple_of(2) { "a" } else { "b" };
        format!("{},{arm},{},{arm}\n", number / 4, number * 7919 % 1000)
    };
    let text: String = std::iter::once("id,arm,ms,half\n".to_owned()).chain((0..2000).map(event)).collect();
    let found = analysed(&text, "--metric ms:quantile=0.9 --breakdown half");
    for (place, arm) in [0, 1].into_iter().enumerate() {
        let mut values: Vec<u32> =
            (0..2000).filter(|number| number / 4 % 2 == arm).map(|number| number * 7919 % 1000).collect();
        values.sort_unstable();
        let row = &rows(&found, "ms:p90")[place];
        assert_eq!(row["level"], f64::from(values[values.len() * 9 / 10 - 1]));
        assert_eq!(row["n"], 250);
        assert_eq!(found["breakdowns"][0]["values"][place]["metrics"][place]["level"], row["level"]);
    }
    assert!(rows(&found, "ms:p90")[1]["fixed"]["p_value"].as_f64().is_some());
}

#[test]
fn the_last_look_of_the_history_is_the_scorecard() {
    let tables = Tables::with("t.csv", sample().replace("first_seen", "seen"));
    let chart = tables.path("lift.svg");
    let line = "t.csv --unit visitor --variant variant --control control --metric bought --metric revenue --plan anytime --time seen --plot lift.svg --format json";
    let ran = tables.run(line);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let found = ran.json();
    for (told, metric) in found["history"].as_array().unwrap().iter().zip(["bought", "revenue"]) {
        let points = told["points"].as_array().unwrap();
        assert!(points.len() > 90 && points.len() <= 100, "{}", points.len());
        let (last, row) = (points.last().unwrap(), &rows(&found, metric)[1]);
        assert_eq!((told["metric"].clone(), last["estimate"].clone()), (json!(metric), row["estimate"].clone()));
        assert_eq!(
            (last["lower"].clone(), last["upper"].clone()),
            (row["anytime"]["lower"].clone(), row["anytime"]["upper"].clone())
        );
        let units: Vec<u64> = points.iter().map(|point| point["n"].as_u64().unwrap()).collect();
        assert!(units.is_sorted() && units.last() == Some(&2400));
        assert!(points[0]["label"].as_str().unwrap().starts_with("2026-11-01T"));
    }
    let svg = std::fs::read_to_string(chart).unwrap();
    assert!(svg.starts_with("<svg ") && svg.contains("revenue"));
    // Without times the rows are drawn; what is printed does not depend on their order then.
    let plain = tables.run(&line.replace("--time seen", ""));
    assert_eq!((plain.code, plain.json().get("history")), (0, None));
}

/// 4,000 units in two arms; `x` is higher in b by so much, and so is `y`, which goes with it.
fn moved_by(shift: f64) -> String {
    let row = |id: u32| {
        let (arm, noise) = (id % 2, f64::from(id.wrapping_mul(2_654_435_761) >> 16 & 1023) / 100.0);
        let x = noise + shift * f64::from(arm);
        let y = x + f64::from(id.wrapping_mul(40_503) >> 4 & 255) / 20.0;
        format!("{id},{},{y},{x}\n", ["a", "b"][arm as usize])
    };
    std::iter::once("id,arm,y,x\n".to_owned()).chain((0..4000).map(row)).collect()
}

#[test]
fn a_covariate_that_the_variant_has_changed_fails() {
    for plan in ["fixed", "anytime", "group-sequential --visitors 4000"] {
        let line = format!("--metric y --metric y:quantile=0.5 --covariate x --plan {plan}");
        let found = analysed(&moved_by(1.0), &line);
        assert_eq!(found["verdict"]["code"], "check_data", "{plan}");
        let flags = found["flags"].as_array().unwrap();
        let flag = flags.iter().find(|flag| flag["code"] == "covariate_differs").unwrap();
        assert_eq!(flag["fails"], true);
        let text = flag["text"].as_str().unwrap();
        assert!(text.contains("was not known before the exposure"), "{text}");
        // What lies within chance is no reason to doubt.
        assert_eq!(analysed(&moved_by(0.0), &line)["flags"], json!([]), "{plan}");
    }
    // Nor does it help that nothing varies within a variant.
    let row = |id: u32| format!("{id},{},{},{}\n", ["a", "b"][id as usize % 2], id % 7, id % 2);
    let parted: String = std::iter::once("id,arm,y,x\n".to_owned()).chain((0..400).map(row)).collect();
    assert_eq!(analysed(&parted, "--metric y --covariate x")["flags"][0]["code"], "covariate_differs");
}

#[test]
fn a_guardrail_that_doubles_keeps_the_control() {
    let row = |id: u32| {
        let (arm, number) = (id % 2, id / 2);
        let (bought, error) = (number % 10 < 1 + 2 * arm, number % 100 < 2 + 2 * arm);
        format!("{id},{},{},{}\n", ["a", "b"][arm as usize], u8::from(bought), u8::from(error))
    };
    let text: String = std::iter::once("id,arm,bought,errors\n".to_owned()).chain((0..20_000).map(row)).collect();
    let verdict = |guardrail: &str| {
        analysed(&text, &format!("--metric bought --guardrail {guardrail}"))["verdict"]["code"].clone()
    };
    assert_eq!(verdict("errors:down"), "keep_control");
    assert_eq!(verdict("errors:down:1%"), "keep_control");
    assert_eq!(verdict("errors:up"), "ship");
    // The report says which way was meant.
    let tables = Tables::with("t.csv", &text);
    let said = tables
        .run("t.csv --unit id --variant arm --control a --metric bought --guardrail errors:conversion:down:1%")
        .out;
    assert!(said.contains("errors: share of units; guardrail, may be 1 % higher; lower is better"), "{said}");
    assert!(said.contains("guardrail errors (lower is better) is up 100 %"), "{said}");
}

#[test]
fn a_metric_says_its_own_direction() {
    let text = sample();
    let tables = Tables::with("t.csv", &text);
    let line = "t.csv --unit visitor --variant variant --control control --format json --metric";
    let said = tables.run(&format!("{line} bought:down"));
    assert_eq!(said.json(), tables.run(&format!("{line} bought --lower-is-better bought")).json());
    assert_eq!(said.json()["verdict"]["code"], "keep_control");
}

#[test]
fn an_arm_that_is_planned_to_be_empty_takes_no_part() {
    let tables = Tables::with("t.csv", sample());
    let line =
        "t.csv --unit visitor --variant variant --control control --metric bought --breakdown device --format json";
    let plain = tables.run(line).json();
    let idle = tables.run(&format!("{line} --weights control=1,off=0,short=1")).json();
    assert_eq!(idle["variants"][1]["variant"], "off");
    for part in ["metrics", "verdict", "sample_ratio", "breakdowns"] {
        assert_eq!(idle[part], plain[part], "{part}");
    }
}

#[test]
fn a_mark_says_what_judged() {
    // Nine of ten units are in the small part, where four conversions are too few for the start-up rule, and all in b.
    let row = |id: u32| {
        let (arm, part) = (id % 2, if id % 10 < 2 { "small" } else { "large" });
        let y = if part == "small" { arm == 1 && id % 100 < 10 } else { id / 10 % 5 < 1 + arm };
        format!("{id},{},{},{part}\n", ["a", "b"][arm as usize], u8::from(y))
    };
    let text: String = std::iter::once("id,arm,y,part\n".to_owned()).chain((0..4000).map(row)).collect();
    let found = analysed(&text, "--metric y --breakdown part");
    let part = |place: usize| &found["breakdowns"][0]["values"][place]["metrics"][1];
    assert_eq!((&part(0)["e_bh"], &part(0)["e_bh_by"]), (&json!(true), &json!("anytime")));
    assert!(part(0)["e_bh_waiting"].is_null());
    assert!(part(1)["fixed"]["p_value"].as_f64().unwrap() < 1e-6 && part(1)["e_bh"] == false, "{}", part(1));
    assert!(part(1)["e_bh_waiting"].as_str().unwrap().contains("of 50 effective units"), "{}", part(1));
    let said =
        Tables::with("t.csv", &text).run("t.csv --unit id --variant arm --control a --metric y --breakdown part").out;
    assert!(said.contains("p always") && said.contains("never marked, however small its p"), "{said}");
}
