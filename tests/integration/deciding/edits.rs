//! A program that is compiled after an edit decides as one that is compiled anew.

use std::sync::Arc;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use segue::decision::Request;
use segue::language::checked::{Condition, Leaf, LeafKind, Program, Rule, RuleBody, Test};
use segue::profile::Value;
use segue::release::Release;
use segue::rules::{Compiled, Situation};

use super::generator::{Generated, Generator, NOW};
use super::{compiled, first_match, shared_tests};

/// The program with some rules taken out, some moved, some doubled.
fn edited(program: &Program, random: &mut StdRng) -> Program {
    let mut edited = program.clone();
    for block in edited.slots.iter_mut().flat_map(|slot| &mut slot.blocks) {
        if random.random_bool(0.5) {
            continue;
        }
        block.rules.retain(|_| random.random_bool(0.9));
        if random.random_bool(0.3) {
            block.rules.shuffle(random);
        }
        let twins: Vec<Rule> = block.rules.iter().filter(|_| random.random_bool(0.1)).cloned().collect();
        block.rules.extend(twins);
    }
    edited
}

fn same_decisions(release: &Release, program: &Program, compiled: &Compiled, requests: &[Request]) {
    let now: Timestamp = NOW.parse().unwrap();
    let anew = Compiled::compile(program);
    for Request { visitor, context, .. } in requests {
        let situation = Situation::new(program, &release.schema, visitor, context, now);
        let (mut after, mut fresh) = (compiled.search(&situation), anew.search(&situation));
        for (index, slot) in program.slots.iter().enumerate() {
            let expected = first_match(slot, &situation, |_, _| true);
            assert_eq!(after.first(index, |_, _| true), expected);
            assert_eq!(fresh.first(index, |_, _| true), expected);
        }
    }
}

#[test]
fn an_edited_program_decides_as_if_compiled_anew() {
    let now: Timestamp = NOW.parse().unwrap();
    for seed in 200..212 {
        let mut generator = Generator::new(seed);
        let Generated { files, hints } = generator.release(40);
        let release = compiled(&files);
        let requests: Vec<Request> = (0..10)
            .map(|_| Request::read(generator.visitor(&hints).to_string().as_bytes(), &release.schema, now).unwrap())
            .collect();
        let mut random = StdRng::seed_from_u64(seed);
        let mut program = edited(&release.program, &mut random);
        let mut compiled = Compiled::compile(&program);
        for _ in 0..6 {
            let from = if random.random_bool(0.5) { &program } else { &release.program };
            program = edited(from, &mut random);
            compiled = Compiled::after(&program, Some(&compiled));
            same_decisions(&release, &program, &compiled, &requests);
        }
        // Segments that changed make everything new.
        if let Some(segment) = program.segments.first_mut() {
            segment.condition = Condition::Not(Box::new(segment.condition.clone()));
        }
        compiled = Compiled::after(&program, Some(&compiled));
        same_decisions(&release, &program, &compiled, &requests);
    }
}

#[test]
fn a_name_that_stands_for_another_thing_after_an_edit_is_noticed() {
    let release = shared_tests(20);
    let mut program = release.program.clone();
    let before = Compiled::compile(&program);
    // The text of the first rule stays, its country is another one.
    let rule = &mut program.slots[0].blocks[0].rules[0];
    let Condition::All(parts) = &rule.body.condition else { panic!("a rule of three tests") };
    let mut parts = parts.clone();
    let Condition::Leaf(leaf) = &parts[0] else { panic!("a test") };
    let LeafKind::Comparison(expr, Test::Is { negated, value }) = &leaf.kind else { panic!("a comparison") };
    let mut value = value.clone();
    value.node = segue::language::checked::ExprKind::Constant(Value::Text("elsewhere".into()));
    let kind = LeafKind::Comparison(expr.clone(), Test::Is { negated: *negated, value });
    parts[0] = Condition::Leaf(Arc::new(Leaf { text: Arc::clone(&leaf.text), kind }));
    rule.body = Arc::new(RuleBody { condition: Condition::All(parts), then: rule.body.then.clone() });
    // The other slots name the same text and mean the former country: only one meaning can be right in one program.
    program.slots.truncate(1);
    let after = Compiled::after(&program, Some(&before));
    let now: Timestamp = NOW.parse().unwrap();
    for (country, expected) in [("elsewhere", Some((0, 0))), ("c0", None), ("c1", Some((0, 1)))] {
        let body = serde_json::json!({"visitor": {
            "id": "v1", "consent": {"marketing": true}, "attributes": {"country": country, "email": "a@example.com"},
            "events": [{"type": "track", "event": "order", "timestamp": "2026-11-19T10:00:00Z"}],
        }});
        let Request { visitor, context, .. } =
            Request::read(body.to_string().as_bytes(), &release.schema, now).unwrap();
        let situation = Situation::new(&program, &release.schema, &visitor, &context, now);
        assert_eq!(after.search(&situation).first(0, |_, _| true), expected, "{country}");
    }
}
