//! The author's word in the form that the language wants.

/// Rewrites a word; `None` when it has no such form.
///
/// Forms: `snake` (`orderTotal` -> `order_total`), `span` (`7d` -> `7 days`), `count` (`5x` -> `5`), `digits`
/// (`three` -> `3`), `clock` (`9:30`, `6pm` -> `09:30`, `18:00`), `bare` (without quotes), `plain` (with `-` as `_`).
pub(super) fn rewritten(form: &str, written: &str) -> Option<String> {
    match form {
        "snake" => Some(snake(written)),
        "span" => span(written),
        "count" => count(written),
        "digits" => digits(written).map(str::to_owned),
        "clock" => clock(written),
        "bare" => Some(snake(written.trim_matches('"'))),
        _ => None,
    }
}

/// Lower snake case.
pub(super) fn snake(written: &str) -> String {
    let mut snake = String::new();
    let mut after_lower = false;
    for letter in written.chars() {
        if letter.is_ascii_uppercase() && after_lower {
            snake.push('_');
        }
        after_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        snake.push(if letter.is_ascii_alphanumeric() || letter == '.' { letter.to_ascii_lowercase() } else { '_' });
    }
    snake
}

fn parts(written: &str) -> Option<(&str, String)> {
    let at = written.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, word) = written.split_at_checked(at)?;
    (!number.is_empty()).then(|| (number, word.to_ascii_lowercase()))
}

fn span(written: &str) -> Option<String> {
    let (number, unit) = parts(written)?;
    let unit = match unit.as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => "seconds",
        "min" | "mins" | "minute" | "minutes" => "minutes",
        "h" | "hr" | "hrs" | "hour" | "hours" => "hours",
        "d" | "day" | "days" => "days",
        "w" | "wk" | "week" | "weeks" => "weeks",
        "mo" | "month" | "months" => "months",
        "m" => "minutes",
        _ => return None,
    };
    Some(format!("{number} {unit}"))
}

fn count(written: &str) -> Option<String> {
    let (number, word) = parts(written)?;
    matches!(word.as_str(), "x" | "times" | "time").then(|| number.to_owned())
}

fn digits(written: &str) -> Option<&'static str> {
    Some(match written.to_ascii_lowercase().as_str() {
        "one" | "once" | "a" | "an" => "1",
        "two" | "twice" => "2",
        "three" | "thrice" => "3",
        "four" => "4",
        "five" => "5",
        "six" => "6",
        "seven" => "7",
        "eight" => "8",
        "nine" => "9",
        "ten" => "10",
        "twelve" => "12",
        "twenty" => "20",
        "thirty" => "30",
        "ninety" => "90",
        "hundred" => "100",
        _ => return None,
    })
}

fn clock(written: &str) -> Option<String> {
    let (number, rest) = parts(written)?;
    let hour: u8 = number.parse().ok()?;
    match rest.as_str() {
        "am" if hour <= 12 => Some(format!("{:02}:00", hour % 12)),
        "pm" if hour <= 12 => Some(format!("{:02}:00", hour % 12 + 12)),
        minute => {
            let minute: u8 = minute
                .strip_prefix(':')
                .and_then(|minute| minute.get(..2))
                .or(minute.strip_prefix(':'))?
                .parse()
                .ok()?;
            (hour < 24 && minute < 60).then(|| format!("{hour:02}:{minute:02}"))
        }
    }
}
