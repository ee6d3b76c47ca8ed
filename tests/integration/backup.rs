//! Backup, restore and rebuild as an operator does them, with the real binary.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::serving::{Client, Shop};

const RULES: &str = "\
segment buyer { did order }
slot home_hero {
  if segment buyer show german_hero
  otherwise show default_hero
}
";

/// A shop in which an order counts.
fn shop() -> Shop {
    let shop = Shop::new();
    shop.write("rules/schema/shop.yaml", "events: {order: {}}\nattributes: {country: {type: text}}\n");
    shop.write("rules/home.rules", RULES);
    shop
}

fn order(client: &Client, number: u64) {
    let visitor = format!("v{}", number % 50);
    let body = json!({"type": "track", "event": "order", "userId": visitor, "messageId": format!("m{number}")});
    assert_eq!(client.post("/v1/track", &body).status, 200);
}

fn orders_of(client: &Client, visitor: u64) -> u64 {
    client.get(&format!("/v1/visitors/v{visitor}")).json()["messages"].as_u64().unwrap_or_default()
}

fn content(client: &Client, visitor: &str) -> Value {
    client.post("/v1/decide", &json!({"visitor": {"id": visitor}})).json()["decisions"][0]["content"].clone()
}

fn segue(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_segue")).args(arguments).output().unwrap()
}

fn run(arguments: &[&str]) -> String {
    let output = segue(arguments);
    let (out, log) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{arguments:?}: {out}{log}");
    out
}

/// The message of a command that must fail.
fn refused(arguments: &[&str]) -> String {
    let output = segue(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_backup_of_a_live_server_holds_what_was_acknowledged_before_it_began() {
    let shop = shop();
    let (file, restored) = (shop.path("monday.tar"), shop.path("restored"));
    let server = shop.serve_binary();
    let (sent, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
    let before = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                order(&server.client, sent.fetch_add(1, Ordering::Relaxed));
            }
        });
        while sent.load(Ordering::Relaxed) < 200 {
            std::thread::yield_now();
        }
        // The last one may be under way still.
        let before = sent.load(Ordering::Relaxed) - 1;
        let said = run(&["backup", text(&file), "--server", &server.client.url]);
        assert!(said.contains("monday.tar: "), "{said}");
        is_over.store(true, Ordering::Relaxed);
        before
    });
    let sent = sent.into_inner();
    let error = refused(&["backup", text(&file), "--server", &server.client.url]);
    assert!(error.contains("is there already"), "{error}");
    let error = refused(&["backup", text(&shop.path("other.tar")), "--data", text(&shop.path("data"))]);
    assert!(error.contains(&format!("ask it with --server {}", server.client.url)), "{error}");
    let error = refused(&["restore", text(&file), "--data", text(&shop.path("data"))]);
    assert!(error.contains("is not empty"), "{error}");
    let error = refused(&["rebuild", "--data", text(&shop.path("data"))]);
    assert!(error.contains(&server.client.url) && error.contains("stop it"), "{error}");

    run(&["restore", text(&file), "--data", text(&restored)]);
    let all: u64 = (0..50).map(|visitor| orders_of(&server.client, visitor)).sum();
    server.kill();
    std::fs::rename(shop.path("data"), shop.path("before")).unwrap();
    std::fs::rename(&restored, shop.path("data")).unwrap();
    let again = shop.serve_binary();
    let mut total = 0;
    for visitor in 0..50 {
        let kept = orders_of(&again.client, visitor);
        let numbers = |until: u64| (0..until).filter(|number| number % 50 == visitor).count() as u64;
        assert!(kept >= numbers(before) && kept <= numbers(sent), "v{visitor}: {kept} of {before} to {sent}");
        assert_eq!(content(&again.client, &format!("v{visitor}")), "german_hero");
        total += kept;
    }
    assert!(total >= before && all == sent);
    assert_eq!(content(&again.client, "nobody"), "default_hero");
    // A message of before comes again, and counts once there too.
    order(&again.client, 0);
    assert_eq!((0..50).map(|visitor| orders_of(&again.client, visitor)).sum::<u64>(), total);
}

