//! The data folder, for commands that read it while no server has it open.

use std::path::Path;

use anyhow::{anyhow, bail};

use crate::store::{Error, Store};

/// Opens the store of a data folder that is there.
pub(super) fn open(data: &Path) -> anyhow::Result<Store> {
    if !data.is_dir() {
        bail!(
            "there is no data folder `{}`\nhelp: name it with --data, or a running server with --server",
            data.display()
        );
    }
    open_or_make(data)
}

/// The same, and makes the folder where there is none.
pub(super) fn open_or_make(data: &Path) -> anyhow::Result<Store> {
    Store::open(data, None).map_err(|error| match error {
        Error::Locked { url: Some(url), .. } => {
            anyhow!("`{}` is in use by the server at {url}\nhelp: ask it with --server {url}", data.display())
        }
        error => anyhow!(error),
    })
}
