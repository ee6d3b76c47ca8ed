//! Reads `bandit: {batch: 1 hour, floor: 5%}`: how the weights of a bandit follow what was measured.

use jiff::SignedDuration;
use rust_decimal::Decimal;

use super::experiment_file::nothing_empty;
use super::percent::percent;
use super::{Bandit, Metric, MetricKind, Metrics, Share, Split};
use crate::diagnostic::Span;
use crate::profile::parse_span;
use crate::yaml::{Fields, Node, Reader, Value};

/// A longer batch is refused: within one nothing is learnt.
pub const MAX_BATCH: SignedDuration = SignedDuration::from_hours(1);

/// A shorter batch is refused: each writes its weights into the journal.
pub const MIN_BATCH: SignedDuration = SignedDuration::from_mins(1);

/// A smaller floor is refused: who is seldom in a variant counts for very much there, and one visitor decides.
const MIN_FLOOR: Decimal = Decimal::from_parts(1, 0, 0, false, 3);

const DEFAULT_FLOOR: Decimal = Decimal::from_parts(5, 0, 0, false, 2);

const EXAMPLE: &str = "bandit: {batch: 1 hour, floor: 5%}";

/// The settings of a bandit; `None` of any other split, which must have none.
pub(super) fn bandit(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    split: Split,
    variants: usize,
) -> Option<Bandit> {
    let entry = fields.entry("bandit");
    if split != Split::Bandit {
        if let Some(entry) = entry {
            let help = "write `assignment: bandit`, or remove it";
            reader.error("bad-field", entry.key_span, "`bandit` has a meaning with `assignment: bandit` only", help);
        }
        return None;
    }
    // More variants than the default floor allows for were refused for their number.
    let mut bandit = Bandit { batch: MAX_BATCH, floor: Share::from_decimal(DEFAULT_FLOOR).unwrap_or(Share::NONE) };
    let Some(entry) = entry else { return Some(bandit) };
    nothing_empty(reader, &entry.value);
    let mut settings = reader.fields(&entry.value, entry.key_span, EXAMPLE);
    if let Some(batch) = settings.get("batch").and_then(|node| batch(reader, node)) {
        bandit.batch = batch;
    }
    if let Some(floor) = settings.get("floor").and_then(|node| floor(reader, node, variants)) {
        bandit.floor = floor;
    }
    settings.close(reader);
    Some(bandit)
}

fn batch(reader: &mut Reader<'_>, node: &Node) -> Option<SignedDuration> {
    let span = match &node.value {
        Value::Text(text) => parse_span(text).ok(),
        _ => None,
    };
    let batch = span.filter(|span| (MIN_BATCH..=MAX_BATCH).contains(span));
    if batch.is_none() {
        let message = format!("{} is no length of a batch", node.described());
        reader.error("bad-value", node.span, message, "write from 1 minute to 1 hour, such as `30 minutes`");
    }
    batch
}

fn floor(reader: &mut Reader<'_>, node: &Node, variants: usize) -> Option<Share> {
    let floor = percent(reader, node)?;
    let most = Decimal::ONE / Decimal::from(variants.max(1));
    if floor < MIN_FLOOR || floor > most {
        let most = (most * Decimal::ONE_HUNDRED).round_dp_with_strategy(1, rust_decimal::RoundingStrategy::ToZero);
        let message = format!("{} is no floor for {variants} variants", node.described());
        let help = format!("write from 0.1% to {}%: what each variant gets at least", most.normalize());
        reader.error("bad-value", node.span, message, help);
        return None;
    }
    Share::from_decimal(floor).ok()
}

/// A bandit follows its primary metric, of which each visitor must bring a number soon.
pub(super) fn has_a_reward(reader: &mut Reader<'_>, at: Span, metrics: &Metrics, primary: Option<&Metric>) {
    let (message, help) = match (&metrics.primary, primary.map(|metric| &metric.kind)) {
        (None, _) => ("a bandit follows a primary metric, and here is none", "write `metrics: {primary: ..}`"),
        (Some(_), Some(MetricKind::Quantile(_) | MetricKind::Retention(_))) => (
            "a bandit cannot follow a quantile, nor what is known only days later",
            "choose a conversion, a count, a sum, a mean or a ratio as the primary metric",
        ),
        _ => return,
    };
    reader.error("bad-value", at, message, help);
}
