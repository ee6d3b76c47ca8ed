//! What a reader should know about the data.

use serde::Serialize;

use super::{Data, words};

/// Units in several variants beyond this share of all make the data untrustworthy: they are in both variants that are compared.
const MIXED_UNITS_SHARE: f64 = 0.01;

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

/// Everything that went wrong before the sums were made.
pub fn flags(data: &Data) -> Vec<Flag> {
    let quality = &data.quality;
    let units: u64 = data.variants.iter().fold(0, |sum, variant| sum.saturating_add(variant.units));
    let mut flags = Vec::new();
    let mut flag = |code, count: u64, fails, text: String| {
        if count > 0 {
            flags.push(Flag { code, count, text, fails });
        }
    };
    let mixed = quality.units_in_several_variants;
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more than f64 has")]
    let too_mixed = mixed as f64 > MIXED_UNITS_SHARE * units.max(mixed) as f64;
    flag(
        "units_in_several_variants",
        mixed,
        too_mixed,
        format!("{} {} seen in more than one variant", words::count(mixed), were(mixed, "unit was", "units were")),
    );
    let refused = quality.refused_rows;
    flag(
        "refused_rows",
        refused,
        false,
        format!("{} {} not be read", words::count(refused), were(refused, "row could", "rows could")),
    );
    for (metric, missing) in &quality.missing_values {
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

fn were(count: u64, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}
