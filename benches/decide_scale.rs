//! What a decision costs as rules grow: beside a plain scan over the same rules as numbers, in one run.
//!
//! `cargo bench --bench decide_scale` prints every table, `-- sparse` one. Each figure is the median of five runs of the
//! thread's processor time, so that neighbours disturb it less. In `sparse` and `dense` the answers of all visitors are
//! compared with the plain scan's before anything is timed, in `mixed` those of as many as take no minutes with the plain
//! evaluator's; `slots` and `edit` compare none.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench that cannot run shall stop"
)]

mod generated;
mod workload;

use std::hint::black_box;
use std::time::Instant;

use jiff::Timestamp;
use rand::SeedableRng;
use rand::rngs::StdRng;
use segue::decision::{Request, decide};
use segue::language::checked::{Block, Condition, Program, Segment, Slot};
use segue::release::{FileSet, Release};
use segue::rules::{Compiled, Situation, Truth};

use workload::{Builder, DENSE, NOW, Plain, PlainVisitor, SPARSE, Shape, block, plain_rules, plain_visitors, requests};

const SIZES: [usize; 4] = [10, 1_000, 10_000, 100_000];

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let tables: [(&str, fn()); 6] =
        [("sparse", sparse), ("dense", dense), ("mixed", mixed), ("slots", slots), ("edit", edit), ("start", start)];
    for (name, table) in tables {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            table();
        }
    }
}

fn sparse() {
    shape("sparse: 200 countries, 6 devices, 80 ages, 1,000 tags", SPARSE);
}

fn dense() {
    shape("dense: 20 countries, 6 devices, 80 ages, 50 tags", DENSE);
}

fn shape(title: &str, shape: Shape) {
    println!("\n{title}; ns a decision");
    println!(
        "| rules | plain scan | find the rule | whole decision | compile us a rule | bytes a rule | tries | predicates | nodes | matches |"
    );
    for count in SIZES {
        let rules = plain_rules(shape, count);
        let visitors = plain_visitors(shape);
        let requests = requests(&visitors, false);
        let mut builder = Builder::default();
        let conditions: Vec<Condition> = rules.iter().map(|rule| builder.plain(rule)).collect();
        let (release, compile) = release(vec![block("bench.rules", conditions)], Vec::new());
        let matches = same_answers(&release, &requests, |visitor| scan(&rules, &visitors[visitor]));
        let plain = time(|index| scan(&rules, &visitors[index % visitors.len()]));
        row(count, Some(plain), &release, &requests, compile, matches);
    }
}

fn mixed() {
    println!(
        "\nmixed: a third each with `or` and `not`, with ranges, with behaviour; 20 events a visitor; ns a decision"
    );
    println!(
        "| rules | plain scan | find the rule | whole decision | compile us a rule | bytes a rule | tries | predicates | nodes | matches |"
    );
    for count in SIZES {
        let visitors = plain_visitors(SPARSE);
        let requests = requests(&visitors, true);
        let (mut builder, mut random) = (Builder::default(), StdRng::seed_from_u64(10));
        let rules = plain_rules(SPARSE, count);
        let conditions: Vec<Condition> =
            rules.iter().enumerate().map(|(index, rule)| builder.mixed(index, rule, &mut random)).collect();
        let (release, compile) = release(vec![block("bench.rules", conditions)], Vec::new());
        let checked = requests.len().min(4_000_000 / count).max(8);
        let matches =
            same_answers(&release, &requests[..checked], |visitor| by_reference(&release, &requests[visitor]));
        row(count, None, &release, &requests, compile, matches);
    }
}

