//! The real binary, driven as a person or a script drives it.

use std::process::{Command, Output};

/// Runs `segue` with these arguments.
fn segue(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_segue")).args(arguments).output().unwrap()
}

#[test]
fn completions_are_written_for_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = segue(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0), "{shell}");
        assert!(String::from_utf8(output.stdout).unwrap().contains("segue"), "{shell}");
    }
}

#[test]
fn wrong_usage_exits_with_two() {
    for arguments in [vec!["no-such-command"], vec!["completions", "no-such-shell"], vec![]] {
        let output = segue(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("--help"), "{arguments:?}");
    }
}
