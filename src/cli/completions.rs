//! `segue completions`: a script that completes commands and options in a shell.

use clap::{CommandFactory, Parser};
use clap_complete::Shell;

/// Write a completion script for your shell
#[derive(Debug, Parser)]
#[command(after_help = "Example:\n  segue completions bash > ~/.local/share/bash-completion/completions/segue")]
pub(super) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) {
    let mut command = super::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "segue", &mut std::io::stdout());
}
