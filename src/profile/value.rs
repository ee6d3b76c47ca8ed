//! Typed values.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::Version;

/// The type of a value. The first seven may be declared; dates and times of day come only from `local.*` and literals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// Unicode text; compares exactly, case-sensitive.
    Text,
    /// Decimal with at most 28 digits, never floating point.
    Number,
    /// `yes` or `no`.
    Boolean,
    /// An instant.
    Moment,
    /// A length of time.
    Span,
    /// A dotted version such as `2.10.1`.
    Version,
    /// A list of texts.
    List,
    /// A calendar date.
    Date,
    /// A time of day.
    Time,
}

impl Type {
    /// The types that a schema may declare.
    pub const DECLARABLE: [Self; 7] =
        [Self::Text, Self::Number, Self::Boolean, Self::Moment, Self::Span, Self::Version, Self::List];

    /// The word that YAML and messages use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Moment => "moment",
            Self::Span => "span",
            Self::Version => "version",
            Self::List => "list",
            Self::Date => "date",
            Self::Time => "time",
        }
    }
}

/// One typed value. An absent value is `Option::None`, which rules read as unknown.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// See [`Type::Text`].
    Text(Arc<str>),
    /// Keeps its written form: `1` and `1.0` are equal and print differently.
    Number(Decimal),
    /// See [`Type::Boolean`].
    Boolean(bool),
    /// See [`Type::Moment`].
    Moment(Timestamp),
    /// See [`Type::Span`].
    Span(SignedDuration),
    /// See [`Type::Version`].
    Version(Version),
    /// See [`Type::List`].
    List(Vec<Arc<str>>),
    /// See [`Type::Date`].
    Date(Date),
    /// See [`Type::Time`].
    Time(Time),
}

impl Value {
    /// The type of this value.
    pub fn kind(&self) -> Type {
        match self {
            Self::Text(_) => Type::Text,
            Self::Number(_) => Type::Number,
            Self::Boolean(_) => Type::Boolean,
            Self::Moment(_) => Type::Moment,
            Self::Span(_) => Type::Span,
            Self::Version(_) => Type::Version,
            Self::List(_) => Type::List,
            Self::Date(_) => Type::Date,
            Self::Time(_) => Type::Time,
        }
    }

    /// The value as a client would send it; a declaration of the same type reads it back. A span loses what it has below
    /// a second.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Text(text) => Json::String(text.to_string()),
            // A decimal is written as JSON writes numbers.
            Self::Number(number) => number.to_string().parse().map_or(Json::Null, Json::Number),
            Self::Boolean(boolean) => Json::Bool(*boolean),
            Self::Span(span) => Json::String(format!("{} seconds", span.as_secs())),
            Self::List(texts) => texts.iter().map(|text| Json::String(text.to_string())).collect(),
            Self::Moment(moment) => Json::String(moment.to_string()),
            Self::Version(version) => Json::String(version.to_string()),
            Self::Date(date) => Json::String(date.to_string()),
            Self::Time(time) => Json::String(time.to_string()),
        }
    }
}

impl Value {
    /// The value as results name it: a text as it is, a number in its shortest form (1.0 is 1), a list with commas.
    pub fn plain(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(number.normalize().to_string()),
            Self::List(texts) => Cow::Owned(texts.join(", ")),
            other => Cow::Owned(other.to_string()),
        }
    }
}

/// Prints a value as explanations show it: texts in quotes, `yes`/`no`, RFC 3339 moments.
impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(out, "{text:?}"),
            Self::Number(number) => write!(out, "{number}"),
            Self::Boolean(true) => out.write_str("yes"),
            Self::Boolean(false) => out.write_str("no"),
            Self::Moment(moment) => write!(out, "{moment}"),
            Self::Span(span) => write!(out, "{span:#}"),
            Self::Version(version) => write!(out, "{version}"),
            Self::List(texts) => {
                out.write_str("[")?;
                for (index, text) in texts.iter().enumerate() {
                    write!(out, "{}{text:?}", if index == 0 { "" } else { ", " })?;
                }
                out.write_str("]")
            }
            Self::Date(date) => write!(out, "{date}"),
            Self::Time(time) => write!(out, "{time}"),
        }
    }
}
