//! Any text as a rule file: it is parsed, printed, read back, and checked against the nouns of the samples.
//!
//! Nothing may panic; what parses without a finding must read back as the same tree from its canonical form; every
//! finding can be drawn.
#![no_main]

use std::path::Path;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use segue::diagnostic::{Report, Source, draw};
use segue::language::{Nouns, RuleFile, check, parse, print};
use segue::release::{FileSet, Release};

/// The samples that ship, for their schema and content.
static SAMPLES: LazyLock<Release> = LazyLock::new(|| {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let files = FileSet::load(&root.join("rules"), &root.join("experiments")).expect("the samples can be read");
    Release::compile(files).0.expect("the samples compile")
});

fuzz_target!(|text: &str| {
    let file: Arc<str> = Arc::from("fuzz.rules");
    let mut findings = Vec::new();
    let tree = parse(&file, text, &mut findings);
    if findings.is_empty() {
        let printed = print(&tree);
        let mut none = Vec::new();
        let again = parse(&file, &printed, &mut none);
        assert!(none.is_empty(), "{none:?}\n{printed}");
        assert_eq!(again, tree, "{printed}");
        assert_eq!(print(&again), printed);
    }
    let nouns = Nouns { schema: &SAMPLES.schema, catalogue: &SAMPLES.catalogue, experiments: &SAMPLES.experiments };
    let source = RuleFile { inside: Arc::clone(&file), file: Arc::clone(&file), text: Arc::from(text) };
    findings.clear();
    check(&[source], nouns, &mut findings);
    let mut report = Report::default();
    report.sources.add(Source::new(&*file, text));
    for finding in findings {
        for label in &finding.labels {
            assert!(text.get(label.span.start..label.span.end).is_some(), "{finding:?}");
        }
        report.push(finding);
    }
    report.sort();
    let _ = (draw(&report, false), report.findings());
});
