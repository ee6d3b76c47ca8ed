//! Runs the Python oracles of `tests/oracles`, with the libraries that the test command installs for them.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::real_data::{root, target};

/// What an oracle prints, fed with `input`; `None`, with a line that says why, where mpmath is not installed.
pub fn with_mpmath(oracle: &str, arguments: &[&str], input: Stdio) -> Option<String> {
    let has_mpmath = python().args(["-c", "import mpmath"]).stderr(Stdio::null()).status();
    if !has_mpmath.is_ok_and(|status| status.success()) {
        println!("skipped: {oracle} needs mpmath, which `bash tests/run` installs");
        return None;
    }
    let script: PathBuf = root().join("tests/oracles").join(oracle);
    let output = python().arg(script).args(arguments).stdin(input).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

fn python() -> Command {
    let mut python = Command::new("python3");
    python.arg("-B").env("PYTHONPATH", target().join("test-oracles"));
    python
}
