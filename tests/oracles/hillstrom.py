#!/usr/bin/env python3
"""Counts what the rules in tests/data/hillstrom show to 64,000 real customers, without Segue.

    hillstrom.py hillstrom.csv bodies    prints one /v1/decide body a line, in the order of the file
    hillstrom.py hillstrom.csv counts    prints {"slot | shown | rule": customers} as JSON
    hillstrom.py hillstrom.csv messages  prints a customer's tracking calls a line: who they are, and what they did after the e-mail
    hillstrom.py hillstrom.csv answers   prints {"id", "shown": {slot: ..}, "segments": [..]} a line

The counts come from the plain ifs below, written by hand from the meaning of the rules: True, False, or None where a
missing fact leaves the answer open. Every 97th customer lacks `history`, every 101st lacks `channel`.
"""

import collections
import csv
import json
import sys
from decimal import Decimal


def customers(path):
    with open(path, newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file), start=1):
            if number % 97 == 0:
                row["history"] = None
            if number % 101 == 0:
                row["channel"] = None
            yield number, row


def body(number, row):
    """A request as text: the amounts keep the digits that the file has."""
    parts = ['"recency":' + row["recency"]]
    if row["history"] is not None:
        parts.append('"history":' + row["history"])
    for name in ("mens", "womens", "newbie"):
        parts.append('"%s":%s' % (name, "true" if row[name] == "1" else "false"))
    parts.append('"zip_area":' + json.dumps(row["zip_code"]))
    if row["channel"] is not None:
        parts.append('"channel":' + json.dumps(row["channel"]))
    return '{"visitor":{"id":"c%d","attributes":{%s}}}' % (number, ",".join(parts))


def offer(recency, history, mens, womens, area, newbie, channel):
    # big_spender and faithful: with an unknown history neither can be true.
    if history is not None and history >= 550 and recency <= 3 and channel in ("Web", "Multichannel"):
        return "gold", 6
    # not big_spender is unknown without a history.
    if recency > 9 and history is not None and history < 500:
        return "win_back", 7
    if newbie and channel in ("Web", "Multichannel") and area in ("Urban", "Surburban"):
        return "welcome", 8
    if area == "Rural":
        if mens:
            return "country_life", 10
        if history is not None and Decimal("99.99") <= history <= Decimal("249.50"):
            return "country_life", 10
    if mens and womens:
        # The bracket is false when either half is false, also while the other is unknown.
        if recency < 6 or channel in ("Web", "Multichannel"):
            return "both", 11
    if history is None and channel is None:
        return None, 12
    return "standard", 13


def teaser(recency, history, mens, womens, area, newbie, channel):
    if history is not None and history >= 350 and mens and not womens:
        return "men", 2
    if history is not None and history >= 350 and not mens:
        return ["women", "web_only"], 3
    if channel == "Web" and area in ("Urban", "Surburban") and recency <= 5:
        return "web_only", 4
    return None, None


def call(recency, history, mens, womens, area, newbie, channel):
    if channel == "Phone" and history is not None:
        return "true", 8
    if channel in ("Phone", "Multichannel") and history is not None and history > 400 - 10 * recency:
        return "true", 9
    return "false", 10


def discount(recency, history, mens, womens, area, newbie, channel):
    if history is not None and history >= 500:
        return "0", 14
    if recency in (4, 5, 6) and not newbie:
        return "5.0", 15
    if history is not None and recency * 25 < history <= recency * 50:
        return "7.5", 16
    if channel is None or area in ("Urban", "Surburban"):
        return "10", 17
    return "2.50", 18


SLOTS = (
    ("offer", "offers.rules", offer),
    ("teaser", "teaser.rules", teaser),
    ("call", "teaser.rules", call),
    ("discount", "teaser.rules", discount),
)


def count(path):
    seen = collections.Counter()
    for _, row in customers(path):
        facts = facts_of(row)
        for slot, file, choose in SLOTS:
            shown, line = choose(*facts)
            if isinstance(shown, list):
                shown = "+".join(shown)
            rule = None if line is None else "%s:%d" % (file, line)
            seen["%s | %s | %s" % (slot, shown or "-", rule or "-")] += 1
    return dict(sorted(seen.items()))


def messages(number, row):
    """Who they are, as an identify; a visit and an order as events."""
    traits = json.loads(body(number, row))["visitor"]["attributes"]
    # The amounts keep the digits that the file has.
    calls = ['{"type":"identify","userId":"c%d","messageId":"i%d","traits":%s}' % (number, number, json.dumps(traits))]
    if row["visit"] == "1":
        page = '{"path":"/from/%s"}' % row["segment"].replace(" ", "-")
        calls.append('{"type":"page","userId":"c%d","messageId":"v%d","properties":%s}' % (number, number, page))
    if row["conversion"] == "1":
        order = '{"type":"track","event":"Order Completed","userId":"c%d","messageId":"o%d","properties":{"revenue":%s}}'
        calls.append(order % (number, number, row["spend"]))
    return "[%s]" % ",".join(calls)


def answer(number, row, facts):
    recency, history, mens, womens, area, newbie, channel = facts
    shown = {}
    for slot, _, choose in SLOTS:
        shown[slot], _ = choose(*facts)
        if isinstance(shown[slot], list):
            shown[slot] = "+".join(shown[slot])
    visited, ordered, spend = row["visit"] == "1", row["conversion"] == "1", Decimal(row["spend"])
    is_big = history is not None and history >= 500
    segments = {
        "big_spender": is_big,
        "faithful": recency <= 3 and channel in ("Web", "Multichannel") and history is not None and history >= 550,
        "came": visited,
        "bought": ordered,
        "spent_fifty": spend >= 50,
        "wooed_by_men": visited and row["segment"] == "Mens E-Mail",
        "looked_only": visited and not ordered and is_big,
    }
    return {"id": "c%d" % number, "shown": shown, "segments": [name for name, is_in in segments.items() if is_in]}


def facts_of(row):
    return (
        int(row["recency"]),
        None if row["history"] is None else Decimal(row["history"]),
        row["mens"] == "1",
        row["womens"] == "1",
        row["zip_code"],
        row["newbie"] == "1",
        row["channel"],
    )


def main():
    path, what = sys.argv[1:]
    if what == "bodies":
        for number, row in customers(path):
            print(body(number, row))
    elif what == "messages":
        for number, row in customers(path):
            print(messages(number, row))
    elif what == "answers":
        for number, row in customers(path):
            print(json.dumps(answer(number, row, facts_of(row))))
    else:
        print(json.dumps(count(path), indent=1))


main()