fn slots() {
    println!("\nslots: 100 rules each, 200 shared segments; three slots asked; ns a request");
    println!("| slots | find three rules | whole decision |");
    for count in [3, 1_000] {
        let visitors = plain_visitors(SPARSE);
        let mut requests = requests(&visitors, false);
        let mut builder = Builder::default();
        let segments: Vec<Segment> = plain_rules(SPARSE, 200)
            .iter()
            .enumerate()
            .map(|(index, rule)| {
                let devices = rule.devices.map(|device| format!("d{device}"));
                let spend = builder.at_least("spend", rule.low * 1_000);
                workload::segment(index, Condition::All(vec![builder.one_of("device", &devices), spend]))
            })
            .collect();
        let rules = plain_rules(SPARSE, count * 100);
        let blocks = rules.chunks(100).enumerate().map(|(slot, rules)| {
            let conditions: Vec<Condition> = rules
                .iter()
                .enumerate()
                .map(|(index, rule)| {
                    let segment = builder.segment((slot * 7 + index) % 200);
                    Condition::All(vec![segment, builder.is("country", format!("c{}", rule.country))])
                })
                .collect();
            block("bench.rules", conditions)
        });
        let (release, _) = release(blocks.collect(), segments);
        let asked = [0, 1, 2];
        for request in &mut requests {
            request.slots = Some(asked.iter().map(|slot| release.program.slots[*slot].name.clone()).collect());
        }
        let find = time(|index| {
            let situation = situation(&release, &requests[index % requests.len()]);
            let mut search = release.compiled.search(&situation);
            asked.map(|slot| search.first(slot, |_, _| true))
        });
        let now: Timestamp = NOW.parse().unwrap();
        let whole = time(|index| decide(&release, &requests[index % requests.len()], now).unwrap());
        println!("| {count} | {find:.0} | {whole:.0} |");
    }
}

/// One rule of a slot changes, all others are the same bodies.
fn edit() {
    println!("\nedit: one rule of a slot changes, ms to compile again");
    println!("| rules | anew | after the edit |");
    for count in [1_000, 10_000, 100_000] {
        let mut builder = Builder::default();
        let rules = plain_rules(SPARSE, count);
        let conditions: Vec<Condition> = rules.iter().map(|rule| builder.plain(rule)).collect();
        let (mut release, anew) = release(vec![block("bench.rules", conditions)], Vec::new());
        let mut times = Vec::new();
        for time in 0..5 {
            let condition = builder.plain(&plain_rules(DENSE, 10)[time]);
            let changed = block("bench.rules", [condition]).rules.remove(0);
            release.program.slots[0].blocks[0].rules[count / 2 + time] = changed;
            let begun = processor_ns();
            release.compiled = Compiled::after(&release.program, Some(&release.compiled));
            times.push((processor_ns() - begun) / 1e6);
        }
        println!("| {count} | {:.1} | {:.1} |", anew * count as f64 / 1e3, median(times));
    }
}

/// From rule text to the first decision.
fn start() {
    println!("\nstart: from rule text to the first decision, ms");
    println!("| rules | ms |");
    for count in [1_000, 10_000] {
        let files = generated::files(count);
        let begun = Instant::now();
        let release = generated::compiled(files);
        let request = Request { ..requests(&plain_visitors(SPARSE), false)[0].clone() };
        black_box(decide(&release, &request, NOW.parse().unwrap()).unwrap());
        println!("| {count} | {:.0} |", begun.elapsed().as_secs_f64() * 1e3);
    }
}

/// A release of slots with a block each, and how many microseconds a rule it took to compile the checked program.
fn release(blocks: Vec<Block>, segments: Vec<Segment>) -> (Release, f64) {
    let slot = "slots: {bench: {type: integer}}".to_owned();
    let files = [("rules/content/bench.yaml".to_owned(), slot), ("rules/a.rules".to_owned(), String::new())];
    let mut release = generated::compiled(FileSet::from_files(files).unwrap());
    let kind = release.program.slots[0].kind;
    let rules: usize = blocks.iter().map(|block| block.rules.len()).sum();
    let slots = blocks.into_iter().enumerate();
    let slots = slots.map(|(index, block)| Slot { name: format!("slot{index:04}").into(), kind, blocks: vec![block] });
    release.program = Program { segments, measures: Vec::new(), slots: slots.collect() };
    let times = (0..3).map(|_| {
        let begun = processor_ns();
        release.compiled = Compiled::compile(&release.program);
        (processor_ns() - begun) / 1e3 / rules as f64
    });
    let times = times.collect();
    (release, median(times))
}

