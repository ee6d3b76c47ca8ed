//! `segue serve`: decisions over HTTP.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Parser;

use crate::server::{self, ServeOptions};

use super::Ending;
use super::folders::Folders;

/// Serve decisions over HTTP
///
/// Publishes the two folders whenever a file in them is saved; a broken edit is reported and the former release goes on
/// serving. Prints `listening on ..` once it answers. SIGTERM ends it after the open requests.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  segue serve
  segue serve --listen 0.0.0.0:80 --rules /srv/shop/rules --data /var/lib/segue --admin-token \"$TOKEN\"")]
pub(super) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    /// Address and port; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: String,
    /// Folder where releases are kept; made if missing
    #[arg(long, value_name = "FOLDER", default_value = "./data")]
    data: PathBuf,
    /// What authors must send to publish; needed where other machines can reach the address
    #[arg(long, value_name = "TOKEN", env = "SEGUE_ADMIN_TOKEN", hide_env_values = true)]
    admin_token: Option<String>,
    /// Threads that answer requests; one a core unless given
    #[arg(long, value_name = "COUNT")]
    workers: Option<NonZeroUsize>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Ending> {
    let Arguments { folders: Folders { rules, experiments }, listen, data, admin_token, workers } = arguments;
    server::run(&ServeOptions {
        listen: listen.clone(),
        rules: rules.clone(),
        experiments: experiments.clone(),
        data: data.clone(),
        admin_token: admin_token.clone(),
        workers: *workers,
    })?;
    Ok(Ending::Fine)
}
