//! Templates in content texts: compiled when a release is, filled in when a decision shows them.

mod check;
mod compile;
mod names;
mod syntax;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value, escape_formatter};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value as Json;

pub(super) use compile::Compiler;
pub use names::{FILTERS, TESTS};

use crate::profile::{self, Context, Declaration, Schema, Visitor};

/// What one template may consume: steps and copied bytes together, in minijinja's own unit (about 64 bytes each).
pub const TEMPLATE_FUEL: u64 = 20_000;

/// A longer template is refused.
pub const MAX_TEMPLATE_BYTES: usize = 64 << 10;

/// A longer rendered text is refused: it goes into every answer that shows the content.
pub const MAX_RENDERED_BYTES: usize = 64 << 10;

/// Why content could not be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// A loop too long, most likely.
    #[error("a template of the content takes too many steps")]
    OutOfFuel,
    /// See [`MAX_RENDERED_BYTES`].
    #[error("a text of the content is longer than {MAX_RENDERED_BYTES} bytes when rendered")]
    TooLong,
    /// A filter or operator does not take the value it got.
    #[error("a template of the content applies a filter or operator to a value it cannot take")]
    Failed,
}

/// Where a fact that a template reads comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// `visitor.NAME`
    Visitor,
    /// `visit.NAME`
    Visit,
    /// `context.NAME`
    Context,
}

impl Scope {
    pub(super) const ALL: [Self; 3] = [Self::Visitor, Self::Visit, Self::Context];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::Visit => "visit",
            Self::Context => "context",
        }
    }
}

/// A fact that a template reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fact {
    pub(super) scope: Scope,
    pub(super) name: Arc<str>,
    /// A number that goes into the text as it is written: `19.90`, not `19.9`.
    pub(super) written: bool,
}

/// The facts that a template reads.
pub(super) type Facts = BTreeSet<Fact>;

/// The variable that holds number facts as they are written, by full name: `_written["visitor.credit"]`. Authors do not
/// write it; a checked template reads it where a number goes straight into the text.
pub(super) const WRITTEN: &str = "_written";

/// A value with its templates compiled.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    /// Nothing to fill in.
    Fixed(Json),
    /// The name of a template in the environment, and what it reads.
    Text(String, Facts),
    List(Vec<Piece>),
    Object(Vec<(String, Piece)>),
}

/// The compiled templates of an item.
#[derive(Debug, Clone)]
pub(super) struct Filling {
    pub(super) environment: Arc<Environment<'static>>,
    pub(super) root: Piece,
}

impl Filling {
    pub(super) fn fill(&self, visitor: &Visitor, context: &Context, schema: &Schema) -> Result<Json, RenderError> {
        self.piece(&self.root, &|scope, name| known(scope, name, visitor, context, schema))
    }

    fn piece(&self, piece: &Piece, known: &dyn Fn(Scope, &str) -> Option<profile::Value>) -> Result<Json, RenderError> {
        Ok(match piece {
            Piece::Fixed(value) => value.clone(),
            Piece::Text(name, facts) => Json::String(render(&self.environment, name, facts, known)?),
            Piece::List(pieces) => {
                Json::Array(pieces.iter().map(|piece| self.piece(piece, known)).collect::<Result<_, _>>()?)
            }
            Piece::Object(fields) => {
                let fields = fields.iter().map(|(name, piece)| Ok((name.clone(), self.piece(piece, known)?)));
                Json::Object(fields.collect::<Result<_, _>>()?)
            }
        })
    }
}

/// An environment whose templates escape for HTML, count fuel and treat missing facts as empty.
pub(super) fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_formatter(formatter);
    environment.set_fuel(Some(TEMPLATE_FUEL));
    environment.set_syntax(jinja());
    environment.set_debug(true);
    environment
}

/// As Jinja, but a line break at the end of a text stays.
pub(super) fn jinja() -> minijinja::syntax::SyntaxConfig {
    minijinja::syntax::SyntaxConfig::builder().keep_trailing_newline(true).build().unwrap_or_default()
}

/// Booleans as in JSON; nothing for what is missing.
fn formatter(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_undefined() || value.is_none() {
        return Ok(());
    }
    match bool::try_from(value.clone()) {
        Ok(boolean) if value.kind() == minijinja::value::ValueKind::Bool => {
            out.write_str(if boolean { "true" } else { "false" }).map_err(Error::from)
        }
        _ => escape_formatter(out, state, value),
    }
}

/// Renders one template with the facts that `known` gives; what it does not give is missing.
pub(super) fn render(
    environment: &Environment<'_>,
    name: &str,
    facts: &Facts,
    known: &dyn Fn(Scope, &str) -> Option<profile::Value>,
) -> Result<String, RenderError> {
    let mut root: BTreeMap<&'static str, BTreeMap<String, Value>> = BTreeMap::new();
    for scope in Scope::ALL {
        root.insert(scope.word(), BTreeMap::new());
    }
    for fact in facts {
        let Some(value) = known(fact.scope, &fact.name) else { continue };
        let (variable, name, value) = match value {
            profile::Value::Number(number) if fact.written => {
                (WRITTEN, format!("{}.{}", fact.scope.word(), fact.name), Value::from(number.to_string()))
            }
            value => (fact.scope.word(), fact.name.to_string(), to_template(&value)),
        };
        root.entry(variable).or_default().insert(name, value);
    }
    let root: BTreeMap<&'static str, Value> =
        root.into_iter().map(|(name, facts)| (name, Value::from_object(facts))).collect();
    let rendered = environment.get_template(name).and_then(|template| template.render(Value::from_object(root)));
    match rendered {
        Ok(text) if text.len() > MAX_RENDERED_BYTES => Err(RenderError::TooLong),
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::OutOfFuel => Err(RenderError::OutOfFuel),
        Err(_) => Err(RenderError::Failed),
    }
}

/// The fact a template may see: there, and every purpose it needs granted.
fn known(scope: Scope, name: &str, visitor: &Visitor, context: &Context, schema: &Schema) -> Option<profile::Value> {
    let granted = |declared: Option<&Declaration>| {
        declared.and_then(|declared| declared.purpose.as_ref()).is_none_or(|purpose| visitor.grants(schema, purpose))
    };
    let (declared, value) = match scope {
        Scope::Visitor => (schema.attributes.get(name), visitor.attributes.get(name)),
        Scope::Visit => (None, context.facts.get(&*format!("visit.{name}"))),
        Scope::Context => (schema.context.get(name), context.facts.get(&*format!("context.{name}"))),
    };
    value.filter(|_| granted(declared)).cloned()
}

/// A fact as filters and operators see it: a number with a fraction is binary floating point.
fn to_template(value: &profile::Value) -> Value {
    use profile::Value as Typed;
    match value {
        Typed::Text(text) => Value::from(text),
        Typed::Number(number) => number_to_template(*number),
        Typed::Boolean(boolean) => Value::from(*boolean),
        Typed::Moment(moment) => Value::from(moment.to_string()),
        Typed::List(texts) => Value::from_iter(texts.iter()),
        Typed::Span(span) => Value::from(format!("{span:#}")),
        Typed::Version(version) => Value::from(version.to_string()),
        Typed::Date(date) => Value::from(date.to_string()),
        Typed::Time(time) => Value::from(time.to_string()),
    }
}

fn number_to_template(number: Decimal) -> Value {
    let whole = (number.scale() == 0).then(|| number.to_i128()).flatten();
    match (whole, number.to_f64()) {
        (Some(whole), _) => Value::from(whole),
        (None, Some(fraction)) => Value::from(fraction),
        (None, None) => Value::from(number.to_string()),
    }
}
