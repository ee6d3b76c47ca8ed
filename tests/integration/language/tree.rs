//! What parses, and to which tree.

use segue::diagnostic::Span;
use segue::language::MAX_NESTING;
use segue::language::syntax::{
    ClauseKind, Condition, Item, LeafKind, LiteralKind, MomentKind, OutcomeKind, Per, Rule, Test, Unit, Value,
    ValueKind,
};

use super::{drawn, examples, read, tree};

/// The text with each gap between words outside of quotes replaced.
fn with_gaps(text: &str, gap: &str) -> String {
    let mut out = String::new();
    let mut quoted = false;
    for letter in text.trim().chars() {
        quoted ^= letter == '"';
        match letter {
            ' ' | '\n' if !quoted && out.ends_with(gap) => {}
            ' ' | '\n' if !quoted => out.push_str(gap),
            letter => out.push(letter),
        }
    }
    out
}

/// The text with its keywords in capitals.
fn shouted(text: &str) -> String {
    let word = regex::Regex::new(r#""[^"]*"|[a-z_][a-z0-9_.]*"#).unwrap();
    let keywords = "if segment and or not show is one of did with more than times in last days between since order at least \
                    most exactly fewer on different a row because active from until zone limit per day hour minutes hours \
                    tags otherwise nothing experiment visited then without within known unknown contains starts ends \
                    matches includes any all top percent list consent slot measure priority sum average first yes no this \
                    visit week month ago distinct count largest smallest favourite";
    let keywords: Vec<&str> = keywords.split_whitespace().filter(|word| *word != "order").collect();
    let shout = |found: &regex::Captures<'_>| match keywords.contains(&&found[0]) {
        true => found[0].to_uppercase(),
        false => found[0].to_owned(),
    };
    word.replace_all(text, shout).into_owned()
}

/// The only rule of a text.
fn rule(text: &str) -> Rule {
    match tree(text).items.pop() {
        Some(Item::Rule(rule)) => rule,
        other => panic!("{other:?}"),
    }
}

