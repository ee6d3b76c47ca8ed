//! The twins of the assignment function in other languages, `tests/reproductions/`, give every id the same variant.

use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use super::ids;
use super::vectors::{Golden, golden};

/// The interpreter, and the program that it runs.
const TWINS: [(&str, &str); 2] = [("python3", "assignment.py"), ("node", "assignment.js")];

#[test]
fn other_languages_give_the_same_variants() {
    compare(2_000);
}

#[test]
#[ignore = "slow suite: 100,000 ids in six experiments, in Python and JavaScript"]
fn other_languages_give_a_hundred_thousand_ids_the_same_variants() {
    compare(100_000);
}

/// Compares every golden experiment on the ids of the vectors and so many others.
fn compare(count: usize) {
    let twins: Vec<_> = TWINS.into_iter().filter(|(interpreter, _)| is_here(interpreter)).collect();
    for experiment in golden() {
        let site = experiment.site();
        let ids: Vec<String> = experiment.assigned.keys().cloned().chain(ids(count)).collect();
        let input = ids.join("\n") + "\n";
        let answers = thread::scope(|scope| {
            let asked = twins.iter().map(|twin| scope.spawn(|| ask(*twin, &experiment, &input)));
            let asked: Vec<_> = asked.collect();
            asked.into_iter().map(|answer| answer.join().unwrap()).collect::<Vec<_>>()
        });
        for ((_, program), answer) in twins.iter().zip(answers) {
            assert_eq!(answer.lines().count(), ids.len());
            for (id, theirs) in ids.iter().zip(answer.lines()) {
                let ours = site.assigned(id);
                // No variant's name holds a blank, every reason does.
                let ours = if ours.contains(' ') { "-" } else { ours };
                assert_eq!(theirs, ours, "{program}, {}: `{id}`", experiment.name);
            }
        }
    }
}

/// Whether an interpreter runs; says so on the real standard error if not, which the test harness does not hold back.
fn is_here(interpreter: &str) -> bool {
    let runs = Command::new(interpreter).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let here = runs.is_ok_and(|status| status.success());
    if !here {
        writeln!(io::stderr(), "skipped: assignment is not compared with {interpreter}, which does not run here")
            .unwrap();
    }
    here
}

fn ask((interpreter, program): (&str, &str), experiment: &Golden, input: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reproductions");
    let mut command = Command::new(interpreter);
    command.arg(folder.join(program)).arg(&experiment.parameters);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let output = thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input.as_bytes()).unwrap());
        child.wait_with_output().unwrap()
    });
    assert!(output.status.success(), "{program} failed");
    String::from_utf8(output.stdout).unwrap()
}
