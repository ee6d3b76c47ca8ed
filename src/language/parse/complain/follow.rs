//! What must follow a word, where no known mistake and no misspelt keyword explains better what is missing.

use super::row::rows;

rows! {
    "window", "in this @ <any>", at [kw_visit]:
        "`in this` goes on with `visit`, `day`, `week` or `month`", "not one of them",
        "in this month          a longer time: in last 365 days";
    "window", "in @ <any>", at [kw_last]:
        "a window is `in last ..` or `in this ..`", "write `last` or `this` before this",
        "in last 7 days          in this visit          since 2026-11-01";
    "since-date", "since/from/until @ <any>", at [moment]:
        "`{1}` goes on with a date", "not a date", "{1} 2026-11-27          with a time of day: {1} 2026-11-27T18:00";
    "span", "last/within ^<number> @ <any>", at [unit]:
        "`{2}` of what?", "a unit is missing after this",
        "{1} {2} days          units: seconds, minutes, hours, days, weeks, months";
    "span", "^<number> @ <any>", at [unit]:
        "`{1}` of what?", "a unit is missing after this", "units: seconds, minutes, hours, days, weeks, months";
    "span", "last/within/between @ <any>", at [span, integer]:
        "a span is a number with its unit", "not a span", "{1} 7 days          {1} 30 minutes";
    "span", "and @ <any>", at [span, integer]:
        "a span is a number with its unit", "not a span", "between 30 days and 90 days ago";
    "missing-within", "@ <any>", at [kw_within]:
        "a further step needs to say how soon it follows", "write `within` and a span before this",
        "did cart_add then did order within 1 hour";
    "unquoted-page", "visited @ <any>", at [text]:
        "`visited` goes on with a page address in quotes", "not a text",
        "visited \"/pricing\"       everything below it: visited \"/pricing/**\"";
    "missing-brace", "segment/slot ^<any> @ <any>", at [begin]:
        "the block of `{2}` has no `{`", "write `{` after this", "{1} {2} { .. }";
    "missing-brace", "priority ^<number> @ <any>", at [begin]:
        "the block has no `{`", "write `{` after this", "slot home_hero priority {2} { .. }";
    "priority", "priority @ <any>", at [integer]:
        "`priority` goes on with a whole number", "not a whole number",
        "slot home_hero priority 20 {          lower numbers come first";
    "unquoted-text", "because @ <any>":
        "`because` goes on with a reason in double quotes", "not a text",
        "because \"High-value visitor who looked at pricing\"";
    "limit", "limit @ <any>", at [integer]:
        "`limit` goes on with a number", "how often?",
        "limit 3 per day          limit 1 per visit          limit 3 per 7 days";
    "limit", "limit <number> @ <any>", at [kw_per]:
        "a limit needs to say per what", "write `per` here",
        "limit {2} per day          limit {2} per visit          limit {2} per 7 days";
    "limit", "per @ <any>":
        "a limit is per visit or per span", "not a span",
        "limit 3 per day          limit 1 per visit          limit 3 per 7 days";
    "tags-brackets", "tags @ <any>", at [list, list_open]:
        "tags are texts in square brackets", "write `[` before this", "tags [\"black_friday\"]";
    "active", "active @ <any>", at [from, until, kw_from, kw_until]:
        "`active` goes on with `from` or `until`", "write `from` before this",
        "active from 2026-11-27 until 2026-12-01";
    "list-brackets", "of @ <any>", at [list, list_open]:
        "a list stands in square brackets", "write `[` before this, and `]` after the last value",
        "country is one of [\"DE\", \"AT\"]";
    "in-list", "^is in @ <any>", at [kw_top]:
        "`is in` goes on with `top`: is in top 10 percent", "not known after `is in`",
        "a list of values: country is one of [\"DE\", \"AT\"]          a visitor in a segment: segment high_value";
    "top-percent", "top <number> @ <any>", at [kw_percent]:
        "`top {2}` needs to say `percent`", "write `percent` before this", "spend_90d is in top {2} percent";
    "top-percent", "top @ <any>", at [number]:
        "`top` goes on with a number", "not a number", "spend_90d is in top 10 percent";
    "unquoted-text", "contains/includes/matches/with @ <any>", at [text]:
        "a text in double quotes belongs here", "not a text",
        "path contains \"/shop\"          matches \"^/shop/[0-9]+$\"";
    "between-and", "between <any> @ <any>", at [kw_and]:
        "`between` joins its two ends with `and`", "write `and` before this", "age between 30 and 45";
    "missing-window", "<name> of ^<name> @ <any>", at [window]:
        "`{1} of {3}` needs to say over what time", "write `in last 90 days` after this",
        "{fixed}", fix "{1} of {3} in last 90 days {4}";
    "missing-window", "^) @ <any>", at [window]:
        "this needs to say over what time", "write `in last 90 days` after this",
        "sum of order.amount with (amount > 10) in last 90 days >= 500";
    "missing-show", "otherwise @ <name>/<value>":
        "what to show follows `show`", "write `show` before this", "otherwise show {2}";
    "missing-event", "^did/without @ <any>", at [event, name]:
        "`{1}` goes on with an event", "which event?", "{1} order          {1} product_view";
    "missing-name", "^segment/list/consent @ <any>", at [name]:
        "`{1}` goes on with a name", "which {1}?", "names are lower case with `_`: {1} summer_sale";
}
