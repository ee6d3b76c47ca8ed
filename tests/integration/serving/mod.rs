//! A small shop in a temporary folder, served in this process or by the real binary.

mod client;
mod connection;
mod sending;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use segue::server::{EventOptions, ServeOptions, Server};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;

pub use client::{Client, Reply};
pub use connection::{Connection, shown};
pub use sending::{on_connections, send_all};

pub const SCHEMA: &str = "language: 1\nattributes:\n  country: {type: text}\n  age: {type: number}\n";

pub const CONTENT: &str = "\
slots:
  home_hero: {type: object}
content:
  default_hero: {value: {headline: Welcome}}
  german_hero: {value: {headline: Willkommen}}
";

pub const RULES: &str = "\
slot home_hero {
  if country is \"DE\" show german_hero
  otherwise show default_hero
}
";

/// Rules that show a literal: the number tells sets apart in decisions.
pub fn rules_with(number: usize) -> String {
    format!(
        "slot home_hero {{\n  if country is \"DE\" show german_hero because \"edit {number}\"\n  otherwise show default_hero because \"edit {number}\"\n}}\n"
    )
}

/// The files of a set as an upload sends them.
pub fn set(rules: &str) -> Value {
    json!({"rules/home.rules": rules, "rules/schema/shop.yaml": SCHEMA, "rules/content/home.yaml": CONTENT})
}

/// The folders of a shop; deleted when dropped.
pub struct Shop {
    dir: TempDir,
}

impl Shop {
    pub fn new() -> Self {
        let shop = Self::empty();
        shop.write("rules/home.rules", RULES);
        shop.write("rules/schema/shop.yaml", SCHEMA);
        shop.write("rules/content/home.yaml", CONTENT);
        shop
    }

    /// Folders without a file.
    pub fn empty() -> Self {
        let shop = Self { dir: tempfile::tempdir().unwrap() };
        std::fs::create_dir_all(shop.path("rules")).unwrap();
        std::fs::create_dir_all(shop.path("experiments")).unwrap();
        shop
    }

    pub fn path(&self, inside: &str) -> PathBuf {
        self.dir.path().join(inside)
    }

    /// In place, as a simple editor saves.
    pub fn write(&self, inside: &str, text: &str) {
        let path = self.path(inside);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Beside and renamed, as a careful editor saves.
    pub fn replace(&self, inside: &str, text: &str) {
        let path = self.path(inside);
        let beside = path.with_extension("tmp~");
        std::fs::write(&beside, text).unwrap();
        std::fs::rename(beside, path).unwrap();
    }

    /// What the real binary has logged since its last start.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap()
    }

    pub fn options(&self) -> ServeOptions {
        ServeOptions {
            listen: "127.0.0.1:0".to_owned(),
            rules: self.path("rules"),
            experiments: self.path("experiments"),
            data: self.path("data"),
            admin_token: None,
            workers: None,
            events: EventOptions::default(),
            recent: segue::server::RecentOptions::default(),
            limits: segue::visitors::Limits::default(),
        }
    }

    /// Serves in this process.
    pub fn serve(&self) -> Served {
        Served::start(self.options())
    }

    /// Serves with the real binary.
    pub fn serve_binary(&self) -> Process {
        Process::start(self)
    }
}

/// A server in this process; stopped when dropped.
pub struct Served {
    pub client: Client,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    pub fn start(options: ServeOptions) -> Self {
        let server = Server::bind(&options).unwrap();
        let client = Client::new(server.url());
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let serving = server.serve(async move { drop(stopped.await) });
            actix_web::rt::System::new().block_on(serving).unwrap();
        });
        Self { client, stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.stop.take());
        drop(self.thread.take().map(JoinHandle::join));
    }
}

/// The real binary; killed when dropped.
pub struct Process {
    pub client: Client,
    child: Child,
    /// Held open, so that the server's output has somewhere to go.
    _stdout: BufReader<ChildStdout>,
}

impl Process {
    fn spawn(shop: &Shop, more: &[&str], variables: &[(&str, &str)]) -> Child {
        let log = std::fs::File::create(shop.path("log")).unwrap();
        Command::new(env!("CARGO_BIN_EXE_segue"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args([Path::new("--rules"), &shop.path("rules"), Path::new("--experiments"), &shop.path("experiments")])
            .args([Path::new("--data"), &shop.path("data")])
            .args(more)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap()
    }

    /// Starts and kills -9 after a while, wherever it is then: perhaps in the middle of opening its store.
    pub fn start_and_kill(shop: &Shop, after: Duration) {
        let mut child = Self::spawn(shop, &[], &[]);
        std::thread::sleep(after);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn start(shop: &Shop) -> Self {
        Self::start_with(shop, &[])
    }

    /// With more options.
    pub fn start_with(shop: &Shop, more: &[&str]) -> Self {
        Self::start_in(shop, more, &[])
    }

    /// With more options, and with environment variables.
    pub fn start_in(shop: &Shop, more: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut child = Self::spawn(shop, more, variables);
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("listening on ").unwrap_or_else(|| {
            panic!("the server said `{line}`; its log: {}", std::fs::read_to_string(shop.path("log")).unwrap())
        });
        Self { client: Client::new(url), child, _stdout: stdout }
    }

    /// kill -9.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// The exit code, once it has ended.
    pub fn wait(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already where a test waited for it.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
