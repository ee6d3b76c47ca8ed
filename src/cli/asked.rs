//! What options that say a share, a change or a weight may say: the same in every command.

use anyhow::bail;

use crate::analysis::words::percent;

/// More visitors than people on earth are no plan.
pub(super) const MAX_VISITORS: u64 = 10_000_000_000;

/// `5%` or `0.05`: between 0 and 1, without both.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    let share = number(text)?;
    if share > 0.0 && share < 1.0 {
        return Ok(share);
    }
    let remedy = match text.trim_end_matches('%') {
        plain if plain == text && (1.0..100.0).contains(&share) => format!("write `{plain}%` if that is meant"),
        _ => "write a share such as 5% or 0.05".to_owned(),
    };
    Err(format!("`{text}` is not between 0% and 100%: {remedy}"))
}

/// A rate, or all of it: `1` and `100%` too.
pub(super) fn rate_or_all(text: &str) -> Result<f64, String> {
    if number(text)? == 1.0 { Ok(1.0) } else { rate(text) }
}

/// A rate of false alarms: at most a half.
pub(super) fn error_rate(text: &str) -> Result<f64, String> {
    match rate(text)? {
        share if share > 0.5 => Err(format!("`{text}` is more than half: write a rate such as 5% or 0.01")),
        share if share < LEAST_ERROR_RATE => {
            Err(format!("`{text}` is less than one in a million: write a rate such as 5% or 0.01"))
        }
        share => Ok(share),
    }
}

/// Nobody has enough visitors to see a smaller rate kept, and a typing error is more likely.
const LEAST_ERROR_RATE: f64 = 1e-6;

/// Refuses a chance to find an effect that a test has without any effect.
pub(super) fn check_power(power: f64, alpha: f64) -> anyhow::Result<()> {
    if power <= alpha {
        bail!(
            "--power {0} is not above --alpha {1}: a test without any effect finds one in {1} of the experiments\nhelp: ask for a larger chance, such as --power 80%",
            percent(power),
            percent(alpha)
        );
    }
    Ok(())
}

/// A relative change: not 0, above -100 %.
pub(super) fn change(text: &str) -> Result<f64, String> {
    let share = number(text)?;
    match share {
        0.0 => Err("an effect of 0 cannot be found: write the smallest change worth finding, such as 5%".to_owned()),
        _ if share <= -1.0 => Err(format!("`{text}` leaves nothing: write a change above -100%")),
        _ if share.abs() >= 1.0 && !text.ends_with('%') => {
            Err(format!("write `{text}%`, or `{}%` if that is meant", share * 100.0))
        }
        _ if share.abs() > MAX_CHANGE => Err(format!("`{text}` is more than {}%", MAX_CHANGE * 100.0)),
        _ => Ok(share),
    }
}

/// A larger relative change is a typing error.
const MAX_CHANGE: f64 = 100.0;

/// A number above 0.
pub(super) fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number <= 1e10 => Ok(number),
        _ => Err(format!("`{text}` is no number above 0 and up to 10000000000")),
    }
}

/// The weight of a variant.
pub(super) fn weight(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(number) if number > 0.0 && number <= 1e6 => Ok(number),
        _ => Err(format!("`{text}` is no weight: write numbers above 0 and up to 1000000, such as 2,1,1")),
    }
}

fn number(text: &str) -> Result<f64, String> {
    let (digits, unit) = text.trim().strip_suffix('%').map_or((text.trim(), 1.0), |digits| (digits, 100.0));
    match digits.trim_end().parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number / unit),
        _ => Err(format!("`{text}` is no number: write a share such as 5% or 0.05")),
    }
}
