//! `segue serve`: decisions over HTTP.

use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use jiff::SignedDuration;

use crate::ingest::{Network, Undeclared};
use crate::server::{self, EventOptions, MAX_RECENT_DECISIONS, RecentOptions, ServeOptions};
use crate::store::journal::JournalOptions;
use crate::visitors::Limits;

use super::Ending;
use super::dedupe::Dedupe;
use super::folders::Folders;

/// Serve decisions over HTTP
///
/// Publishes the two folders whenever a file in them is saved; a broken edit is reported and the former release goes on
/// serving. Prints `listening on ..` once it answers. SIGTERM ends it after the open requests.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  segue serve
  segue serve --listen 0.0.0.0:80 --rules /srv/shop/rules --data /var/lib/segue --admin-token \"$TOKEN\" \\
    --write-key \"$BROWSER_KEY\" --write-key \"$SHOP_KEY\"")]
pub(super) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    /// Address and port; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: String,
    /// Folder where releases, events and visitors are kept; made if missing
    #[arg(long, value_name = "FOLDER", default_value = "./data")]
    data: PathBuf,
    /// What authors must send to publish; needed where other machines can reach the address
    #[arg(long, value_name = "TOKEN", env = "SEGUE_ADMIN_TOKEN", hide_env_values = true)]
    admin_token: Option<String>,
    /// Threads that answer requests; one a core unless given
    #[arg(long, value_name = "COUNT")]
    workers: Option<NonZeroUsize>,
    #[command(flatten)]
    events: Events,
    #[command(flatten)]
    kept: Kept,
}

/// How much is kept.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What is kept")]
struct Kept {
    /// Memory for visitors who were here lately, about; the rest is read from disk when needed
    #[arg(long, value_name = "MIB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..))]
    memory: u64,
    /// What the event journal may take on the disk; at the cap events are refused with 503
    #[arg(long, value_name = "MIB", default_value_t = 102_400, value_parser = clap::value_parser!(u64).range(64..))]
    journal_cap: u64,
    /// Days for which events are kept; for ever unless given, under the cap
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    retention: Option<u32>,
    /// Minutes without anything that a planned look of an experiment would read, before the look is taken; with 0 it may decide for good in
    /// the middle of an import
    #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u32).range(..=1440))]
    look_quiet: u32,
    #[command(flatten)]
    dedupe: Dedupe,
    /// Decisions of late that can be looked at, in memory only; 0 keeps none
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(..=MAX_RECENT_DECISIONS as i64))]
    recent_decisions: u32,
    /// Hours for which they are kept
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=MAX_RECENT_HOURS))]
    recent_decisions_age: u32,
}

/// Nobody looks at decisions of more than a year ago.
const MAX_RECENT_HOURS: i64 = 24 * 366;

impl Kept {
    fn limits(&self) -> Limits {
        Limits {
            memory_bytes: usize::try_from(self.memory << 20).unwrap_or(usize::MAX),
            journal: JournalOptions { cap_bytes: self.journal_cap << 20, ..JournalOptions::default() },
            retention: self.retention.map(|days| SignedDuration::from_hours(i64::from(days) * 24)),
            look_quiet: SignedDuration::from_mins(i64::from(self.look_quiet)),
            window: self.dedupe.window(),
            ..Limits::default()
        }
    }

    fn recent(&self) -> RecentOptions {
        let age = SignedDuration::from_hours(i64::from(self.recent_decisions_age));
        RecentOptions { number: self.recent_decisions as usize, age }
    }
}

/// What becomes of the events that clients send.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Events")]
struct Events {
    /// A key with which clients may send events; repeat it for several, or separate them by commas. Without one every
    /// client may, on this machine only
    #[arg(
        long = "write-key",
        value_name = "KEY",
        env = "SEGUE_WRITE_KEYS",
        value_delimiter = ',',
        hide_env_values = true
    )]
    write_keys: Vec<String>,
    /// Track events that no schema declares: keep them, lay them aside among the dead letters, or drop them
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = UndeclaredEvents::Accept)]
    undeclared_events: UndeclaredEvents,
    /// A network whose events are marked internal, such as 192.0.2.0/24; repeat it for several
    #[arg(long = "internal-ip", value_name = "CIDR", value_parser = network)]
    internal: Vec<Network>,
    /// Network of a proxy whose X-Forwarded-For is believed; repeat it for several
    #[arg(long = "trusted-proxy", value_name = "CIDR", value_parser = network)]
    trusted_proxies: Vec<Network>,
    /// A file in MaxMind's format (.mmdb) that knows the country of an address
    #[arg(long, value_name = "FILE")]
    geoip: Option<PathBuf>,
    /// More events of one visitor in one minute mark it as a bot; 0 counts nothing
    #[arg(long, value_name = "EVENTS", default_value_t = 600)]
    bot_rate: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum UndeclaredEvents {
    Accept,
    Quarantine,
    Refuse,
}

impl From<UndeclaredEvents> for Undeclared {
    fn from(what: UndeclaredEvents) -> Self {
        match what {
            UndeclaredEvents::Accept => Self::Accept,
            UndeclaredEvents::Quarantine => Self::Quarantine,
            UndeclaredEvents::Refuse => Self::Refuse,
        }
    }
}

/// `192.0.2.0/24`, or one address.
fn network(written: &str) -> Result<Network, String> {
    let one = || written.parse::<IpAddr>().ok().map(Network::from);
    written.parse().ok().or_else(one).ok_or_else(|| "write a network such as 192.0.2.0/24, or an address".to_owned())
}

impl Events {
    fn options(&self) -> EventOptions {
        EventOptions {
            write_keys: self.write_keys.clone(),
            undeclared: self.undeclared_events.into(),
            internal: self.internal.clone(),
            trusted_proxies: self.trusted_proxies.clone(),
            geoip: self.geoip.clone(),
            bot_rate: NonZeroU32::new(self.bot_rate),
        }
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Ending> {
    let Arguments { folders: Folders { rules, experiments }, listen, data, admin_token, workers, events, kept } =
        arguments;
    server::run(&ServeOptions {
        listen: listen.clone(),
        rules: rules.clone(),
        experiments: experiments.clone(),
        data: data.clone(),
        admin_token: admin_token.clone(),
        workers: *workers,
        events: events.options(),
        recent: kept.recent(),
        limits: kept.limits(),
    })?;
    Ok(Ending::Fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_about_events_reaches_the_server() {
        let arguments = Arguments::parse_from([
            "serve",
            "--write-key",
            "a,b",
            "--write-key",
            "c",
            "--undeclared-events",
            "quarantine",
            "--internal-ip",
            "10.0.0.0/8",
            "--internal-ip",
            "::1",
            "--trusted-proxy",
            "192.0.2.1",
            "--bot-rate",
            "0",
        ]);
        let options = arguments.events.options();
        assert_eq!(options.write_keys, ["a", "b", "c"]);
        assert_eq!(options.undeclared, Undeclared::Quarantine);
        let written: Vec<String> =
            options.internal.iter().chain(&options.trusted_proxies).map(ToString::to_string).collect();
        assert_eq!(written, ["10.0.0.0/8", "::1/128", "192.0.2.1/32"]);
        assert_eq!(options.bot_rate, None);
        let defaults = Arguments::parse_from(["serve"]).events.options();
        assert_eq!((defaults.undeclared, defaults.bot_rate), (Undeclared::Accept, NonZeroU32::new(600)));
        assert!(Arguments::try_parse_from(["serve", "--internal-ip", "10.0.0.0/99"]).is_err());
    }
}
