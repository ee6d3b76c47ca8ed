//! kill -9 at random moments while releases are published and activated: what was acknowledged is there, always.

use std::sync::Mutex;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use crate::serving::{Client, Process, Reply, Shop, rules_with, set};

const ROUNDS: usize = 50;

/// What clients were told is done.
#[derive(Default)]
struct Acknowledged {
    /// The number of the set, and its id.
    releases: Vec<(usize, String)>,
    /// Activations of this round that came with a new release, in order.
    published: Vec<String>,
    /// Activations of this round of releases that were there already.
    rolled_back: Vec<String>,
}

/// The server is gone, or it answered.
fn done(answer: Result<Reply, ureq::Error>, status: u16) -> Option<Value> {
    let reply = answer.ok()?;
    assert_eq!(reply.status, status, "{}", reply.text);
    Some(reply.json())
}

/// Publishes new sets, every other one active, until the server is gone.
fn publish(client: &Client, told: &Mutex<Acknowledged>, first: usize) {
    for number in first.. {
        let activate = number % 2 == 0;
        let body = json!({"files": set(&rules_with(number)), "author": "ada", "activate": activate}).to_string();
        let Some(release) = done(client.send("POST", "/v1/releases", &[], body.as_bytes()), 201) else { return };
        let id = release["release"].as_str().unwrap().to_owned();
        let mut told = told.lock().unwrap();
        if activate {
            told.published.push(id.clone());
        }
        told.releases.push((number, id));
    }
}

/// Activates releases that are there, until the server is gone.
fn roll_back(client: &Client, told: &Mutex<Acknowledged>, mut random: StdRng) {
    loop {
        let known = told.lock().unwrap().releases.clone();
        if known.is_empty() {
            // The first round begins without any.
            std::thread::yield_now();
            if client.send("GET", "/healthz", &[], b"").is_err() {
                return;
            }
            continue;
        }
        let (_, id) = &known[random.random_range(0..known.len())];
        let answer = client.send("POST", &format!("/v1/releases/{id}/activate"), &[], br#"{"author": "grace"}"#);
        if done(answer, 200).is_none() {
            return;
        }
        told.lock().unwrap().rolled_back.push(id.clone());
    }
}

fn ids(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|entry| entry["release"].as_str().unwrap().to_owned()).collect()
}

/// Compares a reopened server with what was acknowledged in the round before; gives back how many activations there are.
fn verify(client: &Client, told: &Acknowledged, activations_before: usize, files_from: usize) -> usize {
    let listed = client.get("/v1/releases").json();
    let releases = ids(&listed["releases"]);
    // Releases without a claim: at most the one that each kill caught on its way.
    for (number, id) in &told.releases[files_from..] {
        let kept = client.get(&format!("/v1/releases/{id}"));
        assert_eq!((kept.status, &kept.json()["files"]), (200, &set(&rules_with(*number))), "set {number}");
    }
    assert!(told.releases.iter().rev().take(500).all(|(_, id)| releases.contains(id)));

    let mut activations = ids(&listed["activations"]);
    activations.reverse();
    let total = activations.len();
    assert!(total < segue::server::MAX_LISTED, "the list is whole");
    let round = &activations[activations_before..];
    let mut rest = round.iter();
    assert!(
        told.published.iter().all(|id| rest.any(|found| found == id)),
        "{:?} is not in order in {round:?}",
        told.published
    );
    // Activating what serves already is no activation, so a rollback may be the one before it in the list.
    let from = activations_before.saturating_sub(1);
    assert!(told.rolled_back.iter().all(|id| activations[from..].contains(id)));
    let claimed = told.published.len() + told.rolled_back.len();
    assert!(
        round.len() <= claimed + 2,
        "{} activations, {claimed} acknowledged, one on its way for each author",
        round.len()
    );

    let active: Vec<_> =
        listed["releases"].as_array().unwrap().iter().filter(|release| release["active"] == true).collect();
    assert_eq!(active.len(), 1);
    assert_eq!(active[0]["release"], json!(activations[total - 1]), "what was activated last serves");
    assert_eq!(client.decide("DE")["release"], active[0]["release"]);
    total
}

#[test]
#[ignore = "slow suite: 50 times kill -9"]
fn what_was_acknowledged_survives_kill_9_at_any_moment() {
    let shop = Shop::new();
    let mut random = StdRng::seed_from_u64(9);
    let mut told = Acknowledged::default();
    let (mut activations, mut verified) = (1, 0);
    for round in 0..ROUNDS {
        if random.random_bool(0.3) {
            Process::start_and_kill(&shop, Duration::from_millis(random.random_range(1..60)));
        }
        let process = shop.serve_binary();
        activations = if round == 0 { 1 } else { verify(&process.client, &told, activations, verified) };
        verified = told.releases.len();
        let shared =
            Mutex::new(Acknowledged { releases: std::mem::take(&mut told.releases), ..Acknowledged::default() });
        let client = process.client.clone();
        let rolling = StdRng::seed_from_u64(random.random());
        std::thread::scope(|scope| {
            scope.spawn(|| publish(&client.clone(), &shared, 1000 * (round + 1)));
            scope.spawn(|| roll_back(&Client::new(&client.url), &shared, rolling));
            std::thread::sleep(Duration::from_millis(random.random_range(2..250)));
            process.kill();
        });
        told = shared.into_inner().unwrap();
    }
    let process = shop.serve_binary();
    verify(&process.client, &told, activations, 0);
    let set_aside = std::fs::read_dir(shop.path("data")).unwrap();
    let names = set_aside.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let damaged = names.filter(|name| name.starts_with("sled.damaged")).count();
    println!(
        "{ROUNDS} times kill -9: {} releases and {activations} activations acknowledged, sled set aside {damaged} times",
        told.releases.len()
    );
}
