//! Text -> tree -> checked tree, and tree -> canonical text: generated rule sets of three sizes, and the samples.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench that cannot run shall stop")]

mod generated;

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use segue::language::{Nouns, RuleFile, check, normalise, parse, print};
use segue::release::{FileSet, Release};

/// A set to measure.
struct Input {
    name: &'static str,
    rules: usize,
    files: Vec<RuleFile>,
    release: Release,
}

impl Input {
    fn new(name: &'static str, files: FileSet) -> Self {
        let texts = files.iter().filter(|(key, _)| key.ends_with(".rules"));
        let parsed = texts.map(|(key, text)| read(key, text)).collect();
        let release = generated::compiled(files);
        let blocks = release.program.slots.iter().flat_map(|slot| &slot.blocks);
        let rules = blocks.map(|block| block.rules.len()).sum();
        Self { name, rules, files: parsed, release }
    }
}

fn read(key: &Arc<str>, text: &Arc<str>) -> RuleFile {
    let mut findings = Vec::new();
    let tree = parse(key, text, &mut findings);
    assert!(findings.is_empty());
    RuleFile { inside: Arc::clone(key), file: Arc::clone(key), text: Arc::clone(text), tree }
}

fn inputs() -> Vec<Input> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    vec![
        Input::new("samples", FileSet::load(&root.join("rules"), &root.join("experiments")).unwrap()),
        Input::new("100", generated::files(100)),
        Input::new("1,000", generated::files(1_000)),
        Input::new("10,000", generated::files(10_000)),
    ]
}

fn language(criterion: &mut Criterion) {
    let inputs = inputs();
    measure(criterion, "parse", &inputs, |input| {
        for file in &input.files {
            black_box(read(&file.file, &file.text));
        }
    });
    measure(criterion, "check", &inputs, |input| {
        let nouns = Nouns {
            schema: &input.release.schema,
            catalogue: &input.release.catalogue,
            experiments: &input.release.experiments,
        };
        black_box(check(&input.files, nouns, &mut Vec::new()));
    });
    measure(criterion, "format", &inputs, |input| {
        for file in &input.files {
            black_box(print(&normalise(file.tree.clone(), &|_| None)));
        }
    });
    measure(criterion, "compile", &inputs, |input| {
        black_box(Release::compile(input.release.files.clone()));
    });
}

fn measure(criterion: &mut Criterion, name: &str, inputs: &[Input], work: impl Fn(&Input)) {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(20).measurement_time(Duration::from_secs(4));
    for input in inputs {
        group.throughput(Throughput::Elements(input.rules as u64));
        group.bench_with_input(BenchmarkId::from_parameter(input.name), input, |bencher, input| {
            bencher.iter(|| work(input));
        });
    }
    group.finish();
}

criterion_group!(benches, language);
criterion_main!(benches);
