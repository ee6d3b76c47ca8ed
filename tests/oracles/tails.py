#!/usr/bin/env python3
"""Tails, quantiles and logarithms of counts with 60 digits, at random points: `tails.py SEED COUNT` prints COUNT points of each as TOML.

Slow and obvious: mpmath's own functions, and for parameters that they do not reach its quadrature of the plain density. A quantile is checked backwards: a point is
chosen, its tail p is rounded to a double, and one Newton step of 60 digits says at which point the tail is that double.
"""
import random
import sys
from math import inf

from mpmath import mp, mpf

mp.dps = 60
# Where a density has fallen by this factor, nothing of 60 digits is left.
GONE = mpf(10) ** -65


def outward(ln_density, start, direction, step, end=None):
    """The integral of the density from `start` outward, in pieces that are short against its curvature; by the density at `start`."""
    at, total, base = mpf(start), mpf(0), ln_density(mpf(start))
    density = lambda x: mp.exp(ln_density(x) - base)
    while True:
        next_at = at + direction * step
        if end is not None and (next_at - end) * direction >= 0:
            return total + abs(mp.quad(density, [at, end]))
        total += abs(mp.quad(density, [at, next_at]))
        at = next_at
        if density(at) * step < GONE * total:
            return total
        step *= mpf(1.25)


def normal(z):
    z = mpf(z)
    return mp.erfc(z / mp.sqrt(2)) / 2, mp.erfc(-z / mp.sqrt(2)) / 2, mp.npdf(z)


def student_t(t, freedom):
    t, freedom = mpf(t), mpf(freedom)
    ln_density = lambda x: -(freedom + 1) / 2 * mp.log1p(x * x / freedom)
    # With more digits where the logarithms of gamma cancel.
    with mp.workdps(90):
        ln_scale = mp.loggamma((freedom + 1) / 2) - mp.loggamma(freedom / 2) - mp.log(freedom * mp.pi) / 2
    density = mp.exp(ln_scale + ln_density(t))
    if freedom <= 40:
        # The tail of many deviations is a small part of a half: more digits.
        with mp.workdps(90):
            tail = mp.betainc(freedom / 2, mpf(1) / 2, 0, freedom / (freedom + t * t), regularized=True) / 2
    else:
        step = 3 / (1 + t * freedom / (freedom + t * t))
        tail = density * outward(ln_density, t, 1, step)
    return tail, 1 - tail, density


def gamma(x, shape):
    x, shape = mpf(x), mpf(shape)
    with mp.workdps(90):
        density = mp.exp((shape - 1) * mp.log(x) - x - mp.loggamma(shape))
    ln_density = lambda x: (shape - 1) * mp.log(x) - x
    deviation = mp.sqrt(shape)
    if x > shape:
        step = deviation if x < shape + deviation else mpf(3) / (1 - (shape - 1) / x)
        upper = density * outward(ln_density, x, 1, step)
        return upper, 1 - upper, density
    with mp.workdps(90):
        lower = mp.gammainc(shape, 0, x, regularized=True)
    return 1 - lower, lower, density


def beta(x, a, b):
    """The lower tail first."""
    x, a, b = mpf(x), mpf(a), mpf(b)
    with mp.workdps(90):
        density = mp.exp((a - 1) * mp.log(x) + (b - 1) * mp.log1p(-x) - mp.loggamma(a) - mp.loggamma(b) + mp.loggamma(a + b))
    if a + b <= 2000:
        with mp.workdps(120):
            return mp.betainc(a, b, 0, x, regularized=True), mp.betainc(b, a, 0, 1 - x, regularized=True), density
    ln_density = lambda x: (a - 1) * mp.log(x) + (b - 1) * mp.log1p(-x)
    deviation = mp.sqrt(a * b / (a + b) ** 3)
    slope = (a - 1) / x - (b - 1) / (1 - x)
    if x <= a / (a + b):
        step = deviation if slope * deviation < 1 else min(3 / slope, x / 4)
        lower = density * outward(ln_density, x, -1, min(step, x / 2), mpf(0))
        return lower, 1 - lower, density
    step = deviation if -slope * deviation < 1 else min(-3 / slope, (1 - x) / 4)
    upper = density * outward(ln_density, x, 1, min(step, (1 - x) / 2), mpf(1))
    return 1 - upper, upper, density


