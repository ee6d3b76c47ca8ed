//! The real binary, for benches that ask it over HTTP.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A server of its own, killed in the end.
pub struct Running {
    pub process: Child,
    /// Host and port.
    pub address: String,
}

impl Running {
    /// Serves a folder; takes events of one visitor however many they are.
    pub fn start(folder: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_segue"))
            .current_dir(folder)
            .args(["serve", "--listen", "127.0.0.1:0", "--bot-rate", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = lines.next().unwrap().unwrap();
        let address = line.strip_prefix("listening on http://").unwrap().to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, address }
    }

    /// As `kill -9` does.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// CPU time in nanoseconds by the name of threads.
    pub fn threads(&self) -> BTreeMap<String, f64> {
        let mut spent = BTreeMap::new();
        for task in std::fs::read_dir(format!("/proc/{}/task", self.process.id())).unwrap() {
            let path = task.unwrap().path();
            // Threads of the blocking pool come and go.
            let read = |file| std::fs::read_to_string(path.join(file)).ok();
            let (Some(name), Some(time)) = (read("comm"), read("schedstat")) else { continue };
            let nanos: f64 = time.split_whitespace().next().unwrap().parse().unwrap();
            *spent.entry(name.trim().to_owned()).or_default() += nanos;
        }
        spent
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Nothing is left to do where it has ended already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
