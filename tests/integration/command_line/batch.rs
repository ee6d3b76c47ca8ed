//! `segue decide` for many visitors.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use serde_json::json;

use super::Shop;

#[test]
fn ten_thousand_lines_are_answered_in_order_and_bad_ones_in_their_place() {
    let shop = Shop::new();
    let mut input = String::new();
    for number in 1..=10_000 {
        match number {
            13 => writeln!(input, "no json").unwrap(),
            5_000 => writeln!(input).unwrap(),
            7_777 => writeln!(input, r#"{{"visitor":{{"id":"v7777","attributes":{{"age":"old"}}}}}}"#).unwrap(),
            9_999 => writeln!(input, r#"{{"visitor":{{"id":"v9999"}},"slots":["home_hera"]}}"#).unwrap(),
            _ => {
                let country = if number % 2 == 0 { "DE" } else { "AT" };
                let attributes = json!({"age": 30, "country": country});
                let body = json!({"visitor": {"id": format!("v{number}"), "attributes": attributes}});
                writeln!(input, "{body}").unwrap();
            }
        }
    }
    let ran = shop.run_with_input("decide --at 2026-11-20T10:00:00Z", &input);
    assert_eq!((ran.code, &*ran.err), (1, ""));
    let answers = ran.json_lines();
    // The blank line has no answer.
    let numbers: Vec<u64> = (1..=10_000).filter(|number| *number != 5_000).collect();
    assert_eq!(answers.len(), numbers.len());
    for (number, answer) in numbers.iter().zip(&answers) {
        if [13, 7_777, 9_999].contains(number) {
            assert_eq!(answer["line"], json!(number));
            assert!(answer["error"]["code"].is_string() && answer["error"]["message"].is_string(), "{answer}");
            continue;
        }
        assert_eq!(answer["visitor"], json!(format!("v{number}")));
        let content = if number % 2 == 0 { "german_hero" } else { "default_hero" };
        assert_eq!(answer["decisions"][0]["content"], content, "{answer}");
    }
}

#[test]
fn lines_without_faults_exit_with_zero() {
    let shop = Shop::new();
    // The last line needs no line break; Windows ends lines with two characters.
    let ran = shop.run_with_input("decide --batch", "{\"visitor\":{\"id\":\"a\"}}\r\n{\"visitor\":{\"id\":\"b\"}}");
    assert_eq!((ran.code, ran.json_lines().len()), (0, 2), "{}", ran.out);
    let nothing = shop.run_with_input("decide", "");
    assert_eq!((nothing.code, &*nothing.out), (0, ""));
}

#[test]
fn the_clock_may_be_set() {
    let shop = Shop::new();
    let order = json!({"type": "track", "event": "Order Completed", "timestamp": "2026-11-01T09:00:00Z"});
    let body = json!({"visitor": {"id": "v1", "events": [order]}}).to_string();
    let content = |at: &str| {
        let ran = shop.run_with_input(&format!("decide --at {at}"), &body);
        ran.json_lines()[0]["decisions"][0]["content"].clone()
    };
    assert_eq!(content("2026-11-02T00:00:00Z"), "thanks_hero");
    assert_eq!(content("2027-11-02T00:00:00Z"), "default_hero");
}

#[test]
fn explanations_and_slots_may_be_asked_for_all_lines() {
    let shop = Shop::new();
    let bodies = "{\"visitor\":{\"id\":\"a\"},\"slots\":[]}\n{\"visitor\":{\"id\":\"b\"},\"explain\":true}\n";
    let plain = shop.run_with_input("decide", bodies).json_lines();
    assert_eq!(plain[0]["decisions"], json!([]));
    assert!(plain[1]["decisions"][0]["explanation"].is_object());
    let asked = shop.run_with_input("decide --explain --slot home_hero", bodies).json_lines();
    assert!(asked.iter().all(|answer| answer["decisions"][0]["explanation"].is_object()), "{asked:?}");
}

#[test]
fn what_nobody_declared_is_counted_for_the_person() {
    let shop = Shop::new();
    let bodies = r#"{"visitor":{"id":"a","attributes":{"aeg":3}}}
{"visitor":{"id":"b","attributes":{"aeg":4}},"context":{"shelf":"left"}}
"#;
    let ran = shop.run_with_input("decide", bodies);
    assert_eq!((ran.code, ran.json_lines().len()), (0, 2));
    assert_eq!(ran.err, "not used: 2 undeclared attributes, 1 undeclared context fact\n");
}

#[test]
fn a_program_may_wait_for_each_answer() {
    let shop = Shop::new();
    let mut command = shop.command(&["decide", "--batch"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for id in ["a", "b", "c"] {
        writeln!(stdin, "{}", json!({"visitor": {"id": id}})).unwrap();
        let answer: serde_json::Value = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        assert_eq!(answer["visitor"], id);
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let shop = Shop::new();
    let mut command = shop.command(&["decide", "--batch"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let body = format!("{}\n", json!({"visitor": {"id": "a"}}));
    stdin.write_all(body.as_bytes()).unwrap();
    reader.read_line(&mut String::new()).unwrap();
    drop(reader);
    // Far more than all buffers hold: the command stops reading, so the pipe breaks for us too.
    let sent = (0..2_000_000).try_for_each(|_| stdin.write_all(body.as_bytes()));
    assert!(sent.is_err());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));
}
