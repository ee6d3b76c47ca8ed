//! Any finite sums as an experiment.
//!
//! The bytes are read as a plan and as sums, also such as contradict one another. Nothing may panic or hang, every number of the scorecard
//! is finite, and the JSON can be read back.
#![no_main]

use libfuzzer_sys::arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use segue::analysis::{
    Breakdown, Cell, Data, Direction, Kind, Measured, Metric, Plan, Quality, Role, Stop, Variant, scorecard,
};
use segue::statistics::group_sequential::Spending;
use segue::statistics::{Level, Observation, Sums, Undefined, Variable};

const VARIABLES: [Variable; 3] = [Variable::Outcome, Variable::Denominator, Variable::Covariate];

/// Few and simple numbers are as telling as random bits.
fn number(bytes: &mut Unstructured) -> Result<f64> {
    let number = match bytes.int_in_range(0..=4)? {
        0 => f64::from(bytes.arbitrary::<i8>()?),
        1 => f64::from(bytes.arbitrary::<i32>()?) / 100.0,
        2 => 1e8 + f64::from(bytes.arbitrary::<i8>()?),
        3 => 0.0,
        _ => f64::arbitrary(bytes)?,
    };
    Ok(if number.is_finite() { number } else { 1.0 })
}

fn count(bytes: &mut Unstructured) -> Result<u64> {
    match bytes.int_in_range(0..=3)? {
        0 => bytes.int_in_range(0..=20),
        1 => bytes.int_in_range(0..=100_000),
        2 => bytes.int_in_range(0..=10_u64.pow(12)),
        _ => bytes.arbitrary(),
    }
}

fn sums(bytes: &mut Unstructured) -> Result<Sums> {
    match bytes.int_in_range(0..=2)? {
        0 => {
            let units = count(bytes)?;
            Ok(Sums::of_share(units, count(bytes)?.min(units)))
        }
        1 => {
            let mut sums = Sums::default();
            for _ in 0..bytes.int_in_range(0..=12)? {
                let (outcome, denominator, covariate) = (number(bytes)?, number(bytes)?, number(bytes)?);
                let _ = sums.add(Observation { outcome, denominator, covariate });
            }
            Ok(sums)
        }
        _ => {
            let mut sums = Sums::of_outcome(count(bytes)?, number(bytes)?, number(bytes)?).unwrap_or_default();
            for (place, a) in VARIABLES.into_iter().enumerate() {
                let _ = sums.set(a, number(bytes)?);
                for b in &VARIABLES[place..] {
                    let _ = sums.set_product(a, *b, number(bytes)?);
                }
            }
            Ok(sums)
        }
    }
}

fn measured(bytes: &mut Unstructured, kind: Kind) -> Result<Measured> {
    if !matches!(kind, Kind::Quantile(_)) {
        return Ok(sums(bytes)?.into());
    }
    let level = Level { units: count(bytes)?, value: number(bytes)?, variance: number(bytes)?.abs() };
    Ok(Measured::Quantile(if bytes.arbitrary()? { Ok(level) } else { Err(Undefined::NoUnits) }))
}

fn metric(bytes: &mut Unstructured, index: usize) -> Result<Metric> {
    let kind = match bytes.int_in_range(0..=3)? {
        0 => Kind::Conversion,
        1 => Kind::Sum,
        2 => Kind::Ratio,
        _ => Kind::Quantile(0.9),
    };
    Ok(Metric {
        role: *bytes.choose(&[Role::Primary, Role::Secondary, Role::Guardrail])?,
        direction: *bytes.choose(&[Direction::Up, Direction::Down])?,
        margin: if bytes.arbitrary()? { Some(number(bytes)?) } else { None },
        minimum_effect: if bytes.arbitrary()? { Some(number(bytes)?) } else { None },
        has_covariate: bytes.arbitrary()?,
        ..Metric::new(format!("m{index}"), kind)
    })
}

fn plan(bytes: &mut Unstructured) -> Result<Plan> {
    let stop = match bytes.int_in_range(0..=7)? {
        0..=3 => Stop::Fixed,
        4..=6 => Stop::Anytime,
        _ => Stop::GroupSequential {
            spending: *bytes.choose(&[Spending::ObrienFleming, Spending::Pocock, Spending::Power(2.0)])?,
        },
    };
    let count_of_metrics = bytes.int_in_range(1..=3)?;
    Ok(Plan {
        alpha: *bytes.choose(&[0.05, 0.001, 0.5, 1e-9])?,
        visitors: if bytes.arbitrary()? { Some(count(bytes)?) } else { None },
        stop,
        metrics: (0..count_of_metrics).map(|index| metric(bytes, index)).collect::<Result<_>>()?,
        ..Plan::default()
    })
}

fn table(bytes: &mut Unstructured, plan: &Plan, variants: usize) -> Result<Vec<Vec<Measured>>> {
    let row = |metric: &Metric, bytes: &mut Unstructured| (0..variants).map(|_| measured(bytes, metric.kind)).collect();
    plan.metrics.iter().map(|metric| row(metric, bytes)).collect()
}

fn data(bytes: &mut Unstructured, plan: &Plan) -> Result<Data> {
    let count_of_variants = bytes.int_in_range(2..=4)?;
    let mut variants = Vec::new();
    for index in 0..count_of_variants {
        let weight = *bytes.choose(&[1.0, 0.0, 3.0, 1e-300, 1e300])?;
        variants.push(Variant { name: format!("v{index}"), weight, units: count(bytes)? });
    }
    let cell = |bytes: &mut Unstructured, value: &str| {
        let units = (0..count_of_variants).map(|_| count(bytes)).collect::<Result<_>>()?;
        Ok(Cell { value: value.to_owned(), units, metrics: table(bytes, plan, count_of_variants)? })
    };
    let strata = if bytes.arbitrary()? { vec![cell(bytes, "a")?, cell(bytes, "b")?] } else { Vec::new() };
    let values = if bytes.arbitrary()? { vec![cell(bytes, "c")?] } else { Vec::new() };
    Ok(Data {
        looks: if bytes.arbitrary()? { vec![0.3] } else { Vec::new() },
        control: bytes.int_in_range(0..=count_of_variants - 1)?,
        metrics: table(bytes, plan, count_of_variants)?,
        strata,
        accumulates: bytes.arbitrary()?,
        breakdowns: vec![Breakdown { name: "part".to_owned(), values }],
        quality: Quality { units_in_several_variants: count(bytes)?, ..Quality::default() },
        variants,
    })
}

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = Unstructured::new(bytes);
    let Ok(plan) = plan(&mut bytes) else { return };
    let Ok(data) = data(&mut bytes, &plan) else { return };
    let Ok(found) = scorecard(&plan, &data) else { return };
    let json = serde_json::to_string(&found).expect("a scorecard is JSON");
    let _: serde_json::Value = serde_json::from_str(&json).expect("JSON that can be read");
    for word in ["NaN", "inf,", "inf "] {
        assert!(!json.contains(word), "{word} in {json}");
    }
});
