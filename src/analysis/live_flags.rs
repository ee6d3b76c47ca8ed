//! What live data say of themselves: how they came about, and what was done to the experiment on the way.

use super::bandit::left_out;
use super::flag::{Flag, are_too_many, were};
use super::{Change, Data, Tripped, words};

/// What a reader of live results should know, where so many units were counted.
pub fn live(data: &Data, units: u64) -> Vec<Flag> {
    let quality = &data.quality;
    let mut flags: Vec<Flag> = Vec::new();
    let mut flag = |code, count: u64, fails, text: String| {
        if count > 0 {
            flags.push(Flag { code, count, text, fails });
        }
    };
    if let Some(Tripped { metric, variant, at, because }) = &data.tripped {
        let text = format!("the breaker stopped the experiment at {at}: {variant} does harm to {metric} ({because})");
        flag("breaker_tripped", 1, false, text);
    }
    if let Some(unit) = &quality.unit_not_measured {
        let text = format!(
            "the experiment assigns each `{unit}`, and only visitors are measured: export the data and use `segue analyse`"
        );
        flag("unit_not_measured", 1, true, text);
    }
    if quality.is_recounting {
        let text = "the visitors are being counted anew, because what is counted has changed: these are not all yet";
        flag("recounting", 1, false, text.to_owned());
    }
    if !quality.without_cap.is_empty() {
        let count = u64::try_from(quality.without_cap.len()).unwrap_or(u64::MAX);
        let text = format!(
            "the percentile that caps {} is not known yet: nothing is capped so far",
            quality.without_cap.join(", ")
        );
        flag("cap_not_known", count, false, text);
    }
    // Batches are what a change of the split asks for.
    let breaks = |change: &&Change| change.breaks && !data.is_bandit();
    let (breaking, harmless): (Vec<&Change>, Vec<&Change>) = quality.changed_terms.iter().partition(breaks);
    for change in harmless {
        flag("terms_changed", 1, false, changed(change, " after the start,"));
    }
    if let [first, others @ ..] = &breaking[..] {
        let mut text = changed(first, " after the start,");
        others.iter().for_each(|other| text += &format!("; {}", changed(other, "")));
        text += ", so visitors from before and after cannot be compared together";
        flag("terms_changed", breaking.len() as u64, true, text);
    }
    let unexpected = quality.unexpected_variant;
    let text = format!(
        "{} {} told to have seen a variant that the assignment would not give",
        words::count(unexpected),
        were(unexpected, "visitor was", "visitors were")
    );
    flag("unexpected_variant", unexpected, are_too_many(unexpected, units), text);
    let unknown = quality.unknown_variant;
    let text = format!(
        "{} {} told to have seen a variant that the experiment does not have, and {} not counted",
        words::count(unknown),
        were(unknown, "visitor was", "visitors were"),
        were(unknown, "is", "are")
    );
    flag("unknown_variant", unknown, are_too_many(unknown, units), text);
    for (metric, cut) in &quality.truncated_units {
        let visitors = were(*cut, "visitor has", "visitors have");
        let text = format!(
            "{} {visitors} so many events of {metric} that some which would count may not be kept: the first ones are, also those before the exposure",
            words::count(*cut)
        );
        flag("truncated_units", *cut, are_too_many(*cut, units), text);
    }
    for (metric, immature) in &quality.immature_units {
        let text = format!(
            "of {} {} it is too early to know {metric}: {} in it",
            words::count(*immature),
            were(*immature, "visitor", "visitors"),
            were(*immature, "it does not count", "they do not count")
        );
        flag("immature_units", *immature, false, text);
    }
    for name in &quality.breakdowns_given_up {
        let text = format!("the breakdown by {name} is not shown: it has more different values than are kept");
        flag("breakdown_given_up", 1, false, text);
    }
    let undealt = quality.units_without_batch;
    let text = format!(
        "{} {} told to have seen a variant that the batch in force would not give: where batches are compared {} left out",
        words::count(undealt),
        were(undealt, "visitor was", "visitors were"),
        were(undealt, "it is", "they are")
    );
    flag("units_without_batch", undealt, false, text);
    let thin = left_out(data);
    let text = format!(
        "{} {} in batches where a variant got fewer than two, which do not compare it: longer batches or a higher floor would",
        words::count(thin),
        were(thin, "visitor came", "visitors came")
    );
    flag("thin_batches", thin, false, text);
    flags
}

/// `variants were changed after the start, from a 1, b 1 to a 1, b 2`
fn changed(Change { topic, was, is, .. }: &Change, when: &str) -> String {
    format!("{topic} {} changed{when} from {was} to {is}", words::was(topic))
}
