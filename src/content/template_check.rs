//! Checks a template before it is ever rendered: its syntax, and every name it uses.

use std::ops::Range;
use std::sync::Arc;

use minijinja::machinery::{Span, ast, parse};
use minijinja::value::ValueKind;

use super::template::{Fact, Facts, Scope, WRITTEN, syntax};
use crate::diagnostic::nearest;
use crate::profile::{Schema, Type, facts};

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

/// One thing that is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) code: &'static str,
    /// Bytes of the template.
    pub(super) part: Range<usize>,
    pub(super) message: String,
    pub(super) help: String,
}

/// A template that may be compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checked {
    /// As its author wrote it, but for number facts that go straight into the text: those read [`WRITTEN`].
    pub(super) source: String,
    /// The facts that it reads.
    pub(super) facts: Facts,
}

/// Checks a template.
///
/// # Errors
/// Everything that is wrong with it, in text order.
pub(super) fn check(template: &str, schema: &Schema) -> Result<Checked, Vec<Complaint>> {
    let tree = parse(template, "", syntax()).map_err(|error| vec![syntax_complaint(template, &error)])?;
    let mut check = Check {
        template,
        schema,
        facts: Facts::new(),
        rewritten: Vec::new(),
        local: Vec::new(),
        complaints: Vec::new(),
    };
    check.statement(&tree);
    if check.complaints.is_empty() {
        let source = rewrite(template, check.rewritten);
        return Ok(Checked { source, facts: check.facts });
    }
    check.complaints.sort_by_key(|complaint| complaint.part.start);
    Err(check.complaints)
}

/// Part of minijinja's detail; what it means; what to do. The first entry that fits counts.
const WORDS: &[(&str, &str, &str)] = &[
    (
        "unknown statement",
        "this tag is not known here",
        "use `{{ fact }}`, `{% if %}`, `{% for %}` and `{% set %}` only",
    ),
    ("end of string", "quotes are opened and never closed", "close the text with the same quote"),
    ("end of comment", "`{#` is never closed", "close the comment with `#}`"),
    ("end of raw block", "`{% raw %}` is never closed", "close it with `{% endraw %}`"),
    ("end of input, expected end of variable", "`{{` is never closed", "close it with `}}`"),
    (
        "end of input",
        "the template ends too early",
        "close `{{` with `}}`, `{% if %}` with `{% endif %}`, `{% for %}` with `{% endfor %}`",
    ),
    (
        "expected end of variable block",
        "one `{{ .. }}` holds one expression",
        "write `{{ visitor.first_name | default('there') }}`",
    ),
    ("expected identifier", "a name is missing here", "write `visitor.first_name`, or a filter such as `| upper`"),
];

fn syntax_complaint(template: &str, error: &minijinja::Error) -> Complaint {
    let detail = error.detail().unwrap_or_default();
    let found = WORDS.iter().find(|(part, _, _)| detail.contains(part));
    let (message, help) = found.map_or(
        ("this template cannot be read here", "write facts as `{{ visitor.first_name | default('there') }}`"),
        |(_, message, help)| (*message, *help),
    );
    let end = template.trim_end().len();
    let range = error.range().unwrap_or(end.saturating_sub(1)..end);
    let start = range.start.min(end.saturating_sub(1));
    let part = start..range.end.clamp(start, end);
    Complaint { code: "template-syntax", part, message: message.to_owned(), help: help.to_owned() }
}

/// The template with some of its parts replaced.
fn rewrite(template: &str, mut parts: Vec<(Range<usize>, String)>) -> String {
    let mut source = template.to_owned();
    parts.sort_by_key(|(part, _)| std::cmp::Reverse(part.start));
    for (part, text) in parts {
        if source.get(part.clone()).is_some() {
            source.replace_range(part, &text);
        }
    }
    source
}

/// What an expression's value is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    /// It goes into the text as it is.
    Text,
    /// Something is done with it.
    Value,
}

struct Check<'a> {
    template: &'a str,
    schema: &'a Schema,
    facts: Facts,
    /// Parts of the template that read a fact as it is written.
    rewritten: Vec<(Range<usize>, String)>,
    /// Variables that the template itself sets, innermost last.
    local: Vec<String>,
    complaints: Vec<Complaint>,
}

