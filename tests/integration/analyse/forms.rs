//! However a table is written, and in whatever order: the same bytes.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value, json};

use super::{Tables, everything, renamed};

/// The answer of everything that can be asked, for a table in this form.
fn answer(tables: &Tables, files: &str) -> String {
    let ran = tables.run(&everything(files));
    assert_eq!((ran.code, &*ran.err), (0, ""), "{files}");
    assert!(ran.out.len() > 10_000 && ran.json()["history"].as_array().unwrap().len() >= 3, "{}", ran.out);
    ran.out
}

fn plain() -> String {
    answer(&Tables::with("t.csv", renamed()), "t.csv")
}

/// Rows in an order that has nothing to do with the former.
fn shuffled(text: &str) -> String {
    let (heading, rows) = text.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    let hash =
        |row: &str| row.bytes().fold(0_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    rows.sort_by_key(|row| hash(row));
    format!("{heading}\n{}\n", rows.join("\n"))
}

fn zipped(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn the_order_of_rows_changes_no_byte() {
    let text = renamed();
    let mixed = shuffled(&text);
    assert_ne!(text, mixed);
    assert_eq!(answer(&Tables::with("t.csv", mixed), "t.csv"), plain());
}

#[test]
fn every_form_of_the_table_says_the_same() {
    let (text, expected) = (renamed(), plain());
    let tables = Tables::new();
    tables.write("semicolons.csv", text.replace(',', ";"));
    tables.write("t.tsv", text.replace(',', "\t"));
    tables.write("windows.csv", format!("\u{feff}{}", text.replace('\n', "\r\n")));
    let quoted: String = text.lines().map(|line| format!("\"{}\"\n\n", line.replace(',', "\",\""))).collect();
    tables.write("quoted.csv", quoted);
    tables.write("t.gz", zipped(text.as_bytes()));
    // Several archives behind one another are one: so do programs that compress in parallel.
    let (first, second) = text.as_bytes().split_at(text.len() / 3);
    tables.write("two-members.csv.gz", [zipped(first), zipped(second)].concat());
    for file in ["semicolons.csv", "t.tsv", "windows.csv", "quoted.csv", "t.gz", "two-members.csv.gz"] {
        assert_eq!(answer(&tables, file), expected, "{file}");
    }
}

#[test]
fn objects_say_the_same_as_cells() {
    let text = renamed();
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
    let object = |line: &str| {
        let cells = columns.iter().zip(line.split(','));
        // Numbers as numbers, as text, as truths, not at all where there are none; other things beside them.
        let value = |(place, (column, cell)): (usize, (&&str, &str))| match *column {
            "bought" => json!(cell == "1"),
            "refunded" if cell == "0" => Value::Null,
            "spend-before" => json!(cell),
            _ if place > 3 => serde_json::from_str(cell).unwrap(),
            _ => json!(cell),
        };
        let mut object: Map<String, Value> = cells
            .enumerate()
            .map(|(place, cell)| (cell.0.to_owned().to_owned(), value((place, (cell.0, cell.1)))))
            .collect();
        object.insert("more".into(), json!({"nested": [1, 2]}));
        Value::from(object).to_string()
    };
    let objects: Vec<String> = lines.map(object).collect();
    let mut expected: Value = serde_json::from_str(&plain()).unwrap();
    let mut found: Value =
        serde_json::from_str(&answer(&Tables::with("t.ndjson", objects.join("\n")), "t.ndjson")).unwrap();
    // Refunds that are not there are noted, and count as nothing.
    assert_eq!(found["flags"][0]["code"], "missing_values");
    expected["flags"].take();
    found["flags"].take();
    assert_eq!(found, expected);
    let packed = Tables::with("t", zipped(objects.join("\r\n").as_bytes()));
    assert_eq!(packed.run(&everything("t")).code, 0);
}

#[test]
fn several_files_and_standard_input_are_one_table() {
    let (text, expected) = (renamed(), plain());
    let (heading, rows) = text.split_once('\n').unwrap();
    let (first, second) = rows.split_at(rows.find("v1200").unwrap());
    let tables = Tables::with("a.csv", format!("{heading}\n{first}"));
    tables.write("b.csv.gz", zipped(format!("{heading}\n{second}").as_bytes()));
    assert_eq!(answer(&tables, "a.csv b.csv.gz"), expected);
    // The same from standard input, with the columns in another order.
    let turned: String = second.lines().map(|line| turned(line) + "\n").collect();
    let ran = tables.run_with(&everything("a.csv -"), &format!("{}\n{turned}", turned_heading(heading)), &[]);
    assert_eq!((ran.code, ran.out), (0, expected));
}

fn turned(line: &str) -> String {
    let mut cells: Vec<&str> = line.split(',').collect();
    cells.reverse();
    cells.join(",")
}

fn turned_heading(heading: &str) -> String {
    turned(heading)
}

#[test]
fn neither_threads_nor_memory_change_a_byte() {
    // Long ids, so that two thousand rows do not fit into the least memory.
    let text = renamed().replace("\nv", &format!("\n{}", "long".repeat(200)));
    let tables = Tables::with("t.csv", &text);
    let line = everything("t.csv");
    let expected = tables.run(&line);
    assert_eq!((expected.code, &*expected.err), (0, ""));
    for threads in ["1", "2", "7"] {
        assert_eq!(
            tables.run_with(&line, "", &[("RAYON_NUM_THREADS", threads)]).out,
            expected.out,
            "{threads} threads"
        );
    }
    let spilled = tables.run(&format!("{line} --memory 1"));
    assert_eq!((spilled.code, &*spilled.err, spilled.out), (0, "", expected.out));
}

/// Cuts each visitor's numbers into three rows of its own, at three times.
fn as_events(text: &str) -> String {
    let mut lines = text.lines();
    let heading = lines.next().unwrap();
    let mut events = Vec::new();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let [visitor, variant, device, seen, before, bought, revenue, refunded, views, clicks, load] = cells[..] else {
            panic!("{line}")
        };
        // Thirds of a cent would not add up to the same double; halves and the rest do, exactly.
        let number: f64 = revenue.parse().unwrap();
        let (half, rest) = (number / 2.0, number - number / 2.0);
        let (views, clicks): (u32, u32) = (views.parse().unwrap(), clicks.parse().unwrap());
        let rows = [
            (half.to_string(), "0", views - views / 2, clicks / 2, load),
            (rest.to_string(), bought, views / 2, clicks - clicks / 2, ""),
            (String::new(), "0", 0, 0, ""),
        ];
        for (revenue, bought, views, clicks, load) in rows {
            let refunded = if bought == "0" { "0" } else { refunded };
            events.push(format!(
                "{visitor},{variant},{device},{seen},{before},{bought},{revenue},{refunded},{views},{clicks},{load}"
            ));
        }
    }
    format!("{heading}\n{}\n", events.join("\n"))
}

#[test]
fn rows_of_events_add_up_to_rows_of_units() {
    let events = as_events(&renamed());
    let tables = Tables::with("events.csv", &events);
    let (mut found, mut expected): (Value, Value) =
        (serde_json::from_str(&answer(&tables, "events.csv")).unwrap(), serde_json::from_str(&plain()).unwrap());
    assert_eq!((found["rows"].take(), found["units"].clone()), (json!(7200), json!(2400)));
    expected["rows"].take();
    // Cells that are empty on purpose are noted.
    expected["flags"].take();
    found["flags"].take();
    assert_eq!(found, expected);
    tables.write("shuffled.csv", shuffled(&events));
    assert_eq!(answer(&tables, "shuffled.csv"), answer(&tables, "events.csv"));
}
