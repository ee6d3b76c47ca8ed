//! The client libraries that sites use, unmodified, against the real binary.
//!
//! `tests/run` installs them into the target folder; where they are not, the tests say that they are skipped. Each script in
//! `tests/clients` sends one message of each kind, and ends badly if its library reports an error.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::serving::{Process, Shop};

const KEY: &str = "the-write-key";

const SCHEMA: &str = "language: 1
events:
  order: {wire: Order Completed, properties: {amount: {type: number, unit: EUR, wire: revenue}}}
attributes:
  plan: {type: text, one_of: [free, pro]}
  age: {type: number}
";

const CONTENT: &str = "
slots: {hero: {type: text}}
content:
  buyer: {value: buyer}
  reader: {value: reader}
  anybody: {value: anybody}
";

const RULES: &str = "
slot hero {
  if sum of order.amount in last 7 days is 42.5 and visited \"/pricing\" in last 7 days and plan is \"pro\" and age is 37 show buyer
  if visited \"/pricing\" in last 7 days show reader
  otherwise show anybody
}
";

fn clients() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("test-clients")
}

struct Client {
    script: &'static str,
    /// What must be installed.
    package: &'static str,
    environment: &'static [(&'static str, &'static str)],
    kinds: &'static [&'static str],
}

const ALL: &[&str] = &["identify", "track", "page", "screen", "group", "alias"];

const CLIENTS: [Client; 8] = [
    Client {
        script: "analytics-node.js",
        package: "node_modules/@segment/analytics-node",
        environment: &[],
        kinds: ALL,
    },
    Client { script: "analytics-node-6.js", package: "node_modules/analytics-node", environment: &[], kinds: ALL },
    Client {
        script: "rudder-sdk-node.js",
        package: "node_modules/@rudderstack/rudder-sdk-node",
        environment: &[],
        kinds: ALL,
    },
    Client {
        script: "analytics-next.js",
        package: "node_modules/@segment/analytics-next",
        environment: &[],
        kinds: ALL,
    },
    Client {
        script: "analytics-next.js",
        package: "node_modules/@segment/analytics-next",
        environment: &[("BATCHING", "1")],
        kinds: ALL,
    },
    Client {
        script: "segment-analytics-python.py",
        package: "python/segment-analytics-python",
        environment: &[],
        kinds: ALL,
    },
    Client { script: "analytics-python.py", package: "python/analytics-python", environment: &[], kinds: ALL },
    Client { script: "rudder-sdk-python.py", package: "python/rudder-sdk-python", environment: &[], kinds: ALL },
];

impl Client {
    /// Runs the script to its end.
    fn run(&self, url: &str, visitor: &str) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(self.script);
        let mut command = Command::new(if self.script.ends_with(".js") { "node" } else { "python3" });
        let output = command
            .arg(script)
            .envs([("URL", url), ("KEY", KEY), ("VISITOR", visitor), ("PYTHONDONTWRITEBYTECODE", "1")])
            .env("NODE_PATH", clients().join("node_modules"))
            .env("PYTHONPATH", clients().join(self.package))
            .envs(self.environment.iter().copied())
            .output()
            .unwrap();
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            output.status.success() && said(&output.stdout).contains("done"),
            "{}: {}{}",
            self.script,
            said(&output.stdout),
            said(&output.stderr)
        );
    }
}

#[test]
#[ignore = "slow suite: installs nothing, but runs eight clients in Node and Python"]
fn every_real_client_works_unmodified() {
    if !clients().join("node_modules").exists() {
        let missing = clients();
        writeln!(std::io::stderr(), "skipped: the client libraries are not here, there is no {}", missing.display())
            .unwrap();
        return;
    }
    let shop = Shop::empty();
    shop.write("rules/home.rules", RULES);
    shop.write("rules/schema/shop.yaml", SCHEMA);
    shop.write("rules/content/home.yaml", CONTENT);
    let served = Process::start_with(&shop, &["--write-key", KEY]);
    for (index, client) in CLIENTS.iter().enumerate() {
        let visitor = format!("visitor-{index}");
        let before = served.client.accepted();
        client.run(&served.client.url, &visitor);
        let after = served.client.accepted();
        for kind in client.kinds {
            assert_eq!(after[*kind] - before[*kind], 1, "{} {:?}: {kind}", client.script, client.environment);
        }
        let decide = |id: &str| {
            let reply = served.client.post("/v1/decide", &json!({"visitor": {"id": id}, "slots": ["hero"]}));
            reply.json()["decisions"][0]["content"].clone()
        };
        // The three ids are one visitor, who ordered, looked at prices and said who they are.
        for id in [visitor.clone(), format!("{visitor}-anonymous"), format!("{visitor}-before")] {
            assert_eq!(decide(&id), Value::from("buyer"), "{} {:?}: {id}", client.script, client.environment);
        }
    }
    assert_eq!(served.client.get("/v1/dead-letters").json()["dead_letters"], json!([]));
    let refused = served.client.send("POST", "/v1/batch", &[("authorization", "Basic d3Jvbmc6")], br#"{"batch": []}"#);
    assert_eq!(refused.unwrap().status, 401);
}
