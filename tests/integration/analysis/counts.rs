//! Experiments by their counts alone, in a line.

use segue::analysis::{Data, Kind, Measured, Metric, Plan, Stop, Variant};
use segue::statistics::Sums;
use segue::statistics::group_sequential::Spending;

/// A plan with one conversion.
pub fn plan(stop: Stop, visitors: Option<u64>) -> Plan {
    Plan { stop, visitors, metrics: vec![Metric::new("order", Kind::Conversion)], ..Plan::default() }
}

/// O'Brien's and Fleming's.
pub fn planned_looks() -> Stop {
    Stop::GroupSequential { spending: Spending::ObrienFleming }
}

/// Variants with their weights, units and conversions; the first is the control.
pub fn conversions(variants: &[(f64, u64, u64)]) -> Data {
    let names = ["a", "b", "c", "d"];
    let named = names.iter().zip(variants);
    Data {
        variants: named.map(|(name, (weight, units, _))| variant(name, *weight, *units)).collect(),
        metrics: vec![variants.iter().map(|(_, units, hits)| Measured::from(Sums::of_share(*units, *hits))).collect()],
        ..Data::default()
    }
}

pub fn variant(name: &str, weight: f64, units: u64) -> Variant {
    Variant { name: name.to_owned(), weight, units }
}
