//! Runs the examples of `rules/cases/`: what a case expects against what is decided.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use super::{ContentNames, Decision, Request, decide};
use crate::release::{Case, Expected, Release};

/// How a case ended.
#[derive(Debug, Clone, PartialEq)]
pub enum CaseOutcome {
    /// All is as expected.
    Passed,
    /// At least one thing is not, in the order of the case.
    Failed(Vec<Mismatch>),
}

/// One thing that a case expects and that is not so.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mismatch {
    /// Of which slot.
    pub slot: Arc<str>,
    /// `content`, `value`, `rule`, `experiment`, `variant`, `reason`; or `slot`, when there is no such slot.
    pub what: &'static str,
    /// As the case says.
    pub expected: Value,
    /// As it was decided.
    pub got: Value,
    /// The whole decision with its explanation; `None` when there is no such slot.
    pub decision: Option<Decision>,
}

/// Decides each slot that the case names and compares.
pub fn run_case(release: &Release, case: &Case) -> CaseOutcome {
    let mut mismatches = Vec::new();
    for (slot, expected) in &case.expect {
        let request = Request {
            visitor: case.visitor.clone(),
            context: case.context.clone(),
            slots: Some(vec![Arc::clone(slot)]),
            explain: true,
            ..Request::default()
        };
        match decide(release, &request, case.at) {
            Ok(answer) => answer.decisions.iter().for_each(|decision| compare(expected, decision, &mut mismatches)),
            Err(unknown) => mismatches.push(Mismatch {
                slot: Arc::clone(slot),
                what: "slot",
                expected: json!(unknown.slot),
                got: Value::Null,
                decision: None,
            }),
        }
    }
    if mismatches.is_empty() { CaseOutcome::Passed } else { CaseOutcome::Failed(mismatches) }
}

fn compare(expected: &Expected, decision: &Decision, mismatches: &mut Vec<Mismatch>) {
    let mut check = |what: &'static str, expected: Value, got: Value| {
        if expected != got {
            let slot = Arc::clone(&decision.slot);
            mismatches.push(Mismatch { slot, what, expected, got, decision: Some(decision.clone()) });
        }
    };
    let content = json!(decision.content);
    let value = decision.value.clone().unwrap_or(Value::Null);
    match &expected.content {
        Some(Some(names)) => {
            let names = match names.as_slice() {
                [name] => ContentNames::One(Arc::clone(name)),
                names => ContentNames::Several(names.to_vec()),
            };
            check("content", json!(names), content);
        }
        Some(None) => check("content", Value::Null, content),
        None => {}
    }
    match &expected.value {
        Some(wanted) => check("value", wanted.clone(), value),
        // No content and no value named: nothing at all is expected, not a literal either.
        None if expected.content == Some(None) => check("value", Value::Null, value),
        None => {}
    }
    if let Some(rule) = &expected.rule {
        check("rule", json!(rule), json!(decision.rule));
    }
    if let Some(experiment) = &expected.experiment {
        check("experiment", json!(experiment), json!(decision.experiment));
    }
    if let Some(variant) = &expected.variant {
        check("variant", json!(variant), json!(decision.variant));
    }
    if let Some(reason) = &expected.reason {
        check("reason", json!(reason), json!(decision.reason));
    }
}
