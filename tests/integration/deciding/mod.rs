//! The compiled rules decide as the plain evaluator does.

mod edits;
pub mod generator;
mod leaves;

use jiff::Timestamp;
use segue::decision::{Request, decide};
use segue::language::checked::Slot;
use segue::release::{FileSet, Release};
use segue::rules::{Situation, Truth};

use generator::{Generated, Generator, NOW};

fn compiled(files: &[(String, String)]) -> Release {
    let (release, report) = Release::compile(FileSet::from_files(files.to_vec()).unwrap());
    assert!(!report.has_errors(), "{}", segue::diagnostic::draw(&report, false));
    release.unwrap()
}

/// The first match by trying every rule in order.
fn first_match(
    slot: &Slot,
    situation: &Situation<'_>,
    accepts: impl Fn(usize, usize) -> bool,
) -> Option<(usize, usize)> {
    for (place, block) in slot.blocks.iter().enumerate() {
        if !situation.is_active(block.active.as_ref()) {
            continue;
        }
        for (index, rule) in block.rules.iter().enumerate() {
            if situation.is_active(rule.body.then.active.as_ref())
                && situation.truth(&rule.body.condition) == Truth::True
                && accepts(place, index)
            {
                return Some((place, index));
            }
        }
    }
    None
}

#[derive(Default, Debug)]
struct Tally {
    comparisons: usize,
    matches: usize,
    /// Matches beyond the first few rules.
    late: usize,
}

/// Compares every slot of one random release for some random visitors, with and without a caller who refuses some rules.
fn compare(seed: u64, rules_per_slot: usize, visitors: usize, tally: &mut Tally) {
    let now: Timestamp = NOW.parse().unwrap();
    let mut generator = Generator::new(seed);
    let Generated { files, hints } = generator.release(rules_per_slot);
    let release = compiled(&files);
    for _ in 0..visitors {
        let body = generator.visitor(&hints);
        let request = Request::read(&serde_json::to_vec(&body).unwrap(), &release.schema, now).unwrap();
        let Request { visitor, context, .. } = &request;
        let situation = Situation::new(&release.program, &release.schema, visitor, context, now);
        let mut search = release.compiled.search(&situation);
        for (index, slot) in release.program.slots.iter().enumerate() {
            let all = |_, _| true;
            let some = |block: usize, rule: usize| !(block + rule + seed as usize).is_multiple_of(3);
            let expected = first_match(slot, &situation, all);
            let got = search.first(index, all);
            let expected_of_some = first_match(slot, &situation, some);
            let got_of_some = search.first(index, some);
            assert_eq!(
                (got, got_of_some),
                (expected, expected_of_some),
                "seed {seed}, slot {}, visitor {body:#}\n{}",
                slot.name,
                files.iter().map(|(name, text)| format!("{name}\n{text}\n")).collect::<String>(),
            );
            tally.comparisons += 2;
            tally.matches += usize::from(expected.is_some()) + usize::from(expected_of_some.is_some());
            tally.late += usize::from(expected.is_some_and(|(block, rule)| block > 0 || rule > 4));
        }
        assert!(search.effort().predicates <= release.compiled.predicates());
        let decisions = decide(&release, &request, now).unwrap().decisions;
        for (slot, decision) in release.program.slots.iter().zip(decisions) {
            if let Some((block, rule)) = first_match(slot, &situation, |_, _| true) {
                assert_eq!(decision.rule, Some(slot.blocks[block].rules[rule].place.to_string()), "seed {seed}");
            }
        }
    }
}

#[test]
fn compiled_rules_decide_as_the_plain_evaluator_does() {
    let mut tally = Tally::default();
    for seed in 0..24 {
        compare(seed, [4, 12, 40][seed as usize % 3], 40, &mut tally);
    }
    assert!(tally.comparisons >= 5_000, "{tally:?}");
    assert!(tally.matches * 5 > tally.comparisons && tally.late * 20 > tally.comparisons, "{tally:?}");
}

#[test]
#[ignore = "slow suite: a million comparisons"]
fn compiled_rules_decide_as_the_plain_evaluator_does_a_million_times() {
    let mut tally = Tally::default();
    let mut seed = 1_000;
    while tally.comparisons < 1_000_000 {
        compare(seed, [4, 12, 40, 120][seed as usize % 4], 500, &mut tally);
        seed += 1;
    }
    println!("{tally:?}, {} releases", seed - 1_000);
    assert!(tally.matches * 5 > tally.comparisons && tally.late * 20 > tally.comparisons, "{tally:?}");
}

/// A release of three slots, each with a rule for every number below `count`, which all name the same two tests.
fn shared_tests(count: usize) -> Release {
    let rules = |slot: &str| -> String {
        let rule = |index: usize| {
            format!("  if country is \"c{index}\" and email contains \"@\" and did order in last 7 days show {index}\n")
        };
        format!("slot {slot} {{\n{}}}\n", (0..count).map(rule).collect::<String>())
    };
    slots_with(&generator::SLOTS.map(rules).concat())
}

