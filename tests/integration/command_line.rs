//! The real binary, driven as a person or a script drives it.

mod batch;
mod calibrate;
mod check;
mod decide;
mod documents;
mod format;
mod help;
mod journal;
mod plot;
mod power;
mod releases;
mod simulate;
mod test;

use std::path::PathBuf;
use std::process::Command;

use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;

use crate::ran::Ran;

const HOME_RULES: &str = r#"segment grown_up { age >= 18 }

slot home_hero {
  if segment grown_up and country is "DE" show german_hero because "Grown up in Germany"
  if did order in last 90 days show thanks_hero
  otherwise show default_hero
}
"#;

const SCHEMA: &str = r#"language: 1
events:
  order: {wire: Order Completed, properties: {amount: {type: number, wire: revenue}}}
attributes:
  age: {type: number}
  country: {type: text}
  interests: {type: list}
  vip: {type: boolean}
"#;

const CONTENT: &str = r#"slots:
  home_hero: {type: text}
content:
  default_hero: {value: Welcome}
  german_hero: {value: Willkommen}
  thanks_hero: {value: Thank you}
"#;

const CASES: &str = r#"cases:
  - name: a grown-up in Germany
    at: 2026-11-20T10:00:00Z
    visitor: {id: v1, attributes: {country: DE, age: 30}}
    expect: {home_hero: german_hero}
  - name: somebody who bought
    at: 2026-11-20T10:00:00Z
    visitor: {id: v2}
    events:
      - {type: track, event: Order Completed, timestamp: 2026-11-01T09:00:00Z, properties: {revenue: 620}}
    expect: {home_hero: {content: thanks_hero, rule: "home.rules:5"}}
"#;

/// A folder with a small shop, and what `segue` does in it.
struct Shop {
    folder: TempDir,
}

impl Shop {
    /// One segment, one slot with two rules, three contents, two cases; all of it fine and formatted.
    fn new() -> Self {
        let shop = Self::empty();
        shop.write("rules/home.rules", HOME_RULES);
        shop.write("rules/schema/shop.yaml", SCHEMA);
        shop.write("rules/content/home.yaml", CONTENT);
        shop.write("rules/cases/home.yaml", CASES);
        shop
    }

    fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    /// `segue` with these words, in this folder, with nothing of the caller's environment that it reads.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
        command.args(words).current_dir(self.folder.path());
        for name in ["SEGUE_ADMIN_TOKEN", "RUST_LOG", "NO_COLOR", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        command.env("USER", "ada");
        command
    }

    /// Runs a line of words, split at blanks.
    fn run(&self, line: &str) -> Ran {
        self.run_words(&line.split_whitespace().collect::<Vec<_>>(), "")
    }

    fn run_with_input(&self, line: &str, input: &str) -> Ran {
        self.run_words(&line.split_whitespace().collect::<Vec<_>>(), input)
    }

    fn run_words(&self, words: &[&str], input: &str) -> Ran {
        Ran::of(self.command(words), input)
    }
}

impl Ran {
    /// Standard output with release ids and moments replaced by names of the same length.
    fn masked(&self) -> String {
        let id = Regex::new(r"\b[0-9a-f]{16}\b").unwrap();
        let time = Regex::new(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
        let text = id.replace_all(&self.out, "<-- release -->");
        time.replace_all(&text, "<----- moment ---->").into_owned()
    }

    /// Standard output as one JSON value a line.
    fn json_lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}
