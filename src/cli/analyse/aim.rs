//! `COLUMN[:KIND][:up|down]` and, of a guardrail, `COLUMN[:KIND]:up|down[:MARGIN]`: what is measured, and where better lies.

use std::str::FromStr;

use crate::analysis::Direction;
use crate::cli::asked::rate;
use crate::cli::units::MetricColumn;

/// A success metric as it is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Aim {
    pub metric: MetricColumn,
    /// `None` = nobody said here.
    pub direction: Option<Direction>,
}

/// A guardrail as it is asked for. It says itself which way is better: nobody sees that a guard looks the wrong way until harm has passed it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Guardrail {
    pub metric: MetricColumn,
    pub direction: Direction,
    /// How much worse is taken, relative to the control.
    pub margin: Option<f64>,
}

impl FromStr for Aim {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (metric, direction) = directed(text);
        Ok(Self { metric: metric.parse()?, direction })
    }
}

impl FromStr for Guardrail {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A margin begins with a digit, and no kind does.
        let is_margin = |last: &str| last.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.');
        let (rest, said, margin) = match text.rsplit_once(':') {
            Some((rest, last)) if is_margin(last) => (rest, format!(":{last}"), Some(rate(last)?)),
            _ => (text, String::new(), None),
        };
        let (metric, direction) = directed(rest);
        // `errors::down`: the kind as the column's values say.
        let metric = metric.strip_suffix(':').unwrap_or(metric);
        let column = metric.parse()?;
        let direction = direction.ok_or_else(|| {
            format!(
                "it does not say which way is better: write `{metric}:down{said}` if less is better, as of errors, or `{metric}:up{said}` if more is"
            )
        })?;
        Ok(Self { metric: column, direction, margin })
    }
}

/// Parts the direction from what stands before it.
fn directed(text: &str) -> (&str, Option<Direction>) {
    match text.rsplit_once(':') {
        Some((metric, "up")) => (metric, Some(Direction::Up)),
        Some((metric, "down")) => (metric, Some(Direction::Down)),
        _ => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Kind;

    #[test]
    fn a_guardrail_is_a_metric_with_a_direction_and_a_margin() {
        let read = |text: &str| {
            text.parse::<Guardrail>().map(|rail| (rail.metric.column, rail.metric.kind, rail.direction, rail.margin))
        };
        let (up, down) = (Direction::Up, Direction::Down);
        assert_eq!(read("refunds:down").unwrap(), ("refunds".into(), None, down, None));
        assert_eq!(read("refunds:sum:up").unwrap(), ("refunds".into(), Some(Kind::Sum), up, None));
        assert_eq!(read("refunds:sum:down:2%").unwrap(), ("refunds".into(), Some(Kind::Sum), down, Some(0.02)));
        assert_eq!(read("refunds:down:0.02").unwrap(), ("refunds".into(), None, down, Some(0.02)));
        assert_eq!(read("refunds::down:2 %").unwrap(), ("refunds".into(), None, down, Some(0.02)));
        assert_eq!(
            read("ms:quantile=0.9:down:5%").unwrap(),
            ("ms".into(), Some(Kind::Quantile(0.9)), down, Some(0.05))
        );
        assert!(read("refunds:down:2").unwrap_err().contains("write `2%`"));
        assert!(read("refunds:su:down").unwrap_err().contains("did you mean `sum`?"));
    }

    #[test]
    fn a_guardrail_without_a_direction_says_what_to_write() {
        for (text, written) in [
            ("errors", "`errors:down`"),
            ("errors::1%", "`errors:down:1%`"),
            ("refunds:sum:2%", "`refunds:sum:down:2%`"),
            ("orders:2%", "`orders:up:2%`"),
        ] {
            let said = text.parse::<Guardrail>().unwrap_err();
            assert!(said.contains(written), "{text}: {said}");
        }
    }

    #[test]
    fn a_metric_may_say_its_direction() {
        let read = |text: &str| text.parse::<Aim>().map(|aim| (aim.metric.name(), aim.direction));
        assert_eq!(read("ms:quantile=0.9:down").unwrap(), ("ms:p90".into(), Some(Direction::Down)));
        assert_eq!(read("order").unwrap(), ("order".into(), None));
        assert!(read("order:dwn").unwrap_err().contains("is no kind of metric"));
    }
}
