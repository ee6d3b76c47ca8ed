//! Where messages come from: crawlers, internal networks, countries, devices.

use std::net::Ipv4Addr;
use std::num::NonZeroU32;

use segue::ingest::{Countries, Marks, Pace};
use serde_json::{Value, json};

use super::*;

const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0";
const CRAWLER: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

fn settings() -> Settings {
    let table =
        super::mmdb::table(&[(Ipv4Addr::new(192, 0, 2, 0), 24, "NO"), (Ipv4Addr::new(198, 51, 100, 7), 32, "DE")]);
    Settings {
        internal: vec!["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()],
        countries: Some(Countries::from_bytes(table).unwrap()),
        ..Settings::default()
    }
}

fn read_from(settings: &Settings, context: Value, sender: Sender<'_>) -> Message {
    let body = json!({"userId": "v1", "context": context}).to_string();
    let call = Call { kind: Some(Kind::Page), body: body.as_bytes(), received: moment(RECEIVED), nonce: 7, sender };
    let batch = read_call(&call, settings, &schema()).unwrap();
    assert_eq!(batch.rejected, []);
    batch.messages.into_iter().next().unwrap()
}

fn derived(message: &Message) -> Value {
    let kept: Value = serde_json::from_str(message.kept.get()).unwrap();
    kept["context"]["segue"].clone()
}

fn fact(message: &Message, name: &str) -> Option<String> {
    message.meaning.event.as_ref()?.context.facts.get(name).map(ToString::to_string)
}

#[test]
fn device_and_country_are_written_into_the_message() {
    let message = read_from(&settings(), json!({"ip": "192.0.2.44", "userAgent": FIREFOX}), Sender::default());
    let expected =
        json!({"device": "desktop", "browser": "firefox", "os": "windows", "country": "NO", "zone": "Europe/Berlin"});
    assert_eq!(derived(&message), expected);
    assert_eq!(fact(&message, "visit.country").as_deref(), Some("\"NO\""));
    assert_eq!(fact(&message, "visit.device").as_deref(), Some("\"desktop\""));
    assert_eq!(message.marks, Marks::default());
}

#[test]
fn the_machine_that_sent_the_call_counts_where_the_message_says_nothing() {
    let sender = Sender { ip: "198.51.100.7".parse().ok(), agent: Some(FIREFOX) };
    let message = read_from(&settings(), json!({}), sender);
    assert_eq!(derived(&message)["country"], "DE");
    assert_eq!(derived(&message)["device"], "desktop");
    let kept: Value = serde_json::from_str(message.kept.get()).unwrap();
    assert_eq!(kept["context"].get("ip"), None, "an address that the client did not send is not kept");
    let message = read_from(&settings(), json!({"ip": "::ffff:192.0.2.1", "userAgent": CRAWLER}), sender);
    assert_eq!((&derived(&message)["country"], derived(&message).get("device")), (&json!("NO"), None));
}

#[test]
fn a_library_for_phones_names_its_device_by_type() {
    for (context, device) in [
        (json!({"device": {"type": "ios"}, "os": {"name": "iOS"}}), json!("mobile")),
        (json!({"device": {"type": "Android"}}), json!("mobile")),
        (json!({"device": {"type": "tablet"}}), json!("tablet")),
        (json!({"device": {"type": "desktop"}, "userAgent": "okhttp/4.11"}), json!("desktop")),
        (json!({"device": {"type": "mobile"}, "userAgent": FIREFOX}), json!("desktop")),
        (json!({"device": {"type": "toaster"}}), Value::Null),
        (json!({"device": {"type": 7}}), Value::Null),
        (json!({"device": "mobile"}), Value::Null),
    ] {
        let message = read_from(&settings(), context.clone(), Sender::default());
        assert_eq!(derived(&message)["device"], device, "{context}");
        // A client's word counts before the machine that passes it on.
        let sender = Sender { agent: Some(FIREFOX), ..Sender::default() };
        let expected = if device.is_null() { json!("desktop") } else { device };
        assert_eq!(derived(&read_from(&settings(), context.clone(), sender))["device"], expected, "{context}");
    }
}

#[test]
fn crawlers_and_internal_traffic_are_marked() {
    let message = read_from(&settings(), json!({"ip": "10.1.2.3", "userAgent": CRAWLER}), Sender::default());
    assert_eq!(message.marks, Marks { bot: true, internal: true, late: false });
    assert_eq!(derived(&message), json!({"zone": "Europe/Berlin", "bot": true, "internal": true}));
    for ip in ["::ffff:10.0.0.1", "2001:db8::1"] {
        assert!(read_from(&settings(), json!({ "ip": ip }), Sender::default()).marks.internal, "{ip}");
    }
    for ip in ["11.0.0.1", "no address", ""] {
        assert!(!read_from(&settings(), json!({ "ip": ip }), Sender::default()).marks.internal, "{ip}");
    }
}

#[test]
fn who_sends_faster_than_people_act_is_a_bot() {
    let settings = Settings { pace: Some(Pace::new(NonZeroU32::new(3).unwrap())), ..Settings::default() };
    let event = |index| json!({"type": "track", "event": "cart_add", "userId": if index < 5 { "v1" } else { "v2" }});
    let body = json!({"batch": (0..6).map(event).collect::<Vec<_>>()}).to_string();
    let batch = read(None, body.as_bytes(), RECEIVED, &settings).unwrap();
    let bots: Vec<bool> = batch.messages.iter().map(|message| message.marks.bot).collect();
    assert_eq!(bots, [false, false, false, true, true, false]);
}

#[test]
fn other_bytes_are_no_table_of_countries() {
    let error = Countries::from_bytes(b"not a table".to_vec()).unwrap_err();
    assert!(error.to_string().contains("MaxMind"), "{error}");
}
