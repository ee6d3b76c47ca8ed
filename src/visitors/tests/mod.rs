//! Visitors who live through restarts, joins and erasure. Cells themselves are tested in `behaviour` and `rules`.

mod counting;
mod counting_model;
mod crowds;
mod experiments;
mod facts;
mod keeping;
mod lives;
mod orders;
mod reading;

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::{Error, Limits, Presence, Visitors};
use crate::decision::{Answer, Request};
use crate::ingest::{Call, Sender, Settings, read_call};
use crate::profile::ExperimentKey;
use crate::release::{FileSet, Release};
use crate::store::Store;
use crate::trial::Standing;

const SCHEMA: &str = "
events:
  order: {wire: Order Completed, properties: {amount: {type: number, wire: revenue}}}
  view: {}
  failure: {}
attributes:
  plan: {type: text}
  email: {type: text, sensitive: true}
lists: {staff: {file: lists/staff.txt}}
";

const RULES: &str = r#"
segment buyer { did order }
segment fan { did view at least 3 times in last 7 days }
slot hero {
  if list staff show "staff"
  if segment buyer show "thanks"
  if segment fan show "again"
  if plan is "pro" show "pro" limit 2 per day
  otherwise show "hello"
}
"#;

/// A data folder with its release.
pub(super) struct House {
    _store: Store,
    pub(super) release: Arc<Release>,
    pub(super) visitors: Visitors,
    calls: std::cell::Cell<u128>,
}

pub(super) fn release(rules: &str) -> Arc<Release> {
    release_of(rules, &[])
}

/// With files of experiments beside the rules.
pub(super) fn release_of(rules: &str, experiments: &[(&str, &str)]) -> Arc<Release> {
    let files = [
        ("rules/home.rules", rules),
        ("rules/schema/shop.yaml", SCHEMA),
        ("rules/lists/staff.txt", "zoe\n"),
        ("rules/content/home.yaml", "slots: {hero: {type: text}}"),
    ];
    let files = files.iter().chain(experiments).map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let files = FileSet::from_files(files);
    let (release, report) = Release::compile(files.unwrap());
    Arc::new(release.unwrap_or_else(|| panic!("{:?}", report.findings())))
}

impl House {
    pub(super) fn open(data: &Path) -> Self {
        Self::open_with(data, RULES, &Limits::default()).unwrap()
    }

    pub(super) fn open_with(data: &Path, rules: &str, limits: &Limits) -> Result<Self, Error> {
        Self::open_release(data, release(rules), limits)
    }

    pub(super) fn open_release(data: &Path, release: Arc<Release>, limits: &Limits) -> Result<Self, Error> {
        let store = Store::open(data, None)?;
        let visitors = Visitors::open(store.shelf(), data, &release, limits)?;
        Ok(Self { _store: store, release, visitors, calls: std::cell::Cell::new(0) })
    }

    /// Sends messages at once; they arrive at `now` and are durable and folded when this returns.
    pub(super) fn send(&self, messages: &[Json], now: Timestamp) {
        self.calls.set(self.calls.get() + 1);
        let body = json!({ "batch": messages }).to_string();
        let call = Call {
            kind: None,
            body: body.as_bytes(),
            received: now,
            nonce: self.calls.get(),
            sender: Sender::default(),
        };
        let batch = read_call(&call, &Settings::default(), &self.release.schema).unwrap();
        self.visitors.submit(batch, &self.release).unwrap().wait().unwrap();
    }

    pub(super) fn answer(&self, body: Json, now: Timestamp) -> Answer {
        let request = Request::read(body.to_string().as_bytes(), &self.release.schema, now).unwrap();
        let known = match self.visitors.look_for(&request.visitor.id) {
            Presence::AtHand(known) => known,
            Presence::Away => self.visitors.fetch(&request.visitor.id, &self.release).unwrap(),
        };
        let id = Arc::clone(&request.visitor.id);
        let (answer, afterwards) = self.visitors.decide(&self.release, &known, request, now).unwrap();
        if let super::Afterwards::KeepShows(shows) = afterwards {
            self.visitors.keep_shows(&id, &self.release, &shows, now).unwrap();
        }
        answer
    }

    /// What the hero shows somebody.
    pub(super) fn hero(&self, id: &str, now: Timestamp) -> String {
        let answer = self.answer(json!({ "visitor": { "id": id } }), now);
        answer.decisions[0].value.as_ref().unwrap().as_str().unwrap().to_owned()
    }

    /// Who is in a segment, as the fold counts it; waits until what is under way is settled.
    pub(super) fn size(&self, segment: &str) -> u64 {
        let core = &self.visitors.core;
        soon("the segments settle", || {
            core.save().unwrap();
            let sizes = core.committer().unwrap().between(|_, folding| folding.sizes.clone()).wait().unwrap();
            core.looks.is_settled().then(|| sizes.segments.get(segment).copied().unwrap_or_default())
        })
    }
}

/// Waits for what comes by itself; only a fault reaches the end, however busy the machine is.
pub(super) fn soon<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let began = std::time::Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(60), "in a minute it does not come about that {what}");
        std::thread::yield_now();
    }
}

/// Where an experiment stands.
pub(super) fn standing(visitors: &super::Visitors, experiment: &ExperimentKey) -> Arc<Standing> {
    let experiment = experiment.clone();
    let standing =
        visitors.core.committer().unwrap().between(move |_, folding| folding.standings.get(&experiment).cloned());
    standing.wait().unwrap().unwrap_or_default()
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn track(id: &str, user: &str, event: &str, properties: Json, time: &str) -> Json {
    json!({ "type": "track", "messageId": id, "userId": user, "event": event, "properties": properties, "timestamp": time })
}
