//! Rule sets of any size, the same on every run.
//!
//! Rule i: `country is C and device is one of [D1, D2] and age between LOW and HIGH and tags includes T show I`, over 200
//! countries, 6 devices, 80 ages and 1,000 tags; a visitor has 5 tags. A rule matches one visitor in about 600,000, so
//! nearly every decision tries every rule.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use segue::release::{FileSet, Release};

/// Any fixed number: the same rules and visitors on every run.
pub const SEED: u64 = 7;

/// The devices that rules name.
pub const DEVICES: [&str; 6] = ["desktop", "mobile", "tablet", "tv", "watch", "console"];

const SCHEMA: &str = "language: 1\nattributes:\n  country: {type: text}\n  device: {type: text}\n  age: {type: number}\n  \
                      tags: {type: list}\n";

const CONTENT: &str = "slots:\n  bench: {type: integer}\n";

/// The text of one slot block with that many rules, in canonical form.
pub fn rules(count: usize) -> String {
    let mut random = StdRng::seed_from_u64(SEED);
    let mut text = String::from("slot bench {\n");
    for index in 0..count {
        let country = random.random_range(0..200);
        let first = random.random_range(0..DEVICES.len());
        let second = (first + random.random_range(1..DEVICES.len())) % DEVICES.len();
        let low = random.random_range(18..98);
        let high = low + random.random_range(5..15);
        let tag = random.random_range(0..1_000);
        let (first, second) = (DEVICES[first], DEVICES[second]);
        text.push_str(&format!(
            "  if country is \"c{country}\"\n    and device is one of [\"{first}\", \"{second}\"]\n    \
             and age between {low} and {high}\n    and tags includes \"t{tag}\"\n    show {index}\n"
        ));
    }
    text.push_str("}\n");
    text
}

/// The files of a release with that many rules.
pub fn files(count: usize) -> FileSet {
    let files = [("rules/schema/bench.yaml", SCHEMA), ("rules/content/bench.yaml", CONTENT)];
    let files = files.map(|(key, text)| (key.to_owned(), text.to_owned())).into_iter();
    FileSet::from_files(files.chain([("rules/bench.rules".to_owned(), rules(count))])).unwrap()
}

/// The release of a set that has no fault.
pub fn compiled(files: FileSet) -> Release {
    let (release, report) = Release::compile(files);
    assert!(!report.has_errors(), "{}", segue::diagnostic::draw(&report, false));
    release.unwrap()
}
