#!/usr/bin/env python3
"""Conversions of units, exact tests, tables of counts and the sample ratio with 60 digits, as TOML.

`proportions.py NAME` prints `tests/cases/statistics/NAME.toml`; `proportions.py NAME SEED COUNT` as many random cases instead.
NAME is two_proportions, exact_tests, sample_ratio or tables. Slow and obvious: bisection, whole numbers, sums over all tables.
"""
import random
import sys
from functools import lru_cache
from math import comb, cos, exp, log, pi, sin

from mpmath import mp, mpf

mp.dps = 60


def line(name, value):
    texts = [repr(float(number)) if isinstance(number, mpf) else repr(number) for number in (value if isinstance(value, (list, tuple)) else [value])]
    text = f"[{', '.join(texts)}]" if isinstance(value, (list, tuple)) else texts[0].replace("'", '"')
    print(f"{name} = {text}")


def bisect(inner, outer, is_inner, steps=200):
    for _ in range(steps):
        middle = (inner + outer) / 2
        if is_inner(middle):
            inner = middle
        else:
            outer = middle
    return (inner + outer) / 2


# Intervals of two proportions.


def likeliest(na, xa, nb, xb, difference):
    """The control's rate where the likelihood is largest and the treatment's exceeds it by the difference."""

    def score(p):
        parts = [(xa, p, 1), (na - xa, 1 - p, -1), (xb, p + difference, 1), (nb - xb, 1 - p - difference, -1)]
        return sum(sign * count / probability for count, probability, sign in parts if count)

    return bisect(max(mpf(0), -difference), min(mpf(1), 1 - difference), lambda p: score(p) > 0)


def score_end(na, xa, nb, xb, z, end):
    estimate, units = mpf(xb) / nb - mpf(xa) / na, mpf(na + nb)

    def is_inner(difference):
        p = likeliest(na, xa, nb, xb, difference)
        q = p + difference
        variance = (p * (1 - p) / na + q * (1 - q) / nb) * units / (units - 1)
        return abs(difference - estimate) < z * mp.sqrt(abs(variance))

    return mpf(end) if estimate == end else bisect(estimate, mpf(end), is_inner, 110)


def wilson(n, x, z):
    middle, half = x + z * z / 2, z * mp.sqrt(mpf(x) * (n - x) / n + z * z / 4)
    return (middle - half) / (n + z * z), (middle + half) / (n + z * z)


def two_proportions(name, na, xa, nb, xb, alpha):
    z = mp.sqrt(2) * mp.erfinv(1 - mpf(alpha))
    pa, pb, conversions, units = mpf(xa) / na, mpf(xb) / nb, xa + xb, na + nb
    difference = pb - pa
    for field, value in [("name", name), ("counts", [na, xa, nb, xb]), ("alpha", alpha), ("difference", difference)]:
        line(field, value)
    if 0 < conversions < units:
        statistic = difference / mp.sqrt(mpf(conversions) * (units - conversions) / units / na / nb)
        line("statistic", statistic)
        line("log10_p_value", mp.log10(mp.erfc(abs(statistic) / mp.sqrt(2))))
    va, vb = pa * (1 - pa) / na, pb * (1 - pb) / nb
    if va + vb > 0:
        line("standard_error", mp.sqrt(va + vb))
    (la, ua), (lb, ub) = wilson(na, xa, z), wilson(nb, xb, z)
    line("newcombe", [difference - mp.sqrt((pb - lb) ** 2 + (ua - pa) ** 2), difference + mp.sqrt((ub - pb) ** 2 + (pa - la) ** 2)])
    qa, qb = mpf(xa + 1) / (na + 2), mpf(xb + 1) / (nb + 2)
    half = z * mp.sqrt(qa * (1 - qa) / (na + 2) + qb * (1 - qb) / (nb + 2))
    line("agresti_caffo", [qb - qa - half, qb - qa + half])
    line("miettinen_nurminen", [score_end(na, xa, nb, xb, z, end) for end in (-1, 1)])
    line("wilson_treatment", [lb, ub])
    if xa:
        line("lift", difference / pa)
        line("lift_standard_error", mp.sqrt(vb / pa**2 + va * pb**2 / pa**4))


