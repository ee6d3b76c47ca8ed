//! What a team settled before its experiment began to count: one line for each thing that must not change unnoticed.
//!
//! In: a definition with its metrics. Out: lines, and their hash. Texts for people do not belong to it, nor what
//! shows or hides an experiment without changing what is measured.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_128;

use super::metric::Cap;
use super::{Experiment, Metric, MetricKind, Share, Split, Stop};
use crate::analysis::Direction;
use crate::profile::span_text;
use crate::statistics::group_sequential::Spending;

/// What was settled, by topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms(pub Vec<Term>);

/// One thing that was settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// Such as `alpha`, `variants`, `metric order_rate`; no two of an experiment are the same.
    pub topic: String,
    /// What was settled, in words of the definition.
    pub text: String,
}

impl Terms {
    /// Of an experiment; metrics that it does not name are passed over.
    pub fn of(experiment: &Experiment, metrics: &BTreeMap<Arc<str>, Metric>) -> Self {
        let mut terms = Self::default();
        terms.settle("salt", &experiment.salt);
        terms.settle("unit", experiment.unit.word());
        terms.settle("assignment", &split_text(experiment));
        // In lowest terms: 50 and 50 share the traffic as 1 and 1 do.
        let common = experiment.variants.iter().fold(0, |common, variant| gcd(common, variant.weight)).max(1);
        let variants =
            experiment.variants.iter().map(|variant| format!("{} {}", variant.name, variant.weight / common));
        terms.settle("variants", &variants.collect::<Vec<_>>().join(", "));
        terms.settle("traffic", &share(experiment.traffic));
        let layer = experiment.layer.as_ref().map(|placement| {
            let (start, end) = (share(placement.range.start), share(placement.range.end));
            format!("{} {start}..{end}", placement.layer.name)
        });
        terms.settle("layer", layer.as_deref().unwrap_or("none"));
        if let Some(placement) = &experiment.layer {
            terms.settle("layer salt", &placement.layer.salt);
        }
        let holdouts = experiment.holdouts.iter().map(|holdout| {
            format!("{} {} of each {} by {}", holdout.name, share(holdout.share), holdout.unit.word(), holdout.salt)
        });
        terms.settle("holdouts", &or_none(holdouts.collect::<Vec<_>>().join(", ")));
        let instant = |at: Option<Timestamp>| at.map_or("not set".to_owned(), |at| at.to_string());
        terms.settle("from", &instant(experiment.schedule.from));
        terms.settle("until", &instant(experiment.schedule.until));
        terms.settle("breaker", if experiment.has_breaker { "on" } else { "off" });
        let plan = &experiment.plan;
        terms.settle("alpha", &plan.alpha.normalize().to_string());
        terms.settle("power", &plan.power.normalize().to_string());
        let effect = plan.minimum_effect.map_or("none".to_owned(), |effect| effect.normalize().to_string());
        terms.settle("minimum effect", &effect);
        terms.settle("stop", &stop_text(plan.stop));
        terms.settle("visitors", &plan.visitors.map_or("not planned".to_owned(), |visitors| visitors.to_string()));
        let breakdowns = experiment.breakdowns.iter().map(|names| names.join(" and "));
        terms.settle("breakdowns", &breakdowns.collect::<Vec<_>>().join(", "));
        let own = &experiment.metrics;
        let roles = own.primary.iter().map(|name| (name, "primary"));
        let roles = roles.chain(own.secondary.iter().map(|name| (name, "secondary")));
        for (name, role) in roles.chain(own.guardrails.iter().map(|name| (name, "guardrail"))) {
            if let Some(metric) = metrics.get(name) {
                terms.settle(&format!("metric {name}"), &format!("{role}: {}", metric_text(metric)));
            }
        }
        terms
    }

    fn settle(&mut self, topic: &str, text: &str) {
        self.0.push(Term { topic: topic.into(), text: text.into() });
    }

    /// 32 hex digits that stand for all lines: XXH3, 128 bits, over topics and texts, each followed by a byte 0.
    ///
    /// It tells changes from none; it does not withstand somebody who searches for two plans of one hash, and need not: the lines are kept.
    pub fn hash(&self) -> String {
        let mut bytes = Vec::new();
        for Term { topic, text } in &self.0 {
            for part in [topic, text] {
                bytes.extend_from_slice(part.as_bytes());
                bytes.push(0);
            }
        }
        format!("{:032x}", XxHash3_128::oneshot(&bytes))
    }
}

fn gcd(one: u64, other: u64) -> u64 {
    if other == 0 { one } else { gcd(other, one % other) }
}

fn or_none(text: String) -> String {
    if text.is_empty() { "none".to_owned() } else { text }
}

fn split_text(experiment: &Experiment) -> String {
    let word = experiment.split.word();
    match experiment.bandit.filter(|_| experiment.split == Split::Bandit) {
        Some(bandit) => format!("{word}, batches of {}, floor {}", span_text(bandit.batch), share(bandit.floor)),
        None => word.to_owned(),
    }
}

fn stop_text(stop: Stop) -> String {
    let word = stop.word();
    match stop {
        Stop::Fixed | Stop::Anytime => word.to_owned(),
        Stop::GroupSequential { looks, spending } => {
            let spending = match spending {
                Spending::ObrienFleming => "obrien_fleming".to_owned(),
                Spending::Pocock => "pocock".to_owned(),
                Spending::Power(exponent) => format!("power {exponent}"),
            };
            format!("{word}, {looks} looks, {spending}")
        }
    }
}

fn share(share: Share) -> String {
    share.to_f64().to_string()
}

/// All that changes what a metric counts or decides.
fn metric_text(metric: &Metric) -> String {
    let mut text = metric.kind.word().to_owned();
    match &metric.kind {
        MetricKind::Quantile(share) => text += &format!(" {}", share.normalize()),
        MetricKind::Retention(day) => text += &format!(" on day {day}"),
        _ => {}
    }
    text += &format!(" of {}", metric.event);
    let mut more = |said: std::fmt::Arguments<'_>| {
        // Writing to a text cannot fail.
        let _ = text.write_fmt(said);
    };
    if let Some(property) = &metric.property {
        more(format_args!(".{property}"));
    }
    if let MetricKind::Ratio { event, property } = &metric.kind {
        more(format_args!(" by {event}"));
        property.iter().for_each(|property| more(format_args!(".{property}")));
    }
    if let Some(filter) = &metric.filter {
        more(format_args!(" where {}", filter.text));
    }
    if let Some(within) = metric.within {
        more(format_args!(", within {}", span_text(within)));
    }
    match metric.before {
        Some(before) => more(format_args!(", adjusted by {} before", span_text(before))),
        None => more(format_args!(", not adjusted")),
    }
    match &metric.cap {
        Some(Cap::Value(cap)) => more(format_args!(", cap {}", cap.normalize())),
        Some(Cap::Percentile(share)) => more(format_args!(", cap at the share {}", share.normalize())),
        None => {}
    }
    more(format_args!(", {} is better", if metric.direction == Direction::Up { "more" } else { "less" }));
    if let Some(margin) = metric.margin {
        more(format_args!(", margin {}", margin.normalize()));
    }
    text
}
