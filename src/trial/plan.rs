//! The plan of an experiment, as room `analysis` takes it.

use crate::analysis::{Kind, Metric, Plan, Role, Stop};
use crate::experiment::{self, Experiment, MetricKind};
use crate::measurement::number;
use crate::measurement::{MeasuredExperiment, MeasuredMetric};

/// The plan of an experiment; `measured` is the same experiment.
pub fn plan(experiment: &Experiment, measured: &MeasuredExperiment) -> Plan {
    let settled = &experiment.plan;
    let minimum_effect = settled.minimum_effect.as_ref().map(number);
    let role = |name: &std::sync::Arc<str>| match &experiment.metrics {
        metrics if metrics.primary.as_ref() == Some(name) => Role::Primary,
        metrics if metrics.secondary.contains(name) => Role::Secondary,
        _ => Role::Guardrail,
    };
    let metric = |measured: &MeasuredMetric| {
        let definition = &measured.definition;
        let role = role(&definition.name);
        Metric {
            role,
            direction: definition.direction,
            // Of what should improve, that it stays as it is proves nothing.
            margin: definition.margin.as_ref().filter(|_| role == Role::Guardrail).map(number),
            minimum_effect,
            has_covariate: definition.before.is_some(),
            ..Metric::new(&*definition.name, kind(&definition.kind))
        }
    };
    Plan {
        alpha: number(&settled.alpha),
        power: number(&settled.power),
        stop: match settled.stop {
            experiment::Stop::Fixed => Stop::Fixed,
            experiment::Stop::Anytime => Stop::Anytime,
            experiment::Stop::GroupSequential { spending, .. } => Stop::GroupSequential { spending },
        },
        visitors: settled.visitors,
        metrics: measured.metrics.iter().map(metric).collect(),
        ..Plan::default()
    }
}

/// What the numbers of a unit are; a mean is a ratio of two sums of each unit, as its values are not independent.
fn kind(kind: &MetricKind) -> Kind {
    match kind {
        MetricKind::Conversion | MetricKind::Retention(_) => Kind::Conversion,
        MetricKind::Count | MetricKind::Sum => Kind::Sum,
        MetricKind::Mean | MetricKind::Ratio { .. } => Kind::Ratio,
        MetricKind::Quantile(share) => Kind::Quantile(number(share)),
    }
}
