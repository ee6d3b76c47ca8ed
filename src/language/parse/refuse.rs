//! What parses but cannot stand: parts of later versions, a second `otherwise`, words of other languages.

use super::Reader;
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::language::scan::{Comment, Unit};
use crate::language::syntax::Name;
use crate::language::token::{Token, TokenKind, Tokens};

/// The words that begin an item.
const ITEMS: [&str; 4] = ["segment", "measure", "slot", "if"];

impl Reader<'_, '_> {
    /// A trigger or a ranking.
    pub(super) fn later(&mut self, unit: Unit) {
        if let Some(keyword) = self.tokens(unit.span).first().copied() {
            let word = self.written(keyword.span);
            self.not_yet(keyword.span, &format!("`{}` blocks are not supported yet", word.to_ascii_lowercase()));
        }
    }

    fn not_yet(&mut self, span: Span, message: &str) {
        let error = Diagnostic::error("not-yet-supported", self.file, span, message);
        self.findings.push(error.label("comes with a later version").help("take this block out of the file for now"));
    }

    /// Text at the top of a file that begins no item.
    pub(super) fn stray(&mut self, unit: Unit) {
        let Some(first) = self.tokens(unit.span).first().copied().filter(|_| !unit.spoiled) else { return };
        let word = self.written(first.span).to_owned();
        let error = |code, message: String| Diagnostic::error(code, self.file, first.span, message);
        let finding = if word.eq_ignore_ascii_case("otherwise") {
            error("otherwise-outside-slot", "`otherwise` stands outside a slot block".into())
                .label("no slot is open here")
                .help("an `otherwise` is the last line of a block: slot home_hero { .. otherwise show default_hero }")
        } else if word == "{" {
            error("nameless-block", "this block has no name".into())
                .label("what is it?")
                .help("slot home_hero { .. }          a named condition: segment high_value { .. }")
        } else if ["when", "where", "for", "rule", "unless", "else"].contains(&word.to_ascii_lowercase().as_str()) {
            error("not-an-item", format!("a rule begins with `if`, not with `{word}`"))
                .label("write `if` here")
                .help("if <condition> show <content>")
        } else if word.eq_ignore_ascii_case("show") {
            error("show-without-if", "`show` needs to say for whom".into())
                .label("an `if` is missing before this")
                .help("if <condition> show <content>     inside a slot block, for everybody else: otherwise show <content>")
        } else {
            let error =
                error("not-an-item", format!("`{word}` begins nothing that a rule file can hold")).label("not known");
            match nearest(&word.to_ascii_lowercase(), ITEMS) {
                Some(item) => error.help(format!("did you mean `{item}`?")),
                None => error
                    .help("a rule file holds `segment`, `measure` and `slot` blocks, and rules that begin with `if`"),
            }
        };
        self.findings.push(finding);
    }

    /// A second `otherwise` of one slot block.
    pub(super) fn second_otherwise(&mut self, unit: Unit, first: Span) {
        let keyword = |span: Span| Span::new(span.start, span.start + "otherwise".len());
        let error =
            Diagnostic::error("second-otherwise", self.file, keyword(unit.span), "a slot block has one `otherwise`")
                .label("this is the second")
                .also(keyword(first), "the first")
                .help("remove one, or make it a rule: if <condition> show <content>");
        self.findings.push(error);
    }

    /// A rule behind the `otherwise` of its block.
    pub(super) fn rule_after_otherwise(&mut self, unit: Unit, otherwise: Span) {
        let keyword = Span::new(unit.span.start, unit.span.start + "if".len());
        let error = Diagnostic::error("rule-after-otherwise", self.file, keyword, "this rule stands after `otherwise`")
            .label("would never be reached")
            .also(Span::new(otherwise.start, otherwise.start + "otherwise".len()), "matches everybody who comes here")
            .help("move the `otherwise` to the end of the block");
        self.findings.push(error);
    }

    /// More faults than anybody reads.
    pub(super) fn give_up(&mut self, span: Span) {
        let last = self.written(span).chars().next_back().map_or(0, char::len_utf8);
        let place = Span::new(span.end - last, span.end);
        let error =
            Diagnostic::error("too-many-faults", self.file, place, "this file has too many faults to list them all");
        self.findings.push(error.label("reading stopped here").help("mend those above first"));
    }

    /// `true`, `false`, `null`: names in other languages for what has its own word here.
    pub(super) fn foreign_constant(&mut self, name: &Name) {
        let (instead, help) = match name.text.as_str() {
            "true" => ("yes", "yes and no are the two answers: newsletter is yes"),
            "false" => ("no", "yes and no are the two answers: newsletter is no"),
            "null" | "nil" | "undefined" => ("is unknown", "email is unknown          the opposite: email is known"),
            _ => return,
        };
        let error = Diagnostic::error(
            "foreign-word",
            self.file,
            name.at.0,
            format!("`{}` is no word of this language", name.text),
        )
        .label(format!("write `{instead}`"))
        .help(help);
        self.findings.push(error);
    }

    /// `sum(order.amount)`: an aggregate written as a function.
    pub(super) fn aggregate_call(&mut self, name: &Name) {
        let function = match name.text.as_str() {
            "sum" | "total" => "sum",
            "average" | "avg" | "mean" => "average",
            "smallest" | "min" => "smallest",
            "largest" | "max" => "largest",
            "distinct" | "unique" => "distinct",
            "count" => "count",
            "favourite" | "favorite" => "favourite",
            _ => return,
        };
        let error =
            Diagnostic::error("aggregate-call", self.file, name.at.0, format!("use `{function} of`, without brackets"))
                .label(format!("write `{function} of` here"))
                .help(format!("{function} of order.amount in last 90 days"));
        self.findings.push(error);
    }

    /// The name of a segment or measure that did not parse, so that nobody calls it unknown.
    pub(super) fn name_of(&self, unit: Unit) -> Option<String> {
        let tokens = self.tokens(unit.span);
        let (keyword, name) = (tokens.first()?, tokens.get(1)?);
        let is_named = ["segment", "measure"].iter().any(|word| self.written(keyword.span).eq_ignore_ascii_case(word));
        (is_named && name.kind == TokenKind::Word).then(|| self.written(name.span).to_owned())
    }

    /// The first tokens of a span.
    fn tokens(&self, span: Span) -> Vec<Token> {
        let tokens = Tokens::new(self.text, span.start).filter(|token| token.kind != TokenKind::Comment);
        tokens.take_while(|token| token.span.start < span.end).take(2).collect()
    }

    fn written(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// The comments inside a span.
    pub(super) fn comments_in(&self, span: Span) -> &[Comment] {
        let from = self.comments.partition_point(|comment| comment.span.start < span.start);
        let to = self.comments.partition_point(|comment| comment.span.start < span.end);
        self.comments.get(from..to).unwrap_or_default()
    }
}
