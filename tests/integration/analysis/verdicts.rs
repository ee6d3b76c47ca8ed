//! The decision rule, branch by branch: a table of experiments with what is to be said of each.

use segue::analysis::{Data, Direction, Kind, Measured, Metric, Plan, Quality, Role, Stop, Variant, scorecard};
use segue::statistics::Sums;
use segue::statistics::group_sequential::Spending;
use serde::Deserialize;

const CASES: &str = include_str!("../../cases/statistics/verdicts.toml");

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    stop: String,
    visitors: Option<u64>,
    #[serde(default)]
    earlier: Vec<f64>,
    variants: Vec<(String, f64, u64)>,
    metrics: Vec<CaseMetric>,
    #[serde(default)]
    units_in_several_variants: u64,
    code: String,
    variant: Option<String>,
    text: String,
    #[serde(default)]
    reasons: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseMetric {
    name: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    down: bool,
    margin: Option<f64>,
    minimum_effect: Option<f64>,
    /// By variant: how many converted.
    conversions: Option<Vec<u64>>,
    /// By variant: sum and sum of squares.
    sums: Option<Vec<(f64, f64)>>,
}

impl CaseMetric {
    fn metric(&self) -> Metric {
        Metric {
            role: match self.role.as_str() {
                "" => Role::Primary,
                "secondary" => Role::Secondary,
                "guardrail" => Role::Guardrail,
                other => panic!("{other}"),
            },
            direction: if self.down { Direction::Down } else { Direction::Up },
            margin: self.margin,
            minimum_effect: self.minimum_effect,
            ..Metric::new(&self.name, if self.conversions.is_some() { Kind::Conversion } else { Kind::Sum })
        }
    }

    fn measured(&self, variants: &[(String, f64, u64)]) -> Vec<Measured> {
        let units = variants.iter().map(|(_, _, units)| *units);
        match (&self.conversions, &self.sums) {
            (Some(conversions), None) => {
                units.zip(conversions).map(|(units, converted)| Sums::of_share(units, *converted).into()).collect()
            }
            (None, Some(sums)) => units
                .zip(sums)
                .map(|(units, (sum, squares))| Sums::of_outcome(units, *sum, *squares).unwrap().into())
                .collect(),
            _ => panic!("{}: conversions or sums", self.name),
        }
    }
}

impl Case {
    fn plan(&self) -> Plan {
        let stop = match self.stop.as_str() {
            "" => Stop::Fixed,
            "anytime" => Stop::Anytime,
            "group_sequential" => Stop::GroupSequential { spending: Spending::ObrienFleming },
            other => panic!("{other}"),
        };
        let metrics = self.metrics.iter().map(CaseMetric::metric).collect();
        Plan { stop, visitors: self.visitors, metrics, ..Plan::default() }
    }

    fn data(&self) -> Data {
        let variants = self.variants.iter().map(|(name, weight, units)| Variant {
            name: name.clone(),
            weight: *weight,
            units: *units,
        });
        Data {
            variants: variants.collect(),
            metrics: self.metrics.iter().map(|metric| metric.measured(&self.variants)).collect(),
            looks: self.earlier.clone(),
            quality: Quality { units_in_several_variants: self.units_in_several_variants, ..Quality::default() },
            ..Data::default()
        }
    }
}

#[test]
fn the_rule_says_what_the_table_says() {
    let table: Table = toml::from_str(CASES).unwrap();
    let mut wrong = Vec::new();
    for case in &table.case {
        let verdict = scorecard(&case.plan(), &case.data()).unwrap().verdict;
        let json = serde_json::to_value(&verdict).unwrap();
        let got = (json["code"].as_str().unwrap(), verdict.variant.as_deref(), verdict.text.as_str());
        if got != (case.code.as_str(), case.variant.as_deref(), case.text.as_str()) {
            wrong.push(format!("{}:\n  got {got:?}", case.name));
        }
        if !case.reasons.is_empty() && verdict.reasons != case.reasons {
            wrong.push(format!("{}:\n  reasons = {:#?}", case.name, verdict.reasons));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
