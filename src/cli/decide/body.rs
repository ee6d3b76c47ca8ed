//! The flags of `segue decide` as a `/v1/decide` body.
//!
//! `--attribute age=42` is text; the schema says that it means a number. A name that the schema does not declare is an
//! error here, with the nearest one: a person typed it.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{anyhow, bail};
use serde_json::{Map, Number, Value, json};

use crate::diagnostic::nearest;
use crate::profile::{CONTEXT_FIELDS, Declaration, Schema, TRACKING, Type, by_sent_name};

/// `name=value` as given to a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    name: String,
    value: String,
}

/// Reads `name=value`; both parts are needed, the value may be empty.
impl std::str::FromStr for Pair {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok(Self { name: name.to_owned(), value: value.to_owned() }),
            _ => bail!("write it as name=value"),
        }
    }
}

/// What the flags say of one visitor.
pub(super) struct Flags<'a> {
    pub(super) id: &'a str,
    pub(super) attributes: &'a [Pair],
    pub(super) consent: &'a [Pair],
    pub(super) context: &'a [Pair],
}

impl Flags<'_> {
    /// The body that a client would send for this visitor.
    pub(super) fn body(&self, schema: &Schema) -> anyhow::Result<Value> {
        let attributes = self
            .attributes
            .iter()
            .map(|pair| declared("attribute", &schema.attributes, &[], pair))
            .collect::<anyhow::Result<Map<_, _>>>()?;
        let consent = self.consent.iter().map(|pair| purpose(schema, pair)).collect::<anyhow::Result<Map<_, _>>>()?;
        let context = self
            .context
            .iter()
            .map(|pair| match CONTEXT_FIELDS.contains(&pair.name.as_str()) {
                true => Ok((pair.name.clone(), pair.value.clone().into())),
                false => declared("context fact", &schema.context, CONTEXT_FIELDS, pair),
            })
            .collect::<anyhow::Result<Map<_, _>>>()?;
        let visitor = json!({"id": self.id, "attributes": attributes, "consent": consent});
        Ok(json!({"visitor": visitor, "context": context}))
    }
}

/// Reads a pair by the declaration of its name, as rules or as clients write it. `others` are names that need none.
fn declared(
    noun: &str,
    declarations: &BTreeMap<Arc<str>, Declaration>,
    others: &[&str],
    pair: &Pair,
) -> anyhow::Result<(String, Value)> {
    if let Some(declaration) = by_sent_name(declarations, &pair.name) {
        return typed(noun, declaration, pair);
    }
    bail!(unknown(noun, &pair.name, declarations.keys().map(|name| &**name).chain(others.iter().copied())))
}

fn purpose(schema: &Schema, pair: &Pair) -> anyhow::Result<(String, Value)> {
    if pair.name != TRACKING && !schema.purposes.contains_key(pair.name.as_str()) {
        let names = schema.purposes.keys().map(|name| &**name).chain([TRACKING]);
        bail!(unknown("purpose", &pair.name, names));
    }
    Ok((pair.name.clone(), boolean("purpose", pair)?))
}

fn unknown<'a>(noun: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let help = nearest(name, known).map(|near| format!("\nhelp: did you mean `{near}`?"));
    format!("there is no {noun} `{name}`{}", help.unwrap_or_default())
}

