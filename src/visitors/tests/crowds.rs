//! Many visitors, most of them in sled alone: counted anew, and erased.

use serde_json::json;

use super::super::Stage;
use super::counting::{DECIDED, METRICS, NOW, compiled, key, minutes_ago, other_metrics};
use super::*;

/// Some hundred visitors, who see the banner and buy; in little memory, so that most of them are in sled alone.
fn crowd(data: &Path, metrics: &str, numbers: &[usize]) -> House {
    let limits = Limits { memory_bytes: 20_000, ..Limits::default() };
    let house = House::open_release(data, compiled(metrics), &limits).unwrap();
    shop(&house, "first", numbers);
    house
}

fn shop(house: &House, round: &str, numbers: &[usize]) {
    for number in numbers {
        house.answer(json!({ "visitor": { "id": format!("v{number}") } }), at(DECIDED));
    }
    house.settle();
    let buy = |number: &usize| {
        let properties = json!({ "revenue": number * 7 % 101 });
        let (message, user) = (format!("{round}{number}"), format!("v{number}"));
        track(&message, &user, "Order Completed", properties, &minutes_ago(i64::try_from(number % 200).unwrap()))
    };
    house.send(&numbers.iter().map(buy).collect::<Vec<_>>(), at(NOW));
}

fn rows_of(house: &House) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    house.totals("banner").totals.rows().into_iter().map(|row| (row.key, row.value)).collect()
}

#[test]
fn a_release_with_other_metrics_comes_to_what_it_had_come_to_from_the_start() {
    let all: Vec<usize> = (0..700).collect();
    let (data, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut house = crowd(data.path(), METRICS, &all);
    house.visitors.core.save().unwrap();
    house.visitors.core.people.make_room();
    house.release = compiled(&other_metrics());
    house.visitors.follow(&house.release).unwrap();
    // While it counts.
    shop(&house, "second", &all[..300]);
    let from_the_start = crowd(other.path(), &other_metrics(), &all);
    shop(&from_the_start, "second", &all[..300]);
    assert_eq!(rows_of(&house), rows_of(&from_the_start));
    assert_eq!(house.totals("banner").totals.units().iter().sum::<u64>(), 700);
    // Nothing of the former count is left in sled.
    house.visitors.core.save().unwrap();
    drop(house);
    let house = House::open_release(data.path(), compiled(&other_metrics()), &Limits::default()).unwrap();
    assert_eq!(house.visitors.core.totals(&key("banner")).unwrap().unwrap().stage, Stage::Whole);
    assert_eq!(rows_of(&house), rows_of(&from_the_start));
}

#[test]
fn erasing_visitors_leaves_what_a_run_without_them_comes_to() {
    let all: Vec<usize> = (0..400).collect();
    let stay: Vec<usize> = all.iter().copied().filter(|number| number % 10 != 3).collect();
    let (data, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let house = crowd(data.path(), METRICS, &all);
    for gone in all.iter().filter(|number| !stay.contains(number)) {
        assert!(house.visitors.erase(&format!("v{gone}"), &house.release).unwrap());
    }
    let without = crowd(other.path(), METRICS, &stay);
    assert_eq!(rows_of(&house), rows_of(&without));
    drop(house);
    std::fs::remove_dir_all(data.path().join("sled")).unwrap();
    let house = House::open_release(data.path(), compiled(METRICS), &Limits::default()).unwrap();
    assert_eq!(rows_of(&house), rows_of(&without));
}
