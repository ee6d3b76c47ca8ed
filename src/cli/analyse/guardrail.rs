//! `COLUMN[:KIND][:MARGIN]`: what must not get worse.

use std::str::FromStr;

use crate::cli::asked::rate;
use crate::cli::units::MetricColumn;

/// A guardrail as it is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Guardrail {
    pub metric: MetricColumn,
    /// How much worse is taken, relative to the control.
    pub margin: Option<f64>,
}

impl FromStr for Guardrail {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A margin begins with a digit, and no kind does.
        let is_margin = |last: &str| last.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.');
        let (metric, margin) = match text.rsplit_once(':') {
            Some((metric, last)) if is_margin(last) => (metric, Some(rate(last)?)),
            _ => (text, None),
        };
        // `errors::2%`: the kind as the column's values say.
        let metric = metric.strip_suffix(':').unwrap_or(metric);
        Ok(Self { metric: metric.parse()?, margin })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Kind;

    #[test]
    fn a_guardrail_is_a_metric_with_a_margin() {
        let read =
            |text: &str| text.parse::<Guardrail>().map(|rail| (rail.metric.column, rail.metric.kind, rail.margin));
        assert_eq!(read("refunds").unwrap(), ("refunds".into(), None, None));
        assert_eq!(read("refunds:sum").unwrap(), ("refunds".into(), Some(Kind::Sum), None));
        assert_eq!(read("refunds:sum:2%").unwrap(), ("refunds".into(), Some(Kind::Sum), Some(0.02)));
        assert_eq!(read("refunds:0.02").unwrap(), ("refunds".into(), None, Some(0.02)));
        assert_eq!(read("refunds::2 %").unwrap(), ("refunds".into(), None, Some(0.02)));
        assert_eq!(read("ms:quantile=0.9:5%").unwrap(), ("ms".into(), Some(Kind::Quantile(0.9)), Some(0.05)));
        assert!(read("refunds:2").unwrap_err().contains("write `2%`"));
        assert!(read("refunds:su").unwrap_err().contains("did you mean `sum`?"));
    }
}