/// The JSON that stands for a text of a declared type. What remains text is read with the body.
fn typed(noun: &str, declaration: &Declaration, pair: &Pair) -> anyhow::Result<(String, Value)> {
    let wrong = |what: &str| anyhow!("the {noun} `{}` is {what}, `{}` is not", pair.name, pair.value);
    let value = match declaration.kind {
        Type::Number => serde_json::from_str::<Number>(&pair.value).map_err(|_| wrong("a number"))?.into(),
        Type::Boolean => boolean(noun, pair)?,
        Type::List if pair.value.starts_with('[') => {
            serde_json::from_str(&pair.value).map_err(|_| wrong(r#"a list such as a,b or ["a","b"]"#))?
        }
        Type::List => pair.value.split(',').map(str::trim).filter(|entry| !entry.is_empty()).collect(),
        Type::Text | Type::Moment | Type::Span | Type::Version | Type::Date | Type::Time => pair.value.clone().into(),
    };
    Ok((pair.name.clone(), value))
}

fn boolean(noun: &str, pair: &Pair) -> anyhow::Result<Value> {
    match pair.value.as_str() {
        "yes" | "true" => Ok(true.into()),
        "no" | "false" => Ok(false.into()),
        other => bail!("the {noun} `{}` is yes or no, `{other}` is neither", pair.name),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::{Flags, Pair};
    use crate::profile::{Declaration, Schema, Type};

    fn schema() -> Schema {
        let declared = |(name, kind): (&str, Type)| {
            let name: Arc<str> = name.into();
            let declaration = Declaration {
                name: Arc::clone(&name),
                kind,
                unit: None,
                one_of: Vec::new(),
                wire: None,
                sensitive: false,
                purpose: None,
                description: None,
            };
            (name, declaration)
        };
        let kinds = [("age", Type::Number), ("country", Type::Text), ("interests", Type::List), ("vip", Type::Boolean)];
        Schema { attributes: kinds.into_iter().map(declared).collect(), ..Schema::default() }
    }

    fn attributes(pairs: &[&str]) -> Result<serde_json::Value, String> {
        let attributes: Vec<Pair> = pairs.iter().map(|pair| pair.parse().unwrap()).collect();
        let flags = Flags { id: "v1", attributes: &attributes, consent: &[], context: &[] };
        flags.body(&schema()).map(|body| body["visitor"]["attributes"].clone()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_schema_types_the_attributes() {
        let body = attributes(&["age=1.50", "country=42", "interests=running, hiking", "vip=yes"]).unwrap();
        assert_eq!(body.to_string(), r#"{"age":1.50,"country":"42","interests":["running","hiking"],"vip":true}"#);
        assert_eq!(attributes(&[r#"interests=["a,b"]"#]).unwrap(), json!({"interests": ["a,b"]}));
    }

    #[test]
    fn what_is_not_of_the_declared_type_is_refused() {
        assert_eq!(attributes(&["age=old"]).unwrap_err(), "the attribute `age` is a number, `old` is not");
        assert_eq!(attributes(&["vip=1"]).unwrap_err(), "the attribute `vip` is yes or no, `1` is neither");
        assert_eq!(
            attributes(&["contry=DE"]).unwrap_err(),
            "there is no attribute `contry`\nhelp: did you mean `country`?"
        );
    }

    #[test]
    fn a_context_fact_is_built_in_or_declared() {
        let context: Vec<Pair> = vec!["page=/pricing".parse().unwrap()];
        let flags = |context| Flags { id: "v1", attributes: &[], consent: &[], context };
        assert_eq!(flags(&context).body(&schema()).unwrap()["context"], json!({"page": "/pricing"}));
        let misspelt: Vec<Pair> = vec!["referer=/".parse().unwrap()];
        let error = flags(&misspelt).body(&schema()).unwrap_err().to_string();
        assert_eq!(error, "there is no context fact `referer`\nhelp: did you mean `referrer`?");
    }

    #[test]
    fn consent_is_said_to_a_declared_purpose() {
        let body = |pair: &str| {
            let consent = [pair.parse().unwrap()];
            let flags = Flags { id: "v1", attributes: &[], consent: &consent, context: &[] };
            flags.body(&schema()).map(|body| body["visitor"]["consent"].clone()).map_err(|error| error.to_string())
        };
        assert_eq!(body("tracking=no").unwrap(), json!({"tracking": false}));
        assert_eq!(body("trackin=no").unwrap_err(), "there is no purpose `trackin`\nhelp: did you mean `tracking`?");
        assert_eq!(body("tracking=maybe").unwrap_err(), "the purpose `tracking` is yes or no, `maybe` is neither");
    }

    #[test]
    fn a_pair_needs_a_name() {
        assert!("=x".parse::<Pair>().is_err() && "x".parse::<Pair>().is_err());
        assert_eq!("a==".parse::<Pair>().unwrap(), Pair { name: "a".to_owned(), value: "=".to_owned() });
    }
}
