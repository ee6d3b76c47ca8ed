//! The names that a template uses: facts, variables, filters, tests.

use std::ops::Range;
use std::sync::Arc;

use minijinja::machinery::{Span, ast};
use minijinja::value::ValueKind;

use super::check::{Check, For};
use super::syntax::Complaint;
use super::{Fact, Scope, WRITTEN};
use crate::diagnostic::nearest;
use crate::profile::{Type, facts};

/// The filters that templates may use: none of them turns escaping off or grows a text without bound.
pub const FILTERS: &[&str] = &[
    "abs",
    "capitalize",
    "count",
    "d",
    "default",
    "e",
    "escape",
    "first",
    "float",
    "format",
    "int",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "max",
    "min",
    "replace",
    "reverse",
    "round",
    "sort",
    "split",
    "string",
    "title",
    "trim",
    "unique",
    "upper",
];

/// The tests (`is defined`) that templates may use.
pub const TESTS: &[&str] = &[
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "eq",
    "even",
    "false",
    "ge",
    "gt",
    "in",
    "le",
    "lt",
    "ne",
    "none",
    "number",
    "odd",
    "sequence",
    "startingwith",
    "string",
    "true",
    "undefined",
];

/// Facts that follow from events and time; content does not see them.
const NOT_IN_TEMPLATES: &[&str] = &["number", "is_new"];

impl Check<'_> {
    /// `visitor["first_name"]` is `visitor.first_name`; only facts that can be foreseen may be read.
    pub(super) fn item(&mut self, get: &ast::Spanned<ast::GetItem<'_>>, used: For) {
        let root = match &get.expr {
            ast::Expr::Var(root) if scope(root.id).is_some() && !self.is_local(root.id) => Some(root),
            _ => None,
        };
        match (root, &get.subscript_expr) {
            (Some(root), ast::Expr::Const(name)) if name.value.kind() == ValueKind::String => {
                self.fact(root, name.value.as_str().unwrap_or_default(), get.span(), used);
            }
            (Some(root), _) => {
                let help = format!("write `{}.NAME`", root.id);
                self.complain("template-syntax", get.span(), "a fact is named, not computed", help);
            }
            (None, subscript) => {
                self.expression(&get.expr, For::Value);
                self.expression(subscript, For::Value);
            }
        }
    }

    pub(super) fn known_word(&mut self, what: &str, name: &str, known: &[&'static str], span: Span) {
        if known.contains(&name) {
            return;
        }
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if name == "safe" => "every value is escaped for HTML; put markup into the text itself".to_owned(),
            None => {
                format!("use one of {}", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
            }
        };
        let part = self.word_in(span, name);
        let message = format!("unknown {what} `{name}`");
        self.complaints.push(Complaint { code: "template-syntax", part, message, help });
    }

    fn is_local(&self, name: &str) -> bool {
        self.local.iter().any(|local| local == name)
    }

    pub(super) fn variable(&mut self, variable: &ast::Spanned<ast::Var<'_>>) {
        let name = variable.id;
        if self.is_local(name) {
            return;
        }
        let (message, help) = if scope(name).is_some() {
            (format!("`{name}` is not one fact"), format!("name the fact: `{name}.NAME`"))
        } else if self.schema.attributes.contains_key(name) {
            (format!("unknown variable `{name}`"), format!("did you mean `visitor.{name}`?"))
        } else {
            let help = "templates know `visitor.NAME`, `visit.NAME` and `context.NAME`";
            (format!("unknown variable `{name}`"), help.to_owned())
        };
        self.complain("unknown-variable", variable.span(), message, help);
    }

    /// `root.name`
    pub(super) fn fact(&mut self, root: &ast::Spanned<ast::Var<'_>>, name: &str, span: Span, used: For) {
        let Some(scope) = scope(root.id).filter(|_| !self.is_local(root.id)) else {
            return self.variable(root);
        };
        let names: Vec<&str> = match scope {
            Scope::Visitor => self.schema.attributes.keys().map(|name| &**name).collect(),
            Scope::Context => self.schema.context.keys().map(|name| &**name).collect(),
            Scope::Visit => facts::BUILT_IN
                .iter()
                .filter_map(|fact| fact.name.strip_prefix("visit."))
                .filter(|name| !NOT_IN_TEMPLATES.contains(name))
                .collect(),
        };
        if names.contains(&name) {
            let written = used == For::Text && self.is_number(scope, name);
            if written {
                let part = span.start_offset as usize..span.end_offset as usize;
                self.rewritten.push((part, format!("{WRITTEN}[\"{}.{name}\"]", scope.word())));
            }
            self.facts.insert(Fact { scope, name: Arc::from(name), written });
            return;
        }
        let (code, what) = match scope {
            Scope::Visitor => ("unknown-attribute", "attribute"),
            Scope::Visit | Scope::Context => ("unknown-fact", "fact"),
        };
        let help = match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{}.{near}`?", scope.word()),
            None if scope == Scope::Visit && NOT_IN_TEMPLATES.contains(&name) => {
                "it is not known in templates; ask for it in a rule and show other content".to_owned()
            }
            None if scope == Scope::Visit => format!("use one of {}", names.join(", ")),
            None if scope == Scope::Visitor => format!("declare `{name}` under `attributes:` in rules/schema"),
            None => format!("declare `{name}` under `context:` in rules/schema"),
        };
        let part = self.word_in(span, name);
        let message = format!("unknown {what} `{}.{name}`", scope.word());
        self.complaints.push(Complaint { code, part, message, help });
    }

    fn is_number(&self, scope: Scope, name: &str) -> bool {
        let declared = match scope {
            Scope::Visitor => self.schema.attributes.get(name),
            Scope::Context => self.schema.context.get(name),
            Scope::Visit => None,
        };
        declared.is_some_and(|declared| declared.kind == Type::Number)
    }

    /// The last place of a word in a part of the template; the whole part when it is not there.
    fn word_in(&self, span: Span, word: &str) -> Range<usize> {
        let part = span.start_offset as usize..span.end_offset as usize;
        let found = self.template.get(part.clone()).and_then(|text| text.rfind(word));
        found.map_or(part.clone(), |at| part.start + at..part.start + at + word.len())
    }
}

/// The scope that a word names.
pub(super) fn scope(word: &str) -> Option<Scope> {
    Scope::ALL.into_iter().find(|scope| scope.word() == word)
}
