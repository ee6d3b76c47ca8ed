//! Percentages as authors write them: `40%`, `12.5%`, `0%..50%`.

use rust_decimal::Decimal;

use super::{Range, Share, ShareError};
use crate::yaml::{Node, Reader, Value};

/// The text is not a percentage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a percentage is written as 40% or 12.5%")]
pub struct NotAPercentage;

/// Reads `12.5%` as the number 0.125. Any size and sign; no more digits than a decimal keeps.
///
/// # Errors
/// [`NotAPercentage`].
///
/// ```
/// assert_eq!(segue::experiment::parse_percent("12.5%").unwrap().to_string(), "0.125");
/// assert!(segue::experiment::parse_percent("12.5").is_err());
/// ```
pub fn parse_percent(text: &str) -> Result<Decimal, NotAPercentage> {
    let number = text.strip_suffix('%').ok_or(NotAPercentage)?.trim_end();
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    let number = Decimal::from_str_exact(number).ok().filter(|_| plain).ok_or(NotAPercentage)?;
    number.checked_div(Decimal::ONE_HUNDRED).map(|share| share.normalize()).ok_or(NotAPercentage)
}

/// A percentage of any size.
pub(super) fn percent(reader: &mut Reader<'_>, node: &Node) -> Option<Decimal> {
    let help = match &node.value {
        Value::Text(text) => match parse_percent(text) {
            Ok(percent) => return Some(percent),
            Err(_) => "write a number and a percent sign, such as 40%".to_owned(),
        },
        Value::Number(written) => as_percent(written),
        _ => "write a number and a percent sign, such as 40%".to_owned(),
    };
    reader.wrong(node, "a percentage", help)
}

/// A percentage from 0% to 100%.
pub(super) fn share(reader: &mut Reader<'_>, node: &Node) -> Option<Share> {
    let share = percent(reader, node)?;
    match Share::from_decimal(share) {
        Ok(share) => Some(share),
        Err(error) => {
            refuse(reader, node, error);
            None
        }
    }
}

/// `0%..50%`: from the first, up to and without the second.
pub(super) fn range(reader: &mut Reader<'_>, node: &Node) -> Option<Range> {
    let ends = match &node.value {
        Value::Text(text) => text
            .split_once("..")
            .and_then(|(start, end)| Some((parse_percent(start.trim()).ok()?, parse_percent(end.trim()).ok()?))),
        _ => None,
    };
    let Some((start, end)) = ends else {
        return reader.wrong(node, "a range", "write two percentages, such as 0%..50%".to_owned());
    };
    match (Share::from_decimal(start), Share::from_decimal(end)) {
        (Ok(start), Ok(end)) if start < end => Some(Range { start, end }),
        (Ok(_), Ok(_)) => {
            let help = "write the smaller one first, such as 0%..50%";
            reader.error("bad-share", node.span, "this range is empty", help);
            None
        }
        (Err(error), _) | (_, Err(error)) => {
            refuse(reader, node, error);
            None
        }
    }
}

fn refuse(reader: &mut Reader<'_>, node: &Node, error: ShareError) {
    let help = match error {
        ShareError::OutOfRange => "write a percentage from 0% to 100%",
        ShareError::TooFine => "write fewer decimals: nobody can tell such shares apart",
    };
    reader.error("bad-share", node.span, error.to_string(), help);
}

/// What somebody means who wrote `0.4` or `40`.
fn as_percent(written: &str) -> String {
    match Decimal::from_str_exact(written) {
        Ok(number) if number <= Decimal::ONE => {
            format!("write a percent sign: {}%", (number * Decimal::ONE_HUNDRED).normalize())
        }
        _ => format!("write a percent sign: {written}%"),
    }
}
