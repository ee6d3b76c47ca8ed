//! `segue analyse` on whole files: forms, rules, refusals, reports, and real experiments against an independent count.

mod forms;
mod large;
mod real;
mod refusals;
mod report;
mod rules;

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::ran::Ran;

/// A folder with tables, and what `segue analyse` says of them.
struct Tables {
    folder: TempDir,
}

impl Tables {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn with(name: &str, text: impl AsRef<[u8]>) -> Self {
        let tables = Self::new();
        tables.write(name, text);
        tables
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// `segue analyse` with these words, split at blanks; `_` in a word is a blank.
    fn run(&self, line: &str) -> Ran {
        self.run_with(line, "", &[])
    }

    fn run_with(&self, line: &str, input: &str, environment: &[(&str, &str)]) -> Ran {
        let words = line.split_whitespace().map(|word| word.replace('_', " "));
        let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
        command.arg("analyse").args(words).current_dir(self.folder.path());
        command.env_remove("RUST_LOG").env_remove("COLUMNS").env_remove("NO_COLOR");
        command.envs(environment.iter().copied());
        Ran::of(command, input)
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The sample that ships: 2,400 visitors, one row each.
fn sample() -> String {
    std::fs::read_to_string(root().join("samples/checkout.csv")).unwrap()
}

/// What is asked of the sample where everything shall be asked.
const EVERYTHING: &str = "--unit visitor --variant variant --control control --metric bought --metric revenue \
    --metric clicks:ratio=views --metric load_ms:quantile=0.9 --lower-is-better load_ms --guardrail refunded:down:50% \
    --breakdown device --strata device --plan anytime --time first_seen --format json";

/// [`EVERYTHING`] with the sample's own names, which have no blanks.
fn everything(files: &str) -> String {
    format!("{files} {}", EVERYTHING.replace("load_ms", "load-ms").replace("first_seen", "first-seen"))
}

/// The sample with columns of names without the letter that stands for a blank.
fn renamed() -> String {
    sample().replacen("load_ms", "load-ms", 1).replacen("first_seen", "first-seen", 1).replacen(
        "spend_before",
        "spend-before",
        1,
    )
}
