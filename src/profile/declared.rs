//! Reads the declarations of attributes, properties and context facts.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::name::{BadName, check_free, check_shape};
use super::{Declaration, Type, read_type};
use crate::diagnostic::Span;
use crate::yaml::{Entry, Fields, Node, Reader};

/// A purpose that a declaration names; whether it is declared is known when all files are read.
pub(super) struct PurposeUse {
    pub(super) name: Arc<str>,
    pub(super) span: Span,
}

/// What is being declared: its words in messages, and names that it may not have.
#[derive(Clone, Copy)]
pub(super) struct What {
    pub(super) with_article: &'static str,
    pub(super) taken: &'static [&'static [&'static str]],
    /// Whether clients may send it under another name.
    pub(super) has_wire: bool,
    /// Whether rules write the name as a word of its own, so that the language's words are not free.
    pub(super) bare: bool,
}

/// Whether a name may be declared; reports it if not.
pub(super) fn check_name(reader: &mut Reader<'_>, entry: &Entry, what: What) -> bool {
    let free = || check_free(&entry.key, what.with_article, what.taken, what.bare);
    match check_shape(&entry.key).and_then(|()| free()) {
        Ok(()) => true,
        Err(BadName { code, message, help }) => {
            let wire = if what.has_wire && help.ends_with('`') {
                format!(" with `wire: {}`", entry.key)
            } else {
                String::new()
            };
            reader.error(code, entry.key_span, message, help + &wire);
            false
        }
    }
}

/// Reads `{name: {type: .., ..}, ..}`; two of them with one wire name are an error.
pub(super) fn properties(
    reader: &mut Reader<'_>,
    node: &Node,
    what: What,
    purposes: &mut Vec<PurposeUse>,
) -> BTreeMap<Arc<str>, Declaration> {
    let mut declarations = BTreeMap::new();
    for entry in reader.entries(node) {
        if !check_name(reader, entry, what) {
            continue;
        }
        let Some(declaration) = declaration(reader, entry, purposes) else { continue };
        sent_once(reader, entry, &declarations, &declaration);
        declarations.insert(Arc::clone(&declaration.name), declaration);
    }
    declarations
}

/// Reports a declaration that is sent under the name of another one.
pub(super) fn sent_once(
    reader: &mut Reader<'_>,
    entry: &Entry,
    known: &BTreeMap<Arc<str>, Declaration>,
    declared: &Declaration,
) {
    let sent = declared.sent_name();
    if let Some(other) = known.values().find(|known| known.sent_name() == sent) {
        sent_twice(reader, entry, [&other.name, &declared.name], sent);
    }
}

/// Reports two names that clients send as one.
pub(super) fn sent_twice(reader: &mut Reader<'_>, entry: &Entry, [first, second]: [&str; 2], sent: &str) {
    let message = format!("`{first}` and `{second}` are both sent as `{sent}`");
    reader.error("duplicate-wire", entry.key_span, message, "give each its own `wire` name");
}

/// Reads `name: {type: .., ..}`.
pub(super) fn declaration(
    reader: &mut Reader<'_>,
    entry: &Entry,
    purposes: &mut Vec<PurposeUse>,
) -> Option<Declaration> {
    let mut fields = reader.fields(&entry.value, entry.key_span, &format!("{}: {{type: text}}", entry.key));
    let types = Type::DECLARABLE.map(|kind| (kind.word(), kind));
    let kind = fields
        .need(reader, "type", "say what it is, such as `type: text`")
        .and_then(|node| read_type(reader, node, &types));
    let unit = unit(reader, &mut fields, kind);
    let one_of = one_of(reader, &mut fields, kind);
    let declaration = Declaration {
        name: Arc::clone(&entry.key),
        kind: kind.unwrap_or(Type::Text),
        unit,
        one_of,
        wire: fields.text(reader, "wire").cloned(),
        sensitive: fields.flag(reader, "sensitive"),
        purpose: purpose(reader, &mut fields, purposes),
        description: fields.text(reader, "description").cloned(),
    };
    fields.close(reader);
    kind.map(|_| declaration)
}

/// Reads `purpose: name` and remembers where it stands.
pub(super) fn purpose(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    purposes: &mut Vec<PurposeUse>,
) -> Option<Arc<str>> {
    let node = fields.get("purpose")?;
    let name = reader.text(node)?;
    purposes.push(PurposeUse { name: Arc::clone(name), span: node.span });
    Some(Arc::clone(name))
}

fn unit(reader: &mut Reader<'_>, fields: &mut Fields<'_>, kind: Option<Type>) -> Option<Arc<str>> {
    let entry = fields.entry("unit")?;
    if kind.is_some_and(|kind| kind != Type::Number) {
        reader.error("bad-field", entry.key_span, "only a number has a unit", "remove `unit`, or use `type: number`");
    }
    reader.text(&entry.value).cloned()
}

fn one_of(reader: &mut Reader<'_>, fields: &mut Fields<'_>, kind: Option<Type>) -> Vec<Arc<str>> {
    let Some(entry) = fields.entry("one_of") else { return Vec::new() };
    if kind.is_some_and(|kind| !matches!(kind, Type::Text | Type::List)) {
        let help = "remove `one_of`, or use `type: text`";
        reader.error("bad-field", entry.key_span, "only a text or a list has choices", help);
        return Vec::new();
    }
    let Some(items) = reader.list(&entry.value) else { return Vec::new() };
    if items.is_empty() {
        reader.error(
            "bad-field",
            entry.value.span,
            "a list of choices needs at least one",
            "write `one_of: [first, second]`",
        );
    }
    let mut choices: Vec<Arc<str>> = Vec::new();
    for item in items {
        let Some(choice) = reader.text(item) else { continue };
        if choices.contains(choice) {
            reader.error("duplicate-choice", item.span, format!("the choice `{choice}` is given twice"), "remove one");
        } else {
            choices.push(Arc::clone(choice));
        }
    }
    choices
}
