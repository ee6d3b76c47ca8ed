//! Mistakes in what a visitor did, how often and when.

use super::row::rows;

rows! {
    // ---- how often ----
    "missing-times", "at/more/fewer least/most/than ^<number> @ <unit> ago", at [kw_times]:
        "`{1} {2} {3} {4} ago` is an age", "of what?",
        "days since last order > {3}          in a window: between {3} {4} and 90 days ago";
    "missing-times", "at/more/fewer least/most/than ^<number> @ day/days/week/weeks/month/months", at [kw_times]:
        "`{1} {2} {3} {4}` needs to say how they are counted", "write `times` here, or count days",
        "on {1} {2} {3} different {4}";
    "missing-times", "exactly ^<number> @ day/days/week/weeks/month/months", at [kw_times]:
        "`{1} {2} {3}` needs to say how they are counted", "write `times` here, or count days",
        "on {1} {2} different {3}";
    "missing-times", "at/more/fewer least/most/than <number> @ time/visits/orders/events/occurrences/x", at [kw_times]:
        "how often is counted in `times`", "write `times` here", "{fixed}", fix "{1} {2} {3} times";
    "missing-times", "at/more/fewer least/most/than ^<number> @ <any>", at [kw_times]:
        "`{1} {2} {3}` needs to say {3} of what", "write `times` here",
        "{fixed}      (for days: on {1} {2} {3} different days)", fix "{1} {2} {3} times {4}";
    "missing-times", "exactly <number> @ time", at [kw_times]:
        "how often is counted in `times`", "write `times` here", "{fixed}", fix "{1} {2} times";
    "missing-times", "exactly ^<number> @ <any>", at [kw_times]:
        "`{1} {2}` needs to say {2} of what", "write `times` here",
        "{fixed}      (for days: on exactly {2} different days)", fix "{1} {2} times {3}";
    "missing-different", "on at/more/fewer least/most/than <number> @ <unit>", at [kw_different]:
        "days that need not follow one another are `different days`", "write `different` before this",
        "{fixed}", fix "on {2} {3} {4} different {5}";
    "missing-different", "on exactly <number> @ <unit>", at [kw_different]:
        "days that need not follow one another are `different days`", "write `different` before this",
        "{fixed}", fix "on exactly {3} different {4}";
    "in-a-row", "on ^<number> <unit> @ <any>", at [kw_in]:
        "say which {2} {3}", "in a row, or different ones?",
        "on {2} {3} in a row          on at least {2} different {3}";
    "in-a-row", "on ^<number> @ different":
        "say how to count: at least, at most or exactly", "write `at least` before this",
        "on at least {2} different days";
    "in-a-row", "@ <number> <unit> in a row", at [frequency]:
        "days in a row begin with `on`", "write `on` before this", "{fixed}", fix "on {1} {2} in a row";
    "missing-compare", "@ <number> or more times?", at [frequency]:
        "how often is written `at least {1} times`", "write `at least` before this",
        "{fixed}", fix "at least {1} times";
    "missing-compare", "@ <number> times/time", at [frequency]:
        "say how to count: `at least`, `at most` or `exactly`", "write one of them before this",
        "{fixed}", fix "at least {1} times";
    "missing-compare", "@ <count>", at [frequency]:
        "how often is written `at least {1:count} times`", "not a way to count",
        "{fixed}", fix "at least {1:count} times";
    "missing-compare", "@ once/twice/thrice", at [frequency]:
        "how often is written in digits", "write `at least {1:digits} times`",
        "{fixed}", fix "at least {1:digits} times";
    "missing-compare", "@ > <number> times?", at [frequency]:
        "how often is written in words", "write `more than {2} times`", "{fixed}", fix "more than {2} times";
    "missing-compare", "@ >= <number> times?", at [frequency]:
        "how often is written in words", "write `at least {2} times`", "{fixed}", fix "at least {2} times";
    "missing-compare", "@ < <number> times?", at [frequency]:
        "how often is written in words", "write `fewer than {2} times`", "{fixed}", fix "fewer than {2} times";
    "missing-compare", "@ <= <number> times?", at [frequency]:
        "how often is written in words", "write `at most {2} times`", "{fixed}", fix "at most {2} times";
    "missing-compare", "@ =/== <number> times?", at [frequency]:
        "how often is written in words", "write `exactly {2} times`", "{fixed}", fix "exactly {2} times";
    "compare-word", "@ less than", at [frequency]:
        "how often is counted with `fewer than`", "write `fewer` here", "{fixed}", fix "fewer than";
    "compare-word", "@ over/above <number> times?", at [frequency]:
        "how often is counted with `more than`", "write `more than` here", "{fixed}", fix "more than {2} times";
    "compare-word", "@ under/below <number> times?", at [frequency]:
        "how often is counted with `fewer than`", "write `fewer than` here", "{fixed}", fix "fewer than {2} times";
    "compare-word", "more/fewer @ then":
        "`{1}` goes on with `than`", "write `than` here", "{fixed}", fix "{1} than";
    "compare-word", "more/fewer @ <number>", at [kw_than]:
        "`{1}` goes on with `than`", "write `than` before this", "{fixed}", fix "{1} than {2}";
    "compare-word", "at @ <number>", at [kw_least]:
        "`at` goes on with `least` or `most`", "write `least` before this", "{fixed}", fix "at least {2}";
    "number-in-words", "<any> @ <count>", at [integer]:
        "write the number and `times` apart", "write `{2:count} times`", "{fixed}", fix "{1} {2:count} times";
    "number-in-words", "least/most/than/exactly @ <in_words> times?", at [integer]:
        "numbers are written in digits", "write `{2:digits}` here", "{fixed}", fix "{1} {2:digits} times";
    "number-in-words", "@ <in_words> <unit>", at [integer, span]:
        "numbers are written in digits", "write `{1:digits}` here", "{fixed}", fix "{1:digits} {2}";
    "not-whole", "@ <decimal>", at [integer, span, unit]:
        "a whole number belongs here", "not a whole number", "one and a half days are 36 hours";

    // ---- windows ----
    "window", "in @ the last", at [kw_last]:
        "write `in last`, without `the`", "remove this", "{fixed}", fix "in last";
    "window", "in @ the? past/previous/preceding/latest", at [kw_last]:
        "a window back from now is `in last`", "write `in last` here", "{fixed}", fix "in last";
    "window", "in @ the? current/same", at [kw_last]:
        "the day or visit that goes on now is `in this`", "write `this` here", "{fixed}", fix "in this";
    "window", "in @ <number>", at [kw_last]:
        "a window back from now is `in last`", "write `last` before this", "{fixed}", fix "in last {2}";
    "window", "in this @ session/visits":
        "a stay on the site is a `visit`", "write `visit` here", "{fixed}", fix "in this visit";
    "window", "@ last day/week/month/year", at [window]:
        "say how many days", "which days?", "in last 7 days          the calendar's own: in this week";
    "window", "@ last <any>", at [window]:
        "a window begins with `in`", "write `in` before this", "{fixed}", fix "in last {2}";
    "window", "@ this <name>", at [window]:
        "a window begins with `in`", "write `in` before this", "{fixed}", fix "in this {2}";
    "window", "@ within/during/over/for the? last/past", at [window]:
        "a window back from now is `in last`", "write `in last` instead", "{fixed}", fix "in last";
    "window", "@ within/for/during <number> <unit>", at [window]:
        "a window back from now is `in last`", "write `in last` here", "{fixed}", fix "in last {2} {3}";
    "window", "@ today", at [window]:
        "the day that goes on now is `in this day`", "write `in this day` here", "{fixed}", fix "in this day";
    "window", "@ yesterday/recently/lately/ever/always", at [window]:
        "`{1}` is no window", "write a window here",
        "in last 2 days          in this week          no window at all means ever";
    "window", "@ before/after/until/from <any>", at [window]:
        "a window is `in last`, `in this`, `between .. ago` or `since`", "not a window",
        "{fixed}", fix "since 2026-11-01";
    "window", "@ <number> <unit> ago", at [window]:
        "say from when to when", "one end is missing",
        "between {1} {2} and 90 days ago          exactly that long ago: days since last order is {1}";
    "window", "between ^<number> @ and <number> <unit>", at [unit]:
        "each end needs its unit", "{2} of what?", "{fixed}", fix "between {2} {5} and {4} {5}";
    "window", "between <number> <unit> and <number> ^<unit> @ <any>", at [kw_ago]:
        "`between` two spans ends with `ago`", "write `ago` after this",
        "{fixed}", fix "between {2} {3} and {5} {6} ago {7}";
    "window-last", "<unit>/visit @ at/on/exactly/more/fewer", at [kw_and]:
        "how often comes before when", "write this before the window", "did order at least 3 times in last 7 days";
    "window-last", "<unit>/visit @ then/without", at [kw_and]:
        "a sequence comes before its window", "write this before the window",
        "did cart_add then did order within 1 hour in last 7 days";
    "window-last", "@ in/since last/this/<number>", at [kw_and]:
        "a window belongs to what a visitor did", "not after this",
        "did order in last 7 days          a fact of the visitor has no window";
    "since-date", "since/from/until @ <text>", at [moment]:
        "a date stands without quotes", "remove the quotes",
        "{1} 2026-11-27          with a time of day: {1} 2026-11-27T18:00";
    "since-date", "since @ last/first/yesterday/the", at [moment]:
        "`since` goes on with a date", "not a date", "since 2026-11-01          counted back from now: in last 30 days";

    // ---- spans ----
    "span", "@ <short>", at [span, integer, unit, value, moment, test]:
        "write the number and its unit apart", "write `{1:span}` here", "{fixed}", fix "{1:span}";
    "span", "last @ <unit>", at [span, integer]:
        "say how many: `last 1 {2}`", "a number is missing before this",
        "in last 7 days          the calendar's own: in this week";
    "span", "<any> @ a/an <unit>", at [span, integer]:
        "say how many: `1 {3}`", "write `1` here", "{fixed}", fix "{1} 1 {3}";
    "span", "<number> @ year/years/quarter/quarters/yr/yrs/fortnight", at [unit, kw_and]:
        "the longest unit is the month", "not a unit here", "a year is 365 days or 12 months";

    // ---- sequences ----
    "then-show", "^then @ show":
        "`show` needs no `then`", "remove this", "if <condition> show <content>";
    "then-show", "@ then show":
        "`show` needs no `then`", "remove this", "if <condition> show <content>";
    "then-step", "then @ <name> <end>?", at [occurrence]:
        "a further step says what the visitor did", "write `did` before this",
        "then did {2} within 1 hour          to show something: if <condition> show <content>";
    "missing-within", "then did <name> @ <any>", at [kw_within]:
        "a further step needs to say how soon it follows", "write `within` and a span before this",
        "{fixed}", fix "then did {3} within 1 hour {4}";
    "missing-within", "without <name> @ <any>", at [kw_within]:
        "`without` needs to say within what time", "write `within` and a span before this",
        "{fixed}", fix "without {2} within 24 hours {3}";
    "without-did", "without @ did <name>":
        "`without` is followed by the event alone", "remove this", "{fixed}", fix "without {3}";
    "without-did", "without @ visited":
        "`without` is followed by an event", "not an event",
        "did cart_add without order within 24 hours          not visited: not visited \"/checkout\"";

    // ---- what was done ----
    "missing-event", "^did/without at/more/fewer/on/exactly @ least/most/than/<number>":
        "`{1}` goes on with an event", "which event?", "did order at least 3 times in last 7 days";
    "missing-event", "^did/without @ in/show/and/or/then/without/is/if/visited/did":
        "`{1}` goes on with an event", "which event?", "did order          did product_view with (price > 50)";
    "unquoted-page", "visited @ show/in/and/or/at/more/fewer/exactly/then/without/because", at [text]:
        "`visited` goes on with a page address in quotes", "the address is missing before this",
        "visited \"/pricing\"       everything below it: visited \"/pricing/**\"";
    "unquoted-page", "visited @ <name>", at [text]:
        "page addresses go in quotes", "", "visited \"/{2}\"       everything below it: visited \"/{2}/**\"";
    "unquoted-page", "visited @ / <name>", at [text]:
        "page addresses go in quotes", "", "visited \"/{3}\"       everything below it: visited \"/{3}/**\"";
    "visited-word", "^visit/visits/viewed/seen/saw/opened @ <text>":
        "use `visited` for pages", "write `visited` here", "{fixed}", fix "visited {2}";
    "not-first", "did @ not <name>":
        "`not` stands before `did`", "not here", "{fixed}", fix "not did {3}";
    "quoted-name", "did/without @ <text>":
        "an event's name stands without quotes", "remove the quotes", "{fixed}", fix "{1} {2:bare}";
    "filter-brackets", "with @ <name>", at [open]:
        "what is said of an event stands in round brackets", "write `(` before this, and `)` at its end",
        "did order with (amount > 50)";
    "filter-brackets", "with @ [/{", at [open]:
        "what is said of an event stands in round brackets", "write `(` here, and `)` at its end",
        "did order with (amount > 50)";
    "filter-brackets", "@ where/having/whose/when/if/(/[", at [kw_with, filter]:
        "what is said of an event follows `with`", "write `with (` here", "did order with (amount > 50)";
    "two-words", "did ^<name> @ <name> </>/in/at/<end>", at [frequency]:
        "an event's name is one word", "two words", "did {2}_{3}";
}