#[test]
fn a_backup_that_is_cut_or_changed_is_refused_and_leaves_nothing() {
    let shop = shop();
    let (file, restored) = (shop.path("b.tar"), shop.path("restored"));
    let server = shop.serve_binary();
    (0..20).for_each(|number| order(&server.client, number));
    server.kill();
    run(&["backup", text(&file), "--data", text(&shop.path("data"))]);
    let whole = std::fs::read(&file).unwrap();
    let restore = ["restore", text(&file), "--data", text(&restored)];
    // The log of releases stands first, behind its head of 512 bytes.
    let mut changed = whole.clone();
    changed[600] ^= 1;
    for bytes in [&changed[..], &whole[..whole.len() / 2], &whole[..512], b"", b"no tar at all"] {
        std::fs::write(&file, bytes).unwrap();
        let error = refused(&restore);
        assert!(error.contains("cannot be restored"), "{error}");
        assert!(!restored.exists(), "{} bytes", bytes.len());
    }
    std::fs::write(&file, &whole).unwrap();
    // An empty folder that is there already will do.
    std::fs::create_dir(&restored).unwrap();
    run(&restore);
    assert!(refused(&restore).contains("is not empty"));
    std::fs::write(restored.join("restoring"), "").unwrap();
    assert!(refused(&["rebuild", "--data", text(&restored)]).contains("was not finished"));
}

#[test]
fn rebuild_makes_sled_again_and_so_does_a_start_on_garbage() {
    let shop = shop();
    let data = shop.path("data");
    let server = shop.serve_binary();
    (0..200).for_each(|number| order(&server.client, number));
    server.kill();
    let said = run(&["rebuild", "--data", text(&data)]);
    assert!(said.contains("set aside") && said.contains("1 release\n"), "{said}");
    let db = data.join("sled/db");
    let garbage: [&dyn Fn(); 4] = [
        &|| {},
        &|| std::fs::write(&db, vec![0xa5; std::fs::read(&db).unwrap().len()]).unwrap(),
        &|| std::fs::write(data.join("sled/conf"), "garbage").unwrap(),
        // sled is sound, but a row in it makes no sense.
        &|| {
            let mut changes = segue::store::Changes::default();
            changes.put(b"Vs".to_vec(), b"garbage".to_vec());
            segue::store::Store::open(&data, None).unwrap().shelf().commit(changes).unwrap();
        },
    ];
    for (round, damage) in garbage.into_iter().enumerate() {
        damage();
        let server = shop.serve_binary();
        assert!((0..50).all(|visitor| orders_of(&server.client, visitor) == 4), "round {round}");
        assert_eq!(content(&server.client, "v7"), "german_hero");
        server.kill();
        let log = std::fs::read_to_string(shop.path("log")).unwrap();
        // sled makes its own configuration again by itself.
        assert_eq!(log.contains("sled is damaged: set aside"), round == 1 || round == 3, "round {round}: {log}");
    }
}

#[test]
fn a_client_that_goes_away_ends_its_backup() {
    use std::io::{Read, Write};
    let shop = shop();
    let server = shop.serve();
    (0..50).for_each(|number| order(&server.client, number));
    for _ in 0..3 {
        let mut stream = std::net::TcpStream::connect(server.client.url.trim_start_matches("http://")).unwrap();
        stream.write_all(b"GET /v1/backup HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").unwrap();
        let mut begin = [0; 4096];
        assert!(stream.read(&mut begin).unwrap() > 0);
        drop(stream);
        // The next one is refused only as long as this one has not noticed.
        while server.client.send("GET", "/v1/backup", &[], b"").is_ok_and(|reply| reply.status == 503) {
            std::thread::yield_now();
        }
    }
}