/// A release of these rules.
fn slots_with(rules: &str) -> Release {
    let content = "slots: {hero: {type: integer}, banner: {type: integer}, footer: {type: integer}}";
    let lists = ["rules/lists/staff.txt", "rules/lists/testers.txt"].map(|list| (list.to_owned(), "v1\n".to_owned()));
    let files = [
        ("rules/schema/a.yaml".to_owned(), generator::SCHEMA.to_owned()),
        ("rules/content/a.yaml".to_owned(), content.to_owned()),
        ("rules/a.rules".to_owned(), rules.to_owned()),
    ];
    compiled(&files.into_iter().chain(lists).collect::<Vec<_>>())
}

#[test]
fn a_test_that_many_rules_and_slots_name_is_evaluated_once() {
    let release = shared_tests(50);
    // 50 countries, one `contains`, one `did`: three times the same.
    assert_eq!(release.compiled.predicates(), 52);
    let body = serde_json::json!({
        "visitor": {
            "id": "v1", "consent": {"marketing": true}, "attributes": {"country": "c7", "email": "a@example.com"},
            "events": [{"type": "track", "event": "order", "timestamp": "2026-11-19T10:00:00Z"}],
        },
    });
    let now: Timestamp = NOW.parse().unwrap();
    let request = Request::read(body.to_string().as_bytes(), &release.schema, now).unwrap();
    let situation = Situation::new(&release.program, &release.schema, &request.visitor, &request.context, now);
    let mut search = release.compiled.search(&situation);
    for slot in 0..3 {
        assert_eq!(search.first(slot, |_, _| true), Some((0, 7)));
        assert_eq!(search.effort().predicates, 3);
        assert_eq!(search.effort().rules, slot + 1);
    }
}

#[test]
fn the_cost_of_a_slot_does_not_grow_with_rules_that_cannot_match() {
    for count in [50, 500] {
        let cost = shared_tests(count).cost().deciding;
        assert_eq!(cost.predicates, count + 2);
        for slot in &cost.slots {
            // One step to the country, one rule of three tests.
            assert_eq!((slot.rules, slot.predicates, slot.depth), (count, count + 2, 1));
            assert_eq!((slot.tries, slot.evaluations), (1, 3));
        }
    }
}

#[test]
fn no_decision_costs_more_than_the_release_says() {
    let now: Timestamp = NOW.parse().unwrap();
    for seed in 100..110 {
        let mut generator = Generator::new(seed);
        let Generated { files, hints } = generator.release(40);
        let release = compiled(&files);
        let cost = release.cost().deciding;
        for _ in 0..20 {
            let body = generator.visitor(&hints);
            let request = Request::read(&serde_json::to_vec(&body).unwrap(), &release.schema, now).unwrap();
            let situation = Situation::new(&release.program, &release.schema, &request.visitor, &request.context, now);
            for (index, slot) in cost.slots.iter().enumerate() {
                let mut search = release.compiled.search(&situation);
                search.first(index, |_, _| false);
                assert!(search.effort().predicates <= slot.evaluations, "seed {seed}: {:?}, {slot:?}", search.effort());
            }
        }
    }
}

#[test]
fn a_rule_of_very_many_parts_takes_memory_in_proportion() {
    let bytes = |parts: usize| {
        let each: Vec<String> = (0..parts).map(|number| format!("country is \"c{number}\"")).collect();
        let rules = format!("slot {} {{ if {} show nothing }}\n", generator::SLOTS[0], each.join(" or "));
        slots_with(&rules).compiled.bytes()
    };
    let (some, more) = (bytes(500), bytes(2_000));
    assert!(more < some * 8, "{some} bytes for 500 parts, {more} for 2,000");
}

#[test]
fn what_two_segments_have_in_common_is_kept_once() {
    let bytes = |rules: usize| {
        let values =
            |from: usize| (from..from + 300).map(|number| format!("\"c{number}\"")).collect::<Vec<_>>().join(", ");
        let segment = |name: &str, from| format!("segment {name} {{ country is one of [{}] }}\n", values(from));
        let rule = |age: usize| format!("if segment a and segment b and age is {age} show nothing\n");
        let rules: String = (0..rules).map(rule).collect();
        let slot = format!("slot {} {{ {rules} }}\n", generator::SLOTS[0]);
        slots_with(&format!("{}{}{slot}", segment("a", 0), segment("b", 5))).compiled.bytes()
    };
    let (one, many) = (bytes(1), bytes(201));
    assert!((many - one) / 200 < 600, "{} bytes a rule", (many - one) / 200);
}
