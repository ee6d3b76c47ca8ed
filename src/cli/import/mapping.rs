//! What the columns of a file mean.

use std::sync::Arc;

use anyhow::bail;
use serde_json::Value as Json;

use super::moments::Moments;
use crate::diagnostic::nearest;
use crate::ingest::Kind;

/// What the columns of a file mean.
#[derive(Debug)]
pub(super) struct Mapping {
    /// Part of every message id.
    pub(super) name: Arc<str>,
    /// How the file is written; `None`: as its ending says.
    pub(super) form: Option<Form>,
    /// Between the cells of a CSV file, where the file's ending does not say it.
    pub(super) delimiter: Option<u8>,
    /// The columns of a file without a heading.
    pub(super) columns: Option<Vec<Arc<str>>>,
    /// Track, page, screen or identify.
    pub(super) kind: Kind,
    pub(super) visitor: Option<Source>,
    pub(super) anonymous: Option<Source>,
    pub(super) time: Time,
    /// The name of track events.
    pub(super) event: Option<Source>,
    pub(super) properties: Vec<(Arc<str>, Source)>,
    pub(super) traits: Vec<(Arc<str>, Source)>,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Cells with a delimiter, quoted where needed.
    Csv,
    /// Words with any number of blanks between them.
    Words,
    /// A JSON object a line.
    Ndjson,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    /// A column; in JSON a field, or a path such as `customer.id`.
    Column(Arc<str>),
    /// The same for all lines.
    Value(Json),
}

/// Where the time comes from.
#[derive(Debug)]
pub(super) struct Time {
    pub(super) column: Arc<str>,
    pub(super) moments: Moments,
}

impl Mapping {
    /// Every column that the mapping names.
    fn named(&self) -> impl Iterator<Item = &Arc<str>> {
        let fields = self.properties.iter().chain(&self.traits).map(|(_, source)| source);
        let sources = [&self.visitor, &self.anonymous, &self.event].into_iter().flatten().chain(fields);
        let columns = sources.filter_map(|source| match source {
            Source::Column(column) => Some(column),
            Source::Value(_) => None,
        });
        columns.chain([&self.time.column])
    }

    /// Whether the file has every column that the mapping names.
    pub(super) fn check_columns(&self, columns: &[Arc<str>]) -> anyhow::Result<()> {
        for named in self.named() {
            if columns.contains(named) {
                continue;
            }
            match nearest(named, columns.iter().map(|column| &**column)) {
                Some(near) => bail!("the file has no column `{named}`; did you mean `{near}`?"),
                None => bail!("the file has no column `{named}`; it has {}", columns.join(", ")),
            }
        }
        Ok(())
    }
}
