//! What happens to an experiment over time, as a pure function of what was counted.

mod bandits;
mod breaker;
mod ends;
mod looks;
mod results;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use segue::experiment::Terms;
use segue::measurement::{Contribution, Outcome, Totals};
use segue::release::{FileSet, Release};
use segue::statistics::Observation;
use segue::trial::{Asked, Happening, LOOK_QUIET_TIME, Results, Settling, Standing, Watched, due_terms};

const NOW: &str = "2026-11-20T10:00:00Z";

const METRICS: &str = "
metrics:
  buyers: {kind: conversion, event: order, within: 1 day, before: none, direction: up}
  failures: {kind: conversion, event: failure, within: 1 day, before: none, direction: down, margin: 2%}
  spend: {kind: sum, event: order, property: amount, cap: 90%, before: none, direction: up}
";

/// A release with one experiment that runs; `more` are lines of its definition.
fn release(more: &str) -> Arc<Release> {
    release_of("running", more)
}

fn release_of(status: &str, more: &str) -> Arc<Release> {
    release_with(METRICS, status, more)
}

fn release_with(metrics: &str, status: &str, more: &str) -> Arc<Release> {
    release_in(metrics, &format!("status: {status}\n{VARIANTS}\n{more}"))
}

const FIXED: &str = "metrics: {primary: buyers}\nplan: {stop: fixed, visitors: 1000}";

const FOUR_LOOKS: &str = "metrics: {primary: buyers}\nplan: {stop: group_sequential, looks: 4, visitors: 4000}";

const VARIANTS: &str = "variants: [{name: control, value: a}, {name: b, value: b}]";

/// With a split that another tool makes.
fn external(status: &str, more: &str) -> Arc<Release> {
    let variants = "variants: [{name: control, show: nothing}, {name: b, show: nothing}]";
    let definition = format!("status: {status}\n{variants}\nassignment: external\n{more}");
    release_from("slot hero {\n  otherwise show nothing\n}\n", METRICS, &definition)
}

fn release_in(metrics: &str, definition: &str) -> Arc<Release> {
    release_from("slot hero {\n  otherwise show experiment banner\n}\n", metrics, definition)
}

fn release_from(rules: &str, metrics: &str, definition: &str) -> Arc<Release> {
    let experiment = format!("experiment: banner\n{definition}");
    let schema = "events:\n  order: {properties: {amount: {type: number}}}\n  failure: {}\n";
    let files = FileSet::from_files([
        ("rules/home.rules".to_owned(), rules.to_owned()),
        ("rules/schema/shop.yaml".to_owned(), schema.to_owned()),
        ("rules/content/home.yaml".to_owned(), "slots: {hero: {type: text}}".to_owned()),
        ("experiments/banner.yaml".to_owned(), experiment),
        ("experiments/metrics.yaml".to_owned(), metrics.to_owned()),
    ]);
    let (release, report) = Release::compile(files.unwrap());
    Arc::new(release.unwrap_or_else(|| panic!("{:?}", report.findings())))
}

/// An experiment without a server: what is due happens at once.
struct Trial {
    release: Arc<Release>,
    standing: Standing,
    totals: Totals,
    order: u64,
    now: Timestamp,
}

impl Trial {
    fn new(more: &str) -> Self {
        let mut trial = Self {
            release: release(more),
            standing: Standing::default(),
            totals: Totals::default(),
            order: 0,
            now: at(NOW),
        };
        trial.change_to(Arc::clone(&trial.release));
        trial
    }

    /// Goes on with another release.
    fn change_to(&mut self, release: Arc<Release>) {
        self.release = release;
        let definition = self.release.experiments.get("banner").unwrap();
        let due = due_terms(definition, &self.terms(), &self.standing, self.watched().units() > 0, self.now);
        self.happen(due);
    }

    fn terms(&self) -> Terms {
        Terms::of(self.release.experiments.get("banner").unwrap(), &self.release.experiments.metrics)
    }

    fn watched(&self) -> Watched<'_> {
        Watched {
            definition: self.release.experiments.get("banner").unwrap(),
            measured: self.release.measured.get(&self.release.experiments.get("banner").unwrap().key()).unwrap(),
            standing: &self.standing,
            totals: &self.totals,
            is_recounting: false,
        }
    }

    /// Counts a visitor of a variant who was exposed just now and has a 1 in some metrics.
    fn count(&mut self, variant: usize, ones: &[bool]) {
        let contribution = self.contribution(variant, ones);
        self.totals.add(&contribution).unwrap();
    }

    fn contribution(&self, variant: usize, ones: &[bool]) -> Contribution {
        Contribution {
            variant: Some(variant),
            day: self.now.as_millisecond().div_euclid(86_400_000),
            has_looks: self.watched().measured.has_looks,
            batch: None,
            is_told: false,
            is_undealt: false,
            values: Vec::new(),
            outcomes: ones
                .iter()
                .map(|one| {
                    Outcome::Observed(Observation { outcome: f64::from(u8::from(*one)), ..Observation::default() })
                })
                .collect(),
            is_mixed: false,
            is_unexpected: false,
            truncated: Vec::new(),
            accumulates: true,
        }
    }

    /// Counts so many visitors of both variants, of whom every tenth has a 1 in every metric.
    fn count_alike(&mut self, visitors: usize, metrics: usize) {
        for number in 0..visitors {
            let ones = vec![(number / 2).is_multiple_of(10); metrics];
            self.count(number % 2, &ones);
        }
    }

    fn look(&mut self) -> Vec<Happening> {
        let asked = Asked { has_changed: true, may_take_point: true, has_settled: true };
        let due = self.watched().due(asked, self.now).unwrap();
        self.happen(due.clone());
        due
    }

    /// As the watch looks: once what would be read has come to rest.
    fn look_in_time(&mut self, settling: &mut Settling) -> Vec<u32> {
        let has_settled = settling.has_settled(&self.watched(), LOOK_QUIET_TIME, self.now);
        let asked = Asked { has_changed: true, may_take_point: true, has_settled };
        let due = self.watched().due(asked, self.now).unwrap();
        self.happen(due.clone());
        looks(&due)
    }

    fn happen(&mut self, due: impl IntoIterator<Item = Happening>) {
        for what in due {
            self.order += 1;
            self.standing.fold(self.order, self.now.as_millisecond(), &what);
        }
    }

    fn pass(&mut self, time: SignedDuration) {
        self.now = self.now.checked_add(time).unwrap();
    }

    fn results(&self) -> Results {
        self.watched().results(&self.terms(), None, self.now).unwrap()
    }
}

fn at(moment: &str) -> Timestamp {
    moment.parse().unwrap()
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn looks(due: &[Happening]) -> Vec<u32> {
    let look = |what: &Happening| match what {
        Happening::Look { look, .. } => Some(look.number),
        _ => None,
    };
    due.iter().filter_map(look).collect()
}
