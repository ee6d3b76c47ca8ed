//! Mistakes in comparisons and values.

use super::row::rows;

rows! {
    // ---- signs of other languages ----
    "equals-sign", "<any> @ =/== <any>", at [test]:
        "use `is` to compare, not `{2}`", "",
        "{fixed}          several values: {1} is one of [\"DE\", \"AT\"]", fix "{1} is {3}";
    "equals-sign", "<any> @ !=/<> <any>", at [test]:
        "use `is not` to compare, not `{2}`", "", "{fixed}", fix "{1} is not {3}";
    "turned-sign", "<any> @ => <any>", at [test]:
        "the sign for at least is `>=`", "turned around", "{fixed}", fix "{1} >= {3}";
    "turned-sign", "<any> @ =< <any>", at [test]:
        "the sign for at most is `<=`", "turned around", "{fixed}", fix "{1} <= {3}";
    "and-sign", "@ &&/&":
        "use the word `and`, not `{1}`", "write `and` here", "{fixed}", fix "and";
    "or-sign", "@ ||/|":
        "use the word `or`, not `{1}`", "write `or` here", "{fixed}", fix "or";
    "not-sign", "@ ! <any>":
        "use the word `not`, not `!`", "write `not` here", "{fixed}", fix "not {2}";
    "not-sign", "@ !/~/^":
        "use the word `not`, not `{1}`", "write `not` before a test", "not segment employees";

    // ---- `is` with a word that says what a sign says ----
    "compare-word", "^is @ >/>=/</<= <any>":
        "`{2}` compares by itself, without `is`", "remove this", "{fixed}", fix "{2} {3}";
    "compare-word", "^is greater/more/bigger/larger/higher @ than or equal to":
        "at least is written `>=`", "write `>=` instead of these words", "{fixed}", fix ">=";
    "compare-word", "^is less/fewer/smaller/lower @ than or equal to":
        "at most is written `<=`", "write `<=` instead of these words", "{fixed}", fix "<=";
    "compare-word", "^is greater/more/bigger/larger/higher/older/longer @ than":
        "more than is written `>`", "write `>` instead of these words", "{fixed}          at least: >=", fix ">";
    "compare-word", "^is less/fewer/smaller/lower/younger/shorter @ than":
        "less than is written `<`", "write `<` instead of these words", "{fixed}          at most: <=", fix "<";
    "compare-word", "^is at @ least":
        "at least is written `>=`", "write `>=` instead of these words", "{fixed}", fix ">=";
    "compare-word", "^is at @ most":
        "at most is written `<=`", "write `<=` instead of these words", "{fixed}", fix "<=";
    "compare-word", "^is above/over/after @ <any>":
        "more than is written `>`", "write `>` instead of these words", "{fixed}", fix "> {3}";
    "compare-word", "^is below/under/before @ <any>":
        "less than is written `<`", "write `<` instead of these words", "{fixed}", fix "< {3}";
    "compare-word", "^is between @ <any>":
        "`between` stands without `is`", "remove this", "{fixed}", fix "between {3}";
    "compare-word", "^is equal @ to":
        "use `is` alone to compare", "the rest is not needed", "{fixed}", fix "is";
    "compare-word", "@ equals/equal/eq to", at [test]:
        "use `is` to compare, not `{1} to`", "write `is` here", "{fixed}", fix "is";
    "compare-word", "@ equals/equal/eq/be/are/was/isnt", at [test]:
        "use `is` to compare, not `{1}`", "write `is` here", "{fixed}", fix "is";
    "compare-word", "@ greater/more/bigger/larger/higher than", at [test]:
        "more than is written `>`", "write `>` instead of these words", "{fixed}", fix ">";
    "compare-word", "@ less/fewer/smaller/lower than", at [test]:
        "less than is written `<`", "write `<` instead of these words", "{fixed}", fix "<";
    "compare-word", "@ at least", at [test]:
        "at least is written `>=` for a value", "write `>=` instead of these words", "{fixed}", fix ">=";
    "compare-word", "@ at most", at [test]:
        "at most is written `<=` for a value", "write `<=` instead of these words", "{fixed}", fix "<=";
    "compare-word", "@ above/over/exceeds/gt", at [test]:
        "more than is written `>`", "write `>` here", "{fixed}", fix ">";
    "compare-word", "@ below/under/lt", at [test]:
        "less than is written `<`", "write `<` here", "{fixed}", fix "<";

    "missing-value", "^</>/<=/>=/is/between/+/-/* @ show/and/or/)/]/}/because/limit/tags/<end>", at [value, factor]:
        "`{1}` needs a value after it", "nothing follows", "age >= 30          country is \"DE\"";
    "missing-value", "^is not @ show/and/or/)/}/<end>":
        "`is not` needs a value after it", "nothing follows", "country is not \"DE\"";
    "missing-value", "^= @ <end>":
        "a measure needs a value", "nothing follows", "measure spend_90d = sum of order.amount in last 90 days";
    "first-last", "^first/last @ <any>", at [dotted]:
        "`{1}` goes on with a property of an event", "of what?",
        "{1} order.amount is known          the time since: days since {1} order";
    "missing-aggregate", "^<dotted> @ in last/this", at [test]:
        "many events give many values: say which one", "write `sum of` before this",
        "sum of {1} in last 90 days          also: average, smallest, largest, distinct, favourite";

    // ---- lists ----
    "in-list", "^is in @ [":
        "use `is one of` for a list of values", "write `is one of` instead of these words",
        "{fixed}", fix "is one of {3}";
    "in-list", "^is not @ in [":
        "use `is not one of` for a list of values", "write `is not one of` instead of these words",
        "{fixed}", fix "is not one of {4}";
    "in-list", "@ in [", at [test]:
        "use `is one of` for a list of values", "write `is one of` here", "{fixed}", fix "is one of {2}";
    "in-list", "@ not in [", at [test]:
        "use `is not one of` for a list of values", "write `is not one of` here", "{fixed}", fix "is not one of {3}";
    "in-list", "is any/either @ of":
        "use `is one of` for a list of values", "write `one of` instead", "{fixed}", fix "is one of";
    "in-list", "is not any/either @ of":
        "use `is not one of` for a list of values", "write `one of` instead", "{fixed}", fix "is not one of";
    "in-list", "@ one of", at [test]:
        "`one of` needs `is` before it", "write `is` before this", "{fixed}", fix "is one of";
    "in-list", "one @ [":
        "`one` goes on with `of`", "write `of` before this", "{fixed}", fix "one of [";
    "in-list", "any/all @ [", at [kw_of]:
        "`{1}` goes on with `of`", "write `of` before this", "{fixed}", fix "{1} of [";
    "list-brackets", "of @ (/{", at [list, list_open]:
        "a list stands in square brackets, not in `{2}`", "write `[` here, and `]` at its end",
        "country is one of [\"DE\", \"AT\"]";
    "empty-list", "^[ @ ]":
        "this list is empty", "nothing is in it", "write at least one value: [\"DE\", \"AT\"]";
    "list-comma", "<value> @ <value>", at [comma]:
        "a comma is missing between `{1}` and `{2}`", "write `,` before this", "{1}, {2}";
    "list-comma", "<any> @ and/or/;/|", at [list_close]:
        "a list needs commas between its values, not `{2}`", "write `,` here", "[\"DE\", \"AT\", \"CH\"]";
    "top-percent", "<number> @ %", at [kw_percent]:
        "write `percent`, not `%`", "write `percent` here", "{fixed}", fix "{1} percent";
    "top-percent", "^is top @ <number>":
        "`top` needs `is in` before it", "write `is in` here", "{fixed}", fix "is in top {3}";
    "top-percent", "@ in? top <number>", at [test]:
        "`top` needs `is in` before it", "write `is in top` here", "spend_90d is in top {3} percent";

    // ---- known and unknown ----
    "known-word", "is not @ known":
        "use `is unknown` for what is not known", "write `is unknown` instead", "{fixed}", fix "is unknown";
    "known-word", "is not @ unknown":
        "use `is known` for what is not unknown", "write `is known` instead", "{fixed}", fix "is known";
    "known-word", "@ exists/exist/present", at [test]:
        "use `is known` for a fact that is there", "write `is known` here", "{fixed}", fix "is known";
    "known-word", "has/have/with @ <name> <any>", at [test]:
        "use `is known` for a fact that is there", "not a test",
        "{2} is known          something a visitor did: did order";

    // ---- texts and lists of texts ----
    "word-test", "contains @ any/all":
        "use `includes` for a list", "`contains` looks into one text",
        "interests includes any of [\"running\", \"hiking\"]";
    "word-test", "contains @ [":
        "use `includes any of` for several values", "`contains` takes one text",
        "interests includes any of [\"running\", \"hiking\"]";
    "word-test", "includes @ [":
        "say whether any or all of the list", "write `any of` or `all of` before this",
        "{fixed}", fix "includes any of [";
    "word-test", "includes @ one of":
        "say whether any or all of the list", "write `any of` or `all of` here", "{fixed}", fix "includes any of";
    "word-test", "^starts/ends @ <any>", at [kw_with]:
        "`{1}` goes on with `with`", "write `{1} with` here", "{fixed}", fix "{1} with {2}";
    "unquoted-text", "contains/includes/matches @ <name>", at [text]:
        "a text stands in double quotes", "write `\"{2}\"` here", "{fixed}", fix "{1} \"{2}\"";
    "unquoted-text", "starts/ends with @ <name>", at [text]:
        "a text stands in double quotes", "write `\"{3}\"` here", "{fixed}", fix "{1} {2} \"{3}\"";
    "word-test", "@ contain/containing/like/has/have <any>", at [test]:
        "use `contains` to look into a text", "write `contains` here", "{fixed}", fix "contains {2}";
    "word-test", "@ include/including <any>", at [test]:
        "use `includes` to look into a list", "write `includes` here", "{fixed}", fix "includes {2}";
    "word-test", "@ match/matching <any>", at [test]:
        "use `matches` for a pattern", "write `matches` here", "{fixed}", fix "matches {2}";
    "word-test", "@ start/begin/begins with", at [test]:
        "use `starts with` for how a text begins", "write `starts with` here", "{fixed}", fix "starts with";
    "word-test", "@ end with", at [test]:
        "use `ends with` for how a text ends", "write `ends with` here", "{fixed}", fix "ends with";
    "not-first", "<name> @ does not <name>", at [test]:
        "`not` stands before the whole test", "not here", "not {1} contains \"..\"";
    "not-first", "<name> does @ not", at [test]:
        "`not` stands before the whole test", "not here", "not {1} contains \"..\"";
    "not-first", "<any> @ not contains/includes/starts/ends/matches/between", at [test]:
        "`not` stands before the whole test", "not here", "not {1} {3} ..";
    "not-first", "@ not <value>", at [test]:
        "`not` follows `is` in a comparison", "write `is not` here", "{fixed}", fix "is not {2}";

    // ---- between ----
    "between-and", "between <any> @ -/to/until/till", at [kw_and]:
        "`between` joins its two ends with `and`", "write `and` here", "{fixed}", fix "between {2} and";
    "between-and", "between <any> ^-/to <any> @ <any>", at [kw_and]:
        "`between` joins its two ends with `and`", "write `and` here", "{fixed}", fix "between {2} and {4} {5}";
    "between-and", "@ from <any> to <any>", at [test]:
        "a range is written with `between`", "write `between` here", "{fixed}", fix "between {2} and {4}";

    // ---- half a test ----
    "half-test", "<name> is <value> or ^<value> @ <any>", at [test]:
        "each side of `or` needs a whole test", "compared with nothing", "{1} is one of [{3}, {5}]";
    "half-test", "is ^<value> @ ,/or? <value>", at [kw_and]:
        "`is` compares with one value", "several values are a list", "{fixed}", fix "is one of [{2}, {4}]";
    "half-test", "and/or ^<value> @ <any>", at [test]:
        "each side of `{1}` needs a whole test", "compared with nothing",
        "say again what is compared: plan is \"pro\" or plan is \"free\"          shorter: plan is one of [\"pro\", \"free\"]";
    "half-test", "<name> </>/<=/>= <any> and/or @ </>/<=/>= <any>":
        "each side of `{4}` needs a whole test", "what is compared here?", "{1} {2} {3} {4} {1} {5} {6}";
    "half-test", "and/or @ </>/<=/>=/is/contains/includes/between/starts/ends/matches/=":
        "each side of `{1}` needs a whole test", "what is compared here?",
        "say again what is compared: age > 30 and age < 45";

    // ---- numbers ----
    "number-unit", "<number> @ %":
        "a number stands without `%`", "remove this", "a share is written as a plain number: 0.1";
    "number-unit", "@ $ <number>":
        "a number stands without its currency", "remove this", "the schema says which unit an amount has: {2}";
    "number-unit", "<number> @ $":
        "a number stands without its currency", "remove this", "the schema says which unit an amount has: {1}";
    "number-unit", "<number> @ eur/usd/gbp/chf/euro/euros/dollar/dollars/pounds":
        "a number stands without its currency", "remove this", "the schema says which unit an amount has: {1}";
    "bare-fraction", "@ . <number>":
        "a number begins with a digit", "write `0` before this", "0.{2}";
    "times-of-day", "@ <clock>":
        "a time of day has two digits for the hour and two for the minute", "write `{1:clock}` here",
        "{fixed}", fix "{1:clock}";
    "times-of-day", "<clock> @ <any>", at [test]:
        "a time of day has two digits for the hour and two for the minute", "write `{1:clock}` here", "{1:clock}";

    // ---- aggregates ----
    "aggregate-of", "sum/average/smallest/largest/distinct/favourite/count @ <name>", at [kw_of, test]:
        "`{1}` goes on with `of`", "write `of` before this", "{fixed}", fix "{1} of {2}";
    "aggregate-word", "^min/minimum/lowest @ of":
        "use `smallest of` for the least", "write `smallest`", "{fixed}", fix "smallest of";
    "aggregate-word", "^max/maximum/highest/biggest @ of":
        "use `largest of` for the most", "write `largest`", "{fixed}", fix "largest of";
    "aggregate-word", "^avg/mean/median @ of":
        "use `average of` for the mean", "write `average`", "{fixed}", fix "average of";
    "aggregate-word", "^total/amount/totals/sums @ of":
        "use `sum of` for a total", "write `sum`", "{fixed}", fix "sum of";
    "aggregate-word", "^number/counts @ of":
        "use `count of` for how many", "write `count`", "{fixed}", fix "count of";
    "aggregate-word", "^unique/different @ of":
        "use `distinct of` for how many different values", "write `distinct`", "{fixed}", fix "distinct of";
    "aggregate-word", "^favorite/top/most @ of":
        "use `favourite of` for the most frequent value", "write `favourite`", "{fixed}", fix "favourite of";
    "elapsed", "<unit> since @ <name>", at [kw_first, kw_last]:
        "say whether since the first or the last `{3}`", "write `last` or `first` before this",
        "{fixed}", fix "{1} since last {3}";
    "elapsed", "<number> <unit> @ since":
        "`{2} since` is a value that is compared", "the number comes after", "days since last order >= 30";
    "elapsed", "last/first <name> </>/<=/>= <number> <unit> @ ago":
        "an age is written with `since`", "not needed", "{5} since {1} {2} {3} {4}";
}
