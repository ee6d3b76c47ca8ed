//! Compiles the templates of content files and reports what is wrong with them where they stand.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use minijinja::Environment;

use super::check::{Checked, check};
use super::syntax::Complaint;
use super::{Facts, Filling, MAX_TEMPLATE_BYTES, Piece, RenderError, Scope, environment, render};
use crate::content::{Catalogue, Item};
use crate::diagnostic::Diagnostic;
use crate::profile::{self, Declaration, Schema, Type, facts};
use crate::yaml::{self, Node, Reader};

/// Collects the templates of all items into one environment.
pub(in crate::content) struct Compiler<'a> {
    schema: &'a Schema,
    environment: Environment<'static>,
    pieces: BTreeMap<Arc<str>, Piece>,
    count: usize,
}

impl<'a> Compiler<'a> {
    pub(in crate::content) fn new(schema: &'a Schema) -> Self {
        Self { schema, environment: environment(), pieces: BTreeMap::new(), count: 0 }
    }

    /// Compiles the templates of one item's value. `text` is the whole file.
    pub(in crate::content) fn add(&mut self, reader: &mut Reader<'_>, item: &Item, node: &Node, text: &str) {
        match self.piece(reader, node, text) {
            Piece::Fixed(_) => {}
            piece => {
                self.pieces.insert(Arc::clone(&item.name), piece);
            }
        }
    }

    /// Gives every item its templates.
    pub(in crate::content) fn finish(self, catalogue: &mut Catalogue) {
        let environment = Arc::new(self.environment);
        for (name, root) in self.pieces {
            if let Some(item) = catalogue.items.get_mut(&name) {
                item.filling = Some(Filling { environment: Arc::clone(&environment), root });
            }
        }
    }

    fn piece(&mut self, reader: &mut Reader<'_>, node: &Node, text: &str) -> Piece {
        let is_fixed = |piece: &Piece| matches!(piece, Piece::Fixed(_));
        match &node.value {
            yaml::Value::Text(template) if is_template(template) => {
                self.template(reader, node, template, text).unwrap_or_else(|| Piece::Fixed(node.to_json()))
            }
            yaml::Value::List(items) => {
                let pieces: Vec<_> = items.iter().map(|item| self.piece(reader, item, text)).collect();
                if pieces.iter().all(is_fixed) { Piece::Fixed(node.to_json()) } else { Piece::List(pieces) }
            }
            yaml::Value::Map(entries) => {
                let fields: Vec<_> = entries
                    .iter()
                    .map(|entry| (entry.key.to_string(), self.piece(reader, &entry.value, text)))
                    .collect();
                let fixed = fields.iter().all(|(_, piece)| is_fixed(piece));
                if fixed { Piece::Fixed(node.to_json()) } else { Piece::Object(fields) }
            }
            _ => Piece::Fixed(node.to_json()),
        }
    }

    fn template(&mut self, reader: &mut Reader<'_>, node: &Node, template: &str, text: &str) -> Option<Piece> {
        let place = |part: Range<usize>| node.span_inside(text, part);
        if template.len() > MAX_TEMPLATE_BYTES {
            let message = format!("a template is longer than {} KiB", MAX_TEMPLATE_BYTES >> 10);
            reader.error("too-large", node.span, message, "split the text into several fields");
            return None;
        }
        let Checked { source, facts } = match check(template, self.schema) {
            Ok(checked) => checked,
            Err(complaints) => {
                for Complaint { code, part, message, help } in complaints {
                    reader.findings.push(Diagnostic::error(code, reader.file, place(part), message).help(help));
                }
                return None;
            }
        };
        self.count += 1;
        let name = format!("template {}", self.count);
        if self.environment.add_template_owned(name.clone(), source).is_err() {
            let help = "write facts as `{{ visitor.first_name | default('there') }}`";
            reader.error("template-syntax", node.span, "this template cannot be read", help);
            return None;
        }
        self.try_out(reader, node, &name, &facts);
        Some(Piece::Text(name, facts))
    }

    /// Renders once with every fact missing and once with a sample of each: what fails now would fail for visitors.
    fn try_out(&self, reader: &mut Reader<'_>, node: &Node, name: &str, facts: &Facts) {
        let without = render(&self.environment, name, facts, &|_, _| None);
        let with = render(&self.environment, name, facts, &|scope, fact| Some(self.sample(scope, fact)));
        let (message, help) = match (without, with) {
            (Ok(_), Ok(_)) => return,
            (Err(RenderError::OutOfFuel | RenderError::TooLong), _)
            | (_, Err(RenderError::OutOfFuel | RenderError::TooLong)) => {
                ("this template takes too many steps or writes too much", "make its loops shorter")
            }
            (_, Err(RenderError::Failed)) => (
                "this template fails: a filter or operator gets a value it cannot take",
                "compare the types in rules/schema with what the filters take",
            ),
            (Err(RenderError::Failed), Ok(_)) => (
                "this template fails for a visitor whose facts are missing",
                "give each fact a fallback before it is used: `visitor.age | default(0)`",
            ),
        };
        reader.error("template-fails", node.span, message, help);
    }

    fn sample(&self, scope: Scope, name: &str) -> profile::Value {
        let declared = match scope {
            Scope::Visitor => self.schema.attributes.get(name),
            Scope::Context => self.schema.context.get(name),
            Scope::Visit => None,
        };
        let built_in = facts::built_in(&format!("visit.{name}")).map_or(Type::Text, |fact| fact.kind);
        sample(declared.map_or(built_in, |declared| declared.kind), declared)
    }
}

/// A value of a type; of its choices, where it has some.
fn sample(kind: Type, declared: Option<&Declaration>) -> profile::Value {
    use profile::Value as Fact;
    let text = || declared.and_then(|declared| declared.one_of.first().cloned()).unwrap_or_else(|| "sample".into());
    match kind {
        Type::Text => Fact::Text(text()),
        Type::Number => Fact::Number(1.into()),
        Type::Boolean => Fact::Boolean(true),
        Type::Moment => Fact::Moment(jiff::Timestamp::UNIX_EPOCH),
        Type::Span => Fact::Span(jiff::SignedDuration::from_mins(1)),
        Type::Version => "1.0".parse().map_or_else(|_| Fact::Text(text()), Fact::Version),
        Type::List => Fact::List(vec![text()]),
        Type::Date => Fact::Date(jiff::civil::Date::default()),
        Type::Time => Fact::Time(jiff::civil::Time::midnight()),
    }
}

/// Whether a text holds anything to fill in.
fn is_template(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|opening| text.contains(opening))
}
