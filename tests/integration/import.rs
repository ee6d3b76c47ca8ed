//! `segue import` against a real server.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::serving::{Client, Served, Shop};

const SCHEMA: &str = "language: 1
zone: Europe/Berlin
events:
  order: {wire: Order Completed, properties: {amount: {type: number, unit: EUR, wire: revenue}}}
  trial: {wire: Trial Started}
attributes:
  plan: {type: text, one_of: [free, pro]}
";

const CONTENT: &str = "
slots: {hero: {type: text}}
content: {big: {value: big}, small: {value: small}, nobody: {value: nobody}, converted: {value: converted}, pro: {value: pro}}
";

const RULES: &str = "
slot hero {
  if did trial then did order within 7 days in last 3650 days show converted
  if sum of order.amount in last 3650 days >= 100 show big
  if did order in last 3650 days show small
  if plan is \"pro\" show pro
  otherwise show nobody
}
";

const MAPPING: &str = "
import: orders_2025
visitor: customer
time: {column: ordered_at, form: \"%Y-%m-%d %H:%M\", zone: Europe/Berlin}
event: {value: Order Completed}
properties: {revenue: total, currency: {value: EUR}}
";

fn shop() -> Shop {
    let shop = Shop::empty();
    shop.write("rules/home.rules", RULES);
    shop.write("rules/schema/shop.yaml", SCHEMA);
    shop.write("rules/content/home.yaml", CONTENT);
    shop
}

fn import(shop: &Shop, served: &Client, file: &str, mapping: &str, more: &[&str]) -> Output {
    shop.write("mapping.yaml", mapping);
    let mapping = shop.path("mapping.yaml");
    Command::new(env!("CARGO_BIN_EXE_segue"))
        .arg("import")
        .arg(shop.path(file))
        .args([Path::new("--mapping"), &mapping])
        .args(["--server", &served.url])
        .args(more)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn hero(served: &Client, visitor: &str) -> String {
    let reply = served.post("/v1/decide", &json!({"visitor": {"id": visitor}, "slots": ["hero"]}));
    reply.json()["decisions"][0]["content"].as_str().unwrap().to_owned()
}

fn rejected(shop: &Shop, file: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(shop.path(file)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const ORDERS: &str = "\
customer,ordered_at,total
c1,2025-03-30 01:30,60.00
c1,2025-03-30 01:30,60.00
c2,2025-04-01 12:00,9.50
,2025-04-01 12:00,9.50
c3,1st of April,9.50
c3,2025-04-01 12:00,a lot
\"c4\",2025-04-02 12:00,\"99.99\"
";

#[test]
fn a_file_counts_once_however_often_it_is_imported() {
    let shop = shop();
    let served = Served::start(shop.options());
    shop.write("orders.csv", ORDERS);
    let output = import(&shop, &served.client, "orders.csv", MAPPING, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).starts_with("4 events sent, 3 lines rejected: see "), "{}", said(&output));
    let lines = rejected(&shop, "orders.csv.rejected");
    let found: Vec<_> =
        lines.iter().map(|line| (line["line"].as_u64().unwrap(), line["reason"].as_str().unwrap())).collect();
    assert_eq!(found, [(5, "no-visitor"), (6, "bad-time"), (7, "bad-property")]);
    assert!(lines[2]["cause"].as_str().unwrap().contains("`properties.revenue`"));
    // Two equal lines are two orders.
    assert_eq!(
        ["c1", "c2", "c3", "c4"].map(|visitor| hero(&served.client, visitor)),
        ["big", "small", "nobody", "small"]
    );

    // The mark says that all is done.
    let again = import(&shop, &served.client, "orders.csv", MAPPING, &["--format", "json"]);
    let answer: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(answer, json!({"import": "orders_2025", "sent": 0, "rejected": 3, "done_before": 7, "dry_run": false}));
    // Without the mark the server knows the lines by their ids.
    std::fs::remove_file(shop.path("orders.csv.progress")).unwrap();
    import(&shop, &served.client, "orders.csv", MAPPING, &[]);
    assert_eq!(served.client.accepted()["track"], 4);
    // A file that has grown goes on where it ended.
    shop.write("orders.csv", &format!("{ORDERS}c3,2025-05-01 12:00,200\n"));
    let grown = import(&shop, &served.client, "orders.csv", MAPPING, &[]);
    assert!(said(&grown).starts_with("1 event sent, 7 lines had been done before"), "{}", said(&grown));
    assert_eq!(hero(&served.client, "c3"), "big");
    // Another file under the same name is refused.
    shop.write("orders.csv", "customer,ordered_at,total\nc9,2025-03-30 01:30,60.00\n");
    let other = import(&shop, &served.client, "orders.csv", MAPPING, &[]);
    assert_eq!(other.status.code(), Some(2));
    assert!(said(&other).contains("is not the file that was imported as `orders_2025` before"), "{}", said(&other));
}

#[test]
fn json_lines_compressed_and_nested() {
    let shop = shop();
    let served = Served::start(shop.options());
    let text = r#"{"who": {"id": 7}, "at": 1735725600, "name": "Trial Started"}
{"who": {"id": 7}, "at": 1735812000.5, "name": "Order Completed", "sum": "12.50"}

not json
{"who": {"id": 8}, "at": 1735725600, "name": ""}
"#;
    let mut packed =
        GzEncoder::new(std::fs::File::create(shop.path("events.ndjson.gz")).unwrap(), Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap();
    let mapping = "import: events\nvisitor: who.id\ntime: {column: at, form: unix seconds}\nevent: name\nproperties: {revenue: sum}\n";
    let output = import(&shop, &served.client, "events.ndjson.gz", mapping, &[]);
    assert!(said(&output).starts_with("2 events sent, 2 lines rejected"), "{}", said(&output));
    // Years ago, and still a sequence: an import is late by its own time.
    assert_eq!(hero(&served.client, "7"), "converted");
    let reasons: Vec<_> =
        rejected(&shop, "events.ndjson.gz.rejected").iter().map(|line| line["reason"].clone()).collect();
    assert_eq!(reasons, ["not-readable", "bad-name"]);
}

#[test]
fn words_without_a_heading_and_profiles() {
    let shop = shop();
    let served = Served::start(shop.options());
    shop.write("CDNOW.txt", " 00001 19970101  1   11.77\n 00002 19970112  5  177.00\n");
    let mapping = "import: cdnow\nform: words\ncolumns: [customer, day, items, total]\nvisitor: customer\ntime: {column: day, form: \"%Y%m%d\"}\nevent: {value: Order Completed}\nproperties: {revenue: total}\n";
    // The window of the rules is ten years: from 2026 that is too short, and the events are counted all the same.
    let output = import(&shop, &served.client, "CDNOW.txt", mapping, &[]);
    assert_eq!((output.status.code(), said(&output)), (Some(0), "2 events sent\n".to_owned()));
    assert_eq!(served.client.accepted()["track"], 2);
    shop.write("people.tsv", "id\tplan\tsince\nv1\tpro\t2026-01-01T00:00:00Z\nv2\tgold\t2026-01-01T00:00:00Z\n");
    let mapping = "import: people\nkind: identify\nvisitor: id\ntime: since\ntraits: {plan: plan}\n";
    let output = import(&shop, &served.client, "people.tsv", mapping, &[]);
    assert_eq!(said(&output), "2 profiles sent\n");
    assert_eq!((hero(&served.client, "v1"), hero(&served.client, "v2")), ("pro".to_owned(), "nobody".to_owned()));
}

#[test]
fn what_cannot_be_imported_is_said_before_anything_is_sent() {
    let shop = shop();
    let mut options = shop.options();
    options.events.write_keys = vec!["k1".to_owned()];
    let served = Served::start(options);
    shop.write("orders.csv", ORDERS);
    let wrong_column = import(&shop, &served.client, "orders.csv", &MAPPING.replace("total", "totl"), &[]);
    assert_eq!(
        (wrong_column.status.code(), said(&wrong_column)),
        (Some(2), "error: the file has no column `totl`; did you mean `total`?\n".to_owned())
    );
    let keyless = import(&shop, &served.client, "orders.csv", MAPPING, &[]);
    assert_eq!(keyless.status.code(), Some(2));
    assert!(said(&keyless).contains("the server answers 401: this route needs a write key"), "{}", said(&keyless));
    assert!(said(&keyless).contains("stopped after line 0; the same command goes on from there"));
    let rehearsed = import(&shop, &served.client, "orders.csv", MAPPING, &["--dry-run"]);
    assert!(said(&rehearsed).contains("5 events would be sent, 2 lines rejected"), "{}", said(&rehearsed));
    assert!(said(&rehearsed).contains(r#""messageId": "import:orders_2025:2""#), "{}", said(&rehearsed));
    assert_eq!(served.client.accepted()["track"], 0);
    let sent = import(&shop, &served.client, "orders.csv", MAPPING, &["--write-key", "k1"]);
    assert!(said(&sent).starts_with("4 events sent"), "{}", said(&sent));
}

/// Stands between the importer and the server and breaks off.
#[test]
fn an_import_that_was_cut_off_goes_on_and_counts_each_line_once() {
    let shop = shop();
    let served = Served::start(shop.options());
    let lines: String = (0..2500).map(|line| format!("c{},2025-04-01 12:00,1\n", line % 100)).collect();
    shop.write("orders.csv", &format!("customer,ordered_at,total\n{lines}"));
    import(&shop, &served.client, "orders.csv", MAPPING, &[]);
    assert_eq!(served.client.accepted()["track"], 2500);
    // As if it had been killed after the second batch of a thousand, before it marked that one: the mark says 1001.
    let mark = std::fs::read_to_string(shop.path("orders.csv.progress")).unwrap();
    assert!(mark.contains("\"line\": 2501"), "{mark}");
    std::fs::write(shop.path("orders.csv.progress"), mark.replace("\"line\": 2501", "\"line\": 1001")).unwrap();
    let output = import(&shop, &served.client, "orders.csv", MAPPING, &[]);
    assert!(said(&output).starts_with("1500 events sent, 1000 lines had been done before"), "{}", said(&output));
    assert_eq!(served.client.accepted()["track"], 2500, "what came before is a duplicate");
}
