//! What is settled before an experiment starts: how sure its answer must be, and when it may be read.

use rust_decimal::Decimal;

use super::percent::{parse_percent, percent};
use super::{Metric, MetricKind, Split};
use crate::diagnostic::Span;
use crate::statistics::group_sequential::{MAX_LOOKS, Spending};
use crate::yaml::{Fields, Node, Reader, Value};

/// As many looks as textbooks take.
const DEFAULT_LOOKS: u32 = 5;

/// How sure an answer must be, and when it may be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The probability of a false alarm that is allowed, in (0, 0.5].
    pub alpha: Decimal,
    /// The probability of seeing the minimum effect, in [0.5, 1).
    pub power: Decimal,
    /// The smallest relative change worth finding, as a share: 0.05 is 5 %.
    pub minimum_effect: Option<Decimal>,
    /// When the result may be read.
    pub stop: Stop,
    /// How many visitors are needed, all variants together.
    pub visitors: Option<u64>,
}

/// When a result may be read.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Stop {
    /// Once, at the end.
    Fixed,
    /// At a few looks.
    GroupSequential {
        /// How many, the last one included.
        looks: u32,
        /// How the allowed error is spent over them.
        spending: Spending,
    },
    /// At any time.
    #[default]
    Anytime,
}

impl Stop {
    /// The word that definitions write.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::GroupSequential { .. } => "group_sequential",
            Self::Anytime => "anytime",
        }
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            alpha: Decimal::new(5, 2),
            power: Decimal::new(8, 1),
            minimum_effect: None,
            stop: Stop::default(),
            visitors: None,
        }
    }
}

/// Reads `plan: {alpha: 0.05, power: 0.8, minimum_effect: 5%, stop: anytime}`.
pub(super) fn plan(reader: &mut Reader<'_>, node: &Node, key: Span) -> Plan {
    let mut plan = Plan::default();
    let mut fields = reader.fields(node, key, "plan: {alpha: 0.05, power: 0.8, minimum_effect: 5%, stop: anytime}");
    let half = Decimal::new(5, 1);
    if let Some(node) = fields.get("alpha") {
        let fits = |alpha: Decimal| alpha > Decimal::ZERO && alpha <= half;
        plan.alpha = bounded(reader, node, fits, "more than 0 and at most 0.5, such as 0.05").unwrap_or(plan.alpha);
    }
    if let Some(node) = fields.get("power") {
        let fits = |power: Decimal| power >= half && power < Decimal::ONE;
        plan.power = bounded(reader, node, fits, "at least 0.5 and less than 1, such as 0.8").unwrap_or(plan.power);
    }
    if let Some(node) = fields.get("minimum_effect")
        && let Some(effect) = percent(reader, node)
    {
        if effect > Decimal::ZERO {
            plan.minimum_effect = Some(effect);
        } else {
            let help = "write a size without sign, such as 5%; the metric says which direction is good";
            reader.error("bad-value", node.span, "the smallest effect worth finding is more than nothing", help);
        }
    }
    plan.visitors = fields.get("visitors").and_then(|node| whole(reader, node, 1, u64::MAX));
    plan.stop = stop(reader, &mut fields);
    if let (Stop::GroupSequential { looks, .. }, Some(visitors), Some(node)) =
        (plan.stop, plan.visitors, fields.get("visitors"))
        && visitors < u64::from(looks)
    {
        let message = format!("{visitors} visitors are too few for {looks} looks: some would have nobody to look at");
        let help = "plan more visitors, such as `visitors: 40000`; `segue power` tells how many are needed";
        reader.error("bad-value", node.span, message, help);
    }
    if plan.stop != Stop::Anytime && fields.get("visitors").is_none() {
        let message = match plan.stop {
            Stop::Fixed => "a fixed plan needs the planned number of `visitors`: it is read once, at its end",
            _ => "planned looks need the planned number of `visitors`",
        };
        let help = "say how many are planned, such as `visitors: 40000`; `segue power` tells how many are needed";
        reader.error("missing-field", key, message, help);
    }
    fields.close(reader);
    plan
}

