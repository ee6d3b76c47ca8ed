//! Tables of variants and outcomes.

use segue::statistics::independence;

use super::case::Case;
use super::found::Found;

pub fn compare(case: &Case, found: &mut Found) {
    let rows = case.length("table");
    let table: Vec<Vec<u64>> = (0..rows).map(|row| case.counts(&format!("table.{row}"))).collect();
    let result = independence(&table);
    found.status(&result);
    found.number("statistic", result.map(|found| found.pearson.statistic));
    found.probability("p_value", result.map(|found| found.pearson.p_value));
    found.number("cramers_v", result.map(|found| found.cramers_v));
    found.number("g_statistic", result.map(|found| found.likelihood_ratio.statistic));
    found.number("g_p_value", result.map(|found| found.likelihood_ratio.p_value.value));
    found.number("log10_g_p_value", result.map(|found| found.likelihood_ratio.p_value.log10));
    match result {
        Ok(result) => {
            found.number("degrees_of_freedom", result.pearson.degrees_of_freedom as f64);
            found.number("min_expected_count", result.smallest_expected);
        }
        // The table has numbers for them; the engine says why there is no test, and nothing else.
        Err(_) => ["degrees_of_freedom", "min_expected_count"].into_iter().for_each(|name| found.part_of_refusal(name)),
    }
}
