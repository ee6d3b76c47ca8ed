//! Any text as each of the YAML files: a schema, a content file, cases.
//!
//! Nothing may panic, every finding can be drawn, and every item of content that is accepted can be rendered.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segue::diagnostic::draw;
use segue::release::{FileSet, Release};

/// Nouns for the files that need some.
const SCHEMA: &str = "language: 1\nzone: Europe/Berlin\nevents:\n  order: {properties: {amount: {type: number}}}\n\
                      attributes:\n  country: {type: text}\n  age: {type: number}\n";

const CONTENT: &str = "slots:\n  home: {type: object}\n  flag: {type: boolean}\ncontent:\n  hero: {value: {a: 1}}\n";

fuzz_target!(|text: &str| {
    let sets = [
        vec![("rules/schema/shop.yaml", text)],
        vec![("rules/schema/shop.yaml", SCHEMA), ("rules/content/home.yaml", text)],
        vec![("rules/schema/shop.yaml", SCHEMA), ("rules/content/home.yaml", CONTENT), ("rules/cases/home.yaml", text)],
    ];
    for set in sets {
        let files = set.into_iter().map(|(key, text)| (key.to_owned(), text.to_owned()));
        let Ok(files) = FileSet::from_files(files) else { continue };
        let (release, report) = Release::compile(files);
        let _ = (draw(&report, false), report.findings());
        assert_eq!(release.is_none(), report.has_errors(), "refused if and only if there is an error");
    }
});
