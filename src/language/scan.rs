//! Cuts a file into units that are parsed, and reported, each by itself.
//!
//! In: the text. Out: units in text order (a segment, a measure, a slot's head, each of its rules, ...) and all
//! comments. Braces are matched here and nesting is limited here, before the parser recurses; an unclosed brace silences
//! what it swallowed. Text order and linear time: a file of 100,000 rules is cut in one pass.

use std::sync::Arc;

use super::Findings;
use super::nesting::Nesting;
use super::slip::Slip;
use super::token::{Token, TokenKind, Tokens};
use super::unclosed;
use crate::diagnostic::{Diagnostic, Span};

/// A stretch of text that is parsed by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// What it should be, by its first word.
    pub kind: UnitKind,
    /// From its first token to the end of its last one.
    pub span: Span,
    /// A fault inside is already reported: not to be parsed.
    pub spoiled: bool,
}

/// The kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitKind {
    /// `segment name { .. }`
    Segment,
    /// `measure name = value`
    Measure,
    /// `if ..` outside a slot block.
    BareRule,
    /// `slot name {` up to its first rule.
    SlotHead,
    /// `if ..` in a slot block.
    SlotRule,
    /// `otherwise ..` in a slot block.
    Otherwise,
    /// The `}` of a slot block.
    SlotEnd,
    /// `trigger ..`, `ranking ..`: a later version reads them.
    Later,
    /// Anything else at the top of a file.
    Stray,
}

/// A comment and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment {
    /// From `#` to the end of the line.
    pub span: Span,
    /// Nothing but blanks before it on its line.
    pub own_line: bool,
}

/// A file cut up.
#[derive(Debug, Default)]
pub struct Cut {
    /// In text order.
    pub units: Vec<Unit>,
    /// In text order.
    pub comments: Vec<Comment>,
    /// From an unclosed `{` to the end of the file: no units come of it.
    pub swallowed: Option<Span>,
}

/// More faults of one file are not listed: nobody reads on, and each takes memory.
pub const MAX_FAULTS: usize = 1_000;

/// Cuts a file up and reports what is wrong with its signs, texts and braces.
pub fn cut(file: &Arc<str>, text: &str, findings: &mut Findings) -> Cut {
    let mut cutter = Cutter {
        file,
        text,
        most: findings.len() + MAX_FAULTS,
        findings,
        cut: Cut::default(),
        open: None,
        braces: Vec::new(),
        brace_missing: false,
        before: None,
        mark: (0, 0),
        nesting: Nesting::default(),
    };
    let mut tokens = Tokens::new(text, 0);
    while let Some(token) = tokens.next() {
        let slip = tokens.slip();
        if token.kind == TokenKind::Comment {
            cutter.cut.comments.push(Comment { span: token.span, own_line: token.first_on_line });
            continue;
        }
        cutter.token(token, &tokens);
        if let Some((slip, span)) = slip {
            cutter.slip(slip, span);
        }
    }
    cutter.end();
    cutter.cut
}

struct Cutter<'a, 'f> {
    file: &'a Arc<str>,
    text: &'a str,
    findings: &'f mut Findings,
    /// So many findings are enough.
    most: usize,
    cut: Cut,
    /// The unit that grows.
    open: Option<Unit>,
    /// Where each `{` stands that is not closed yet.
    braces: Vec<usize>,
    /// The slot whose rules we read has no `{`; its head is reported.
    brace_missing: bool,
    /// The word before, in lower case, or its sign.
    before: Option<Token>,
    /// How many units and findings there were before the item that is open.
    mark: (usize, usize),
    nesting: Nesting,
}

