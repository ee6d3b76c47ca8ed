//! What a reader should know about the data.

use serde::Serialize;

use super::compare::real;
use super::live_flags::live;
use super::{Data, Plan, SampleRatio, Seen, Stop, covariate, words};
use crate::statistics::anytime::OVERSHOOT;

/// Units in several variants, in one that they should not be in, or in one that there is not, make the data untrustworthy beyond this share of all.
const ASTRAY_SHARE: f64 = 0.01;

/// What a reader should know about the data.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flag {
    /// A stable word, such as `units_in_several_variants`.
    pub code: &'static str,
    /// How often.
    pub count: u64,
    /// For people.
    pub text: String,
    /// Whether the data cannot be trusted because of it.
    pub fails: bool,
}

/// Everything that went wrong before the sums were made, and where the data are no longer those of the plan.
pub fn flags(plan: &Plan, data: &Data) -> Vec<Flag> {
    let quality = &data.quality;
    let units: u64 = data.variants.iter().fold(0, |sum, variant| sum.saturating_add(variant.units));
    let known = horizon(plan, data, units).into_iter().chain(live(data, units));
    let mut flags: Vec<Flag> = known.chain(covariate::flags(plan, data)).collect();
    let mut flag = |code, count: u64, fails, text: String| {
        if count > 0 {
            flags.push(Flag { code, count, text, fails });
        }
    };
    let mixed = quality.units_in_several_variants;
    // A table leaves them out; a server knows which exposure came first.
    let what_counts = match data.seen {
        Seen::AsPlanned => were(mixed, "is left out", "are left out"),
        Seen::Live | Seen::AtTheEnd | Seen::Ended => "the first one counts",
    };
    flag(
        "units_in_several_variants",
        mixed,
        are_too_many(mixed, units),
        format!(
            "{} {} seen in more than one variant and {what_counts}",
            words::count(mixed),
            were(mixed, "unit was", "units were")
        ),
    );
    let refused = quality.refused_rows;
    flag(
        "refused_rows",
        refused,
        false,
        format!("{} {} not be read", words::count(refused), were(refused, "row could", "rows could")),
    );
    for (metric, missing) in &quality.missing_units {
        let all = missing.iter().fold(0_u64, |sum, count| sum.saturating_add(*count));
        let by_variant = missing.iter().zip(&data.variants);
        let parts: Vec<String> =
            by_variant.map(|(count, variant)| format!("{} in {}", words::count(*count), variant.name)).collect();
        let (units, have) = if all == 1 { ("visitor", "has") } else { ("visitors", "have") };
        let text = format!(
            "{} {units} {have} no value of {metric} and counted as 0: {}",
            words::count(all),
            words::list(&parts)
        );
        // Where a value is missing by chance, those without one are split as all are.
        if SampleRatio::of_part(missing, data, plan).alarm.is_some() {
            let text = text + ", which is no chance (where nothing was brought, write 0)";
            flag("missing_values_differ", all, true, text);
        } else {
            flag("missing_values", all, false, text);
        }
    }
    let is_told = |metric: &String| quality.missing_units.iter().any(|(known, _)| known == metric);
    for (metric, missing) in quality.missing_values.iter().filter(|(metric, _)| !is_told(metric)) {
        let (values, are) = if *missing == 1 { ("value", "is") } else { ("values", "are") };
        let text = format!("{} {values} of {metric} {are} missing", words::count(*missing));
        flag("missing_values", *missing, false, text);
    }
    for (column, varying) in &quality.varying_values {
        let units = were(*varying, "unit", "units");
        let text =
            format!("of {} {units} the rows do not agree in `{column}`: the first row counts", words::count(*varying));
        flag("varying_values", *varying, false, text);
    }
    flags
}

/// Why the planned number of visitors sharpens nothing, or is behind.
fn horizon(plan: &Plan, data: &Data, units: u64) -> Option<Flag> {
    let planned = plan.visitors?;
    let passed =
        || format!("the planned end has passed: {} of {} visitors", words::count(units), words::count(planned));
    let (code, count, text) = match plan.stop {
        Stop::Anytime if data.accumulates => (
            "outcomes_accumulate",
            units,
            "outcomes of a visitor still come after it was first counted, so the number of visitors does not say how much is known, and the \
             planned number sharpens nothing; give one row a visitor with its final outcome, or count each one after a fixed time"
                .to_owned(),
        ),
        Stop::Anytime if data.is_bandit() => (
            "split_changes",
            units,
            "the split changes on the way, so the planned number of visitors sharpens nothing".to_owned(),
        ),
        Stop::Anytime if real(units) > (1.0 + OVERSHOOT) * real(planned) => (
            "planned_end_passed",
            units.saturating_sub(planned),
            passed() + ", so what it sharpened is over; what was found until then may be said, of the visitors planned",
        ),
        // A server takes its looks by itself, each once.
        Stop::Fixed | Stop::GroupSequential { .. } if data.seen != Seen::AsPlanned => return None,
        Stop::GroupSequential { .. } if data.looks.last().is_some_and(|last| *last >= 1.0) => (
            "planned_end_passed",
            units.saturating_sub(planned).max(1),
            "the planned end was looked at before: all of alpha was spent by then, so this look claims nothing; what that one said stands".to_owned(),
        ),
        Stop::GroupSequential { .. } if units > planned => (
            "planned_end_passed",
            units.saturating_sub(planned),
            passed() + ", so this is the last look; if one was made at the end, it was the last, and has to be stated",
        ),
        _ => return None,
    };
    Some(Flag { code, count, text, fails: false })
}

/// Whether so many units that went astray make the rest of no use.
pub(super) fn are_too_many(astray: u64, units: u64) -> bool {
    real(astray) > ASTRAY_SHARE * real(units.max(astray))
}

pub(super) fn were(count: u64, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}
