//! The command line: one file a command.
//!
//! In: arguments, standard input, the two folders. Out: text for people or JSON for programs on standard output, and an
//! exit code. `anyhow` lives here and nowhere else: an error that reaches this room ends the command with its message.

mod check;
mod completions;
mod explain;
mod folders;
mod format;
mod output;
mod progress;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use output::Output;

/// Segue decides what each visitor sees, and says why.
#[derive(Debug, Parser)]
#[command(name = "segue", version, max_term_width = 100, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Arguments),
    Format(format::Arguments),
    Test(test::Arguments),
    Completions(completions::Arguments),
}

/// How a command that could run has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Exit code 0.
    Fine,
    /// Exit code 1: a check, a case or a line did not pass.
    Findings,
}

impl Ending {
    /// [`Ending::Findings`] if there are some.
    fn from_findings(found: bool) -> Self {
        if found { Self::Findings } else { Self::Fine }
    }
}

/// Runs the command that the process's arguments name: 0 fine, 1 findings, 2 wrong usage or cannot run.
pub fn run() -> ExitCode {
    let command = Arguments::parse().command;
    let mut out = Output::stdout();
    let ended = command.run(&mut out).and_then(|ending| Ok((ending, out.finish()?)));
    match ended {
        Ok((Ending::Fine, ())) => ExitCode::SUCCESS,
        Ok((Ending::Findings, ())) => ExitCode::from(1),
        Err(error) => {
            output::complain(&format!("error: {error:#}"));
            ExitCode::from(2)
        }
    }
}

impl Command {
    fn run(&self, out: &mut Output) -> anyhow::Result<Ending> {
        match self {
            Self::Check(arguments) => check::run(arguments, out),
            Self::Format(arguments) => format::run(arguments, out),
            Self::Test(arguments) => test::run(arguments, out),
            Self::Completions(arguments) => completions::run(arguments, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_do_not_contradict_one_another() {
        super::Arguments::command().debug_assert();
    }
}
