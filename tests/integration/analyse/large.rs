//! More rows than memory shall hold.

use std::fmt::Write;

use super::Tables;

/// Rows of `units` units, one after the other in turn.
fn table(rows: u64, units: u64) -> String {
    let mut text = String::from("id,arm,y,x\n");
    for row in 0..rows {
        let unit = row * 7919 % units;
        writeln!(text, "unit-{unit:09},{},{},{}", if unit.is_multiple_of(3) { "b" } else { "a" }, row % 5, unit % 97)
            .unwrap();
    }
    text
}

const LINE: &str = "t.csv --unit id --variant arm --control a --weights a=2,b=1 --metric y --metric y:quantile=0.5 --covariate x --format json";

#[test]
#[ignore = "slow suite: a million rows, part by part from the disk"]
fn parts_that_exceed_memory_are_parted_again() {
    let tables = Tables::with("t.csv", table(1_000_000, 400_000));
    let (plain, spilled) = (tables.run(LINE), tables.run(&format!("{LINE} --memory 1")));
    assert_eq!((plain.code, &*plain.err), (0, ""));
    assert_eq!((spilled.code, &*spilled.err, spilled.out), (0, "", plain.out));
}

#[test]
fn rows_of_one_date_are_units_that_fit_part_by_part() {
    let rows = 40_000;
    let text: String = (0..rows).map(|row| format!("{},2026-11-20,{}\n", ["a", "b"][row % 2], row % 7)).collect();
    let tables = Tables::with("t.csv", format!("arm,at,y\n{text}"));
    let line = "t.csv --variant arm --control a --metric y --time at --format json";
    let (plain, spilled) = (tables.run(line), tables.run(&format!("{line} --memory 1")));
    assert_eq!((plain.code, &*plain.err, plain.json()["units"].as_u64()), (0, "", Some(rows as u64)));
    assert_eq!((spilled.code, &*spilled.err, spilled.out), (0, "", plain.out));
}

#[test]
fn a_unit_that_exceeds_memory_alone_is_named() {
    let mut text = table(20_000, 20_000);
    for row in 0..10_000 {
        writeln!(text, "unknown,a,{},1", row % 5).unwrap();
    }
    let tables = Tables::with("t.csv", text);
    assert_eq!(tables.run(LINE).code, 0);
    let ran = tables.run(&format!("{LINE} --memory 1"));
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("the rows of unit `unknown` alone do not fit") && ran.err.contains("--memory"),
        "{}",
        ran.err
    );
}
