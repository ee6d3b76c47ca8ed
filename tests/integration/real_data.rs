//! Real customers, decided by Segue and by independent Python: both must say the same of every one.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::Timestamp;
use segue::behaviour::Memory;
use segue::decision::{Past, Request, decide, decide_from};
use segue::release::{FileSet, Release};
use segue::rules::Exactness;
use serde_json::Value;

/// The four instants at which the CDNOW questions are asked: midnight in New York, where windows of whole days end exactly
/// on orders and most customers are still to come; an afternoon in another season; midnight again; the last second of June.
pub const MOMENTS: [&str; 4] =
    ["1997-03-01T05:00:00Z", "1997-12-31T17:30:00Z", "1998-03-15T05:00:00Z", "1998-07-01T03:59:59Z"];

#[test]
#[ignore = "slow suite: 64,000 customers"]
fn hillstrom_customers_see_what_an_independent_count_says() {
    let data = root().join("../shared/data/hillstrom.csv");
    if !data.exists() {
        return skipped("the Hillstrom customers", &data);
    }
    let oracle = |what| python("hillstrom.py", &[data.to_str().unwrap(), what]);
    let expected: BTreeMap<String, u64> = serde_json::from_str(&oracle("counts")).unwrap();
    let mut counted = BTreeMap::new();
    let mut customers = 0;
    for_each_answer("hillstrom", &oracle("bodies"), "2026-01-01T00:00:00Z", |answer| {
        customers += 1;
        for decision in answer["decisions"].as_array().unwrap() {
            let rule = decision["rule"].as_str().unwrap_or("-");
            let key = format!("{} | {} | {rule}", decision["slot"].as_str().unwrap(), shown(decision));
            *counted.entry(key).or_insert(0_u64) += 1;
        }
    });
    assert_eq!(customers, 64_000);
    assert_eq!(counted, expected);
}

#[test]
#[ignore = "slow suite: 23,570 customers at four instants"]
fn cdnow_customers_are_in_the_segments_that_an_independent_count_says() {
    let data = target().join("test-data/CDNOW_master.txt");
    if !data.exists() {
        return skipped("the CDNOW customers", &data);
    }
    let oracle = |arguments: &[&str]| python("cdnow.py", &[&[data.to_str().unwrap()], arguments].concat());
    let bodies = oracle(&["bodies"]);
    for moment in MOMENTS {
        let expected = oracle(&["answers", moment]);
        let mut expected = expected.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let mut differences = Vec::new();
        for_each_answer("cdnow", &bodies, moment, |answer| {
            let expected = expected.next().unwrap();
            assert_eq!(answer["visitor"], expected["id"]);
            let questions = expected["answers"].as_object().unwrap();
            let decisions = answer["decisions"].as_array().unwrap();
            assert_eq!(decisions.len(), questions.len());
            for decision in decisions {
                let slot = decision["slot"].as_str().unwrap();
                if decision["value"] != questions[slot] {
                    differences
                        .push(format!("{} {slot}: {} not {}", expected["id"], decision["value"], questions[slot]));
                }
            }
        });
        assert!(expected.next().is_none(), "{moment}: a customer has no answer");
        differences.truncate(20);
        assert!(differences.is_empty(), "{moment}:\n{}", differences.join("\n"));
    }
}

