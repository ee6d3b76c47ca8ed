//! Reads a mapping.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use jiff::tz::TimeZone;

use super::mapping::{Form, Mapping, Source, Time};
use super::moments::Moments;
use crate::diagnostic::{Report, Source as Text, Span};
use crate::ingest::Kind;
use crate::profile::{name, zone};
use crate::yaml::{self, Node, Reader, Value};

const EXAMPLE: &str = "import: orders_2025";

/// Reads a mapping file; what is wrong with it comes as a report.
pub(super) fn read(path: &Path) -> anyhow::Result<Result<Mapping, Box<Report>>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(read_text(&path.display().to_string(), &text))
}

fn read_text(path: &str, text: &str) -> Result<Mapping, Box<Report>> {
    let mut report = Report::default();
    let file = report.sources.add(Text::new(path, text));
    let mapping = yaml::read(&file, text, &mut report.diagnostics)
        .and_then(|root| mapping(&mut Reader::new(&file, &mut report.diagnostics), &root));
    match mapping {
        Some(mapping) if !report.has_errors() => Ok(mapping),
        _ => {
            report.sort();
            Err(Box::new(report))
        }
    }
}

fn mapping(reader: &mut Reader<'_>, root: &Node) -> Option<Mapping> {
    let mut fields = reader.fields(root, root.span, EXAMPLE);
    let name = fields.need(reader, "import", "give the import a name of its own: `import: orders_2025`");
    let name = name.and_then(|node| import_name(reader, node));
    let forms = [("csv", Form::Csv), ("words", Form::Words), ("ndjson", Form::Ndjson)];
    let form = fields.get("form").and_then(|node| reader.choice(node, "bad-value", "form of a file", &forms));
    let delimiter = fields.get("delimiter").and_then(|node| delimiter(reader, node));
    let columns = fields.get("columns").and_then(|node| {
        let items = reader.list(node)?;
        Some(items.iter().filter_map(|item| reader.text(item).cloned()).collect())
    });
    let kinds = [Kind::Track, Kind::Page, Kind::Screen, Kind::Identify].map(|kind| (kind.word(), kind));
    let kind =
        fields.get("kind").map_or(Some(Kind::Track), |node| reader.choice(node, "bad-value", "kind to import", &kinds));
    let visitor = fields.get("visitor").and_then(|node| source(reader, node));
    let anonymous = fields.get("anonymous").and_then(|node| source(reader, node));
    if visitor.is_none() && anonymous.is_none() {
        let help = "name the column that holds the visitor's id: `visitor: customer_id`";
        reader.error("missing-field", root.span, "neither `visitor` nor `anonymous` is given", help);
    }
    let time = fields.need(reader, "time", "name the column that holds the time: `time: ordered_at`");
    let time = time.and_then(|node| time_of(reader, node));
    let event = fields.get("event").and_then(|node| source(reader, node));
    if kind == Some(Kind::Track) && event.is_none() {
        let help = "say which event each line is: `event: {value: Order Completed}`, or name the column";
        reader.error("missing-field", root.span, "`event` is missing", help);
    }
    let properties = fields.get("properties").map(|node| sources(reader, node)).unwrap_or_default();
    let traits = fields.get("traits").map(|node| sources(reader, node)).unwrap_or_default();
    fields.close(reader);
    Some(Mapping {
        name: name?,
        form,
        delimiter,
        columns,
        kind: kind?,
        visitor,
        anonymous,
        time: time?,
        event,
        properties,
        traits,
    })
}

/// The name is part of every message id, and of messages to people.
fn import_name(reader: &mut Reader<'_>, node: &Node) -> Option<Arc<str>> {
    let name = reader.text(node)?;
    match name::check_shape(name) {
        Ok(()) => Some(Arc::clone(name)),
        Err(bad) => {
            reader.error(bad.code, node.span, format!("`{name}` cannot name an import"), bad.help);
            None
        }
    }
}

fn delimiter(reader: &mut Reader<'_>, node: &Node) -> Option<u8> {
    let text = reader.text(node)?;
    match text.as_bytes() {
        [byte] if byte.is_ascii() && *byte != b'"' => Some(*byte),
        _ => {
            reader.error("bad-value", node.span, "a delimiter is one sign", "write `delimiter: \";\"`");
            None
        }
    }
}

/// `column`, `{column: name}` or `{value: anything}`.
fn source(reader: &mut Reader<'_>, node: &Node) -> Option<Source> {
    if !matches!(node.value, Value::Map(_)) {
        return reader.text(node).map(|column| Source::Column(Arc::clone(column)));
    }
    let mut fields = reader.fields(node, node.span, "{column: total}");
    let (column, value) = (fields.text(reader, "column"), fields.get("value").map(Node::to_json));
    fields.close(reader);
    match (column, value) {
        (Some(column), None) => Some(Source::Column(Arc::clone(column))),
        (None, Some(value)) => Some(Source::Value(value)),
        _ => {
            let help = "write the name of a column, or `{value: ..}` for what is the same in all lines";
            reader.error("bad-value", node.span, "this names neither one column nor one value", help);
            None
        }
    }
}

