//! The command line: one file a command.
//!
//! In: arguments, standard input, the two folders. Out: text for people or JSON for programs, and an exit code: 0 fine,
//! 1 findings, 2 wrong usage or cannot run.

mod completions;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Segue decides what each visitor sees, and says why.
#[derive(Debug, Parser)]
#[command(name = "segue", version, max_term_width = 100, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Completions(completions::Arguments),
}

/// Runs the command that the process's arguments name, and says how it ended.
pub fn run() -> ExitCode {
    match Arguments::parse().command {
        Command::Completions(arguments) => completions::run(&arguments),
    }
    ExitCode::SUCCESS
}
