//! Erasing a visitor, proved by searching every byte under the data folder: for what was ever said of them, before and
//! after, and for the keys that could have opened it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use regex::bytes::Regex;
use serde_json::{Value, json};

use crate::serving::{Client, Connection, Process, Shop};

const OTHERS: usize = 200;
/// Of a visitor's key.
const KEY_BYTES: usize = 32;
/// Before the keys in a file of keys, and behind them.
const KEYS_HEAD: usize = 16;
const KEYS_FOOT: usize = 4;

const SCHEMA: &str = "\
language: 1
events:
  order: {properties: {items: {type: number}, note: {type: text}}}
attributes:
  email: {type: text, sensitive: true}
  first_name: {type: text}
  interests: {type: list}
";

const RULES: &str = "\
segment buyers { did order }
slot bought {
  if segment buyers show yes
  otherwise show no
}
";

/// One visitor, of whom everything tells.
const USER: &str = "telling-user-\u{e9}8d1f";
const DEVICE: &str = "telling-device-77aa";
const OLD_ID: &str = "telling-old-id-5521";
const EMAIL: &str = "telling.\"address\"@example.org";
const NAME: &str = "Telling O\\Name";
const URL: &str = "https://shop.example/telling/page?session=telling-session-31";
const NOTE: &str = "telling note: leave it at the neighbour's";
const MESSAGE: &str = "telling-message-id-9";
const BROKEN: &str = "telling-broken-value";
const INTEREST: &str = "telling-interest";
const TELLING: [&str; 10] = [USER, DEVICE, OLD_ID, EMAIL, NAME, URL, NOTE, MESSAGE, BROKEN, INTEREST];

fn shop() -> Shop {
    let shop = Shop::empty();
    shop.write("rules/home.rules", RULES);
    shop.write("rules/schema/shop.yaml", SCHEMA);
    shop.write("rules/content/slots.yaml", "slots:\n  bought: {type: boolean}\n");
    shop
}

/// Everything that is told of the one visitor, and a little of all others.
fn tell(process: &Process) {
    let mut connection = Connection::open(&process.client.url).unwrap();
    for other in 0..OTHERS {
        let (id, device) = (format!("other-{other}"), format!("other-device-{other}"));
        let batch = json!([
            {"type": "page", "anonymousId": device, "properties": {"url": format!("https://shop.example/{other}")}},
            {"type": "identify", "userId": id, "anonymousId": device, "traits": {"email": format!("{id}@example.org")}},
            {"type": "track", "event": "order", "userId": id, "properties": {"items": other}},
        ]);
        connection.accepted("/v1/batch", &json!({ "batch": batch }));
    }
    let batch = json!([
        {"type": "page", "anonymousId": DEVICE, "messageId": MESSAGE, "properties": {"url": URL, "path": "/telling/page"}},
        {"type": "identify", "userId": USER, "anonymousId": DEVICE,
            "traits": {"email": EMAIL, "first_name": NAME, "interests": [INTEREST]}},
        {"type": "alias", "userId": USER, "previousId": OLD_ID},
        {"type": "track", "event": "order", "userId": OLD_ID, "properties": {"items": 2, "note": NOTE}},
        {"type": "track", "event": "order", "userId": USER, "properties": {"items": BROKEN, "note": NOTE}},
        {"type": "track", "event": "order", "anonymousId": DEVICE, "properties": {"items": BROKEN}},
    ]);
    let answer = process.client.post("/v1/batch", &json!({ "batch": batch }));
    assert_eq!((answer.status, &answer.json()["rejected"]), (200, &json!(2)));
}

