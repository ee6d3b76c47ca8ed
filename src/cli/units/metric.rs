//! `COLUMN[:kind]`: a metric as it is asked for.

use std::str::FromStr;

use anyhow::bail;

use crate::analysis::Kind;
use crate::diagnostic::nearest;

/// A metric as it is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cli) struct MetricColumn {
    /// Its column; of a ratio, what stands above the line.
    pub column: String,
    /// How a unit's number is made of its rows: 1 if one of them is not 0, or their sum; `None` = as the column's values say.
    pub kind: Option<Kind>,
    /// Of a ratio: the column below the line.
    pub denominator: Option<String>,
}

const KINDS: [&str; 4] = ["conversion", "sum", "ratio", "quantile"];

impl MetricColumn {
    /// Whether it is made of this column.
    pub fn has(&self, column: &str) -> bool {
        self.column == column || self.denominator.as_deref() == Some(column)
    }

    /// As it is written, so that the same column may stand for several metrics: `spend`, `spend:quantile=0.9`.
    pub fn name(&self) -> String {
        match (self.kind, &self.denominator) {
            (_, Some(denominator)) => format!("{}/{denominator}", self.column),
            (Some(Kind::Quantile(share)), None) => format!("{}:p{}", self.column, share * 100.0),
            (_, None) => self.column.clone(),
        }
    }
}

/// Refuses a covariate that is measured by a metric: it would take the effect out with the noise.
pub(in crate::cli) fn check_covariate(metrics: &[MetricColumn], covariate: Option<&str>) -> anyhow::Result<()> {
    if let Some(column) = covariate.filter(|column| metrics.iter().any(|metric| metric.has(column))) {
        bail!(
            "--covariate names `{column}`, which is a metric\nhelp: name a number that was known of each unit before the experiment, such as the same metric in the weeks before"
        );
    }
    Ok(())
}

impl FromStr for MetricColumn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (column, kind, denominator) = match text.rsplit_once(':') {
            Some((column, said)) => {
                let (kind, denominator) = kind(said)?;
                (column, Some(kind), denominator)
            }
            None => (text, None, None),
        };
        if column.is_empty() {
            return Err("a metric needs a column, such as `spend` or `spend:sum`".into());
        }
        Ok(Self { column: column.to_owned(), kind, denominator })
    }
}

/// A kind, and the column below the line.
fn kind(said: &str) -> Result<(Kind, Option<String>), String> {
    let (word, value) = said.split_once('=').map_or((said, None), |(word, value)| (word, Some(value)));
    match (word, value) {
        ("conversion", None) => Ok((Kind::Conversion, None)),
        ("sum", None) => Ok((Kind::Sum, None)),
        ("ratio", Some(denominator)) if !denominator.is_empty() => Ok((Kind::Ratio, Some(denominator.to_owned()))),
        ("ratio", _) => Err("a ratio names the column below the line: `clicks:ratio=views`".into()),
        ("quantile", Some(share)) => match share.parse::<f64>() {
            Ok(share) if share > 0.0 && share < 1.0 => Ok((Kind::Quantile(share), None)),
            Ok(percent) if percent > 1.0 && percent < 100.0 => {
                Err(format!("`{share}` is no share between 0 and 1; did you mean `quantile={}`?", percent / 100.0))
            }
            _ => Err(format!("`{share}` is no share between 0 and 1: `latency:quantile=0.9`")),
        },
        ("quantile", None) => Err("a quantile names its share: `latency:quantile=0.9`".into()),
        ("conversion" | "sum", Some(_)) => Err(format!("`{word}` takes no value")),
        _ => {
            let near = nearest(word, KINDS).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            Err(format!(
                "`{said}` is no kind of metric{near}\nhelp: write `conversion`, `sum`, `ratio=COLUMN` or `quantile=0.9` after the colon"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_a_column_and_its_kind() {
        let read = |text: &str| text.parse::<MetricColumn>().map(|metric| (metric.name(), metric.kind));
        assert_eq!(read("visit").unwrap(), ("visit".into(), None));
        assert_eq!(read("visit:sum").unwrap(), ("visit".into(), Some(Kind::Sum)));
        assert_eq!(read("a:b:conversion").unwrap(), ("a:b".into(), Some(Kind::Conversion)));
        assert_eq!(read("clicks:ratio=views").unwrap(), ("clicks/views".into(), Some(Kind::Ratio)));
        assert_eq!(read("ms:quantile=0.9").unwrap(), ("ms:p90".into(), Some(Kind::Quantile(0.9))));
        assert!(read("visit:summ").unwrap_err().contains("did you mean `sum`?"));
        assert!(read("clicks:ratio").unwrap_err().contains("clicks:ratio=views"));
        assert!(read("ms:quantile=90").unwrap_err().contains("between 0 and 1"));
        assert!(read("ms:quantile=90").unwrap_err().contains("did you mean `quantile=0.9`?"));
        assert!(read(":sum").unwrap_err().contains("needs a column"));
    }
}