fn scan(rules: &[Plain], visitor: &PlainVisitor) -> Option<usize> {
    rules.iter().position(|rule| rule.matches(visitor))
}

fn by_reference(release: &Release, request: &Request) -> Option<usize> {
    let situation = situation(release, request);
    let mut rules = release.program.slots[0].blocks[0].rules.iter();
    rules.position(|rule| situation.truth(&rule.body.condition) == Truth::True)
}

fn situation<'a>(release: &'a Release, request: &'a Request) -> Situation<'a> {
    let now: Timestamp = NOW.parse().unwrap();
    Situation::new(&release.program, &release.schema, &request.visitor, &request.context, now)
}

/// Stops where any answer differs; gives how many visitors match a rule.
fn same_answers(release: &Release, requests: &[Request], expected: impl Fn(usize) -> Option<usize>) -> usize {
    let mut matches = 0;
    for (index, request) in requests.iter().enumerate() {
        let situation = situation(release, request);
        let found = release.compiled.search(&situation).first(0, |_, _| true).map(|(_, rule)| rule);
        assert_eq!(found, expected(index), "visitor {index}");
        matches += usize::from(found.is_some());
    }
    matches
}

fn row(count: usize, plain: Option<f64>, release: &Release, requests: &[Request], compile: f64, matches: usize) {
    let now: Timestamp = NOW.parse().unwrap();
    let at = |index: usize| &requests[index % requests.len()];
    let find = time(|index| {
        let Request { visitor, context, .. } = at(index);
        let situation = Situation::new(&release.program, &release.schema, visitor, context, now);
        release.compiled.search(&situation).first(0, |_, _| true)
    });
    let whole = time(|index| decide(release, at(index), now).unwrap());
    let bytes = release.compiled.bytes() / count;
    let efforts: Vec<_> = requests
        .iter()
        .map(|request| {
            let situation = situation(release, request);
            let mut search = release.compiled.search(&situation);
            search.first(0, |_, _| true);
            search.effort()
        })
        .collect();
    let mean = |each: fn(&segue::rules::compiled::Effort) -> usize| {
        efforts.iter().map(each).sum::<usize>() as f64 / efforts.len() as f64
    };
    let (tries, predicates, nodes) =
        (mean(|effort| effort.rules), mean(|effort| effort.predicates), mean(|effort| effort.nodes));
    let plain = plain.map_or("-".to_owned(), |plain| format!("{plain:.0}"));
    println!(
        "| {count} | {plain} | {find:.0} | {whole:.0} | {compile:.2} | {bytes} | {tries:.1} | {predicates:.1} | {nodes:.1} | {matches} |"
    );
}

/// Nanoseconds of one call: the median of five runs of at least 50 ms each.
fn time<T>(mut work: impl FnMut(usize) -> T) -> f64 {
    let mut calls = 256;
    let mut run = |calls: usize| {
        let begun = processor_ns();
        for index in 0..calls {
            black_box(work(index));
        }
        processor_ns() - begun
    };
    while run(calls) < 5e7 {
        calls *= 2;
    }
    median((0..5).map(|_| run(calls) / calls as f64).collect())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// The processor time of this thread, where the system tells; else the time that passed.
fn processor_ns() -> f64 {
    static BEGUN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let told = told.and_then(|text| text.split(' ').next()?.parse().ok());
    told.unwrap_or_else(|| BEGUN.get_or_init(Instant::now).elapsed().as_nanos() as f64)
}
