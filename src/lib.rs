//! Segue decides what each visitor sees, and says why.
//!
//! # The map
//!
//! A room uses only the rooms above it; `tests/architecture.rs` reads this table and fails on an arrow that points the
//! wrong way, or on an outside crate that is used outside its room.
//!
//! | room | what it is for | outside crate that lives only here |
//! |---|---|---|
//! | `diagnostic` | what is wrong with the author's files, as data: places, carets, suggestions | annotate-snippets, strsim |
//! | `yaml` | YAML with places: every value knows its line and column | serde_yaml, saphyr-parser |
//! | `profile` | values, typed attributes, the schema that declares them, events, the visitor | isbot, semver, woothee |
//! | `behaviour` | cells: what is remembered of a visitor's events; how an event changes a cell, how two merge | |
//! | `statistics` | sums in, honest answers out: tests with their p-values, or why there is none | libm, statrs |
//! | `analysis` | a plan and the sums of each variant -> a scorecard and a verdict | |
//! | `content` | what can be shown: slots, content items, templates | minijinja |
//! | `experiment` | definitions, layers, holdouts, salts, traffic; who is in which variant | twox-hash |
//! | `language` | rule text -> tree -> checked tree, and back to text | pest (in `language/parse` alone) |
//! | `rules` | compiles a checked program, and evaluates it against a visitor | |
//! | `measurement` | what of a visitor counts in which experiment: exposures, outcomes, and the exact sums over all | |
//! | `trial` | the life of an experiment: its start, looks, breaker and batches; its result and verdict | |
//! | `release` | one compiled, immutable set of all files a team edits, and its cases | sha2 |
//! | `decision` | what each slot shows this visitor, and the reasons | |
//! | `ingest` | the bytes of a tracking call -> checked messages; what a kept message means under a schema | ipnet, maxminddb |
//! | `store` | everything durable: the log of releases, the journal of events, visitor keys, what sled folds, backups | sled, crc32c, chacha20poly1305, tar |
//! | `visitors` | who is known: identity, attributes, consent, memory, segments; what sled and journal hold of them | dashmap, siphasher, postcard |
//! | `server` | HTTP in, JSON out, live metrics, the watch on the folders | actix-web, base64, futures-core, notify, prometheus |
//! | `cli` | `serve`, `check`, `format`, `decide`, ...: one file each | anyhow, clap, csv, flate2, indicatif, plotters, rayon, tracing-subscriber, ureq |
//!
//! `analysis` stands right after `statistics`, the only room it uses: the live server and `segue analyse` bring it sums, each in its way.
//!
//! `diagnostic`, `yaml`, `content` and `release` are rooms of their own because each is used by several others and has
//! one noun: a finding, a YAML value with its place, a thing to show, a set of files.
//!
//! # One request, from rule text to decision
//!
//! ```text
//! rule and content files -> FileSet -> Release::compile: yaml, profile::Schema, content::Catalogue,
//!                           language::check: parse -> syntax tree -> checked tree -> Release (swapped whole)
//! request -> server -> decision::Request -> decision::decide (Release, Request, now) -> Answer -> response
//! ```
//!
//! The same, for real:
//!
//! ```
//! use segue::decision::{Request, decide};
//! use segue::release::{FileSet, Release};
//!
//! // A team edits files.
//! let rules = r#"
//! slot home_hero {
//!   if country is "NO" show nordic_hero because "It is cold there"
//!   otherwise show default_hero
//! }
//! "#;
//! let files = FileSet::from_files([
//!     ("rules/home.rules".into(), rules.into()),
//!     ("rules/schema/shop.yaml".into(), "attributes: {country: {type: text}}".into()),
//!     (
//!         "rules/content/home.yaml".into(),
//!         "slots: {home_hero: {type: text}}\ncontent: {nordic_hero: {value: Snow}, default_hero: {value: Sun}}".into(),
//!     ),
//! ])?;
//!
//! // The set compiles whole, or the report says everything that is wrong with it.
//! let (release, report) = Release::compile(files);
//! assert!(report.diagnostics.is_empty());
//! let release = release.ok_or("the set does not compile")?;
//!
//! // A frontend asks.
//! let now = "2026-11-20T10:00:00Z".parse()?;
//! let body = br#"{"visitor": {"id": "v1", "attributes": {"country": "NO"}}, "slots": ["home_hero"]}"#;
//! let request = Request::read(body, &release.schema, now)?;
//!
//! // The first rule that matches decides, and says so.
//! let answer = decide(&release, &request, now)?;
//! let decision = &answer.decisions[0];
//! assert_eq!(decision.value, Some("Snow".into()));
//! assert_eq!(decision.rule.as_deref(), Some("home.rules:3"));
//! assert_eq!(decision.because.as_deref(), Some("It is cold there"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod analysis;
pub mod behaviour;
pub mod cli;
pub mod content;
pub mod decision;
pub mod diagnostic;
pub mod experiment;
pub mod ingest;
pub mod language;
pub mod measurement;
pub mod profile;
pub mod release;
pub mod rules;
pub mod server;
pub mod statistics;
pub mod store;
pub mod trial;
pub mod visitors;
pub mod yaml;
