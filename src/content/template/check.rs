//! Checks a template before it is ever rendered: its syntax, and every name it uses.

use std::ops::Range;

use minijinja::machinery::{Span, ast, parse};

use super::names::{FILTERS, TESTS, scope};
use super::syntax::{Complaint, complaint};
use super::{Facts, WRITTEN, jinja};
use crate::profile::Schema;

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
    let tree = parse(template, "", jinja()).map_err(|error| vec![complaint(template, &error)])?;
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
pub(super) enum For {
    /// It goes into the text as it is.
    Text,
    /// Something is done with it.
    Value,
}

/// Walks over a parsed template. What it says about names stands in [`super::names`].
pub(super) struct Check<'a> {
    pub(super) template: &'a str,
    pub(super) schema: &'a Schema,
    pub(super) facts: Facts,
    /// Parts of the template that read a fact as it is written.
    pub(super) rewritten: Vec<(Range<usize>, String)>,
    /// Variables that the template itself sets, innermost last.
    pub(super) local: Vec<String>,
    pub(super) complaints: Vec<Complaint>,
}

impl Check<'_> {
    pub(super) fn complain(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
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

    pub(super) fn expression(&mut self, expression: &ast::Expr<'_>, used: For) {
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
}