impl Check<'_> {
    fn complain(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: impl Into<String>) {
        let part = span.start_offset as usize..span.end_offset as usize;
        self.complaints.push(Complaint { code, part, message: message.into(), help: help.into() });
    }

    fn statements(&mut self, statements: &[ast::Stmt<'_>]) {
        let outer = self.local.len();
        for statement in statements {
            self.statement(statement);
        }
        self.local.truncate(outer);
    }

    fn statement(&mut self, statement: &ast::Stmt<'_>) {
        match statement {
            ast::Stmt::Template(template) => self.statements(&template.children),
            ast::Stmt::EmitExpr(emit) => self.expression(&emit.expr, For::Text),
            ast::Stmt::EmitRaw(_) => {}
            ast::Stmt::IfCond(condition) => {
                self.expression(&condition.expr, For::Value);
                self.statements(&condition.true_body);
                self.statements(&condition.false_body);
            }
            ast::Stmt::ForLoop(each) => self.for_loop(each),
            ast::Stmt::Set(set) => {
                self.expression(&set.expr, For::Value);
                self.assign(&set.target);
            }
            ast::Stmt::WithBlock(with) => {
                let outer = self.local.len();
                for (target, value) in &with.assignments {
                    self.expression(value, For::Value);
                    self.assign(target);
                }
                self.statements(&with.body);
                self.local.truncate(outer);
            }
            ast::Stmt::SetBlock(set) => self.refuse(set.span()),
            ast::Stmt::AutoEscape(block) => self.refuse(block.span()),
            ast::Stmt::FilterBlock(block) => self.refuse(block.span()),
            ast::Stmt::Do(block) => self.refuse(block.span()),
        }
    }

    fn for_loop(&mut self, each: &ast::Spanned<ast::ForLoop<'_>>) {
        if each.recursive {
            self.refuse(each.span());
        }
        self.expression(&each.iter, For::Value);
        let outer = self.local.len();
        self.local.push("loop".to_owned());
        self.assign(&each.target);
        if let Some(filter) = &each.filter_expr {
            self.expression(filter, For::Value);
        }
        self.statements(&each.body);
        self.local.truncate(outer);
        self.statements(&each.else_body);
    }

    fn refuse(&mut self, span: Span) {
        let help = "use `{{ fact }}`, `{% if %}`, `{% for %}` and `{% set %}` only";
        self.complain("template-syntax", span, "this tag is not known here", help);
    }

    fn assign(&mut self, target: &ast::Expr<'_>) {
        match target {
            ast::Expr::Var(variable) if scope(variable.id).is_some() || variable.id == WRITTEN => {
                let message = format!("`{}` cannot be set", variable.id);
                self.complain("template-syntax", variable.span(), message, "choose another name");
            }
            ast::Expr::Var(variable) => self.local.push(variable.id.to_owned()),
            ast::Expr::List(list) => list.items.iter().for_each(|item| self.assign(item)),
            ast::Expr::Tuple(tuple) => tuple.items.iter().for_each(|item| self.assign(item)),
            other => self.complain("template-syntax", other.span(), "this cannot be set", "set a plain name"),
        }
    }

    fn expression(&mut self, expression: &ast::Expr<'_>, used: For) {
        match expression {
            ast::Expr::Const(_) => {}
            ast::Expr::Var(variable) => self.variable(variable),
            ast::Expr::GetAttr(get) => match &get.expr {
                ast::Expr::Var(root) => self.fact(root, get.name, get.span(), used),
                inner => self.expression(inner, For::Value),
            },
            ast::Expr::GetItem(get) => self.item(get, used),
            ast::Expr::Slice(slice) => {
                self.expression(&slice.expr, For::Value);
                let parts = [&slice.start, &slice.stop, &slice.step];
                parts.into_iter().flatten().for_each(|part| self.expression(part, For::Value));
            }
            ast::Expr::UnaryOp(unary) => self.expression(&unary.expr, For::Value),
            ast::Expr::BinOp(binary) => {
                // `~` joins texts.
                let used = if matches!(binary.op, ast::BinOpKind::Concat) { For::Text } else { For::Value };
                self.expression(&binary.left, used);
                self.expression(&binary.right, used);
            }
            ast::Expr::Compare(compare) => {
                self.expression(&compare.expr, For::Value);
                compare.ops.iter().for_each(|op| self.expression(&op.expr, For::Value));
            }
            ast::Expr::IfExpr(choice) => {
                self.expression(&choice.test_expr, For::Value);
                self.expression(&choice.true_expr, used);
                choice.false_expr.iter().for_each(|other| self.expression(other, used));
            }
            ast::Expr::Filter(filter) => {
                let used = if matches!(filter.name, "default" | "d") { used } else { For::Value };
                filter.expr.iter().for_each(|inner| self.expression(inner, used));
                self.arguments(&filter.args, used);
                self.known_word("filter", filter.name, FILTERS, filter.span());
            }
            ast::Expr::Test(test) => {
                self.expression(&test.expr, For::Value);
                self.arguments(&test.args, For::Value);
                self.known_word("test", test.name, TESTS, test.span());
            }
            ast::Expr::Call(call) => {
                let help = "use a filter, such as `{{ visitor.first_name | upper }}`";
                self.complain("template-syntax", call.span(), "templates have no functions", help);
            }
            ast::Expr::List(list) => list.items.iter().for_each(|item| self.expression(item, For::Value)),
            ast::Expr::Tuple(tuple) => tuple.items.iter().for_each(|item| self.expression(item, For::Value)),
            ast::Expr::Map(map) => {
                map.keys.iter().chain(&map.values).for_each(|part| self.expression(part, For::Value));
            }
        }
    }

    fn arguments(&mut self, arguments: &[ast::CallArg<'_>], used: For) {
        for argument in arguments {
            match argument {
                ast::CallArg::Pos(value)
                | ast::CallArg::Kwarg(_, value)
                | ast::CallArg::PosSplat(value)
                | ast::CallArg::KwargSplat(value) => self.expression(value, used),
            }
        }
    }

    /// `visitor["first_name"]` is `visitor.first_name`; only facts that can be foreseen may be read.
    fn item(&mut self, get: &ast::Spanned<ast::GetItem<'_>>, used: For) {
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

    fn known_word(&mut self, what: &str, name: &str, known: &[&'static str], span: Span) {
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

    fn variable(&mut self, variable: &ast::Spanned<ast::Var<'_>>) {
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
    fn fact(&mut self, root: &ast::Spanned<ast::Var<'_>>, name: &str, span: Span, used: For) {
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

fn scope(word: &str) -> Option<Scope> {
    Scope::ALL.into_iter().find(|scope| scope.word() == word)
}
