//! A visitor leaves a segment at the very instant its window ends, without any traffic; sizes fall by themselves.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::serving::{Client, Shop};

/// The window of the segment, in seconds.
const WINDOW: i64 = 2;

const SCHEMA: &str = "\
language: 1
events:
  order: {}
  cart_add: {}
";

const RULES: &str = "\
segment fresh { did order in last 2 seconds }
segment abandoned { did cart_add without order within 3 seconds in last 2 seconds }
segment ever { did order }
slot fresh {
  if segment fresh show yes
  otherwise show no
}
";

fn shop() -> Shop {
    let shop = Shop::empty();
    shop.write("rules/home.rules", RULES);
    shop.write("rules/schema/shop.yaml", SCHEMA);
    shop.write("rules/content/slots.yaml", "slots:\n  fresh: {type: boolean}\n");
    shop
}

/// Visitors in a segment, as the API and as Prometheus say it.
fn sizes(client: &Client, segment: &str) -> [u64; 2] {
    let listed = client.get(&format!("/v1/segments/{segment}")).json();
    let metrics = client.get("/metrics").text;
    let name = format!("segue_segment_visitors{{segment=\"{segment}\"}} ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&name));
    [listed["visitors"].as_u64().unwrap(), line.unwrap().parse().unwrap()]
}

/// Every change of a membership: segment, whether entered, when.
fn changes(client: &Client, id: &str, segment: &str) -> Vec<(bool, Timestamp)> {
    let export = client.get(&format!("/v1/visitors/{id}/export")).json();
    let memberships = export["memberships"].as_array().unwrap().iter().filter(|it| it["segment"] == segment);
    let change = |it: &Value| (it["entered"] == true, it["time"].as_str().unwrap().parse().unwrap());
    memberships.map(change).collect()
}

/// When a visitor's only message happened, as it was kept.
fn happened(client: &Client, id: &str) -> Timestamp {
    let export = client.get(&format!("/v1/visitors/{id}/export")).json();
    export["messages"][0]["message"]["timestamp"].as_str().unwrap().parse().unwrap()
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

#[test]
fn segments_are_left_at_the_instant_their_window_ends_without_any_traffic() {
    let shop = shop();
    let served = shop.serve();
    let client = &served.client;
    for number in 0..20 {
        client.post("/v1/track", &json!({"userId": format!("v{number}"), "event": "order"}));
    }
    client.post("/v1/track", &json!({"userId": "cart", "event": "cart_add"}));
    client.until("everybody has ordered", |client| sizes(client, "ever") == [20, 20]);
    client.until("an abandoned cart", |client| sizes(client, "abandoned") == [1, 1]);
    client.until("nobody is fresh any more", |client| sizes(client, "fresh") == [0, 0]);
    client.until("nor is the cart", |client| sizes(client, "abandoned") == [0, 0]);

    for number in 0..20 {
        let id = format!("v{number}");
        let (at, changes) = (happened(client, &id), changes(client, &id, "fresh"));
        let [(true, entered), (false, left)] = changes[..] else { panic!("{id}: {changes:?}") };
        assert!(entered >= at, "{id} entered when it was noticed");
        assert_eq!(left, at + seconds(WINDOW), "{id} left with the end of the window");
    }
    let (at, changes) = (happened(client, "cart"), changes(client, "cart", "abandoned"));
    assert_eq!(changes, [(true, at + seconds(3)), (false, at + seconds(3) + seconds(WINDOW))]);
    assert_eq!(sizes(client, "ever"), [20, 20], "who ordered once has done so for ever");
    let decided = client.post("/v1/decide", &json!({"visitor": {"id": "v1"}})).json();
    assert_eq!(decided["decisions"][0]["value"], json!(false));
}

/// The window ends while nobody is there to see it.
#[test]
fn a_window_that_ends_while_the_server_is_down_has_ended_at_its_instant() {
    ended_while_down(|_| {});
}

/// The same of somebody whom the journal alone remembers.
#[test]
fn a_window_that_ends_while_the_server_is_down_has_ended_at_its_instant_after_a_replay() {
    ended_while_down(|shop| std::fs::remove_dir_all(shop.path("data/sled")).unwrap());
}

fn ended_while_down(harm: impl FnOnce(&Shop)) {
    let shop = shop();
    let process = shop.serve_binary();
    process.client.post("/v1/track", &json!({"userId": "v1", "event": "order"}));
    process.client.until("in the segment", |client| sizes(client, "fresh") == [1, 1]);
    let at = happened(&process.client, "v1");
    process.kill();
    harm(&shop);
    let end = at + seconds(WINDOW);
    while Timestamp::now() <= end {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let process = shop.serve_binary();
    process.client.until("out of the segment", |client| sizes(client, "fresh") == [0, 0]);
    let changes = changes(&process.client, "v1", "fresh");
    let [(true, entered), (false, left)] = changes[..] else { panic!("{changes:?}") };
    assert!(entered >= at);
    assert_eq!(left, end);
}
