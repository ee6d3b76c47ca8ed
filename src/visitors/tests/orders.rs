//! Whatever the order in which messages arrive, and whatever happens to the process between them, decisions are those of the
//! reference evaluator over the plain list of a visitor's events.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::decision::decide;

const NOW: &str = "2020-11-20T10:00:00Z";

const QUESTIONS: &str = r#"
segment buyer { did order }
slot hero {
  if did view then did order within 1 hour in last 3 days show "fast"
  if did view without order within 2 hours in last 2 days and plan is "pro" show "left"
  if sum of order.amount in last 30 days >= 100 show "rich"
  if did view at least 3 times in last 1 days show "keen"
  if did view on at least 2 different days show "loyal"
  if plan is "pro" show "pro"
  if segment buyer show "buyer"
  otherwise show "hello"
}
"#;

/// What may happen.
#[derive(Debug, Clone)]
enum Step {
    Message(Json),
    /// The process ends in good order and starts again.
    Restart,
    /// sled is lost.
    Rebuild,
}

const IDS: [&str; 4] = ["a", "b", "c", "d"];

fn minutes_ago(minutes: i64) -> String {
    at(NOW).checked_sub(jiff::SignedDuration::from_mins(minutes)).unwrap().to_string()
}

fn message() -> impl Strategy<Value = Json> {
    let event = prop_oneof![Just("view"), Just("Order Completed")];
    // Up to 60 hours: nothing is late.
    let tracked = (0..IDS.len(), event, 0..200_u32).prop_map(|(id, event, number)| {
        // A message that comes again says the same.
        let properties = if event == "view" { json!({}) } else { json!({ "revenue": number % 90 }) };
        let message = format!("{}-{event}-{number}", IDS[id]);
        track(&message, IDS[id], event, properties, &minutes_ago(i64::from(number) * 18))
    });
    let identify = (0..IDS.len(), 0..IDS.len(), 0..100_i64, any::<bool>()).prop_map(|(user, other, ago, pro)| {
        let plan = if pro { "pro" } else { "free" };
        json!({
            "type": "identify", "userId": IDS[user], "anonymousId": IDS[other], "messageId": format!("i{user}{other}{ago}{pro}"),
            "traits": { "plan": plan }, "timestamp": minutes_ago(ago),
        })
    });
    let alias = (0..IDS.len(), 0..IDS.len()).prop_map(|(user, other)| {
        json!({ "type": "alias", "userId": IDS[user], "previousId": IDS[other], "messageId": format!("a{user}{other}") })
    });
    prop_oneof![12 => tracked, 1 => identify, 1 => alias]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![60 => message().prop_map(Step::Message), 1 => Just(Step::Restart), 1 => Just(Step::Rebuild)]
}

/// The plain truth: every message once, ids joined, the latest word on each attribute.
#[derive(Default)]
struct Truth {
    seen: BTreeMap<String, ()>,
    events: Vec<(String, Json)>,
    joins: Vec<(String, String)>,
    plans: Vec<(String, String, String)>,
}

impl Truth {
    fn hear(&mut self, message: &Json) {
        let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
        if self.seen.insert(text("messageId"), ()).is_some() {
            return;
        }
        match message["type"].as_str().unwrap() {
            "track" => self.events.push((text("userId"), message.clone())),
            "identify" => {
                self.joins.push((text("userId"), text("anonymousId")));
                let plan = message["traits"]["plan"].as_str().unwrap().to_owned();
                self.plans.push((text("timestamp"), text("userId"), plan));
            }
            _ => self.joins.push((text("userId"), text("previousId"))),
        }
    }

    fn ids(&self, id: &str) -> Vec<String> {
        let mut ids = vec![id.to_owned()];
        loop {
            let more = self.joins.iter().flat_map(|(a, b)| [(a, b), (b, a)]);
            let next = more.filter(|(a, b)| ids.contains(a) && !ids.contains(b)).map(|(_, b)| b.clone()).next();
            match next {
                Some(next) => ids.push(next),
                None => return ids,
            }
        }
    }

    fn hero(&self, release: &Release, id: &str) -> String {
        let ids = self.ids(id);
        let events: Vec<&Json> =
            self.events.iter().filter(|(who, _)| ids.contains(who)).map(|(_, event)| event).collect();
        let mut visitor = json!({ "id": id, "events": events });
        // Sorting is stable: of two words at one instant the later counts.
        let mut plans: Vec<_> = self.plans.iter().filter(|(_, who, _)| ids.contains(who)).collect();
        plans.sort_by_key(|(time, ..)| at(time));
        if let Some((_, _, plan)) = plans.last() {
            visitor["attributes"] = json!({ "plan": plan });
        }
        let body = json!({ "visitor": visitor }).to_string();
        let request = Request::read(body.as_bytes(), &release.schema, at(NOW)).unwrap();
        let answer = decide(release, &request, at(NOW)).unwrap();
        answer.decisions[0].value.as_ref().unwrap().as_str().unwrap().to_owned()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn decisions_are_those_of_the_plain_list_of_events(steps in proptest::collection::vec(step(), 1..60)) {
        let data = tempfile::tempdir().unwrap();
        let open = || House::open_with(data.path(), QUESTIONS, &Limits::default()).unwrap();
        let mut house = Some(open());
        let mut truth = Truth::default();
        for step in &steps {
            match step {
                Step::Message(message) => {
                    house.as_ref().unwrap().send(std::slice::from_ref(message), at(NOW));
                    truth.hear(message);
                }
                Step::Restart => {
                    drop(house.take());
                    house = Some(open());
                }
                Step::Rebuild => {
                    drop(house.take());
                    std::fs::remove_dir_all(data.path().join("sled")).unwrap();
                    house = Some(open());
                }
            }
        }
        let house = house.unwrap();
        for id in IDS {
            prop_assert_eq!(house.hero(id, at(NOW)), truth.hero(&house.release, id), "{}", id);
        }
    }

    #[test]
    fn the_order_of_messages_changes_nothing(
        (messages, shuffled) in proptest::collection::vec(message(), 1..40).prop_flat_map(|messages| {
            // Of two messages with one id the first counts, so each id stands once.
            let unique: BTreeMap<String, Json> =
                messages.into_iter().map(|message| (message["messageId"].as_str().unwrap().to_owned(), message)).collect();
            let unique: Vec<Json> = unique.into_values().collect();
            (Just(unique.clone()), Just(unique).prop_shuffle())
        })
    ) {
        let shown = [messages, shuffled].map(|messages| {
            let data = tempfile::tempdir().unwrap();
            let house = House::open_with(data.path(), QUESTIONS, &Limits::default()).unwrap();
            messages.iter().for_each(|message| house.send(std::slice::from_ref(message), at(NOW)));
            // Of two plans said at one instant the one that arrived later counts: order alone decides there.
            IDS.map(|id| {
                let ids = house.visitors.ids_of(id, &house.release).unwrap();
                let mut ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                ids.sort();
                let answer = house.answer(json!({ "visitor": { "id": id, "attributes": { "plan": "pro" } } }), at(NOW));
                (ids, answer.decisions[0].value.clone())
            })
        });
        prop_assert_eq!(&shown[0], &shown[1]);
    }
}