/// The value that the only rule compares `x` with.
fn value(text: &str) -> Value {
    match rule(&format!("if x is {text} show y")).condition {
        Condition::Leaf(leaf) => match leaf.kind {
            LeafKind::Comparison(_, Test::Is { value, .. }) => value,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn outcome(text: &str) -> OutcomeKind {
    rule(&format!("if x is 1 show {text}")).outcome.kind
}

#[test]
fn every_example_parses_however_its_gaps_are_written() {
    let examples = examples();
    assert_eq!(examples.len(), 17);
    for example in examples {
        let written = tree(&example.input);
        assert!(!written.items.is_empty(), "{}", example.name);
        for gap in [" ", "\n\n", "\t", " \r\n\t", "\r", "\u{a0}"] {
            assert_eq!(tree(&with_gaps(&example.input, gap)), written, "{}", example.name);
        }
        let bare = with_gaps(&example.input, " ");
        assert_eq!(tree(&format!("\u{feff}{bare}")), written, "with a byte order mark: {}", example.name);
    }
}

#[test]
fn keywords_match_in_any_letter_case() {
    for example in examples() {
        let loud = shouted(&example.input);
        assert_ne!(loud, example.input);
        assert_eq!(tree(&loud), tree(&example.input), "{loud}");
    }
}

#[test]
fn all_words_that_are_not_reserved_stay_usable_as_names() {
    let names = "score limit visit tags list_price active priority times days percent top count sum average row a at least \
                 most more than fewer exactly any all of on per zone from until since between within with contains starts \
                 ends matches includes this ago keep boost call offer take spread iffy android island order1 nothing_else \
                 first_name last_price show_room showing notes oregon";
    for name in names.split_whitespace() {
        let text = format!(
            "measure {name} = {name} + 1 segment {name} {{ {name} is 1 and segment {name} and consent {name} and did {name} }} \
             slot {name} {{ if {name} > 2 and last {name}.{name} < 3 show {name} otherwise show {name} }}"
        );
        assert_eq!(tree(&text).items.len(), 3, "{name}");
    }
}

#[test]
fn the_reserved_words_are_31_and_no_names() {
    let reserved = "and or not if show nothing experiment ranking otherwise because segment slot measure trigger when wait \
                    visited did then without is in known unknown one list consent yes no first last";
    let reserved: Vec<&str> = reserved.split_whitespace().collect();
    assert_eq!(reserved.len(), 31);
    for word in reserved {
        for text in [
            format!("segment {word} {{ x is 1 }}"),
            format!("if x is 1 show a, {word}"),
            format!("if did {word} show x"),
        ] {
            assert!(!read(&text).1.diagnostics.is_empty(), "{text}");
        }
        let prefix = format!("segment {word}_ {{ x is 1 }}");
        assert!(read(&prefix).1.diagnostics.is_empty(), "{prefix}");
    }
}

#[test]
fn a_keyword_ends_where_a_name_would_go_on() {
    for text in ["if order_total is 1 show nothing_else", "if iforder > 1 show x", "if android is yes show shower"] {
        rule(text);
    }
    for text in ["ifcountry is 1 show x", "if not_x show y", "if x is 1 showy", "if x is 1andy is 2 show z"] {
        assert!(!read(text).1.diagnostics.is_empty(), "{text}");
    }
}

#[test]
fn dotted_names_may_contain_any_word_after_the_dot() {
    rule("if order.list is 1 and visit.first is 2 and a.if.show.not > 3 show x");
}

#[test]
fn texts_keep_what_they_say() {
    let text = |written: &str| match value(written).kind {
        ValueKind::Text(text) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(text(r#""a \"b\" \\ \n \t # { } if""#), "a \"b\" \\ \n \t # { } if");
    assert_eq!(text("\"größe “x” 'y' ; // 😀\""), "größe “x” 'y' ; // 😀");
    assert_eq!(text("\"\""), "");
}

#[test]
fn numbers_keep_their_written_form() {
    let number = |written: &str| match value(written).kind {
        ValueKind::Number(number) => number.value.to_string(),
        other => panic!("{other:?}"),
    };
    for (written, read) in [("1", "1"), ("1.0", "1.0"), ("1_000", "1000"), ("-2.50", "-2.50"), ("007", "7")] {
        assert_eq!(number(written), read);
    }
    assert_eq!(number("79228162514264337593543950335"), "79228162514264337593543950335");
    assert_ne!(value("1"), value("1.0"));
    assert_ne!(outcome("1"), outcome("1.0"));
}

#[test]
fn moments_have_three_forms() {
    let moment = |written: &str| match value(written).kind {
        ValueKind::Moment(moment) => moment,
        other => panic!("{other:?}"),
    };
    let date = jiff::civil::date(2028, 2, 29);
    assert_eq!(moment("2028-02-29"), MomentKind::Date(date));
    assert_eq!(moment("2028-02-29T23:59"), MomentKind::DateTime(date.at(23, 59, 0, 0)));
    assert_eq!(moment("00:00"), MomentKind::Time(jiff::civil::time(0, 0, 0, 0)));
}

#[test]
fn an_outcome_may_be_a_literal() {
    let literal = |written: &str| match outcome(written) {
        OutcomeKind::Literal(literal) => literal.kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(literal("yes"), LiteralKind::Boolean(true));
    assert_eq!(literal("no"), LiteralKind::Boolean(false));
    assert_eq!(literal("\"blue\""), LiteralKind::Text("blue".to_owned()));
    assert_eq!(literal("3"), LiteralKind::Number(3.into()));
    assert_eq!(literal("1.0"), LiteralKind::Number("1.0".parse().unwrap()));
    assert_eq!(outcome("nothing"), OutcomeKind::Nothing);
    let names = |written: &str| match outcome(written) {
        OutcomeKind::Contents(names) => names.into_iter().map(|name| name.text).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(names("a, b ,c"), ["a", "b", "c"]);
    assert!(matches!(outcome("experiment x"), OutcomeKind::Experiment(name) if name.text == "x"));
    assert!(matches!(outcome("ranking x"), OutcomeKind::Ranking(name) if name.text == "x"));
}

#[test]
fn a_slot_has_a_plain_a_dotted_or_a_quoted_name() {
    let name = |text: &str| match tree(text).items.pop() {
        Some(Item::Slot(slot)) => slot.name.text,
        other => panic!("{other:?}"),
    };
    assert_eq!(name("slot home_hero { }"), "home_hero");
    assert_eq!(name("slot home.hero.if { }"), "home.hero.if");
    assert_eq!(name("slot \"new-welcome-banner\" { }"), "new-welcome-banner");
}

#[test]
fn a_limit_per_day_is_one_day() {
    let per = |text: &str| match &rule(&format!("if x is 1 show y limit 3 {text}")).clauses[0].kind {
        ClauseKind::Limit { per: Per::Span(span), .. } => Some((span.count, span.unit)),
        ClauseKind::Limit { per: Per::Visit, .. } => None,
        other => panic!("{other:?}"),
    };
    assert_eq!(per("per day"), Some((1, Unit::Day)));
    assert_eq!(per("per 7 days"), Some((7, Unit::Day)));
    assert_eq!(per("per visit"), None);
}

#[test]
fn brackets_that_change_nothing_are_dropped() {
    let same = [
        ("a is 1 and b is 2 and c is 3", "(a is 1 and (b is 2)) and ((c is 3))"),
        ("a is 1 and b is 2 and c is 3", "((a is 1) and (b is 2 and (c is 3)))"),
        ("a is 1 or b is 2 or c is 3", "a is 1 or (b is 2 or c is 3)"),
        ("a is 1 and (b is 2 or c is 3)", "((a is 1)) and ((b is 2 or ((c is 3))))"),
        ("not a is 1", "(not (a is 1))"),
        ("a + b * c > 1", "(a + (b * c)) > (1)"),
    ];
    for (plain, bracketed) in same {
        assert_eq!(tree(&format!("if {plain} show x")), tree(&format!("if {bracketed} show x")));
    }
    assert_ne!(rule("if a - (b - c) > 1 show x"), rule("if a - b - c > 1 show x"));
    assert_ne!(rule("if not (a is 1 and b is 2) show x"), rule("if not a is 1 and b is 2 show x"));
}

#[test]
fn spans_cover_the_nodes_and_nothing_else() {
    let text = "slot s {\n  if country is \"DE\"  # one\n    and age + 1 > 3   show x  # two\n    because \"y\"\n\n  # three\n}";
    let Some(Item::Slot(slot)) = tree(text).items.pop() else { panic!() };
    let at = |span: Span| &text[span.start..span.end];
    let rule = &slot.rules[0];
    assert!(at(slot.at.0).starts_with("slot") && at(slot.at.0).ends_with('}'));
    assert!(at(rule.at.0).starts_with("if country") && at(rule.at.0).ends_with("\"y\""));
    assert_eq!(at(rule.outcome.at.0), "show x");
    assert_eq!(at(rule.clauses[0].at.0), "because \"y\"");
    let Condition::All(pieces) = &rule.condition else { panic!() };
    let leaves: Vec<&str> = pieces
        .iter()
        .map(|piece| match &piece.condition {
            Condition::Leaf(leaf) => at(leaf.at.0),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(leaves, ["country is \"DE\"", "age + 1 > 3"]);
}

#[test]
fn what_did_not_parse_costs_nothing_else_its_place() {
    let text =
        "segment a { did }\nslot s {\n  if x = 1 show y\n  if x is 2 show z\n  otherwise shw w\n}\nmeasure m = 3\n";
    let (tree, report) = read(text);
    let codes: Vec<&str> = report.diagnostics.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["missing-event", "equals-sign", "misspelt-word"], "{}", drawn(text));
    assert_eq!(tree.unreadable, ["a"]);
    assert_eq!(tree.items.len(), 2);
    let Item::Slot(slot) = &tree.items[0] else { panic!() };
    assert_eq!((slot.rules.len(), slot.otherwise.is_none()), (1, true));
}

#[test]
fn the_names_of_what_was_not_read_are_kept() {
    let unreadable = |text: &str| read(text).0.unreadable;
    assert_eq!(unreadable("segment a { x = 1 }\nmeasure b 3\nsegment c { x is 1 }"), ["a", "b"]);
    assert_eq!(unreadable("slot s {\n  otherwise show x\nsegment a { y is 1 }\nmeasure b = 3\nslot t { }"), ["a", "b"]);
    assert_eq!(unreadable("segment a {\n  y is 1\nsegment b { y is 2 }"), ["a", "b"]);
    let many = "if x = 1 show y\n".repeat(1_100) + "segment a { y is 2 }";
    assert_eq!(unreadable(&many), ["a"]);
}

#[test]
fn nesting_ends_at_its_limit() {
    let nested = |open: &str, close: &str, levels: usize| {
        let text = format!("if {}x > 1{} show y", open.repeat(levels), close.repeat(levels));
        read(&text).1.diagnostics.iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    for (open, close) in [("(", ")"), ("not ", "")] {
        assert_eq!(nested(open, close, MAX_NESTING), [""; 0]);
        assert_eq!(nested(open, close, MAX_NESTING + 1), ["too-deep"]);
        assert_eq!(nested(open, close, 100_000), ["too-deep"]);
    }
    assert_eq!(nested("not (", ")", MAX_NESTING), ["too-deep"]);
    let sum = |terms: usize| read(&format!("measure m = {}1", "1 + ".repeat(terms))).1.diagnostics.len();
    assert_eq!((sum(MAX_NESTING), sum(MAX_NESTING + 1), sum(100_000)), (0, 1, 1));
}

#[test]
fn brackets_around_values_are_not_read_again_and_again() {
    let text = format!(
        "if {}sum of a.b with ({}c > 1{}) in last 1 day{} > 1 show y",
        "(".repeat(30),
        "(".repeat(30),
        ")".repeat(30),
        ")".repeat(30)
    );
    rule(&text);
}

#[test]
#[ignore = "slow suite: parses 100,000 rules"]
fn a_hundred_thousand_rules_parse() {
    let mut text = String::new();
    for slot in 0..1_000 {
        text.push_str(&format!("slot s{slot} {{\n"));
        for rule in 0..100 {
            text.push_str(&format!(
                "  if segment seg{rule} and visited \"/p{rule}/**\" in last 7 days # why\n    show c{rule}\n"
            ));
        }
        text.push_str("}\n");
    }
    let tree = tree(&text);
    let rules: usize =
        tree.items.iter().map(|item| if let Item::Slot(slot) = item { slot.rules.len() } else { 0 }).sum();
    assert_eq!(rules, 100_000);
}

#[test]
fn a_file_of_nothing_but_faults_is_not_listed_whole() {
    let report = read(&"}".repeat(100_000)).1;
    assert!(report.diagnostics.len() < 1_100, "{}", report.diagnostics.len());
    let report = read(&"if x = 1 show y\n".repeat(10_000)).1;
    assert_eq!(report.diagnostics.last().unwrap().code, "too-many-faults");
}
