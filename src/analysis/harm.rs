//! Whether a treatment makes a guardrail worse: what a breaker goes by, which acts without asking.
//!
//! In: a plan and what was counted. Out: the harms that are proved. The breaker looks whenever something was counted, so it goes by evidence that holds
//! at every look, whatever the plan's own stopping rule is: the one-sided mixture, without a horizon, because outcomes go on gathering.
//! What it is held against is a deterioration by the guardrail's margin, or any at all without one. Its rate of false alarms, the plan's
//! alpha, is that of the experiment: guardrails and treatments share it.

use super::compare::{Compared, compare_all, difference};
use super::non_inferiority::headroom;
use super::{Data, Direction, Error, Measured, Metric, Plan, Role, words};
use crate::statistics::anytime::{Look, Rule, Sides, Standing, Tuning};
use crate::statistics::{Effect, Undefined, real};

/// A guardrail that a treatment makes worse.
#[derive(Debug, Clone, PartialEq)]
pub struct Harm {
    /// The guardrail's name.
    pub metric: String,
    /// The treatment's name.
    pub variant: String,
    /// For people.
    pub text: String,
}

/// The harms that are proved, in the order of the plan's metrics, then of the variants.
///
/// # Errors
/// [`Error`] if plan and data contradict themselves or one another.
pub fn harms(plan: &Plan, data: &Data) -> Result<Vec<Harm>, Error> {
    super::check::check(plan, data)?;
    let metrics = plan.metrics.iter().zip(&data.metrics).enumerate();
    let guardrails: Vec<(usize, &Metric, &Vec<Measured>)> = metrics
        .filter(|(_, (metric, _))| metric.role == Role::Guardrail)
        .map(|(index, (metric, by_variant))| (index, metric, by_variant))
        .collect();
    let comparisons = guardrails.len() * (data.variants.len() - 1);
    if comparisons == 0 {
        return Ok(Vec::new());
    }
    let alpha = plan.alpha / real(comparisons as u64);
    let rule = Rule::new(alpha, Tuning::default()).map_err(|_| Error::OutOfRange("alpha"))?;
    let mut found = Vec::new();
    for (index, metric, by_variant) in guardrails {
        let variants = data.variants.iter().zip(by_variant);
        let Some((_, of_control)) = variants.clone().nth(data.control) else { continue };
        for (place, (treatment, measured)) in variants.enumerate() {
            if place == data.control {
                continue;
            }
            let pair = (of_control, measured);
            let compared = compare_all(data, index, metric.kind, place);
            // What has no number proves nothing.
            let Ok(Some(look)) = compared.as_ref().map_err(|reason| *reason).and_then(|one| worse(metric, one, &rule))
            else {
                continue;
            };
            if look.p_value.value <= alpha {
                let moved = moved(metric, pair, &compared);
                let text = format!(
                    "{} {moved} with {}{}: p = {} at any look, at or under {} ({} shared by {})",
                    metric.name,
                    treatment.name,
                    metric.margin.map_or_else(String::new, |margin| format!(
                        ", beyond its margin of {}",
                        words::percent(margin)
                    )),
                    words::probability(look.p_value.log10),
                    words::plain(alpha),
                    words::plain(plan.alpha),
                    if comparisons == 1 { "one comparison".to_owned() } else { format!("{comparisons} comparisons") },
                );
                let (metric, variant) = (metric.name.clone(), treatment.name.clone());
                found.push(Harm { metric, variant, text });
            }
        }
    }
    Ok(found)
}

/// How sure it is that the treatment is worse, by more than the margin if there is one; `None` while too little is known.
fn worse(metric: &Metric, compared: &Compared, rule: &Rule) -> Result<Option<Look>, Undefined> {
    let comparison = compared.comparison.as_ref().map_err(|reason| *reason)?;
    let better = match (metric.margin, metric.direction) {
        (Some(margin), direction) => headroom(comparison, margin, direction)?,
        (None, Direction::Up) => comparison.difference,
        (None, Direction::Down) => Effect { estimate: -comparison.difference.estimate, ..comparison.difference },
    };
    let worse = Effect { estimate: -better.estimate, ..better };
    Ok(match rule.answer(comparison, &worse, compared.units, compared.evidence, Sides::One)? {
        Standing::Waiting(_) => None,
        Standing::Open(look) => Some(look),
    })
}