def proportions_at_the_edges():
    billion = 10**9
    yield from [
        ("nobody of the control", 50, 0, 50, 3, 0.05),
        ("nobody of the treatment", 1000, 10, 1000, 0, 0.05),
        ("nobody at all", 100, 0, 120, 0, 0.05),
        ("everybody", 100, 100, 120, 120, 0.05),
        ("all against none", 40, 0, 30, 30, 0.05),
        ("none against all", 40, 40, 30, 0, 0.1),
        ("one unit each", 1, 0, 1, 1, 0.05),
        ("one unit, no difference", 1, 1, 2, 1, 0.05),
        ("a billion, nearly all", billion, billion - 1, billion, billion - 40, 0.05),
        ("a billion, nearly none", billion, 1, billion, 30, 0.01),
        ("a billion, half", billion, billion // 2, billion, 500100000, 0.05),
        ("a few beside a billion", 7, 3, billion, 4 * billion // 10, 0.05),
        ("one of a billion against all but one", billion, 1, billion, billion - 1, 0.05),
        ("tiny alpha", 2000, 150, 1500, 190, 1e-12),
        ("alpha near 1", 2000, 150, 1500, 190, 0.999),
        ("tiny p", 10**5, 10, 1000, 400, 0.05),
        ("ten to the fifteen", 10**15, 10**14, 10**15 + 7, 10**14 + 10**8, 0.05),
        ("plain", 1000, 120, 1000, 150, 0.05),
        ("unequal", 1000, 120, 10000, 1500, 0.05),
        ("equal", 10000, 1000, 10000, 1000, 0.05),
    ]


def random_counts(most):
    units = lambda: random.randint(1, int(most ** random.random()) + 1)
    converted = lambda n: random.choice([0, n, random.randint(0, n), min(n, random.randint(0, 12)), n - min(n, random.randint(0, 12))])
    na, nb = units(), units()
    return na, converted(na), nb, converted(nb)


def random_proportions(number):
    return (f"random {number}", *random_counts(10**10), random.choice([0.001, 0.01, 0.05, 0.1, 0.5]))


# Exact tests.


def fisher(na, xa, nb, xb):
    """Two-sided, greater, less, mid-p greater. Tails are summed outward; where that is short they are whole numbers by one."""
    units, conversions = na + nb, xa + xb
    least, most = max(0, conversions - na), min(nb, conversions)
    factorial = lambda n: mp.loggamma(mpf(n) + 1)
    choose = lambda n, k: factorial(n) - factorial(k) - factorial(n - k)
    ln = lambda k: choose(nb, k) + choose(na, conversions - k) - choose(units, conversions)

    def tail(k, step):
        total, term = mpf(0), mp.exp(ln(k)) if least <= k <= most else mpf(0)
        while least <= k <= most and term > total * mpf(10) ** -40:
            total += term
            up = mpf(nb - k) * (conversions - k) / (mpf(k + 1) * (na - conversions + k + 1))
            down = mpf(k) * (na - conversions + k) / (mpf(nb - k + 1) * (conversions - k + 1))
            term *= up if step > 0 else down
            k += step
        return total

    def first(start, end, holds):
        while start < end:
            middle = (start + end) // 2
            start, end = (start, middle) if holds(middle) else (middle + 1, end)
        return start

    here, mode = mp.exp(ln(xb)), (nb + 1) * (conversions + 1) // (units + 2)
    limit = ln(xb) + mp.log1p(mpf(10) ** -7)
    if ln(mode) <= limit:
        both = mpf(1)
    else:
        lower = first(least, mode, lambda k: ln(k) > limit) - 1
        upper = first(mode, most + 1, lambda k: ln(k) <= limit)
        both = tail(lower, -1) + tail(upper, 1)
    if xb >= mode:
        greater = tail(xb, 1)
        less = 1 - greater + here
    else:
        less = tail(xb, -1)
        greater = 1 - less + here
    return [both, greater, less, greater - here / 2]


def worst_rate(tables, na, nb):
    """The largest probability of the tables over all rates: a grid of 4000 angles in doubles, and golden section with 30 digits."""
    units = na + nb
    ways = [0] * (units + 1)
    for a, b in tables:
        ways[a + b] += comb(na, a) * comb(nb, b)

    def probability(angle):
        odds, total = mp.tan(angle) ** 2, mpf(0)
        for count in reversed(ways):
            total = total * odds + count
        return total * mp.cos(angle) ** (2 * units)

    ln_ways = [(count, float(mp.log(number))) for count, number in enumerate(ways) if number]
    angles = [(place + 0.5) / 4000 * pi / 2 for place in range(4000)]
    heights = []
    for angle in angles:
        terms = [ln + 2 * count * log(sin(angle)) + 2 * (units - count) * log(cos(angle)) for count, ln in ln_ways]
        largest = max(terms)
        heights.append(largest + log(sum(exp(term - largest) for term in terms)))
    best = mpf(max(ways[0], ways[-1]))
    highest, golden = max(heights), (mp.sqrt(5) - 1) / 2
    for place in range(4000):
        low, high = max(place - 1, 0), min(place + 1, 3999)
        if heights[place] < max(heights[low], heights[high], highest - 1e-5):
            continue
        start, end = mpf(angles[low]), mpf(angles[high])
        with mp.workdps(30):
            left, right = end - golden * (end - start), start + golden * (end - start)
            at_left, at_right = probability(left), probability(right)
            for _ in range(26):
                if at_left > at_right:
                    end, right, at_right = right, left, at_left
                    left = end - golden * (end - start)
                    at_left = probability(left)
                else:
                    start, left, at_left = left, right, at_right
                    right = start + golden * (end - start)
                    at_right = probability(right)
            best = max(best, at_left, at_right)
    return best


def barnard(na, xa, nb, xb, both):
    def squared(a, b):
        """Of the statistic, but for a constant: with its sign, above and below the line."""
        deviation, conversions = b * na - a * nb, a + b
        spread = conversions * (na + nb - conversions)
        return (deviation * abs(deviation), spread) if spread else (0, 1)

    observed = squared(xa, xb)

    def extreme(a, b):
        here = squared(a, b)
        size = abs if both else lambda number: number
        return size(here[0]) * observed[1] >= size(observed[0]) * here[1]

    return worst_rate([(a, b) for a in range(na + 1) for b in range(nb + 1) if extreme(a, b)], na, nb)


@lru_cache(None)
def ways_greater(na, nb, conversions, b):
    return sum(comb(nb, k) * comb(na, conversions - k) for k in range(b, min(nb, conversions) + 1))


def boschloo_greater(na, xa, nb, xb):
    ways, total = ways_greater(na, nb, xa + xb, xb), comb(na + nb, xa + xb)
    extreme = lambda a, b: ways_greater(na, nb, a + b, b) * total <= ways * comb(na + nb, a + b)
    return worst_rate([(a, b) for a in range(na + 1) for b in range(nb + 1) if extreme(a, b)], na, nb)


def exact_tests(na, xa, nb, xb):
    line("counts", [na, xa, nb, xb])
    found = fisher(na, xa, nb, xb)
    line("fisher", found)
    line("fisher_log10", [mp.log10(probability) for probability in found])
    if na + nb <= 100:
        line("barnard", [barnard(na, xa, nb, xb, both) for both in (True, False)])
        greater, less = boschloo_greater(na, xa, nb, xb), boschloo_greater(nb, xb, na, xa)
        line("boschloo", [min(mpf(1), 2 * min(greater, less)), greater])


def exact_tests_at_the_edges():
    million, billion = 10**6, 10**9
    yield from [(10, 3, 10, 8), (10, 0, 10, 4), (10, 1, 14, 11), (1, 0, 1, 1), (2, 2, 3, 0), (5, 2, 6, 5), (12, 12, 9, 9)]
    yield from [(30, 1, 30, 7), (37, 20, 11, 9), (24, 12, 49, 48), (50, 0, 20, 20), (3, 1, 60, 40), (40, 9, 40, 2), (58, 17, 31, 9)]
    yield from [(million, 3, million, 12), (billion, 0, billion, 40), (billion, billion - 3, billion, billion - 50), (million, 1000, million, 1200)]
    yield from [(7, 0, billion, billion // 10), (billion, 10, 50, 3), (million, 100, 1000, 400)]


def random_exact_tests(number):
    # Two small ones for each that only Fisher's test takes.
    return random_counts(10**6 if number % 3 == 0 else 40)


# The sample ratio, and tables.


def sample_ratio(name, counts, weights, concentration=10000.0):
    line("name", name)
    for field, value in [("counts", counts), ("weights", weights), ("concentration", concentration)]:
        line(field, value)
    cells = [(count, mpf(weight)) for count, weight in zip(counts, weights) if weight > 0]
    total, whole = sum(count for count, _ in cells), sum(weight for _, weight in cells)
    if total:
        expected = [(count, total * weight / whole) for count, weight in cells]
        statistic = sum((count - mean) ** 2 / mean for count, mean in expected)
        line("statistic", statistic)
        line("degrees_of_freedom", len(cells) - 1)
        line("log10_p_value", ln_chi_squared(statistic, len(cells) - 1) / mp.log(10))
    before = mpf(concentration)
    evidence = mp.loggamma(before) - mp.loggamma(before + total)
    for count, weight in cells:
        share = weight / whole
        evidence += mp.loggamma(before * share + count) - mp.loggamma(before * share) - count * mp.log(share)
    line("ln_bayes_factor", evidence)
    line("sequential_log10_p_value", min(mpf(0), -evidence / mp.log(10)))


def ln_chi_squared(statistic, freedom):
    half = mpf(freedom) / 2
    if freedom % 2 == 0:
        # A finite sum, so that no tail is too far.
        terms = [k * mp.log(statistic / 2) - mp.loggamma(k + 1) for k in range(freedom // 2)] if statistic else [mpf(0)]
        return -statistic / 2 + mp.log(sum(mp.exp(term) for term in terms))
    return mp.log(mp.gammainc(half, statistic / 2, mp.inf, regularized=True)) if statistic else mpf(0)


def sample_ratios_at_the_edges():
    billion, half = 10**9, [0.5, 0.5]
    yield from [("nobody yet", [0, 0], half), ("one visitor", [1, 0], half), ("one of a rare variant", [0, 1], [0.999999, 1e-6])]
    yield from [("a billion", [500000000, 500200000], half), ("a billion, spot on", [billion, billion], [1.0, 1.0])]
    yield ("twenty variants", [50000 + 37 * place for place in range(20)], [1.0] * 20)
    yield ("twenty, uneven", [1000 * (place + 1) + (-1) ** place * 11 for place in range(20)], [float(place + 1) for place in range(20)])
    yield from [("rare variants", [10**8, 95, 130], [1.0, 1e-6, 1e-6]), ("an empty variant of weight 0", [600, 500, 0], [0.5, 0.5, 0.0])]
    yield from [("weights do not add up", [billion, 2 * billion + 31], [0.1, 0.2]), ("far off", [10**7, 2 * 10**7], half)]
    yield from [("small concentration", [120, 80], half, 0.5), ("large concentration", [120, 80], half, 1e12)]
    yield ("ten to the twelve", [10**12, 10**12 + 10**6], half)


def random_sample_ratios(number):
    cells = random.randint(2, 20)
    weights = [10 ** random.uniform(-6, 0) if random.random() < 0.3 else random.random() for _ in range(cells)]
    scale = 10 ** random.uniform(0, 9)
    counts = [int(scale * weight * (1 + random.gauss(0, 1) / (scale * weight + 1) ** 0.5 * random.choice([1, 1, 8]))) for weight in weights]
    return (f"random {number}", [max(count, 0) for count in counts], weights)


def tables(name, table):
    line("name", name)
    print(f"table = {table}")
    rows, columns = [sum(row) for row in table], [sum(column) for column in zip(*table)]
    total, freedom = sum(rows), (len(rows) - 1) * (len(columns) - 1)
    cells = [(count, mpf(rows[i]) * columns[j] / total) for i, row in enumerate(table) for j, count in enumerate(row)]
    statistic = sum((count - mean) ** 2 / mean for count, mean in cells)
    ratio = 2 * sum(count * mp.log(count / mean) for count, mean in cells if count)
    if abs(ratio) < mpf(10) ** -40:
        ratio = mpf(0)
    line("statistic", statistic)
    line("degrees_of_freedom", freedom)
    line("log10_p_value", ln_chi_squared(statistic, freedom) / mp.log(10))
    line("g_statistic", ratio)
    line("log10_g_p_value", ln_chi_squared(ratio, freedom) / mp.log(10))
    line("cramers_v", mp.sqrt(statistic / total / min(len(rows) - 1, len(columns) - 1)))
    line("smallest_expected", mpf(min(rows)) * min(columns) / total)


def tables_at_the_edges():
    billion = 10**9
    yield ("twenty variants", [[1000 + 7 * row, 9000 - 3 * row] for row in range(20)])
    yield ("twenty by five", [[100 + (row * column * 7) % 13 for column in range(5)] for row in range(20)])
    yield from [("a billion, nearly alike", [[billion, billion], [billion + 1, billion]]), ("a billion, rare", [[3, billion], [9, billion + 5]])]
    yield from [("diagonal", [[50, 0], [0, 50]]), ("no dependence", [[10, 20], [30, 60]]), ("zero cells", [[0, 10, 5], [7, 0, 3], [1, 2, 0]])]
    yield from [("far off", [[10**6, 1], [1, 10**6]]), ("one each", [[1, 0], [0, 1]])]
    yield ("nearly all", [[billion - 1, 1], [billion - 40, 40], [billion - 3, 3]])


def random_tables(number):
    scale = 10 ** random.uniform(0, 9)
    rates = [10 ** random.uniform(-6, 0) for _ in range(random.randint(2, 6))]
    table = [[int(scale * rate * random.uniform(0.9, 1.1)) + random.randint(0, 3) for rate in rates] for _ in range(random.randint(2, 20))]
    full = all(map(any, table)) and all(map(any, zip(*table)))
    return (f"random {number}", table) if full else random_tables(number)


PARTS = {
    "two_proportions": (two_proportions, proportions_at_the_edges, random_proportions),
    "exact_tests": (exact_tests, exact_tests_at_the_edges, random_exact_tests),
    "sample_ratio": (sample_ratio, sample_ratios_at_the_edges, random_sample_ratios),
    "tables": (tables, tables_at_the_edges, random_tables),
}

if __name__ == "__main__":
    part, edges, drawn = PARTS[sys.argv[1]]
    print("# Printed by `tests/oracles/proportions.py`: mpmath, 60 digits. Four counts are units and conversions of the control, then of the treatment.")
    if len(sys.argv) > 2:
        random.seed(int(sys.argv[2]))
        cases = (drawn(number) for number in range(int(sys.argv[3])))
    else:
        cases = edges()
    for case in cases:
        print("\n[[case]]")
        part(*case)
