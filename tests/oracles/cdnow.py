#!/usr/bin/env python3
"""Answers 25 questions about 23,570 real customers and their 69,659 orders, without Segue.

    cdnow.py CDNOW_master.txt bodies              prints one /v1/decide body a customer, in the order of their ids
    cdnow.py CDNOW_master.txt answers 1998-01-01T05:00:00Z [buckets]
                                                  prints {"id": .., "answers": {question: "in" | "out" | "unknown"}} a customer;
                                                  with `buckets`, sums begin with the bucket in which their window begins

The questions are the segments of tests/data/cdnow/rules/segments.rules, answered here by hand-written Python over plain
lists. An order counts at midnight in New York of its day, so that windows of whole days end exactly on orders. 255 lines of
the file are equal to another line; each of them is an order, so an order's id is the number of its line.
"""

import collections
import datetime
import json
import sys

DAY = 86_400

Order = collections.namedtuple("Order", "line time date items cents")


def sunday(year, month, day):
    """The Sunday on or before that day."""
    date = datetime.date(year, month, day)
    return date - datetime.timedelta(days=date.isoweekday() % 7)


def midnight_in_new_york(date):
    """Seconds since 1970. Summer time ran from the first Sunday of April to the last one of October, changing at 2."""
    summer = sunday(date.year, 4, 7) < date <= sunday(date.year, 10, 31)
    days = date.toordinal() - datetime.date(1970, 1, 1).toordinal()
    return days * DAY + (4 if summer else 5) * 3600


def date_in_new_york(seconds):
    """The local date of an instant: the last date whose midnight is not after it."""
    date = datetime.date(1970, 1, 1) + datetime.timedelta(days=seconds // DAY)
    while midnight_in_new_york(date) > seconds:
        date -= datetime.timedelta(days=1)
    return date


def read(path):
    """Orders by customer; each customer's orders by time, equal times as in the file."""
    customers = {}
    with open(path, encoding="ascii") as file:
        for number, line in enumerate(file, start=1):
            customer, day, items, dollars = line.split()
            if number == 1:
                continue  # the header
            date = datetime.date(int(day[:4]), int(day[4:6]), int(day[6:]))
            whole, _, part = dollars.partition(".")
            cents = int(whole) * 100 + int((part + "00")[:2])
            order = Order(number, midnight_in_new_york(date), date, int(items), cents)
            customers.setdefault(customer, []).append(order)
    return {customer: sorted(orders, key=lambda order: order.time) for customer, orders in sorted(customers.items())}


def body(customer, orders):
    events = [
        '{"type":"track","event":"Order Completed","messageId":"cdnow-%d","timestamp":"%s","properties":{"revenue":%d.%02d,"items":%d}}'
        % (
            order.line,
            datetime.datetime.fromtimestamp(order.time, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            order.cents // 100,
            order.cents % 100,
            order.items,
        )
        for order in orders
    ]
    return '{"visitor":{"id":"%s","events":[%s]}}' % (customer, ",".join(events))


def longest_run(numbers):
    """How many consecutive numbers there are at most."""
    best = 0
    for number in numbers:
        if number - 1 not in numbers:
            length = 1
            while number + length in numbers:
                length += 1
            best = max(best, length)
    return best


def month(date):
    return date.year * 12 + date.month


def week(date):
    """Weeks start on Monday, and so did the calendar."""
    return (date.toordinal() - 1) // 7


# How wide the buckets of a window of days are, in days: docs/memory.md.
BUCKETS = {90: 1, 180: 2, 365: 7}


def answers(orders, now, in_buckets=False):
    past = [order for order in orders if order.time <= now]
    today = date_in_new_york(now)

    def last(days):
        return [order for order in past if order.time > now - days * DAY]

    def counted(days):
        width = BUCKETS[days] * DAY
        start = (now - days * DAY) // width * width
        return [order for order in past if order.time >= start] if in_buckets else last(days)

    def spent(some):
        return sum(order.cents for order in some)

    found = {}

    quarter = last(90)
    found["regular_spender"] = len(quarter) >= 3 and spent(counted(90)) >= 200_00

    one_to_three_months = [order for order in past if now - 90 * DAY < order.time <= now - 30 * DAY]
    found["comeback"] = len(one_to_three_months) > 0 and len(last(30)) == 0

    since_last = now - past[-1].time if past else None
    since_first = now - past[0].time if past else None
    found["quiet"] = since_last >= 60 * DAY if past else None
    found["old_customer"] = since_first // DAY > 365 if past else None
    found["weeks_and_months"] = since_first >= 70 * DAY and since_last < 90 * DAY if past else None
    found["grows"] = past[-1].cents > past[0].cents if past else None
    found["never"] = len(past) == 0

    half_year = last(180)
    found["many_days"] = len({order.date for order in half_year}) >= 3
    large = counted(180)
    found["one_large"] = max(order.cents for order in large) > 100_00 if large else None
    found["exactly_two"] = len(half_year) == 2
    found["weeks_in_a_row"] = longest_run({week(order.date) for order in half_year}) >= 3

    year = last(365)
    summed = counted(365)
    found["good_average"] = spent(summed) >= 50_00 * len(summed) if summed else None
    found["one_small"] = min(order.cents for order in summed) < 10_00 if summed else None
    found["days_in_a_row"] = longest_run({order.date.toordinal() for order in year}) >= 2
    found["three_sizes"] = len({order.items for order in year}) >= 3
    found["basket"] = len(summed) >= 2 and spent(summed) > 30_00 * len(summed)
    found["different_months"] = len({month(order.date) for order in year}) > 3

    # With no window a run counts while it can still go on: it reaches this month or the one before.
    months = {month(order.date) for order in past}
    this = month(today)
    found["months_in_a_row"] = any({end, end - 1, end - 2} <= months for end in (this, this - 1))

    found["trade_down"] = any(
        small.cents < 20_00 and large.cents >= 50_00 and 0 <= small.time - large.time <= 30 * DAY
        for small in year
        for large in past
    )
    found["three_steps"] = any(
        one.items == 1
        and two.items == 2
        and three.items >= 3
        and 0 <= two.time - one.time <= 60 * DAY
        and 0 <= three.time - two.time <= 45 * DAY
        for one in past
        for two in past
        for three in past
    )
    found["large_then_silence"] = any(
        order.cents >= 40_00
        and now - 180 * DAY < order.time + 60 * DAY <= now
        and not any(order.time < other.time <= order.time + 60 * DAY for other in past)
        for order in past
    )

    found["this_month"] = any(month(order.date) == this for order in past)
    found["this_week"] = sum(week(order.date) == week(today) for order in past) < 2 and len(last(10)) > 0

    season = [order for order in past if order.date >= datetime.date(1997, 11, 1)]
    found["since_november"] = len(season) <= 1 and spent(season) > 30_00

    bulk = any(order.items >= 5 and order.cents > 60_00 for order in last(120))
    found["bulk_or_idle"] = bulk or len(last(270)) == 0
    return found


def main():
    path, what, *rest = sys.argv[1:]
    customers = read(path)
    if what == "bodies":
        for customer, orders in customers.items():
            print(body(customer, orders))
        return
    moment = datetime.datetime.strptime(rest[0], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    words = {True: "in", False: "out", None: "unknown"}
    for customer, orders in customers.items():
        found = answers(orders, int(moment.timestamp()), in_buckets=rest[1:] == ["buckets"])
        print(json.dumps({"id": customer, "answers": {name: words[answer] for name, answer in sorted(found.items())}}))


main()