/// `is up 12 % against control`.
fn moved(metric: &Metric, pair: (&Measured, &Measured), compared: &Result<Compared, Undefined>) -> String {
    let (estimate, lift) = difference(metric.kind, pair, compared);
    let way = if metric.direction == Direction::Up { "down" } else { "up" };
    match (lift, estimate) {
        (Some(lift), _) => format!("is {way} {}", words::percent(lift.get())),
        (None, Some(estimate)) => format!("is {way} by {}", words::plain(estimate.get().abs())),
        (None, None) => "is worse".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::*;
    use crate::analysis::{Kind, Quality, Variant};
    use crate::statistics::Sums;

    fn plan(margin: Option<f64>, direction: Direction) -> Plan {
        let metric = Metric { role: Role::Guardrail, margin, direction, ..Metric::new("bounces", Kind::Conversion) };
        Plan { metrics: vec![metric], ..Plan::default() }
    }

    fn data(control: (u64, u64), treatment: (u64, u64)) -> Data {
        let variant = |name: &str, units| Variant { name: name.to_owned(), weight: 1.0, units };
        let sums = |(units, conversions)| Measured::from(Sums::of_share(units, conversions));
        Data {
            variants: vec![variant("control", control.0), variant("b", treatment.0)],
            metrics: vec![vec![sums(control), sums(treatment)]],
            quality: Quality::default(),
            ..Data::default()
        }
    }

    #[test]
    fn harm_is_what_lies_beyond_the_margin_on_the_bad_side() {
        for (margin, direction, treatment, expected) in [
            (None, Direction::Down, 1_300, true),
            (None, Direction::Up, 1_300, false),
            (None, Direction::Up, 700, true),
            (None, Direction::Down, 700, false),
            (None, Direction::Down, 1_010, false),
            (Some(0.5), Direction::Down, 1_300, false),
            (Some(0.05), Direction::Down, 1_300, true),
            (Some(0.5), Direction::Up, 700, false),
            (Some(0.05), Direction::Up, 700, true),
        ] {
            let found = harms(&plan(margin, direction), &data((10_000, 1_000), (10_000, treatment))).unwrap();
            assert_eq!(!found.is_empty(), expected, "{margin:?} {direction:?} {treatment}: {found:?}");
        }
    }

    #[test]
    fn the_reason_is_said_in_words() {
        let found = harms(&plan(Some(0.02), Direction::Down), &data((10_000, 1_000), (10_000, 1_300))).unwrap();
        let said = "bounces is up 30 % with b, beyond its margin of 2 %: p = ";
        assert!(found[0].text.starts_with(said), "{}", found[0].text);
        assert!(found[0].text.ends_with("at any look, at or under 0.05 (0.05 shared by one comparison)"));
    }

    #[test]
    fn guardrails_and_treatments_share_alpha() {
        let (mut plan, mut data) = (plan(None, Direction::Down), data((10_000, 1_000), (10_000, 1_175)));
        assert_eq!(harms(&plan, &data).unwrap().len(), 1);
        for number in 0..200 {
            plan.metrics.push(Metric { name: format!("other_{number}"), ..plan.metrics[0].clone() });
            data.metrics.push(vec![Sums::of_share(10_000, 1_000).into(), Sums::of_share(10_000, 1_000).into()]);
        }
        assert_eq!(harms(&plan, &data).unwrap(), [], "one of 201 comparisons");
    }

    #[test]
    fn nothing_is_said_of_other_roles_or_too_little_data() {
        let mut other = plan(None, Direction::Down);
        other.metrics[0].role = Role::Primary;
        assert_eq!(harms(&other, &data((10_000, 1_000), (10_000, 2_000))).unwrap(), []);
        assert_eq!(harms(&plan(None, Direction::Down), &data((20, 0), (20, 20))).unwrap(), []);
        assert_eq!(harms(&plan(None, Direction::Down), &data((0, 0), (0, 0))).unwrap(), []);
    }

    /// Looks after every 50 units a variant, and how many of so many replays raise an alarm.
    fn alarms(replays: u64, rates: (f64, f64), looks: u64) -> u64 {
        let plan = plan(None, Direction::Down);
        let replay = |seed: u64| {
            let mut random = StdRng::seed_from_u64(seed);
            let mut converted = (0, 0);
            (1..=looks).any(|look| {
                for _ in 0..50 {
                    converted.0 += u64::from(random.random_bool(rates.0));
                    converted.1 += u64::from(random.random_bool(rates.1));
                }
                !harms(&plan, &data((look * 50, converted.0), (look * 50, converted.1))).unwrap().is_empty()
            })
        };
        (0..replays).map(replay).map(u64::from).sum()
    }

    #[test]
    fn no_harm_raises_hardly_an_alarm_and_harm_always_does() {
        // At alpha = 0.05: 10 expected at most of 200, and a one-sided sequence takes less.
        let false_alarms = alarms(200, (0.2, 0.2), 60);
        assert!(false_alarms <= 10, "{false_alarms}");
        assert_eq!(alarms(20, (0.2, 0.35), 60), 20);
    }
}
