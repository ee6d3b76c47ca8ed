//! Numbers as people read them.

/// A share or a lift without its sign: `72 %`, `5.3 %`, `0.041 %`.
pub fn percent(share: f64) -> String {
    // A lift may be as large as `f64` goes.
    let percent = (share * 100.0).abs().min(f64::MAX);
    match percent {
        0.0 => "0 %".to_owned(),
        10.0.. if percent < 1e6 => format!("{percent:.0} %"),
        _ => format!("{} %", significant(percent, 2)),
    }
}

/// A share or a lift with its sign: `+72 %`, `-5.3 %`, `0 %`.
pub fn signed_percent(share: f64) -> String {
    sign(share).to_owned() + &percent(share)
}

/// A number in the metric's own unit: four significant digits.
pub fn plain(number: f64) -> String {
    significant(number, 4)
}

/// A number in the metric's own unit, with its sign.
pub fn signed(number: f64) -> String {
    (if number > 0.0 { "+" } else { "" }).to_owned() + &significant(number, 4)
}

/// The size of a difference of shares: `4.00 pp`, `0.012 pp`.
pub fn points(share: f64) -> String {
    let points = (share * 100.0).abs();
    if points == 0.0 || points >= 0.1 { format!("{points:.2} pp") } else { format!("{} pp", plain(points)) }
}

/// A difference of shares with its sign: `+4.00 pp`.
pub fn signed_points(share: f64) -> String {
    sign(share).to_owned() + &points(share)
}

/// A chance in whole per cents, but never certain: `97 %`, `more than 99.9 %`.
pub fn chance(probability: f64) -> String {
    match probability {
        0.999.. => "more than 99.9 %".to_owned(),
        0.0..0.001 => "less than 0.1 %".to_owned(),
        _ => percent(probability),
    }
}

/// A probability by its decimal logarithm: `0.034`, `2.1e-112`.
pub fn probability(log10: f64) -> String {
    if log10 > -4.0 {
        return significant(10.0_f64.powf(log10), 2);
    }
    let (mut exponent, mut mantissa) = (log10.floor(), 10.0_f64.powf(log10 - log10.floor()));
    if mantissa >= 9.95 {
        (exponent, mantissa) = (exponent + 1.0, 1.0);
    }
    format!("{mantissa:.1}e{exponent:.0}")
}

/// A count in groups of three: `64,000`.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many units: `1 unit`, `64,000 units`.
pub fn units(units: u64) -> String {
    format!("{} {}", count(units), if units == 1 { "unit" } else { "units" })
}

/// A count of which only the size matters, rounded up to two digits: `170,000`.
pub fn rounded_count(exact: u64) -> String {
    let step = 10_u64.pow(exact.checked_ilog10().unwrap_or(0).saturating_sub(1));
    count(exact.div_ceil(step).saturating_mul(step))
}

/// Names in a row: `a`, `a and b`, `a, b and c`.
pub fn list<T: AsRef<str>>(names: &[T]) -> String {
    match names {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [most @ .., last] => {
            let most: Vec<&str> = most.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", most.join(", "), last.as_ref())
        }
    }
}

/// A sentence names so many things; of the rest it says how many there are.
pub const NAMED: usize = 3;

/// The first few names in a row, and how many others there are.
pub fn few<T: AsRef<str>>(names: &[T]) -> String {
    match (names.get(..NAMED), names.len().saturating_sub(NAMED)) {
        (None, _) | (_, 0) => list(names),
        (Some(first), others) => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {others} {}", first.join(", "), if others == 1 { "other" } else { "others" })
        }
    }
}

/// `was` or `were`, of what a definition calls so: `variants` are many, `traffic` and `metric orders` one.
pub fn was(topic: &str) -> &'static str {
    if topic.ends_with('s') && !topic.contains(' ') { "were" } else { "was" }
}

fn sign(number: f64) -> &'static str {
    match number {
        _ if number > 0.0 => "+",
        _ if number < 0.0 => "-",
        _ => "",
    }
}

/// Rounded to so many significant digits; very large and very small numbers with an exponent.
fn significant(number: f64, digits: usize) -> String {
    let rounded = format!("{number:.*e}", digits.saturating_sub(1));
    let exponent: i32 = rounded.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    if number == 0.0 {
        return "0".to_owned();
    }
    if !(-4..7).contains(&exponent) {
        return rounded;
    }
    let decimals = usize::try_from(i32::try_from(digits).unwrap_or(0) - 1 - exponent).unwrap_or(0);
    let text = format!("{number:.decimals$}");
    if decimals == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_short_as_their_meaning() {
        assert_eq!([0.724, 0.0531, 0.00041, 0.0, -12.3].map(percent), ["72 %", "5.3 %", "0.041 %", "0 %", "1230 %"]);
        assert_eq!([0.724, -0.0531, 0.0].map(signed_percent), ["+72 %", "-5.3 %", "0 %"]);
        assert_eq!(
            [0.01234567, 1234567.8, -2.0, 1e-9, 4.2e12].map(plain),
            ["0.01235", "1234568", "-2", "1.000e-9", "4.200e12"]
        );
        assert_eq!([-0.5, -111.68, -4.0, -320.0001].map(probability), ["0.32", "2.1e-112", "1.0e-4", "1.0e-320"]);
        assert_eq!([0.02, 0.0999, 1e307].map(percent), ["2 %", "10 %", "1.8e308 %"]);
        assert_eq!([0, 999, 64_000, 1_234_567].map(count), ["0", "999", "64,000", "1,234,567"]);
        assert_eq!([0, 7, 162_861, u64::MAX].map(rounded_count), ["0", "7", "170,000", "18,446,744,073,709,551,615"]);
        assert_eq!([0.04, -0.00012].map(signed_points), ["+4.00 pp", "-0.012 pp"]);
        assert_eq!([few(&["a", "b"]), few(&["a", "b", "c", "d"])], ["a and b", "a, b, c and 1 other"]);
        assert_eq!(few(&["a", "b", "c", "d", "e"]), "a, b, c and 2 others");
        assert_eq!([list(&["a"]), list(&["a", "b", "c"])], ["a", "a, b and c"]);
    }
}
