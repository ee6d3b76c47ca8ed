//! The command line: one file a command.
//!
//! In: arguments, standard input, the two folders. Out: text for people or JSON for programs on standard output, and an
//! exit code. `anyhow` lives here and nowhere else: an error that reaches this room ends the command with its message.

mod analyse;
mod asked;
mod backup;
mod calibrate;
mod check;
mod completions;
mod data_folder;
mod decide;
mod dedupe;
mod explain;
mod folders;
mod format;
mod import;
mod journal;
mod log;
mod mixed;
mod output;
mod power;
mod progress;
mod rebuild;
mod releases;
mod restore;
mod serve;
mod server;
mod simulate;
mod source;
mod test;
mod units;
mod width;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use output::Output;

/// Segue decides what each visitor sees, and says why.
#[derive(Debug, Parser)]
#[command(name = "segue", version, max_term_width = 100, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// What to log to standard error: error, warn, info, debug, trace, or levels by module [default: warn; serve: info]
    #[arg(long, global = true, value_name = "FILTER", env = "RUST_LOG", hide_env_values = true)]
    log: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Arguments),
    Check(check::Arguments),
    Format(format::Arguments),
    Test(test::Arguments),
    Decide(decide::Arguments),
    Simulate(simulate::Arguments),
    Power(power::Arguments),
    Calibrate(calibrate::Arguments),
    Analyse(Box<analyse::Arguments>),
    Releases(releases::Arguments),
    Backup(backup::Arguments),
    Restore(restore::Arguments),
    Rebuild(rebuild::Arguments),
    Import(import::Arguments),
    Journal(journal::Arguments),
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
    let arguments = Arguments::parse();
    let mut out = Output::stdout();
    let ended = arguments.run(&mut out).and_then(|ending| Ok((ending, out.finish()?)));
    match ended {
        Ok((Ending::Fine, ())) => ExitCode::SUCCESS,
        Ok((Ending::Findings, ())) => ExitCode::from(1),
        Err(error) => {
            output::complain(&format!("error: {error:#}"));
            ExitCode::from(2)
        }
    }
}

impl Arguments {
    fn run(&self, out: &mut Output) -> anyhow::Result<Ending> {
        // A server is watched through its log; of other commands only what went wrong is of interest.
        let default = if matches!(self.command, Command::Serve(_)) { "info" } else { "warn" };
        log::start(self.log.as_deref(), default)?;
        match &self.command {
            Command::Serve(arguments) => serve::run(arguments),
            Command::Check(arguments) => check::run(arguments, out),
            Command::Format(arguments) => format::run(arguments, out),
            Command::Test(arguments) => test::run(arguments, out),
            Command::Decide(arguments) => decide::run(arguments, out),
            Command::Simulate(arguments) => simulate::run(arguments, out),
            Command::Power(arguments) => power::run(arguments, out),
            Command::Calibrate(arguments) => calibrate::run(arguments, out),
            Command::Analyse(arguments) => analyse::run(arguments, out),
            Command::Releases(arguments) => releases::run(arguments, out),
            Command::Backup(arguments) => backup::run(arguments, out),
            Command::Restore(arguments) => restore::run(arguments, out),
            Command::Rebuild(arguments) => rebuild::run(arguments, out),
            Command::Import(arguments) => import::run(arguments, out),
            Command::Journal(arguments) => journal::run(arguments, out),
            Command::Completions(arguments) => completions::run(arguments, out),
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