def double(number):
    return repr(float(number))


def tail_row(arguments, tail, other):
    """With the logarithm that stays below 0 where the tail has become 1."""
    return [*arguments, tail, mp.log10(tail) if tail < other else mp.log1p(-other) / mp.log(10)]


def quantile_row(others, x, tail, density, falling):
    """The point at which the tail is the nearest double to what it is at x."""
    p = float(tail)
    step = (tail - mpf(p)) / density
    return [p, *others, x + step if falling else x - step]


def write(name, rows):
    print(f"{name} = [")
    for row in rows:
        print("  [" + ", ".join(str(cell) if isinstance(cell, int) else double(cell) for cell in row) + "],")
    print("]\n")


def log_uniform(draw, low, high):
    return float(f"{10 ** draw.uniform(low, high):.6g}")


def freedom_of(draw):
    kind = draw.randrange(4)
    if kind == 0:
        return float(draw.randint(1, 40))
    if kind == 1:
        return log_uniform(draw, -0.3, 2)
    return log_uniform(draw, 2, 12) if kind == 2 else float(10 ** draw.randint(0, 12))


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    draw = random.Random(seed)
    print("# Written by tests/oracles/tails.py with mpmath at 60 digits; each row: arguments, then what is expected (of a tail its value and log10).")

    rows, quantiles = [], []
    for index in range(count):
        z = float(f"{draw.choice([draw.uniform(0, 4), draw.uniform(-38, 38), log_uniform(draw, -8, 4)]):.6g}")
        tail, other, density = normal(z)
        rows.append(tail_row([z], tail, other))
        if 1e-300 < tail < 1 - mpf(10) ** -10:
            quantiles.append(quantile_row([], mpf(z), tail, density, True))
    write("normal_upper_tail", rows)
    write("normal_upper_quantile", quantiles)

    rows = []
    for index in range(count):
        z = log_uniform(draw, 0.7, 4)
        tail, other, density = normal(z)
        log10 = float(mp.log10(tail))
        rows.append([log10, mpf(z) + (mp.log10(tail) - mpf(log10)) * mp.log(10) * tail / density])
    write("normal_upper_quantile_of_log10", rows)

    rows, quantiles = [], []
    for index in range(count):
        freedom = freedom_of(draw)
        w = draw.choice([draw.uniform(0, 4), draw.uniform(0, 38), log_uniform(draw, -6, 4)])
        # As far out as w deviations of the normal distribution; half of them beyond the range of doubles.
        squared = mpf(w) ** 2 / freedom
        t = float(mp.sqrt(freedom * mp.expm1(squared))) if squared < 1380 else inf
        if t > 1e300:
            t = log_uniform(draw, 0, 300)
        t = float(f"{t:.6g}")
        tail, other, density = student_t(t, freedom)
        rows.append(tail_row([t, freedom], tail, other))
        if 1e-300 < tail:
            quantiles.append(quantile_row([freedom], mpf(t), tail, density, True))
    write("student_t_upper_tail", rows)
    write("student_t_upper_quantile", quantiles)

    rows = []
    for index in range(count):
        freedom = draw.choice([float(draw.randint(1, 30)), log_uniform(draw, -0.3, 4)])
        spread = (2 * freedom) ** 0.5
        x = draw.choice([freedom + draw.uniform(-3, 8) * spread, draw.uniform(0, 3 * freedom), log_uniform(draw, -3, 6)])
        x = float(f"{max(x, 1e-3):.6g}")
        tail, other, _ = gamma(mpf(x) / 2, mpf(freedom) / 2)
        rows.append(tail_row([x, freedom], tail, other))
    write("chi_squared_upper_tail", rows)

    rows, quantiles = [], []
    for index in range(count):
        a, b = (draw.choice([log_uniform(draw, -0.3, 2), float(draw.randint(1, 2000)), log_uniform(draw, 0, 9)]) for _ in range(2))
        z = draw.choice([draw.uniform(-4, 4), draw.uniform(-8, 8)])
        odds = mp.exp(mp.log(mpf(a) / b) + z * mp.sqrt(1 / mpf(a) + 1 / mpf(b)))
        x = float(f"{float(odds / (1 + odds)):.6g}")
        if not 0 < x < 1:
            continue
        tail, other, density = beta(x, a, b)
        rows.append(tail_row([x, a, b], tail, other))
        if 1e-300 < tail < 1 - mpf(10) ** -10:
            quantiles.append(quantile_row([a, b], mpf(x), tail, density, False))
    write("beta_lower_tail", rows)
    write("beta_lower_quantile", quantiles)

    mp.dps = 90
    ln_choose = lambda n, k: mp.loggamma(mpf(n) + 1) - mp.loggamma(mpf(k) + 1) - mp.loggamma(mpf(n - k) + 1)
    gammas, rising, binomial, hypergeometric, dirichlet = [], [], [], [], []
    for index in range(count):
        x = draw.choice([log_uniform(draw, -3, 2), log_uniform(draw, 0, 12)])
        gammas.append([x, mp.loggamma(mpf(x))])
        a, more = log_uniform(draw, -3, 10), draw.choice([log_uniform(draw, -3, 2), float(int(log_uniform(draw, 0, 10)))])
        rising.append([a, more, mp.loggamma(mpf(a) + mpf(more)) - mp.loggamma(mpf(a))])
        n, m = int(log_uniform(draw, 0, 10)), int(log_uniform(draw, 0, 10))
        k, p = draw.randint(0, n), draw.random()
        if draw.random() < 0.7:
            k = min(n, max(0, int(n * p + draw.uniform(-6, 6) * (n * p * (1 - p)) ** 0.5)))
        binomial.append([k, n, p, ln_choose(n, k) + k * mp.log(mpf(p)) + (n - k) * mp.log1p(-mpf(p))])
        successes = draw.randint(0, n + m)
        low, high = max(0, successes - m), min(n, successes)
        k = draw.randint(low, high)
        if draw.random() < 0.7:
            deviation = (successes * n * m * (n + m - successes) / (n + m) ** 3) ** 0.5
            k = min(high, max(low, int(successes * n / (n + m) + draw.uniform(-6, 6) * deviation)))
        hypergeometric.append([k, n, m, successes, ln_choose(n, k) + ln_choose(m, successes - k) - ln_choose(n + m, successes)])
        counts = [int(log_uniform(draw, 0, 9)) for _ in range(2)]
        first = draw.choice([0.5, 0.1, 1.0])
        weights = [first, float(f"{first * counts[1] / counts[0] * draw.uniform(0.99, 1.01):.3g}")]
        concentration = log_uniform(draw, 0, 5)
        whole, exact = mpf(weights[0]) + mpf(weights[1]), mpf(concentration)
        ln = mp.loggamma(exact) - mp.loggamma(exact + sum(counts))
        for of_arm, weight in zip(counts, weights):
            share = mpf(weight) / whole
            ln += mp.loggamma(exact * share + of_arm) - mp.loggamma(exact * share) - of_arm * mp.log(share)
        dirichlet.append([*counts, *weights, concentration, ln])
    write("ln_gamma", gammas)
    write("ln_rising", rising)
    write("ln_binomial", binomial)
    write("ln_hypergeometric", hypergeometric)
    write("ln_dirichlet_bayes_factor", dirichlet)


main()
