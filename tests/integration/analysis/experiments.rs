//! Random experiments: units with what they brought, and plans for them.

use proptest::prelude::*;
use segue::analysis::{Breakdown, Cell, Data, Direction, Kind, Measured, Metric, Plan, Role, Stop, Variant};
use segue::statistics::group_sequential::Spending;
use segue::statistics::{Observation, Sums};

/// What one unit brought to every metric, and what it has in common with some others.
#[derive(Debug, Clone)]
pub struct Unit {
    pub brought: Vec<Observation>,
    pub device: usize,
}

/// An experiment, unit by unit.
#[derive(Debug, Clone)]
pub struct Experiment {
    pub plan: Plan,
    /// Information fractions of earlier looks.
    pub looks: Vec<f64>,
    pub weights: Vec<f64>,
    /// By variant.
    pub units: Vec<Vec<Unit>>,
    pub stratified: bool,
}

impl Experiment {
    pub fn data(&self) -> Data {
        let names = ["control", "blue", "red", "green"];
        let variants = names.iter().zip(&self.weights).zip(&self.units);
        let cells = ["phone", "desk"].iter().enumerate().map(|(device, name)| Cell {
            value: (*name).to_owned(),
            units: self
                .units
                .iter()
                .map(|units| units.iter().filter(|unit| unit.device == device).count() as u64)
                .collect(),
            metrics: self.measured(|unit| unit.device == device),
        });
        Data {
            variants: variants
                .map(|((name, weight), units)| Variant {
                    name: (*name).to_owned(),
                    weight: *weight,
                    units: units.len() as u64,
                })
                .collect(),
            metrics: self.measured(|_| true),
            looks: self.looks.clone(),
            strata: if self.stratified { cells.clone().collect() } else { Vec::new() },
            breakdowns: vec![Breakdown { name: "device".to_owned(), values: cells.collect() }],
            ..Data::default()
        }
    }

    fn measured(&self, takes: impl Fn(&Unit) -> bool) -> Vec<Vec<Measured>> {
        let sums = |metric: usize, units: &[Unit]| {
            let mut sums = Sums::default();
            for unit in units.iter().filter(|unit| takes(unit)) {
                sums.add(unit.brought[metric]).unwrap();
            }
            Measured::from(sums)
        };
        let of_metric = |metric| self.units.iter().map(|units| sums(metric, units)).collect();
        (0..self.plan.metrics.len()).map(of_metric).collect()
    }

    /// All outcomes of metrics that are no conversions, so many times as large.
    pub fn scaled(&self, factor: f64) -> Self {
        let mut scaled = self.clone();
        for unit in scaled.units.iter_mut().flatten() {
            for (one, metric) in unit.brought.iter_mut().zip(&self.plan.metrics) {
                if metric.kind != Kind::Conversion {
                    one.outcome *= factor;
                }
            }
        }
        scaled
    }
}

fn metric(kind: Kind, name: &'static str) -> impl Strategy<Value = Metric> {
    let role = prop::sample::select(vec![Role::Primary, Role::Secondary, Role::Guardrail]);
    let direction = prop::sample::select(vec![Direction::Up, Direction::Down]);
    let extras = (prop::option::of(0.01..0.5_f64), prop::option::of(0.01..0.5_f64), any::<bool>());
    (role, direction, extras).prop_map(move |(role, direction, (margin, minimum_effect, has_covariate))| Metric {
        role,
        direction,
        margin,
        minimum_effect,
        has_covariate,
        ..Metric::new(name, kind)
    })
}

fn unit() -> impl Strategy<Value = Unit> {
    // Whole numbers and halves, so that sums of a few hundred and their products are exact in any reckoning.
    let conversion = any::<bool>().prop_map(|converted| f64::from(u8::from(converted)));
    let amount = prop_oneof![Just(0.0), (-20..200_i32).prop_map(|halves| f64::from(halves) / 2.0)];
    let ratio = (0..9_i32, 1..9_i32).prop_map(|(above, below)| (f64::from(above), f64::from(below)));
    let covariate = prop::array::uniform3((0..20_i32).prop_map(f64::from));
    (conversion, amount, ratio, covariate, 0..2_usize).prop_map(
        |(conversion, amount, (above, below), covariate, device)| {
            let [first, second, third] = covariate;
            let brought = vec![
                Observation { outcome: conversion, denominator: 0.0, covariate: first },
                Observation { outcome: amount, denominator: 0.0, covariate: second },
                Observation { outcome: above, denominator: below, covariate: third },
            ];
            Unit { brought, device }
        },
    )
}

fn stop() -> impl Strategy<Value = Stop> {
    let spending = prop::sample::select(vec![Spending::ObrienFleming, Spending::Pocock, Spending::Power(2.0)]);
    prop_oneof![
        4 => Just(Stop::Fixed),
        4 => Just(Stop::Anytime),
        1 => spending.prop_map(|spending| Stop::GroupSequential { spending }),
    ]
}

pub fn experiment() -> impl Strategy<Value = Experiment> {
    let metrics = (metric(Kind::Conversion, "order"), metric(Kind::Sum, "revenue"), metric(Kind::Ratio, "clicks"));
    let arm = || (0.5..3.0_f64, prop::collection::vec(unit(), 0..60));
    let arms = prop::collection::vec(arm(), 2..=4);
    let looks = prop::sample::select(vec![Vec::new(), vec![0.2]]);
    (metrics, arms, stop(), looks, prop::option::of(50..400_u64), any::<bool>()).prop_map(
        |((a, b, c), arms, stop, looks, visitors, stratified)| {
            let visitors = visitors.or(matches!(stop, Stop::GroupSequential { .. }).then_some(300));
            let plan = Plan { stop, visitors, metrics: vec![a, b, c], ..Plan::default() };
            let (weights, units): (Vec<f64>, Vec<Vec<Unit>>) = arms.into_iter().unzip();
            // A look before this one had fewer units.
            let present = units.iter().map(Vec::len).sum::<usize>() as f64 / visitors.unwrap_or(300) as f64;
            let looks = looks.into_iter().filter(|look| *look < present).collect();
            Experiment { plan, looks, weights, units, stratified }
        },
    )
}
