//! `segue releases`, on a data folder and on a live server.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::Shop;

/// A running `segue serve`, ended when the test ends.
struct Server {
    child: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, url }
    }
}

fn publish(shop: &Shop, message: &str) -> Value {
    let ran = shop.run_words(&["releases", "publish", "--message", message, "--format", "json"], "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.json()
}

#[test]
fn a_data_folder_that_is_not_there_is_not_made_by_looking() {
    let shop = Shop::new();
    for line in ["releases", "releases show 0123456789abcdef", "releases activate 0123456789abcdef"] {
        let ran = shop.run(line);
        assert_eq!((ran.code, &*ran.out), (2, ""), "{line}");
        assert!(ran.err.contains("there is no data folder `./data`") && ran.err.contains("--server"), "{}", ran.err);
    }
    assert!(!shop.path("data").exists());
}

#[test]
fn releases_are_published_listed_and_activated() {
    let shop = Shop::new();
    let first = publish(&shop, "The first");
    assert_eq!((&first["parent"], &first["active"]), (&Value::Null, &json!(true)));
    shop.write("rules/content/home.yaml", &shop.read("rules/content/home.yaml").replace("Welcome", "Hello"));
    let second = publish(&shop, "A friendlier word");
    assert_eq!(second["parent"], first["release"]);

    let list = shop.run("releases list");
    insta::assert_snapshot!(list.masked(), @r#"
    release                   accepted              author  message
    <-- release -->  active  <----- moment ---->  ada     A friendlier word
    <-- release -->          <----- moment ---->  ada     The first
    "#);

    let first_id = first["release"].as_str().unwrap();
    let back = shop.run(&format!("releases activate {first_id}"));
    assert_eq!((back.code, back.out), (0, format!("release {first_id} serves now\n")));
    let listed = shop.run("releases --format json").json();
    let active: Vec<_> = listed["releases"].as_array().unwrap().iter().map(|entry| entry["active"].clone()).collect();
    assert_eq!(active, [json!(false), json!(true)]);
}

#[test]
fn a_release_may_be_kept_without_serving() {
    let shop = Shop::new();
    let ran = shop.run("releases publish --message later --no-activate");
    assert_eq!(ran.code, 0);
    assert!(ran.out.ends_with("is kept; it does not serve\n"), "{}", ran.out);
    assert_eq!(shop.run("releases --format json").json()["releases"][0]["active"], json!(false));
}

#[test]
fn a_release_gives_its_files_back() {
    let shop = Shop::new();
    let id = publish(&shop, "The first")["release"].as_str().unwrap().to_owned();
    let shown = shop.run(&format!("releases show {id}"));
    assert!(shown.out.contains("rules/home.rules") && shown.out.contains("by ada"), "{}", shown.out);
    assert_eq!(shop.run(&format!("releases show {id} --out before")).code, 0);
    assert_eq!(shop.read("before/rules/home.rules"), shop.read("rules/home.rules"));
    assert_eq!(shop.read("before/rules/cases/home.yaml"), shop.read("rules/cases/home.yaml"));
    // The same again would mix two sets of files.
    let again = shop.run(&format!("releases show {id} --out before"));
    assert_eq!((again.code, &*again.err), (2, "error: `before` is not empty\n"));
    let files = shop.run(&format!("releases show {id} --format json")).json()["files"].clone();
    assert_eq!(files["rules/home.rules"], json!(shop.read("rules/home.rules")));
}

#[test]
fn a_set_with_errors_is_not_published() {
    let shop = Shop::new();
    shop.write("rules/more.rules", "segment nordic { contry is \"NO\" }\n");
    let ran = shop.run("releases publish --message broken");
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert!(ran.err.contains("--> ./rules/more.rules:1:18"), "{}", ran.err);
    assert!(!shop.path("data").exists());
}

#[test]
fn a_release_that_is_not_there_is_named() {
    let shop = Shop::new();
    publish(&shop, "The first");
    let ran = shop.run("releases show 0123456789abcdef");
    assert_eq!((ran.code, &*ran.err), (2, "error: there is no release `0123456789abcdef`\n"));
    assert_eq!(shop.run("releases show 0123").code, 2);
}

#[test]
fn a_data_folder_in_use_says_which_server_to_ask() {
    let shop = Shop::new();
    let server = Server::start(shop.command(&["serve", "--listen", "127.0.0.1:0"]));
    let ran = shop.run("releases");
    assert_eq!((ran.code, &*ran.out), (2, ""));
    let url = &server.url;
    assert_eq!(
        ran.err,
        format!("error: `./data` is in use by the server at {url}\nhelp: ask it with --server {url}\n")
    );
    assert_eq!(shop.run(&format!("releases --server {url} --data ./data")).code, 2);
}

#[test]
fn a_live_server_lists_shows_publishes_and_activates() {
    let shop = Shop::new();
    let server = Server::start(shop.command(&["serve", "--listen", "127.0.0.1:0", "--admin-token", "secret"]));
    let run = |line: &str| {
        let line = format!("releases {line} --server {}/ --admin-token secret --format json", server.url);
        let ran = shop.run(&line);
        assert_eq!(ran.code, 0, "{line}: {}", ran.err);
        ran.json()
    };
    let first = run("list")["releases"][0].clone();
    assert_eq!(first["active"], json!(true));
    // Another folder, so that the watch has no part in it.
    shop.write("next/home.rules", &shop.read("rules/home.rules").replace("age >= 18", "age >= 21"));
    shop.write("next/schema/shop.yaml", &shop.read("rules/schema/shop.yaml"));
    shop.write("next/content/home.yaml", &shop.read("rules/content/home.yaml"));
    let second = run("publish --rules next --message twenty-one --author grace");
    assert_eq!((&second["parent"], &second["active"]), (&first["release"], &json!(true)));
    let shown = run(&format!("show {}", second["release"].as_str().unwrap()));
    assert_eq!((&shown["author"], &shown["message"]), (&json!("grace"), &json!("twenty-one")));
    assert_eq!(shown["files"]["rules/home.rules"], json!(shop.read("next/home.rules")));
    let back = run(&format!("activate {}", first["release"].as_str().unwrap()));
    assert_eq!((&back["release"], &back["active"]), (&first["release"], &json!(true)));

    let refused = shop.run(&format!("releases --server {} --admin-token wrong", server.url));
    assert_eq!((refused.code, &*refused.out), (2, ""));
    assert!(refused.err.starts_with("error: the admin token is wrong\nhelp: "), "{}", refused.err);
    let unknown = shop.run(&format!("releases show 0123456789abcdef --admin-token secret --server {}", server.url));
    assert!(unknown.err.starts_with("error: there is no release `0123456789abcdef`"), "{}", unknown.err);
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let shop = Shop::new();
    // Port 9 of this machine: nobody serves there, and connecting fails at once.
    let ran = shop.run("releases --server http://127.0.0.1:9");
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.starts_with("error: cannot reach the server at http://127.0.0.1:9"), "{}", ran.err);
}

#[test]
fn a_server_that_is_asked_wrongly_says_what_to_type() {
    let shop = Shop::new();
    let served = Server::start(shop.command(&["serve", "--listen", "127.0.0.1:0", "--admin-token", "secret"]));
    let url = &served.url;
    let address = url.strip_prefix("http://").unwrap();
    let without_scheme = shop.run(&format!("analyse --experiment banner --server {address}"));
    let expected = format!("error: `{address}` is no address of a server\nhelp: write `http://{address}`\n");
    assert_eq!((without_scheme.code, without_scheme.err), (2, expected));
    let without_token = shop.run(&format!("analyse --experiment banner --server {url}"));
    assert_eq!(without_token.code, 2);
    assert!(
        without_token.err.contains("help: give the server's token with `--admin-token TOKEN`"),
        "{}",
        without_token.err
    );
    let unknown = shop.run(&format!("analyse --experiment zzzzzzzzzzzz --server {url} --admin-token secret"));
    let expected = "error: there is no experiment `zzzzzzzzzzzz`\nhelp: its name is what stands behind `experiment:` in its file in the experiments folder\n";
    assert_eq!((unknown.code, &*unknown.err), (2, expected));
    // A second server in the same place.
    let taken = shop.run(&format!("serve --data elsewhere --listen {address}"));
    assert_eq!(taken.code, 2);
    assert!(taken.err.contains("help: another program listens there"), "{}", taken.err);
}
