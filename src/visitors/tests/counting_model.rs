//! Any order of messages, decisions, erasures, releases and ends of the process: what is counted is what a plain count comes to.

use proptest::prelude::*;
use serde_json::json;

use super::counting::{IDS, METRICS, NOW, Truth, check, compiled, minutes_ago, other_metrics};
use super::*;

/// What may happen.
#[derive(Debug, Clone)]
enum Step {
    Message(Json),
    /// A decision, which exposes.
    Decide(usize),
    Erase(usize),
    /// The process ends in good order and starts again.
    Restart,
    /// The process ends between two batches of sled, of one person each; so many are written.
    Crash(usize),
    /// sled is lost.
    Rebuild,
    /// From which sled is made anew when it is lost.
    Checkpoint,
    /// The other metrics, or the former ones again.
    Follow,
}

fn message() -> impl Strategy<Value = Json> {
    let event = prop_oneof![Just("view"), Just("Order Completed")];
    let tracked = (0..IDS.len(), event, 0..120_i64).prop_map(|(id, event, number)| {
        let properties = if event == "view" { json!({}) } else { json!({ "revenue": number % 90 }) };
        track(&format!("{}-{event}-{number}", IDS[id]), IDS[id], event, properties, &minutes_ago(number * 18))
    });
    let viewed = (0..IDS.len(), any::<bool>(), 0..90_i64).prop_map(|(id, big, number)| {
        let variant = if big { "big" } else { "control" };
        let properties = json!({ "experiment_name": "told", "variation_name": variant });
        track(&format!("x{id}{big}{number}"), IDS[id], "Experiment Viewed", properties, &minutes_ago(number * 18))
    });
    let identify = (0..IDS.len(), 0..IDS.len(), 0..100_i64, any::<bool>()).prop_map(|(user, other, ago, pro)| {
        let plan = if pro { "pro" } else { "free" };
        json!({
            "type": "identify", "userId": IDS[user], "anonymousId": IDS[other], "messageId": format!("i{user}{other}{ago}{pro}"),
            "traits": { "plan": plan }, "timestamp": minutes_ago(ago),
        })
    });
    prop_oneof![12 => tracked, 5 => viewed, 1 => identify]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        50 => message().prop_map(Step::Message),
        12 => (0..IDS.len()).prop_map(Step::Decide),
        2 => (0..IDS.len()).prop_map(Step::Erase),
        1 => Just(Step::Restart),
        3 => (0..4_usize).prop_map(Step::Crash),
        2 => Just(Step::Rebuild),
        1 => Just(Step::Checkpoint),
        1 => Just(Step::Follow),
    ]
}

fn run(data: &Path, steps: &[Step]) -> (House, Truth) {
    let releases = [compiled(METRICS), compiled(&other_metrics())];
    let (mut current, mut truth) = (0, Truth::default());
    let open = |current: usize| House::open_release(data, Arc::clone(&releases[current]), &Limits::default()).unwrap();
    let mut house = open(current);
    for step in steps {
        match step {
            Step::Message(message) => {
                house.send(std::slice::from_ref(message), at(NOW));
                truth.hear(message);
            }
            Step::Decide(id) => house.decide(IDS[*id], &mut truth),
            Step::Erase(id) => {
                house.visitors.erase(IDS[*id], &house.release).unwrap();
                truth.forget(IDS[*id]);
            }
            Step::Restart => {
                drop(house);
                house = open(current);
            }
            Step::Crash(batches) => {
                house.crash(*batches);
                house = open(current);
            }
            Step::Rebuild => {
                drop(house);
                std::fs::remove_dir_all(data.join("sled")).unwrap();
                house = open(current);
            }
            Step::Checkpoint => {
                house.visitors.core.save().unwrap();
                house.visitors.core.checkpoint().unwrap();
            }
            Step::Follow => {
                current = 1 - current;
                house.release = Arc::clone(&releases[current]);
                house.visitors.follow(&house.release).unwrap();
            }
        }
    }
    (house, truth)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 300, ..ProptestConfig::default() })]

    #[test]
    fn totals_are_those_of_the_plain_list_of_events(steps in proptest::collection::vec(step(), 1..80)) {
        let data = tempfile::tempdir().unwrap();
        let (house, truth) = run(data.path(), &steps);
        check(&house, &truth);
        drop(house);
        // What was whole is whole after a start, without a count.
        let house = House::open_release(data.path(), compiled(METRICS), &Limits::default()).unwrap();
        check(&house, &truth);
    }
}