#[test]
#[ignore = "slow suite: 23,570 customers at four instants"]
fn cdnow_customers_are_decided_from_a_memory_as_from_all_their_orders() {
    let data = target().join("test-data/CDNOW_master.txt");
    if !data.exists() {
        return skipped("the CDNOW customers", &data);
    }
    let bodies = python("cdnow.py", &[data.to_str().unwrap(), "bodies"]);
    let empty = tempfile::tempdir().unwrap();
    let files = FileSet::load(&root().join("tests/data/cdnow/rules"), empty.path()).unwrap();
    let release = Release::compile(files).0.unwrap();
    let is_cut = |slot: &str| {
        let segment = release.program.segments.iter().find(|segment| *segment.name == *slot).unwrap();
        let cells = release.cells.cells_of(&segment.place);
        cells.iter().any(|cell| matches!(cell.exactness, Exactness::Bucketed { .. } | Exactness::Favourite { .. }))
    };
    let cut: BTreeMap<&str, bool> =
        release.program.slots.iter().map(|slot| (&*slot.name, is_cut(&slot.name))).collect();
    assert!(cut.values().filter(|cut| !**cut).count() * 2 > cut.len(), "{cut:?}");
    let (mut exact, mut at_edges, mut differing, mut bytes, mut customers) = (0, 0, 0, Vec::new(), 0);
    for body in bodies.lines() {
        let last: Timestamp = MOMENTS[3].parse().unwrap();
        let request = Request::read(body.as_bytes(), &release.schema, last).unwrap();
        let mut bare = Request::read(body.as_bytes(), &release.schema, last).unwrap();
        bare.visitor.events.clear();
        // The memory grows with time, as it does in a server.
        let (mut memory, mut recorded) = (Memory::default(), 0);
        for moment in MOMENTS {
            let now: Timestamp = moment.parse().unwrap();
            while let Some(event) = request.visitor.events.get(recorded).filter(|event| event.at <= now) {
                release.cells.record(&release.schema, &mut memory, event, recorded as u64, false);
                recorded += 1;
            }
            let expected = decide(&release, &request, now).unwrap().decisions;
            let past = Past { memory: Some(&memory), ..Past::default() };
            let got = decide_from(&release, &bare, past, now).unwrap().decisions;
            for (got, expected) in got.iter().zip(&expected) {
                match cut[&*got.slot] {
                    false => {
                        exact += 1;
                        assert_eq!(got.value, expected.value, "{} {moment} {}", request.visitor.id, got.slot);
                    }
                    true => {
                        at_edges += 1;
                        differing += usize::from(got.value != expected.value);
                    }
                }
            }
        }
        bytes.push(memory.bytes());
        customers += 1;
    }
    bytes.sort_unstable();
    let (median, most) = (bytes[bytes.len() / 2], bytes.last().unwrap());
    println!(
        "{exact} equal, {differing} of {at_edges} differ at edges of buckets; {median} bytes a customer in the median, at most {most} of {}",
        release.cells.worst_bytes()
    );
    assert_eq!(customers, 23_570);
    assert!(exact > 1_000_000 && differing * 100 < at_edges, "{differing} of {at_edges}");
}

/// What a decision shows, in the oracle's words: names joined by `+`, a literal as written, `-` for nothing.
pub fn shown(decision: &Value) -> String {
    match (&decision["content"], &decision["value"]) {
        (Value::String(name), _) => name.clone(),
        (Value::Array(names), _) => names.iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>().join("+"),
        (Value::Null, Value::Null) => "-".to_owned(),
        (_, literal) => literal.to_string(),
    }
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

pub fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().to_path_buf()
}

/// Says on the real standard error, which the test harness does not hold back, that a test had nothing to read.
pub fn skipped(what: &str, missing: &Path) {
    writeln!(std::io::stderr(), "skipped: {what} are not here, there is no {}", missing.display()).unwrap();
}

/// Runs one of the oracles to its end.
pub fn python(oracle: &str, arguments: &[&str]) -> String {
    let script = root().join("tests/oracles").join(oracle);
    let output =
        Command::new("python3").arg("-B").arg(script).args(arguments).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{oracle} failed");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs `segue decide` over request bodies with the rules of `tests/data/<name>`, and hands over each answer in order.
fn for_each_answer(name: &str, bodies: &str, at: &str, mut look: impl FnMut(Value)) {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("bodies.ndjson");
    std::fs::write(&input, bodies).unwrap();
    let mut segue = Command::new(env!("CARGO_BIN_EXE_segue"))
        .args(["decide", "--batch", "--at", at])
        .arg("--rules")
        .arg(root().join("tests/data").join(name).join("rules"))
        .arg("--experiments")
        .arg(folder.path())
        .stdin(File::open(&input).unwrap())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    for line in BufReader::new(segue.stdout.take().unwrap()).lines() {
        look(serde_json::from_str(&line.unwrap()).unwrap());
    }
    assert!(segue.wait().unwrap().success());
}
