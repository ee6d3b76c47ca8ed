//! Releases on a running server.

use serde::Deserialize;
use serde_json::{Value, json};
use ureq::http::Method;

use crate::cli::server::Server;
use crate::release::{FileSet, ReleaseId};

use super::{Keeper, Kept, KeptFiles, Note, Published};

#[derive(Deserialize)]
struct List {
    releases: Vec<Kept>,
}

impl Keeper for Server {
    fn list(&self) -> anyhow::Result<Vec<Kept>> {
        Ok(self.call::<List>(Method::GET, "/v1/releases", None)?.releases)
    }

    fn show(&self, id: &ReleaseId) -> anyhow::Result<KeptFiles> {
        self.call(Method::GET, &format!("/v1/releases/{id}"), None)
    }

    fn publish(&self, files: &FileSet, note: &Note<'_>, activate: bool) -> anyhow::Result<Published> {
        let files: serde_json::Map<String, Value> =
            files.iter().map(|(key, text)| (key.to_string(), text.to_string().into())).collect();
        let body = json!({"files": files, "message": note.message, "author": note.author, "activate": activate});
        self.call(Method::POST, "/v1/releases", Some(&body))
    }

    fn activate(&self, id: &ReleaseId, author: &str) -> anyhow::Result<Published> {
        self.call(Method::POST, &format!("/v1/releases/{id}/activate"), Some(&json!({ "author": author })))
    }
}
