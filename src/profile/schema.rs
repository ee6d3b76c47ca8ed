//! The nouns a rule may use: attributes, events and their properties, context facts, lists, purposes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::Type;
use super::settings::DEFAULT_STATE_PER_VISITOR;

/// The purpose that governs all behaviour.
pub const TRACKING: &str = "tracking";

/// The declaration of one attribute, property or context fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// Lower snake case, as rules write it.
    pub name: Arc<str>,
    /// What values it may have.
    pub kind: Type,
    /// The unit of a number, for people: `EUR`.
    pub unit: Option<Arc<str>>,
    /// The only allowed values of a text (or of a list's entries); empty = any.
    pub one_of: Vec<Arc<str>>,
    /// The name that clients send, where it differs.
    pub wire: Option<Arc<str>>,
    /// Personal: never shown in logs.
    pub sensitive: bool,
    /// The consent purpose that must be granted for it to be known.
    pub purpose: Option<Arc<str>>,
    /// For people.
    pub description: Option<Arc<str>>,
}

/// The declaration of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDeclaration {
    /// Lower snake case, as rules write it.
    pub name: Arc<str>,
    /// The name that clients send, where it differs: `Order Completed`.
    pub wire: Option<Arc<str>>,
    /// By name.
    pub properties: BTreeMap<Arc<str>, Declaration>,
    /// The consent purpose that must be granted (beside tracking) for it to be known.
    pub purpose: Option<Arc<str>>,
    /// For people.
    pub description: Option<Arc<str>>,
}

/// A named list of visitor ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// Lower snake case.
    pub name: Arc<str>,
    /// Visitor ids, exact.
    pub members: BTreeSet<Arc<str>>,
}

/// A consent purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purpose {
    /// Lower snake case.
    pub name: Arc<str>,
    /// Whether a visitor who said nothing has granted it.
    pub granted_by_default: bool,
}

/// All declarations of a release.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// The site's zone; a visitor's own zone wins where known.
    pub zone: TimeZone,
    /// Silence that ends a visit: 30 minutes unless set.
    pub visit_timeout: SignedDuration,
    /// A release that would remember more bytes of a visitor is refused: 32 KiB unless set.
    pub max_state_per_visitor: usize,
    /// By name.
    pub attributes: BTreeMap<Arc<str>, Declaration>,
    /// By name.
    pub events: BTreeMap<Arc<str>, EventDeclaration>,
    /// Declared facts of the request beyond the built-in ones, by name; rules write `context.NAME`.
    pub context: BTreeMap<Arc<str>, Declaration>,
    /// By name.
    pub lists: BTreeMap<Arc<str>, List>,
    /// By name. `tracking` is granted where it is not declared.
    pub purposes: BTreeMap<Arc<str>, Purpose>,
}

impl Default for Schema {
    fn default() -> Self {
        Self {
            zone: TimeZone::UTC,
            visit_timeout: SignedDuration::from_mins(30),
            max_state_per_visitor: DEFAULT_STATE_PER_VISITOR,
            attributes: BTreeMap::new(),
            events: BTreeMap::new(),
            context: BTreeMap::new(),
            lists: BTreeMap::new(),
            purposes: BTreeMap::new(),
        }
    }
}

impl Schema {
    /// The declared event that a client's event name means: by wire name, else by name.
    pub fn event_on_the_wire(&self, sent: &str) -> Option<&EventDeclaration> {
        let by_wire = self.events.values().find(|event| event.wire.as_deref() == Some(sent));
        by_wire.or_else(|| self.events.get(sent))
    }

    /// The purpose of this name that somebody may grant or deny. One that no file declares governs nothing; `tracking`
    /// needs no declaration.
    pub fn consented(&self, name: &str) -> Option<Arc<str>> {
        match self.purposes.get(name) {
            Some(declared) => Some(Arc::clone(&declared.name)),
            None => (name == TRACKING).then(|| Arc::from(name)),
        }
    }
}

impl Declaration {
    /// The name that clients send.
    pub fn sent_name(&self) -> &Arc<str> {
        self.wire.as_ref().unwrap_or(&self.name)
    }
}

impl EventDeclaration {
    /// The name that clients send.
    pub fn sent_name(&self) -> &Arc<str> {
        self.wire.as_ref().unwrap_or(&self.name)
    }
}

/// The declaration that a client's name means: by wire name, else by name.
pub fn by_sent_name<'a>(declarations: &'a BTreeMap<Arc<str>, Declaration>, sent: &str) -> Option<&'a Declaration> {
    // INVARIANT: no two declarations are sent under one name, so one without a name of its own on the wire is it.
    if let Some(declared) = declarations.get(sent).filter(|declared| declared.wire.is_none()) {
        return Some(declared);
    }
    let by_wire = declarations.values().find(|declared| declared.wire.as_deref() == Some(sent));
    by_wire.or_else(|| declarations.get(sent))
}

#[cfg(test)]
impl Schema {
    /// The schema of one file without faults and lists.
    pub(crate) fn of_text(text: &str) -> Self {
        let mut findings = Vec::new();
        let schema = Self::read(&[("schema.yaml".into(), text.into())], &|_| None, &mut findings);
        assert_eq!(findings, []);
        schema
    }
}
