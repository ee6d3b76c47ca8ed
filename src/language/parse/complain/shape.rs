//! Mistakes in the shape of segments, slots, rules, outcomes and clauses.

use super::row::rows;

rows! {
    // ---- and, or, not ----
    "missing-condition", "if @ show":
        "`if` needs to say for whom", "a condition is missing before this",
        "if country is \"DE\" show german_hero          for everybody: otherwise show default_hero";
    "missing-condition", "^and/or @ and/or/&&/||":
        "`{1} {2}`: a condition is missing between the two", "", "segment vip and visited \"/pricing\"";
    "missing-condition", "if/(/not/{ @ and/or":
        "a condition is missing before `{2}`", "joins two conditions", "segment vip and visited \"/pricing\"";
    "missing-condition", "^and/or @ show/)/}/because/limit/tags/active/otherwise/{/,/then/<end>":
        "`{1}` joins two conditions, and the second is missing", "nothing follows",
        "remove it, or write the second condition after it";
    "missing-condition", "^and/or @ <end>":
        "`{1}` joins two conditions, and the second is missing", "nothing follows",
        "remove it, or write the second condition after it";
    "missing-condition", "^not @ show/)/}/<end>":
        "`not` needs to say what not", "nothing follows", "not segment employees";
    "missing-condition", "^( @ )":
        "nothing stands between these brackets", "", "write a condition between them, or remove them";
    "missing-condition", "^not @ is":
        "`not` stands before a whole test, or behind `is`", "compared with nothing",
        "country is not \"DE\"          not segment employees";
    "number-comma", "<number> @ , <thousand>", at [kw_and, test]:
        "a number has no comma", "not part of a number", "{1}{3}, or to read it easily {1}_{3}";
    "comma-between", "@ ,", at [kw_and]:
        "conditions are joined with `and` or `or`, not with a comma", "write `and` or `or` here", "{fixed}", fix "and";
    "other-word", "@ but/also/plus/additionally not?", at [kw_and]:
        "conditions are joined with `and` or `or`, not with `{1}`", "write `and` here", "{fixed}", fix "and {2}";
    "other-word", "@ unless/except", at [kw_and]:
        "write `and not` for an exception", "write `and not` here", "{fixed}", fix "and not";
    "other-word", "@ where/when/while/whose", at [kw_and]:
        "conditions are joined with `and` or `or`, not with `{1}`", "write `and` here", "{fixed}", fix "and";

    // ---- segments, lists, consent ----
    "in-segment", "@ in segment/list <name>", at [piece]:
        "write `{2}` alone, without `in`", "remove this", "{fixed}", fix "{2} {3}";
    "in-segment", "^is in @ segment/list <name>":
        "write `{3}` alone, without what comes before", "remove this", "{3} {4}";
    "in-segment", "segment/list @ is/= <name>":
        "a name follows `{1}` directly", "remove this", "{fixed}", fix "{1} {3}";
    "quoted-name", "segment/list/consent/experiment/ranking @ <text>":
        "a name stands without quotes", "remove the quotes", "{fixed}", fix "{1} {2:bare}";
    "in-segment", "consent ^to/for @ <name>":
        "the purpose follows `consent` directly", "remove this", "{fixed}", fix "consent {3}";
    "in-segment", "consent @ to/for/is/= <name>":
        "the purpose follows `consent` directly", "remove this", "{fixed}", fix "{1} {3}";

    // ---- slots, segments and measures ----
    "missing-name", "^slot @ {/priority":
        "a slot needs a name", "the name is missing after this", "slot home_hero {";
    "missing-name", "^segment @ {":
        "a segment needs a name", "the name is missing after this", "segment high_value {";
    "missing-name", "^measure @ =":
        "a measure needs a name", "the name is missing after this",
        "measure spend_90d = sum of order.amount in last 90 days";
    "missing-name", "^segment/slot/measure/experiment/ranking/list/consent @ <end>":
        "`{1}` needs a name", "the name is missing after this", "names are lower case with `_`: {1} summer_sale";
    "missing-name", "^show experiment/ranking @ <any>", at [name]:
        "`{2}` needs a name", "the name is missing", "show {2} cart_hero_test";
    "measure-equals", "measure <name> @ :/is/{/:=":
        "a measure is given its value with `=`", "write `=` here", "measure {2} = sum of order.amount in last 90 days";
    "two-words", "measure ^<name> @ <name>/<number> =":
        "a name is one word", "two words", "measure {2}_{3} =";
    "measure-equals", "measure <name> @ <any>", at [equals]:
        "a measure is given its value with `=`", "write `=` before this",
        "measure {2} = sum of order.amount in last 90 days";
    "missing-brace", "segment/slot <any> @ =/:/(/[", at [begin]:
        "a block begins with `{`, not with `{3}`", "write `{` here, and `}` at its end", "{1} {2} { .. }";
    "two-words", "segment/slot ^<name> @ <name> {", at [begin]:
        "a name is one word", "two words", "{1} {2}_{3} {";
    "priority", "slot <any> @ <number> {", at [begin]:
        "a number behind a slot's name is its `priority`", "write `priority` before this", "slot {2} priority {3} {";
    "segment-content", "^{ @ }":
        "this segment has no condition", "nothing is in it", "segment german { country is \"DE\" }";
    "segment-content", "{ @ if":
        "a segment is a condition without `if`", "remove this", "segment german { country is \"DE\" }";
    "segment-content", "@ show <any>", at [end]:
        "a segment shows nothing", "not in a segment",
        "a rule of a slot shows something: if segment high_value show vip_lounge";
    "slot-content", "{ @ show <any>":
        "a slot block holds rules", "for whom?",
        "for everybody: otherwise show {3}          for some: if <condition> show {3}";
    "slot-content", "{ @ from/until", at [active, kw_active]:
        "a time range begins with `active`", "write `active` before this", "active {2} 2026-11-27";
    "slot-content", "{ @ default/else/fallback", at [active, kw_active]:
        "what shows to everybody else follows `otherwise`", "write `otherwise` here", "otherwise show default_hero";
    "slot-content", "{ @ slot/segment/measure", at [active, kw_active]:
        "a `{2}` stands outside of slot blocks", "not in here", "is a `}` missing before this?";

    // ---- rules ----
    "rule-braces", "@ {", at [kw_show, clause]:
        "a rule has no braces", "remove this and its `}`", "if <condition> show <content>";
    "rule-braces", "@ :", at [kw_show]:
        "`show` follows the condition directly", "remove this", "if <condition> show <content>";
    "stray-brace", "@ }", at [kw_and, clause, operator]:
        "this `}` closes nothing", "no `{` is open here",
        "remove it, or look above for a block that was closed too early";
    "clause-order", "@ priority <number>", at [clause]:
        "`priority` stands behind the name of a slot", "not in a rule", "slot home_hero priority {2} {";
    "clause-order", "@ unless/except/when/where/while/but", at [clause]:
        "a rule's condition comes before `show`", "too late", "if <condition> and not <exception> show <content>";
    "else", "@ else/elseif/elsif/elif":
        "there is no `{1}`: the first rule that matches wins", "not a word of this language",
        "begin the next rule with `if`; the last line of a block is `otherwise show ..`";
    "show-word", "@ shows/showing/display/displays/render/serve/return/present/give/use/do/place", at [kw_show, outcome]:
        "what to show follows `show`", "write `show` here", "{fixed}", fix "show";
    "show-word", "@ =>/->", at [kw_show]:
        "what to show follows `show`", "write `show` here", "if <condition> show <content>";
    "clause-order", "@ because/limit/tags/active", at [kw_show, outcome]:
        "`{1}` comes after what the rule shows", "write `show ..` before this", "if <condition> show <content> {1} ..";
    "otherwise-outside-slot", "@ otherwise":
        "`otherwise` stands outside a slot block", "no slot is open here",
        "an `otherwise` is the last line of a block: slot home_hero { .. otherwise show default_hero }";
    "otherwise-condition", "^otherwise @ <end>":
        "`otherwise` needs to say what to show", "nothing follows",
        "otherwise show default_hero          with a condition it is a rule: if <condition> show <content>";
    "missing-show", "^<any> @ <end>", at [kw_show, outcome]:
        "this rule does not say what to show", "`show` is missing after this",
        "if <condition> show <content>          nothing at all: show nothing";
    "missing-show", "@ <name> <end>", at [kw_show]:
        "what to show follows `show`", "write `show` before this", "{fixed}", fix "show {1}";
    "missing-show", "@ <name> because/limit/tags/active/,", at [kw_show]:
        "what to show follows `show`", "write `show` before this", "show {1}";

    // ---- outcomes ----
    "show-what", "^show @ because/limit/tags/active/}/and/or/<end>":
        "`show` needs to say what", "the content is missing after this",
        "show default_hero          nothing at all: show nothing";
    "show-what", "^show @ <end>":
        "`show` needs to say what", "the content is missing after this",
        "show default_hero          nothing at all: show nothing";
    "show-list", "show <name> @ and/or/+/&/&&", at [clause]:
        "several contents are separated by commas", "write `,` here", "show {2}, <content>";
    "show-list", "show @ [/(/{":
        "contents stand without brackets", "remove the brackets",
        "show default_hero          several: show editors_pick, top_stories";
    "show-list", "^, @ <end>":
        "a content is missing after the last comma", "nothing follows", "remove the comma, or write a further content";
    "show-list", "<value>/yes/no @ ,", at [clause]:
        "a value stands alone", "remove this and what follows", "several contents can be shown, but only one value";
    "show-what", "show ^content/contents/item/the/a/variant @ <name>", at [clause]:
        "the content's name follows `show` directly", "remove this", "show {3}";
    "show-what", "show @ <dotted>", at [outcome, contents, clause]:
        "a content's name has no dots", "not a content", "show default_hero";
    "show-what", "show @ -/<unit>", at [outcome]:
        "`show` goes on with a content, a value or `nothing`", "not one of them",
        "show default_hero          show yes          show 3";

    // ---- clauses ----
    "unquoted-text", "because @ <name>":
        "a reason stands in double quotes", "write `\"` before this, and at its end", "because \"{rest}\"";
    "unquoted-text", "zone @ <name>":
        "a zone stands in double quotes", "write `\"` before this, and at its end", "zone \"Europe/Berlin\"";
    "limit", "limit @ once/twice/one/two/three":
        "numbers are written in digits", "write `{2:digits}` here", "limit {2:digits} per day";
    "limit", "limit @ to <number>":
        "the number follows `limit` directly", "remove this", "limit {3} per day";
    "limit", "limit ^<number> @ <end>", at [kw_per]:
        "a limit needs to say per what", "`per ..` is missing after this",
        "limit {2} per day          limit {2} per visit          limit {2} per 7 days";
    "limit", "per @ session":
        "a stay on the site is a `visit`", "write `visit` here", "per visit";
    "limit", "per @ user/visitor/person/customer":
        "every limit is per visitor", "in what time?", "limit 3 per day          limit 1 per visit";
    "tags-brackets", "tags @ <text>":
        "tags stand in square brackets", "write `[` before this, and `]` at the end", "tags [{2}]";
    "active", "@ to/till/til/- <number>", at [until, kw_until]:
        "a time range ends with `until`", "write `until` here", "active from 2026-11-27 until {2}";
}
