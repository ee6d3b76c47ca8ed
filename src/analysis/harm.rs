//! Whether a treatment makes a guardrail worse: what a breaker goes by, which acts without asking.
//!
//! In: a plan and what was counted. Out: the harms that are proved. The breaker looks whenever something was counted, so it goes by evidence that holds
//! at every look, whatever the plan's own stopping rule is: the one-sided mixture, without a horizon, because outcomes go on gathering.
//! Of conversions there is a second test beside it, of those who converted alone, and each takes half of alpha: it is exact from the first of them,
//! where the mixture has to wait for some in both variants, and what only the treatment does is the harm that matters most.
//! What it is held against is a deterioration by the guardrail's margin, or any at all without one. Its rate of false alarms, the plan's
//! alpha, is that of the experiment: guardrails and treatments share it.

use super::compare::{Compared, compare_all, conversions, difference, real};
use super::non_inferiority::headroom;
use super::{Data, Direction, Error, Kind, Measured, Metric, Plan, Role, words};
use crate::statistics::anytime::{Rule, Sides, Standing, Tuning, too_many_converters};
use crate::statistics::{Effect, Probability, Undefined};

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
            let by_converters = converters(metric, data, pair, place);
            // Each of two tests is held to half of alpha.
            let tests = if by_converters.is_some() { 2.0 } else { 1.0 };
            // What has no number proves nothing.
            let rule = Rule::new(alpha / tests, Tuning::default()).map_err(|_| Error::OutOfRange("alpha"))?;
            let by_mixture = compared.as_ref().ok().and_then(|one| worse(metric, one, &rule).ok().flatten());
            let Some(p_value) = [by_mixture, by_converters].into_iter().flatten().reduce(Probability::min) else {
                continue;
            };
            let p_value = p_value.times(tests);
            if p_value.value <= alpha {
                let moved = moved(metric, pair, &compared);
                let text = format!(
                    "{} {moved} with {}{}: p = {} at any look, at or under {} ({} shared by {})",
                    metric.name,
                    treatment.name,
                    metric.margin.map_or_else(String::new, |margin| format!(
                        ", beyond its margin of {}",
                        words::percent(margin)
                    )),
                    words::probability(p_value.log10),
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
fn worse(metric: &Metric, compared: &Compared, rule: &Rule) -> Result<Option<Probability>, Undefined> {
    let comparison = compared.comparison.as_ref().map_err(|reason| *reason)?;
    let better = match (metric.margin, metric.direction) {
        (Some(margin), direction) => headroom(comparison, margin, direction)?,
        (None, Direction::Up) => comparison.difference,
        (None, Direction::Down) => Effect { estimate: -comparison.difference.estimate, ..comparison.difference },
    };
    let worse = Effect { estimate: -better.estimate, ..better };
    Ok(match rule.answer(comparison, &worse, compared.units, compared.evidence, Sides::One)? {
        Standing::Waiting(_) => None,
        Standing::Open(look) => Some(look.p_value),
    })
}

/// The same of conversions, by how many of those who converted had the variant in which there should be fewer; `None` of anything else, and where the split
/// was not the same all the time. Of shares by plan and as they were found the one counts that proves less.
fn converters(metric: &Metric, data: &Data, pair: (&Measured, &Measured), treatment: usize) -> Option<Probability> {
    let is_one_split = !data.is_bandit() && !data.quality.changed_terms.iter().any(|change| change.breaks);
    if metric.kind != Kind::Conversion || !is_one_split {
        return None;
    }
    let margin = metric.margin.unwrap_or(0.0);
    let (factor, is_treatment) = match metric.direction {
        Direction::Down => (1.0 + margin, true),
        Direction::Up => (1.0 / (1.0 - margin), false),
    };
    let places = (data.variants.get(data.control)?, data.variants.get(treatment)?);
    let of = |one: &Measured| conversions(one.sums()?).ok();
    let ((_, in_control), (_, in_treatment)) = (of(pair.0)?, of(pair.1)?);
    let ((more, many), (less, few)) = match is_treatment {
        true => ((places.1, in_treatment), (places.0, in_control)),
        false => ((places.0, in_control), (places.1, in_treatment)),
    };
    let share = |more: f64, less: f64| more * factor / (more * factor + less);
    let shares = [share(more.weight, less.weight), share(real(more.units), real(less.units))];
    too_many_converters(many, few, shares.into_iter().fold(0.0, f64::max)).ok()
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
    use crate::analysis::{Change, Quality, Variant};
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
        assert_eq!(harms(&plan(None, Direction::Down), &data((20, 0), (20, 5))).unwrap(), []);
        assert_eq!(harms(&plan(None, Direction::Down), &data((0, 0), (0, 0))).unwrap(), []);
    }

    #[test]
    fn what_only_the_treatment_does_is_harm_from_a_few_on() {
        for (margin, direction, control, treatment, expected) in [
            (None, Direction::Down, 0, 9, true),
            (None, Direction::Down, 0, 7, false),
            (Some(0.1), Direction::Down, 0, 10, true),
            (None, Direction::Down, 9, 0, false),
            (None, Direction::Up, 9, 0, true),
            (Some(0.1), Direction::Up, 10, 0, true),
            (Some(1.0), Direction::Up, 100, 0, false),
            (None, Direction::Up, 0, 9, false),
        ] {
            let found = harms(&plan(margin, direction), &data((1_000, control), (1_000, treatment))).unwrap();
            assert_eq!(!found.is_empty(), expected, "{margin:?} {direction:?} {control} {treatment}: {found:?}");
        }
        // Who was seen five times as often may do it as often more, whatever was planned.
        let plan = plan(None, Direction::Down);
        assert_eq!(harms(&plan, &data((1_000, 2), (5_000, 12))).unwrap(), []);
        // Nothing is known of a split that was another one before.
        let mut changed = data((1_000, 0), (1_000, 20));
        let (was, is) = ("1".to_owned(), "2".to_owned());
        changed.quality.changed_terms = vec![Change { topic: "variants".to_owned(), was, is, breaks: true }];
        assert_eq!(harms(&plan, &changed).unwrap(), []);
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
