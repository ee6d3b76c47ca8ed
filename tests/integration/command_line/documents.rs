//! The examples of the documents, run as they stand there against the sample shop.
//!
//! In a ```console block every `$ command` is run; the lines below it must be its output, where `...` stands for any
//! lines, or within a line for any text. `$ cat FILE` makes that file. `segue serve` and `curl` are left to the reader;
//! a command that asks the server of the documents asks a real one that serves the folder.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::serving::Shop;

/// A command of a document and the lines that it shows below it.
struct Example {
    line: usize,
    command: String,
    shown: Vec<String>,
}

/// The examples of all ```console blocks.
fn examples(document: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut in_block = false;
    let mut continues = false;
    for (index, line) in document.lines().enumerate() {
        if line.starts_with("```") {
            in_block = line == "```console";
        } else if !in_block {
            continue;
        } else if continues {
            let command = &mut examples.last_mut().unwrap().command;
            command.push('\n');
            command.push_str(line);
        } else if let Some(command) = line.strip_prefix("$ ") {
            examples.push(Example { line: index + 1, command: command.to_owned(), shown: Vec::new() });
        } else if let Some(example) = examples.last_mut() {
            example.shown.push(line.to_owned());
        }
        continues = in_block && line.ends_with('\\');
    }
    examples
}

/// Whether the output is what is shown, where `...` stands for any lines.
fn fits(shown: &[String], output: &[&str]) -> bool {
    match shown.split_first() {
        None => output.is_empty(),
        Some((first, rest)) if first == "..." => (0..=output.len()).any(|skipped| fits(rest, &output[skipped..])),
        Some((first, rest)) => output.first().is_some_and(|line| line_fits(first, line)) && fits(rest, &output[1..]),
    }
}

/// The same within a line.
fn line_fits(shown: &str, line: &str) -> bool {
    match shown.split_once("...") {
        None => shown == line,
        Some((before, after)) => line
            .strip_prefix(before)
            .is_some_and(|rest| (0..=rest.len()).filter_map(|at| rest.get(at..)).any(|rest| line_fits(after, rest))),
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { assert!(std::fs::copy(&path, target).is_ok()) }
    }
}

/// What a server does by itself is there by then, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the server of the documents listens.
const SERVER: &str = "http://127.0.0.1:8080";

/// Runs the examples of a document one after the other in one folder with the sample shop; says how many there were.
fn run(document: &str) -> usize {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let shop = Shop::empty();
    for folder in ["rules", "experiments", "samples"] {
        copy(&root.join(folder), &shop.path(folder));
    }
    let binaries = Path::new(env!("CARGO_BIN_EXE_segue")).parent().unwrap();
    let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap());
    let text = std::fs::read_to_string(root.join(document)).unwrap();
    let (mut count, mut server) = (0, None);
    for Example { line, command, shown } in examples(&text) {
        if let Some(file) = command.strip_prefix("cat ") {
            shop.write(file, &(shown.join("\n") + "\n"));
            continue;
        }
        if ["segue serve", "curl"].iter().any(|live| command.starts_with(live)) {
            continue;
        }
        let command = match command.contains(SERVER) {
            true => command.replace(SERVER, &server.get_or_insert_with(|| shop.serve_binary()).client.url),
            false => command,
        };
        let run = || {
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("{command} 2>&1")]).current_dir(shop.path(".")).env("PATH", &path);
            let output = shell.env("USER", "ada").env_remove("SEGUE_ADMIN_TOKEN").output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        let is_shown = |output: &str| shown.is_empty() || fits(&shown, &output.lines().collect::<Vec<_>>());
        let (began, mut output) = (Instant::now(), run());
        // The start of an experiment is noted a moment after its first visitors are counted.
        while command.contains("analyse --experiment") && !is_shown(&output) && began.elapsed() < PATIENCE {
            output = run();
        }
        assert!(
            is_shown(&output),
            "{document}:{line}: $ {command}\nshows\n{}\nbut the command writes\n{output}",
            shown.join("\n")
        );
        // A command with nothing below it writes nothing, and nothing goes wrong.
        assert!(!shown.is_empty() || output.is_empty(), "{document}:{line}: $ {command}\nwrites\n{output}");
        count += 1;
    }
    count
}

#[test]
fn the_commands_of_the_command_guide_do_what_it_shows() {
    assert!(run("docs/commands.md") >= 15);
}

#[test]
fn the_commands_of_the_other_documents_do_what_they_show() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let documents = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().file_name());
    let documents = documents.map(|name| format!("docs/{}", name.to_str().unwrap()));
    for document in documents
        .filter(|name| name.ends_with(".md") && !["docs/commands.md", "docs/results.md"].contains(&name.as_str()))
    {
        run(&document);
    }
    run("README.md");
}

/// The guide to live results asks a real server.
#[test]
fn the_commands_of_the_guide_to_results_do_what_it_shows() {
    assert_eq!(run("docs/results.md"), 5);
}

#[test]
fn dots_stand_for_any_lines() {
    let shown = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(fits(&shown("a\n...\nc"), &["a", "b", "b", "c"]) && fits(&shown("a\n...\nc"), &["a", "c"]));
    assert!(
        !fits(&shown("a\n...\nc"), &["a", "b"]) && !fits(&shown("a"), &["a", "b"]) && !fits(&shown("a\nb"), &["a"])
    );
}