/// Every telling value as it is, and as JSON writes it.
fn needles() -> Regex {
    let json = |text: &str| serde_json::to_string(text).unwrap().trim_matches('"').to_owned();
    let ascii = |text: &str| -> String {
        json(text)
            .chars()
            .map(|it| if it.is_ascii() { it.to_string() } else { format!("\\u{:04x}", it as u32) })
            .collect()
    };
    let written: Vec<String> = TELLING
        .iter()
        .flat_map(|text| [(*text).to_owned(), json(text), ascii(text)])
        .map(|it| regex::escape(&it))
        .collect();
    Regex::new(&written.join("|")).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let files = walkdir::WalkDir::new(folder).into_iter().map(|entry| entry.unwrap());
    files.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path).collect()
}

/// Where a telling value stands, in any byte of any file of the data folder or in the log.
fn found(shop: &Shop) -> Vec<String> {
    let needles = needles();
    let mut places = Vec::new();
    for path in files(&shop.path("data")).into_iter().chain([shop.path("log")]) {
        let bytes = std::fs::read(&path).unwrap();
        let texts = needles.find_iter(&bytes).map(|it| String::from_utf8_lossy(it.as_bytes()).into_owned());
        places.extend(texts.map(|text| format!("`{text}` in {}", path.display())));
    }
    places
}

/// All keys of visitors, by file and place.
fn keys(shop: &Shop) -> BTreeMap<(PathBuf, usize), [u8; KEY_BYTES]> {
    let mut keys = BTreeMap::new();
    for path in
        files(&shop.path("data/keys")).into_iter().filter(|path| path.extension().is_some_and(|it| it == "keys"))
    {
        let bytes = std::fs::read(&path).unwrap();
        let chunks = bytes[KEYS_HEAD..bytes.len() - KEYS_FOOT].chunks_exact(KEY_BYTES).enumerate();
        keys.extend(chunks.map(|(place, key)| ((path.clone(), place), key.try_into().unwrap())));
    }
    keys
}

/// Of every other visitor: their profile but for what changes with the clock.
fn others(client: &Client) -> Vec<Value> {
    (0..OTHERS).map(|other| client.get(&format!("/v1/visitors/other-{other}")).json()).collect()
}

/// Nothing opens, under no id; the dead letters are gone, and nobody else lacks anything.
fn assert_forgotten(client: &Client, others_before: &[Value]) {
    for id in [USER, DEVICE, OLD_ID] {
        let path = format!("/v1/visitors/{}", id.replace('\u{e9}', "%C3%A9"));
        assert_eq!(client.get(&path).status, 404, "{id}");
        assert_eq!(client.get(&format!("{path}/export")).status, 404, "{id}");
        assert_eq!(client.send("DELETE", &path, &[], b"").unwrap().status, 404, "{id}");
        let decided = client.post("/v1/decide", &json!({"visitor": {"id": id}})).json();
        assert_eq!(decided["decisions"][0]["value"], json!(false), "{id}");
    }
    assert_eq!(client.get("/v1/dead-letters").json(), json!({"dead_letters": []}));
    assert_eq!(others(client), others_before);
    client.until("segments without them", |client| {
        let overview = client.get("/v1/segments").json();
        overview["visitors"] == json!(OTHERS) && overview["segments"][0]["visitors"] == json!(OTHERS)
    });
}