impl<'a> Cutter<'a, '_> {
    fn written(&self, span: Span) -> &'a str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    fn is(&self, token: Token, word: &str) -> bool {
        self.written(token.span).eq_ignore_ascii_case(word)
    }

    fn token(&mut self, token: Token, following: &Tokens<'a>) {
        match self.starts(token, following) {
            Some(kind) => self.start(kind, token),
            None => match self.written(token.span) {
                "{" => self.opening(token),
                "}" => self.closing(token),
                _ => self.grow(token),
            },
        }
        let deep = self.nesting.step(token.kind, self.written(token.span));
        if let (Some(deep), Some(open)) = (deep, &mut self.open)
            && !open.spoiled
        {
            open.spoiled = true;
            self.report(|cutter| deep.report(cutter.file, token.span));
        }
        self.before = Some(token);
    }

    /// Which unit begins with this token, if any.
    fn starts(&self, token: Token, following: &Tokens<'a>) -> Option<UnitKind> {
        if token.kind != TokenKind::Word || self.braces.len() > 1 {
            return None;
        }
        let in_slot = self.brace_missing || self.open.is_some_and(|unit| unit.kind.is_part_of_slot());
        let top = self.braces.is_empty();
        let word = self.written(token.span);
        // What begins a unit begins with one of these letters, and is short.
        if word.len() > "otherwise".len()
            || !word.starts_with(['i', 'I', 'o', 'O', 's', 'S', 'm', 'M', 't', 'T', 'r', 'R'])
        {
            return None;
        }
        match word.to_ascii_lowercase().as_str() {
            "if" if in_slot => Some(UnitKind::SlotRule),
            "otherwise" if in_slot => Some(UnitKind::Otherwise),
            "if" if top => Some(UnitKind::BareRule),
            "slot" if top && !self.joins(token) => Some(UnitKind::SlotHead),
            "measure" if top && !self.joins(token) => Some(UnitKind::Measure),
            "trigger" if top && !self.joins(token) => Some(UnitKind::Later),
            "ranking" if top && self.is_item(token, following) => Some(UnitKind::Later),
            "segment" if top && self.is_item(token, following) => Some(UnitKind::Segment),
            _ => None,
        }
    }

    /// The word before goes on with this one: they are part of one condition or outcome.
    fn joins(&self, token: Token) -> bool {
        !token.first_on_line && self.goes_on()
    }

    /// `segment` and `ranking` begin an item, or are part of a rule without a slot block.
    fn is_item(&self, token: Token, following: &Tokens<'a>) -> bool {
        let within = [UnitKind::BareRule, UnitKind::SlotRule, UnitKind::Otherwise, UnitKind::Measure, UnitKind::Stray];
        if self.open.is_none_or(|unit| !within.contains(&unit.kind)) {
            return true;
        }
        if self.joins(token) {
            return false;
        }
        let mut next = following.clone().filter(|token| token.kind != TokenKind::Comment).skip(1);
        next.next().is_some_and(|brace| self.written(brace.span) == "{") || token.first_on_line && !self.goes_on()
    }

    /// The word before cannot be the last one of its item.
    fn goes_on(&self) -> bool {
        let joins = |before| ["if", "and", "or", "not", "(", "show"].iter().any(|word| self.is(before, word));
        self.open.is_some() && self.before.is_some_and(joins)
    }

    fn start(&mut self, kind: UnitKind, token: Token) {
        if kind == UnitKind::SlotRule && self.braces.is_empty() {
            // The head is parsed without its brace and says so; the rules after it are read as if it were there.
            self.brace_missing = true;
        }
        self.close();
        if !matches!(kind, UnitKind::SlotRule | UnitKind::Otherwise) {
            self.brace_missing = false;
            self.mark = (self.cut.units.len(), self.findings.len());
        }
        self.nesting = Nesting::default();
        self.open = Some(Unit { kind, span: token.span, spoiled: false });
    }

    fn grow(&mut self, token: Token) {
        match &mut self.open {
            Some(open) => open.span.end = token.span.end,
            None => self.start(UnitKind::Stray, token),
        }
    }

    fn close(&mut self) {
        self.cut.units.extend(self.open.take());
    }

    fn opening(&mut self, token: Token) {
        self.grow(token);
        self.braces.push(token.span.start);
    }

    fn closing(&mut self, token: Token) {
        if self.braces.pop().is_none() {
            return self.closing_nothing(token);
        }
        let kind = self.open.map(|unit| unit.kind);
        if self.braces.is_empty() && kind.is_some_and(UnitKind::is_part_of_slot) {
            self.close();
            self.cut.units.push(Unit { kind: UnitKind::SlotEnd, span: token.span, spoiled: false });
            return;
        }
        self.grow(token);
        if self.braces.is_empty() && !matches!(kind, Some(UnitKind::BareRule | UnitKind::Measure)) {
            self.close();
        }
    }

    fn closing_nothing(&mut self, token: Token) {
        match self.open.map(|unit| unit.kind) {
            // Its brace is missing, or it is no item at all: that is said of the whole unit.
            Some(UnitKind::Segment | UnitKind::SlotHead | UnitKind::Later | UnitKind::Stray) => {
                self.grow(token);
                self.close();
            }
            Some(UnitKind::BareRule | UnitKind::Measure) => self.grow(token),
            _ if self.brace_missing => {
                self.close();
                self.brace_missing = false;
                self.cut.units.push(Unit { kind: UnitKind::SlotEnd, span: token.span, spoiled: false });
            }
            _ => {
                self.close();
                self.report(|cutter| {
                    Diagnostic::error("stray-brace", cutter.file, token.span, "this `}` closes nothing")
                        .label("no `{` is open here")
                        .help("remove it, or look above for a block that was closed too early")
                });
            }
        }
    }

    fn slip(&mut self, slip: Slip, span: Span) {
        let Some(open) = &mut self.open else { return };
        let again = open.spoiled && slip == Slip::UnclosedText;
        open.spoiled = true;
        if !again {
            self.report(|cutter| slip.report(cutter.file, cutter.text, span));
        }
    }

    fn report(&mut self, finding: impl FnOnce(&Self) -> Diagnostic) {
        if self.findings.len() < self.most {
            let finding = finding(self);
            self.findings.push(finding);
        }
    }

    fn end(&mut self) {
        self.close();
        let Some(brace) = self.braces.first().copied() else { return };
        let (units, findings) = self.mark;
        let Some(first) = self.cut.units.get(units).copied() else { return };
        self.cut.units.truncate(units);
        let mut swallowed = self.findings.split_off(findings).into_iter();
        // A text without its quote takes the rest of its line with it, perhaps the brace too: one fault, not two.
        let cause = swallowed.find(|finding| finding.code == "unclosed-text");
        self.findings.push(cause.unwrap_or_else(|| unclosed::report(self.file, self.text, first, brace)));
        self.cut.swallowed = Some(Span::new(first.span.start, self.text.len()));
    }
}

impl UnitKind {
    fn is_part_of_slot(self) -> bool {
        matches!(self, Self::SlotHead | Self::SlotRule | Self::Otherwise)
    }
}
