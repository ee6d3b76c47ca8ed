//! `segue completions`: a script that completes commands and options in a shell.

use std::io::Write;

use clap::{CommandFactory, Parser};
use clap_complete::Shell;

use super::Ending;
use super::output::Output;

/// Write a completion script for your shell
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  segue completions bash > ~/.local/share/bash-completion/completions/segue
  segue completions fish > ~/.config/fish/completions/segue.fish")]
pub(super) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments, out: &mut Output) -> anyhow::Result<Ending> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::Arguments::command(), "segue", &mut script);
    out.write_all(&script)?;
    Ok(Ending::Fine)
}