fn sources(reader: &mut Reader<'_>, node: &Node) -> Vec<(Arc<str>, Source)> {
    let entries = reader.entries(node);
    entries.iter().filter_map(|entry| Some((Arc::clone(&entry.key), source(reader, &entry.value)?))).collect()
}

/// `column`, or `{column: name, form: .., zone: ..}`.
fn time_of(reader: &mut Reader<'_>, node: &Node) -> Option<Time> {
    if !matches!(node.value, Value::Map(_)) {
        return Some(Time { column: Arc::clone(reader.text(node)?), moments: Moments::Rfc3339 });
    }
    let mut fields = reader.fields(node, node.span, "{column: ordered_at, form: \"%Y-%m-%d %H:%M:%S\"}");
    let column =
        fields.need(reader, "column", "name the column that holds the time").and_then(|node| reader.text(node));
    let form = fields.entry("form");
    let zone = fields.get("zone").and_then(|node| read_zone(reader, node));
    fields.close(reader);
    let written = form.and_then(|entry| Some((reader.text(&entry.value)?, entry.value.span)));
    let moments = match written {
        None if form.is_some() => return None,
        None => Moments::Rfc3339,
        Some((written, span)) => {
            Moments::read(written, zone.unwrap_or(TimeZone::UTC)).or_else(|| bad_form(reader, span))?
        }
    };
    Some(Time { column: Arc::clone(column?), moments })
}

fn bad_form(reader: &mut Reader<'_>, span: Span) -> Option<Moments> {
    let help = "write `rfc3339`, `unix seconds`, `unix milliseconds` or signs such as \"%Y-%m-%d %H:%M:%S\"";
    reader.error("bad-value", span, "this is no form of a time", help);
    None
}

fn read_zone(reader: &mut Reader<'_>, node: &Node) -> Option<TimeZone> {
    let name = reader.text(node)?;
    zone(name).map_err(|unknown| reader.error("unknown-zone", node.span, unknown.to_string(), unknown.help())).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::diagnostic::draw;

    #[test]
    fn a_mapping_names_columns_and_constants() {
        let text = "import: orders\nvisitor: customer\ntime: {column: at, form: unix seconds}\nevent: {value: Order Completed}\nproperties: {revenue: total, currency: {value: EUR}}\ndelimiter: ';'\n";
        let mapping = read_text("orders.yaml", text).unwrap();
        assert_eq!((mapping.kind, mapping.delimiter), (Kind::Track, Some(b';')));
        assert_eq!(mapping.event, Some(Source::Value(json!("Order Completed"))));
        let expected = [("revenue", Source::Column("total".into())), ("currency", Source::Value(json!("EUR")))];
        assert_eq!(mapping.properties, expected.map(|(name, source)| (name.into(), source)));
        mapping.check_columns(&["customer", "at", "total"].map(Arc::from)).unwrap();
        let error = mapping.check_columns(&["customers", "at", "total"].map(Arc::from)).unwrap_err();
        assert_eq!(error.to_string(), "the file has no column `customer`; did you mean `customers`?");
    }

    #[test]
    fn every_mistake_of_a_mapping_is_shown_at_once() {
        let text =
            "import: Orders 2025\nkind: trak\ntime: {column: at, form: sometime, zone: Europe/Berlim}\nevnt: name\n";
        let report = read_text("orders.yaml", text).unwrap_err();
        insta::assert_snapshot!(draw(&report, false), @r#"
        error[missing-field]: neither `visitor` nor `anonymous` is given
         --> orders.yaml:1:1
          |
        1 | / import: Orders 2025
        2 | | kind: trak
        3 | | time: {column: at, form: sometime, zone: Europe/Berlim}
        4 | | evnt: name
          | |__________^
          |
          = help: name the column that holds the visitor's id: `visitor: customer_id`

        error[bad-name]: `Orders 2025` cannot name an import
         --> orders.yaml:1:9
          |
        1 | import: Orders 2025
          |         ^^^^^^^^^^^
          |
          = help: use lower case and underscores: `orders_2025`

        error[bad-value]: `trak` is no kind to import
         --> orders.yaml:2:7
          |
        2 | kind: trak
          |       ^^^^
          |
          = help: did you mean `track`?

        error[bad-value]: this is no form of a time
         --> orders.yaml:3:26
          |
        3 | time: {column: at, form: sometime, zone: Europe/Berlim}
          |                          ^^^^^^^^
          |
          = help: write `rfc3339`, `unix seconds`, `unix milliseconds` or signs such as "%Y-%m-%d %H:%M:%S"

        error[unknown-zone]: unknown time zone `Europe/Berlim`
         --> orders.yaml:3:42
          |
        3 | time: {column: at, form: sometime, zone: Europe/Berlim}
          |                                          ^^^^^^^^^^^^^
          |
          = help: did you mean `Europe/Berlin`?

        error[unknown-field]: unknown field `evnt`
         --> orders.yaml:4:1
          |
        4 | evnt: name
          | ^^^^
          |
          = help: did you mean `event`?
        "#);
    }
}
