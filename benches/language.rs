//! Text -> tree -> checked tree, tree -> canonical text, and publishing: generated rule sets and the samples.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a bench that cannot run shall stop"
)]

mod generated;

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use segue::language::syntax::File;
use segue::language::{Nouns, RuleFile, check, normalise, parse, print};
use segue::release::{FileSet, Release};

/// A set to measure.
struct Input {
    name: &'static str,
    rules: usize,
    files: Vec<RuleFile>,
    release: Release,
    /// The same files after one rule in the middle was edited.
    edited: FileSet,
}

impl Input {
    fn new(name: &'static str, files: FileSet) -> Self {
        let texts = files.iter().filter(|(key, _)| key.ends_with(".rules"));
        let texts = texts.map(|(key, text)| RuleFile {
            inside: Arc::clone(key),
            file: Arc::clone(key),
            text: Arc::clone(text),
        });
        let texts = texts.collect();
        let edited = edited(&files);
        let release = generated::compiled(files);
        let blocks = release.program.slots.iter().flat_map(|slot| &slot.blocks);
        let rules = blocks.map(|block| block.rules.len()).sum();
        Self { name, rules, files: texts, release, edited }
    }
}

/// A set with one rule more in the middle of its middle rule file.
fn edited(files: &FileSet) -> FileSet {
    let rules = files.iter().filter(|(key, _)| key.ends_with(".rules")).count();
    let (middle, _) = files.iter().filter(|(key, _)| key.ends_with(".rules")).nth(rules / 2).unwrap();
    let edit = |(key, text): (&Arc<str>, &Arc<str>)| {
        let mut text = text.to_string();
        if key == middle {
            let at = text.len() / 2 + text[text.len() / 2..].find("if ").unwrap();
            let rule = text[at..].split("\n  if ").next().unwrap().trim_end_matches(['}', '\n']).to_owned();
            text.insert_str(at, &format!("{}\n  ", rule.replacen("if ", "if local.hour > 6 and ", 1)));
        }
        (key.to_string(), text)
    };
    FileSet::from_files(files.iter().map(edit)).unwrap()
}

fn tree(file: &RuleFile) -> File {
    let mut findings = Vec::new();
    let tree = parse(&file.file, &file.text, &mut findings);
    assert!(findings.is_empty());
    tree
}

fn samples() -> Input {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    Input::new("samples", FileSet::load(&root.join("rules"), &root.join("experiments")).unwrap())
}

fn generated(sizes: &[(&'static str, usize)]) -> Vec<Input> {
    sizes.iter().map(|(name, rules)| Input::new(name, generated::files(*rules))).collect()
}

fn language(criterion: &mut Criterion) {
    let mut inputs = generated(&[("1,000", 1_000), ("10,000", 10_000)]);
    inputs.push(samples());
    measure(criterion, "format", &inputs, |input| {
        for file in &input.files {
            black_box(print(&normalise(tree(file), &|_| None)));
        }
    });
    inputs.extend(generated(&[("100,000", 100_000)]));
    measure(criterion, "parse", &inputs, |input| {
        for file in &input.files {
            black_box(tree(file));
        }
    });
    measure(criterion, "parse and check", &inputs, |input| {
        let Release { schema, catalogue, experiments, .. } = &input.release;
        let nouns = Nouns { schema, catalogue, experiments };
        black_box(check(&input.files, nouns, &mut Vec::new()));
    });
    measure(criterion, "publish", &inputs, |input| {
        black_box(Release::compile(input.release.files.clone()));
    });
    inputs.retain(|input| input.name != "samples");
    measure(criterion, "publish after one edit", &inputs, |input| {
        black_box(Release::compile_after(input.edited.clone(), Some(&input.release)));
    });
}

fn measure(criterion: &mut Criterion, name: &str, inputs: &[Input], work: impl Fn(&Input)) {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).measurement_time(Duration::from_secs(4));
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
