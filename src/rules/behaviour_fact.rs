//! The fact behind a behaviour, in words: how often, when last, how far a chain came.

use jiff::Timestamp;

use super::Situation;
use super::behaviour::Evidence;
use crate::language::checked::{
    Behaviour, CalendarUnit, Chain, Condition, EventKind, EventQuery, Frequency, PagePattern, Window,
};
use crate::profile::name::VISIT_START;

impl Situation<'_> {
    pub(super) fn behaviour_fact(&self, text: &str, behaviour: &Behaviour) -> String {
        let fact = self.plain_behaviour_fact(text, behaviour);
        match self.remembered_note(text, true, behaviour.window) {
            Some(note) => format!("{fact} ({note})"),
            None => fact,
        }
    }

    fn plain_behaviour_fact(&self, text: &str, behaviour: &Behaviour) -> String {
        let refused = queries(behaviour).find_map(|query| Some((query, self.refused_query(query)?)));
        if let Some((query, purpose)) = refused {
            return format!("{} is unknown without consent for {purpose}", query_text(query));
        }
        match self.evidence(text, behaviour) {
            Some(Evidence::Count(count)) => count_fact(behaviour, count),
            Some(Evidence::Last { inside, ever, steps }) => {
                half_way(behaviour, ever, steps).unwrap_or_else(|| last_fact(&chain_text(behaviour), inside, ever))
            }
            None => format!("{} is unknown", query_text(&behaviour.subject)),
        }
    }
}

/// All steps of a behaviour.
pub(super) fn queries(behaviour: &Behaviour) -> impl Iterator<Item = &EventQuery> {
    let others: Vec<&EventQuery> = match &behaviour.chain {
        Some(Chain::Then(steps)) => steps.iter().map(|(query, _)| query).collect(),
        Some(Chain::Without(other, _)) => vec![other],
        None => Vec::new(),
    };
    std::iter::once(&behaviour.subject).chain(others)
}

fn count_fact(behaviour: &Behaviour, count: u64) -> String {
    let subject = query_text(&behaviour.subject);
    let window = if behaviour.window == Window::Ever { "" } else { " in the window" };
    match (behaviour.frequency, window) {
        (Some(Frequency::Different(_, _, unit)), _) => {
            format!("{count} different {} with {subject}{window}", periods(count, unit))
        }
        (Some(Frequency::InARow(_, unit)), "") => {
            format!("the run of {subject} that goes on: {count} {}", periods(count, unit))
        }
        (Some(Frequency::InARow(_, unit)), _) => {
            format!("the longest run of {subject}{window}: {count} {}", periods(count, unit))
        }
        _ => format!("{count} of {subject}{window}"),
    }
}

/// How far a chain came that never came about; `None` if it did, or is no chain.
fn half_way(behaviour: &Behaviour, ever: Option<Timestamp>, steps: usize) -> Option<String> {
    let (chain, subject) = (chain_text(behaviour), query_text(&behaviour.subject));
    match (&behaviour.chain, ever) {
        (Some(Chain::Then(rest)), None) => {
            Some(format!("{chain}: {steps} of {} steps happened in order", rest.len() + 1))
        }
        (Some(Chain::Without(..)), None) if steps == 0 => Some(format!("{chain}: no {subject} yet")),
        (Some(Chain::Without(..)), None) => {
            Some(format!("{chain}: each {subject} was followed in time, or its time is not up"))
        }
        _ => None,
    }
}

fn last_fact(what: &str, inside: Option<Timestamp>, ever: Option<Timestamp>) -> String {
    match (inside, ever) {
        (Some(at), _) => format!("{what}: last {at}"),
        (None, Some(at)) => format!("{what}: last {at}, none in the window"),
        (None, None) => format!("{what}: never"),
    }
}

fn periods(count: u64, unit: CalendarUnit) -> &'static str {
    match (count, unit) {
        (1, CalendarUnit::Day) => "day",
        (1, CalendarUnit::Week) => "week",
        (1, CalendarUnit::Month) => "month",
        (_, CalendarUnit::Day) => "days",
        (_, CalendarUnit::Week) => "weeks",
        (_, CalendarUnit::Month) => "months",
    }
}

/// `cart_add, then order`, `cart_add without order`, or the only event.
fn chain_text(behaviour: &Behaviour) -> String {
    let names: Vec<String> = queries(behaviour).map(query_text).collect();
    let without = matches!(behaviour.chain, Some(Chain::Without(..)));
    names.join(if without { " without " } else { ", then " })
}

/// `order with (amount > 20)`, `visited "/pricing/**"`.
pub(super) fn query_text(query: &EventQuery) -> String {
    let name = match &query.kind {
        EventKind::Named(name) => name.to_string(),
        EventKind::Page(pattern) => format!("visited \"{}\"", pattern_text(pattern)),
        EventKind::VisitStart => VISIT_START.to_owned(),
    };
    match &query.filter {
        Some(filter) => format!("{name} with ({})", condition_text(filter)),
        None => name,
    }
}

pub(super) fn pattern_text(pattern: &PagePattern) -> String {
    let segments: Vec<&str> = pattern.segments.iter().map(|segment| segment.as_deref().unwrap_or("*")).collect();
    match (segments.is_empty(), pattern.everything_below) {
        (true, true) => "/**".to_owned(),
        (_, true) => format!("/{}/**", segments.join("/")),
        (_, false) => format!("/{}", segments.join("/")),
    }
}

pub(super) fn condition_text(condition: &Condition) -> String {
    let joined = |parts: &[Condition], word: &str| {
        let parts: Vec<String> = parts
            .iter()
            .map(|part| match part {
                Condition::All(_) | Condition::Any(_) => format!("({})", condition_text(part)),
                _ => condition_text(part),
            })
            .collect();
        parts.join(word)
    };
    match condition {
        Condition::All(parts) => joined(parts, " and "),
        Condition::Any(parts) => joined(parts, " or "),
        Condition::Not(inner) => match &**inner {
            Condition::Leaf(leaf) => format!("not {}", leaf.text),
            group => format!("not ({})", condition_text(group)),
        },
        Condition::Leaf(leaf) => leaf.text.to_string(),
    }
}