#[test]
fn an_erased_visitor_is_in_no_byte_and_comes_back_by_nothing() {
    let shop = shop();
    let process = shop.serve_binary();
    tell(&process);
    process.client.until("all in segments", |client| {
        let overview = client.get("/v1/segments").json();
        overview["segments"][0]["visitors"] == json!(OTHERS + 1)
    });
    let path = format!("/v1/visitors/{}", USER.replace('\u{e9}', "%C3%A9"));
    let export = process.client.get(&format!("{path}/export"));
    assert!(
        TELLING.iter().filter(|text| **text != BROKEN).all(|text| {
            let written = serde_json::to_string(text).unwrap();
            export.text.contains(written.trim_matches('"'))
        }),
        "the export holds everything: {}",
        export.text
    );
    assert_eq!(process.client.get("/v1/dead-letters").json()["dead_letters"].as_array().unwrap().len(), 2);
    let before = others(&process.client);
    assert_eq!(found(&shop), [""; 0], "all that is personal is sealed");
    let keys_before = keys(&shop);

    let erased = process.client.send("DELETE", &path, &[], b"").unwrap();
    assert_eq!((erased.status, erased.json()), (200, json!({"erased": true})));
    // At once: what was answered is done.
    process.kill();
    assert_eq!(found(&shop), [""; 0]);
    let keys_after = keys(&shop);
    let destroyed: Vec<_> = keys_before.iter().filter(|(place, key)| keys_after[*place] != **key).collect();
    assert_eq!(destroyed.len(), 3, "one key of each id");
    assert!(destroyed.iter().all(|(place, _)| keys_after[*place] == [0; KEY_BYTES]));

    let process = shop.serve_binary();
    assert_forgotten(&process.client, &before);
    for path in files(&shop.path("data")) {
        let bytes = std::fs::read(&path).unwrap();
        let holds = |key: &[u8; KEY_BYTES]| bytes.windows(KEY_BYTES).any(|window| window == key);
        assert!(!destroyed.iter().any(|(_, key)| holds(key)), "a destroyed key is in {}", path.display());
    }
    process.kill();

    // The whole journal once more, from nothing.
    std::fs::remove_dir_all(shop.path("data/sled")).unwrap();
    let process = shop.serve_binary();
    assert_forgotten(&process.client, &before);
    assert_eq!(found(&shop), [""; 0]);

    // Somebody new may have the same id.
    process.client.post("/v1/page", &json!({"userId": USER, "properties": {"path": "/again"}}));
    let again = process.client.get(&path).json();
    assert_eq!((&again["messages"], &again["ids"], &again["attributes"]), (&json!(1), &json!([USER]), &json!([])));
    let export = process.client.get(&format!("{path}/export")).json();
    assert_eq!(export["messages"].as_array().unwrap().len(), 1);
    assert_eq!(export["memberships"], json!([]), "{export:#}");
    process.kill();
    let process = shop.serve_binary();
    assert_eq!(process.client.get(&path).json(), again);
    assert_eq!(found(&shop), [""; 0]);
}

/// Somebody of whom nothing was ever accepted, and yet something is kept; then somebody who is known, and of whom something
/// was kept before a restart.
#[test]
fn dead_letters_of_whom_nothing_else_was_known_are_erased_too() {
    let shop = shop();
    let process = shop.serve_binary();
    let refused = json!({"event": "order", "userId": DEVICE, "properties": {"items": BROKEN}});
    let refuse = |client: &Client| {
        assert_eq!(client.post("/v1/track", &refused).json()["rejected"], json!(1));
        assert_eq!(client.get("/v1/dead-letters").json()["dead_letters"][0]["visitor"], json!(DEVICE));
    };
    let erase = |client: &Client| {
        let erased = client.send("DELETE", &format!("/v1/visitors/{DEVICE}"), &[], b"").unwrap();
        assert_eq!(erased.status, 200, "{}", erased.text);
        assert_eq!(client.get("/v1/dead-letters").json(), json!({"dead_letters": []}));
    };
    refuse(&process.client);
    erase(&process.client);
    refuse(&process.client);
    process.kill();
    let process = shop.serve_binary();
    let page = json!({"userId": DEVICE, "properties": {"path": "/"}});
    assert_eq!(process.client.post("/v1/page", &page).text, r#"{"success":true}"#);
    refuse(&process.client);
    erase(&process.client);
    assert_eq!(process.client.post("/v1/page", &page).text, r#"{"success":true}"#, "somebody new");
    process.kill();
    let process = shop.serve_binary();
    assert_eq!(process.client.get("/v1/dead-letters").json(), json!({"dead_letters": []}));
    assert_eq!(process.client.get(&format!("/v1/visitors/{DEVICE}")).json()["messages"], json!(1));
    assert_eq!(found(&shop), [""; 0]);
}
