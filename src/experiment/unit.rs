//! What is assigned: a visitor, or something that several visitors share, such as an account.

use std::borrow::Cow;
use std::sync::Arc;

use crate::profile::{Schema, Type, Value, Visitor};
use crate::yaml::{Node, Reader};

/// What is assigned.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Unit {
    /// The visitor, by id.
    #[default]
    Visitor,
    /// A declared attribute of the visitor: all visitors with the same value get the same variant.
    Attribute(Arc<str>),
}

impl Unit {
    /// The word that stands for the visitor in definitions.
    pub const VISITOR: &str = "visitor";

    /// As definitions write it.
    pub fn word(&self) -> &str {
        match self {
            Self::Visitor => Self::VISITOR,
            Self::Attribute(name) => name,
        }
    }

    /// The id of this visitor's unit: the visitor's id, or the attribute as text (a number in its shortest form, so that
    /// 1 and 1.0 are one account).
    ///
    /// `None` when the attribute is unknown, empty, or its purpose is not granted.
    pub fn id<'v>(&self, visitor: &'v Visitor, schema: &Schema) -> Option<Cow<'v, str>> {
        let name = match self {
            Self::Visitor => return Some(Cow::Borrowed(&visitor.id)),
            Self::Attribute(name) => name,
        };
        let purpose = schema.attributes.get(name).and_then(|declared| declared.purpose.as_ref());
        if purpose.is_some_and(|purpose| !visitor.grants(schema, purpose)) {
            return None;
        }
        match visitor.attributes.get(name)? {
            Value::Text(text) if !text.is_empty() => Some(Cow::Borrowed(text)),
            Value::Number(number) => Some(Cow::Owned(number.normalize().to_string())),
            _ => None,
        }
    }
}

/// Reads `unit: account_id`.
pub(super) fn unit(reader: &mut Reader<'_>, node: &Node, schema: &Schema) -> Option<Unit> {
    let name = reader.text(node)?;
    if &**name == Unit::VISITOR {
        return Some(Unit::Visitor);
    }
    match schema.attributes.get(name).map(|declared| declared.kind) {
        Some(Type::Text | Type::Number) => Some(Unit::Attribute(Arc::clone(name))),
        Some(kind) => {
            let message = format!("`{name}` is a {}: only a text or a number can name a unit", kind.word());
            reader.error("bad-value", node.span, message, "use an id such as `account_id`, or `visitor`");
            None
        }
        None => {
            let known = schema.attributes.values().filter(|known| matches!(known.kind, Type::Text | Type::Number));
            let names = std::iter::once(Unit::VISITOR).chain(known.map(|known| &*known.name));
            reader.unknown("unknown-attribute", node.span, format!("unknown attribute `{name}`"), name, names);
            None
        }
    }
}