/// Refuses planned looks at what is never complete: a metric without an end, a split that follows what was found.
pub(super) fn looks_at_an_end<'m>(
    reader: &mut Reader<'_>,
    key: Span,
    split: Split,
    metrics: impl Iterator<Item = &'m Metric>,
) {
    if split == Split::Bandit {
        let message = "a bandit has no planned looks: its split follows what was measured so far";
        reader.error("bad-value", key, message, "write `stop: anytime`, or `assignment: hash`");
    }
    for metric in metrics.filter(|metric| metric.within.is_none()) {
        if matches!(metric.kind, MetricKind::Retention(_)) {
            continue;
        }
        let name = &metric.name;
        let message =
            format!("`{name}` counts for ever, and a planned look counts visitors of whom everything is known");
        let help = format!("give `{name}` an end, such as `within: 14 days`, or write `stop: anytime`");
        reader.error("endless-metric", key, message, help);
    }
}

fn stop(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> Stop {
    let sequential = Stop::GroupSequential { looks: DEFAULT_LOOKS, spending: Spending::default() };
    let kinds = [("fixed", Stop::Fixed), ("group_sequential", sequential), ("anytime", Stop::Anytime)];
    let written = fields.get("stop");
    let kind = written.map_or(Some(Stop::Anytime), |node| reader.choice(node, "bad-value", "stopping rule", &kinds));
    let (looks, spending) = (fields.entry("looks"), fields.entry("spending"));
    let Some(Stop::GroupSequential { .. }) = kind else {
        // With a kind that cannot be read, it is not known what these belong to.
        for entry in [looks, spending].into_iter().flatten().filter(|_| kind.is_some()) {
            let message = format!("`{}` has a meaning with `stop: group_sequential` only", entry.key);
            reader.error("bad-field", entry.key_span, message, "remove it, or write `stop: group_sequential`");
        }
        return kind.unwrap_or_default();
    };
    let looks = looks.and_then(|entry| whole(reader, &entry.value, 2, u64::from(MAX_LOOKS)));
    let spendings = [("obrien_fleming", Spending::ObrienFleming), ("pocock", Spending::Pocock)];
    let spending = spending.and_then(|entry| reader.choice(&entry.value, "bad-value", "spending function", &spendings));
    Stop::GroupSequential {
        looks: looks.and_then(|looks| u32::try_from(looks).ok()).unwrap_or(DEFAULT_LOOKS),
        spending: spending.unwrap_or_default(),
    }
}

fn bounded(reader: &mut Reader<'_>, node: &Node, fits: impl Fn(Decimal) -> bool, said: &str) -> Option<Decimal> {
    if let Value::Text(text) = &node.value
        && let Ok(share) = parse_percent(text)
    {
        return reader.wrong(node, "a number", format!("write it without percent sign: {share}"));
    }
    let number = reader.number(node)?;
    if !fits(number) {
        reader.error(
            "bad-value",
            node.span,
            format!("{} is out of bounds here", node.described()),
            format!("write {said}"),
        );
        return None;
    }
    Some(number)
}

/// A whole number between two others, both included.
pub(super) fn whole(reader: &mut Reader<'_>, node: &Node, least: u64, most: u64) -> Option<u64> {
    let number = match &node.value {
        Value::Number(written) => written.parse().ok().filter(|number| (least..=most).contains(number)),
        _ => None,
    };
    if number.is_none() {
        if let Some(plain) = without_separators(node) {
            let message = format!("expected a whole number, found {}", node.described());
            reader.error(
                "bad-value",
                node.span,
                message,
                format!("write it without a sign between its thousands: {plain}"),
            );
            return None;
        }
        let most = if most == u64::MAX { String::new() } else { format!(", at most {most}") };
        let message = format!("expected a whole number, found {}", node.described());
        reader.error("bad-value", node.span, message, format!("write digits: at least {least}{most}"));
    }
    number
}

/// The digits of `10.000`, `10,000` or `10 000`, which somebody wrote for people.
fn without_separators(node: &Node) -> Option<String> {
    let (Value::Number(written) | Value::Text(written)) = &node.value else { return None };
    let mut groups = written.split(['.', ',', ' ', '\'', '_']);
    let first = groups.next()?;
    let is_group = |group: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_digit())
    };
    let rest: Vec<&str> = groups.collect();
    let fits = is_group(first, 1..=3) && !rest.is_empty() && rest.iter().all(|group| is_group(group, 3..=3));
    fits.then(|| first.to_owned() + &rest.concat())
}
