"""What `segue analyse` must say of a table of one row a unit: every number, from the rows, by other means.

Sums are fractions, so they are exact; distributions are mpmath's at 40 digits. Formulas stand as their sources have them, not as Segue
computes them: two-pass variances over the rows, Fieller's interval by the roots of its quadratic, CUPED by adjusting each unit.

    PYTHONPATH=target/test-oracles python3 tests/oracles/scorecard.py SETTINGS.json <table.csv

SETTINGS: {separator, variant, control, metrics: [{name, kind, column, below?}], covariate?, breakdowns: []}, kinds `conversion`, `sum`, `ratio`.
"""

import csv
import functools
import json
import sys
from fractions import Fraction

import mpmath as mp

mp.mp.dps = 40
ALPHA = mp.mpf("0.05")


def real(number):
    """A fraction as a number of 40 digits."""
    return mp.mpf(number.numerator) / mp.mpf(number.denominator) if isinstance(number, Fraction) else mp.mpf(number)


SCALE = 1 << 60


def value(cell):
    """The double that a cell is read as, in units of 2^-60: a whole number, with which sums are exact and fast."""
    number = Fraction({"TRUE": 1.0, "FALSE": 0.0, "": 0.0}[cell] if cell in ("TRUE", "FALSE", "") else float(cell)) * SCALE
    assert number.denominator == 1, cell
    return number.numerator


# Distributions.


def normal_two_sided(z):
    return mp.erfc(abs(z) / mp.sqrt(2))


def normal_quantile(upper):
    return mp.sqrt(2) * mp.erfinv(1 - 2 * upper)


def t_two_sided(t, freedom):
    return mp.betainc(freedom / 2, mp.mpf(1) / 2, 0, freedom / (freedom + t * t), regularized=True)


def t_quantile(upper, freedom):
    return mp.findroot(lambda t: t_two_sided(t, freedom) - 2 * upper, normal_quantile(upper), tol=1e-30)


def chi_squared_tail(statistic, freedom):
    return mp.gammainc(mp.mpf(freedom) / 2, statistic / 2, mp.inf, regularized=True)


def log10(p):
    return mp.log10(p)


# What units come to.


class Column:
    """A number of each unit: whole numbers times one fraction."""

    def __init__(self, whole, unit=Fraction(1, SCALE)):
        self.whole, self.unit = whole, unit

    def total(self):
        return sum(self.whole) * self.unit

    def squares(self):
        return sum(number * number for number in self.whole) * self.unit**2

    def mean(self):
        return self.total() / len(self.whole)

    def less(self, factor, other):
        """Each number less a multiple of another."""
        factor = Fraction(factor) * other.unit / self.unit
        above, below = factor.numerator, factor.denominator
        return Column([below * a - above * b for a, b in zip(self.whole, other.whole)], self.unit / below)

    def times(self, factor):
        return Column(self.whole, self.unit * factor)

    def and_(self, other):
        assert self.unit == other.unit
        return Column(self.whole + other.whole, self.unit)


def covariance(a, b):
    """Exact."""
    n = len(a.whole)
    products = sum(x * y for x, y in zip(a.whole, b.whole))
    return Fraction(n * products - sum(a.whole) * sum(b.whole), n * (n - 1)) * a.unit * b.unit


class Arm:
    """The units of one variant."""

    def __init__(self, rows, metric, covariate):
        def column(name):
            return Column([value(row[name]) for row in rows])

        self.y = column(metric["column"])
        self.d = column(metric["below"]) if metric["kind"] == "ratio" else None
        self.x = column(covariate) if covariate else None
        self.n = len(rows)
        self.sum = self.y.total()
        self.level, self.linear = level(self.y, self.d)
        self.variance = covariance(self.linear, self.linear)

    def effective(self):
        return min(self.effective_of(self.y), self.effective_of(self.d) if self.d else self.n)

    def effective_of(self, numbers):
        total, squares = numbers.total(), numbers.squares()
        if total == squares and total < self.n:
            return min(total, self.n - total)
        return max(total * total / squares, Fraction(self.n, 1000)) if squares else 0


def level(y, d):
    """A mean or a ratio, and what each unit adds to it: of a ratio by the delta method."""
    if d is None:
        return y.mean(), y
    ratio = y.mean() / d.mean()
    return ratio, y.less(ratio, d).times(1 / d.mean())


def fieller(difference, baseline, var_difference, var_baseline, cov, critical):
    """The lifts r at which (difference - r baseline) is within `critical` of its standard error: roots of a quadratic."""
    size = abs(baseline)
    sign = 1 if baseline > 0 else -1
    a = size**2 - critical**2 * var_baseline
    b = -2 * (difference * size - critical**2 * cov * sign)
    c = difference**2 - critical**2 * var_difference
    if a <= 0:
        return None, None
    root = mp.sqrt(b * b - 4 * a * c)
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def anytime(difference, error, arms, effective, baseline, var_baseline, cov):
    """Waudby-Smith et al. (2023), eq. 9, 155, 161, tuned for 5000 units. The standard error is the larger of Welch's and the pooled one."""
    if effective < 50:
        return {"waiting": True}
    rho2 = (-2 * mp.log(ALPHA) + mp.log(1 - 2 * mp.log(ALPHA))) / 5000
    (va, na), (vb, nb) = arms
    pooled = (na * va + nb * vb) / (na + nb) * (1 / mp.mpf(na) + 1 / mp.mpf(nb))
    caution = mp.sqrt(max(mp.mpf(1), pooled / (va / na + vb / nb)))
    g = (na + nb) * rho2
    z = difference / error / caution
    ln_e = z * z * g / (2 * (1 + g)) - mp.log(1 + g) / 2
    critical = caution * mp.sqrt((1 + g) / g * mp.log((1 + g) / ALPHA**2))
    lower, upper = fieller(difference, baseline, error**2, var_baseline, cov, critical)
    p = min(mp.mpf(1), mp.exp(-ln_e))
    return {
        "p_value": p,
        "log10_p_value": log10(p),
        "log10_e_value": ln_e / mp.log(10),
        "lower": difference - critical * error,
        "upper": difference + critical * error,
        "relative_lower": lower,
        "relative_upper": upper,
    }


def welch(control, treatment):
    of_control, of_treatment = real(control[1]) / control[2], real(treatment[1]) / treatment[2]
    squared = of_control + of_treatment
    freedom = squared**2 / (of_control**2 / (control[2] - 1) + of_treatment**2 / (treatment[2] - 1))
    return mp.sqrt(squared), freedom


def wilson(x, n, z):
    p = x / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * mp.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - half, middle + half


def fixed_conversion(a, b):
    """Pooled z, Newcombe's interval; that of the lift by MOVER-R from the same limits (Donner, Zou 2012, equations 9 and 10)."""
    na, nb, xa, xb = a.n, b.n, real(a.sum), real(b.sum)
    pa, pb, p = xa / na, xb / nb, (xa + xb) / (na + nb)
    error = mp.sqrt(p * (1 - p) * (mp.mpf(1) / na + mp.mpf(1) / nb))
    z = (pb - pa) / error
    critical = normal_quantile(ALPHA / 2)
    (la, ua), (lb, ub) = wilson(xa, na, critical), wilson(xb, nb, critical)
    low, high, most, least = lb * (2 * pb - lb), ub * (2 * pb - ub), ua * (2 * pa - ua), la * (2 * pa - la)
    return {
        "relative_lower": (pa * pb - mp.sqrt((pa * pb) ** 2 - low * most)) / most - 1,
        "relative_upper": (pa * pb + mp.sqrt((pa * pb) ** 2 - high * least)) / least - 1,
        "statistic": z,
        "p_value": normal_two_sided(z),
        "log10_p_value": log10(normal_two_sided(z)),
        "lower": (pb - pa) - mp.sqrt((pb - lb) ** 2 + (ua - pa) ** 2),
        "upper": (pb - pa) + mp.sqrt((ub - pb) ** 2 + (pa - la) ** 2),
        "standard_error": error,
        "method": "pooled_z",
    }


def fixed_means(difference, error, freedom):
    critical = t_quantile(ALPHA / 2, freedom)
    t = difference / error
    p = t_two_sided(t, freedom)
    return {
        "statistic": t,
        "p_value": p,
        "log10_p_value": log10(p),
        "lower": difference - critical * error,
        "upper": difference + critical * error,
        "standard_error": error,
        "degrees_of_freedom": freedom,
    }, critical


def compare(metric, arms, control, treatment, covariate):
    a, b = arms[control], arms[treatment]
    difference, baseline = real(b.level - a.level), real(a.level)
    row = {
        "n": b.n,
        "level": real(b.level),
        "estimate": difference,
        "relative_lift": difference / abs(baseline),
    }
    row["sum"] = real(b.sum)
    if metric["kind"] == "conversion":
        # Variances of a share: p (1 - p), as the normal distribution of its estimate has it.
        va, vb = (real(arm.level) * (1 - real(arm.level)) for arm in (a, b))
        error = mp.sqrt(va / a.n + vb / b.n)
        row["fixed"] = fixed_conversion(a, b)
        critical = normal_quantile(ALPHA / 2)
        var_baseline = va / a.n
    else:
        error, freedom = welch((a.level, a.variance, a.n), (b.level, b.variance, b.n))
        row["fixed"], critical = fixed_means(difference, error, freedom)
        row["fixed"]["method"] = "ratio" if metric["kind"] == "ratio" else "welch"
        var_baseline = real(a.variance) / a.n
        va, vb = real(a.variance), real(b.variance)
    cov = -var_baseline
    if metric["kind"] != "conversion":
        row["fixed"]["relative_lower"], row["fixed"]["relative_upper"] = fieller(
            difference, baseline, error**2, var_baseline, cov, critical
        )
    lift_error = mp.sqrt(vb / b.n + (1 + difference / abs(baseline)) ** 2 * var_baseline) / abs(baseline)
    lift = difference / abs(baseline)
    row["fixed"]["delta"] = {
        "lower": lift - critical * lift_error,
        "upper": lift + critical * lift_error,
        "standard_error": lift_error,
    }
    effective = min(a.effective(), b.effective())
    row["anytime"] = anytime(difference, error, ((va, a.n), (vb, b.n)), effective, baseline, var_baseline, cov)
    if covariate:
        # What decides is what is believed in.
        row["cuped"] = cuped(arms, a, b, effective, baseline)
        believe(row, (row["cuped"]["estimate"], row["cuped"]["fixed"]["standard_error"]))
    elif metric["kind"] == "conversion":
        believe_shares(row, a, b)
    else:
        believe(row, (difference, error))
    return row


def cuped(arms, a, b, effective, baseline):
    """Each unit's number less theta times its covariate: theta from all variants pooled, around one mean."""
    def pooled(name):
        return functools.reduce(Column.and_, (getattr(arm, name) for arm in arms.values()))

    every_x = pooled("x")
    _, every_y = level(pooled("y"), pooled("d") if a.d else None)
    theta = covariance(every_x, every_y) / covariance(every_x, every_x)

    def adjusted(arm):
        units = arm.linear.less(theta, arm.x)
        return arm.level - theta * arm.x.mean(), covariance(units, units), units

    var_baseline = real(a.variance) / a.n
    (level_a, va, units_a), (level_b, vb, _) = adjusted(a), adjusted(b)
    difference = real(level_b - level_a)
    error, freedom = welch((level_a, va, a.n), (level_b, vb, b.n))
    fixed, critical = fixed_means(difference, error, freedom)
    cov = -real(covariance(units_a, a.linear)) / a.n
    fixed["relative_lower"], fixed["relative_upper"] = fieller(difference, baseline, error**2, var_baseline, cov, critical)
    before = real(a.variance) / a.n + real(b.variance) / b.n
    return {
        "theta": real(theta),
        "variance_reduction": 1 - error**2 / before,
        "estimate": difference,
        "relative_lift": difference / abs(baseline),
        "fixed": fixed,
        "anytime": anytime(difference, error, ((real(va), a.n), (real(vb), b.n)), effective, baseline, var_baseline, cov),
    }


def believe(row, effect):
    """A flat prior: the effect is as uncertain as its estimate."""
    difference, error = effect
    z = difference / error
    row["chance_to_win"] = mp.erfc(-z / mp.sqrt(2)) / 2
    # E[max(-effect, 0)]
    row["expected_loss"] = error * mp.npdf(z) - difference * mp.erfc(z / mp.sqrt(2)) / 2


def higher(a, b, c, d):
    """That Beta(a, b) is higher than Beta(c, d), for whole numbers: a finite sum."""
    term = mp.exp(mp.loggamma(b + d) + mp.loggamma(c + d) - mp.loggamma(b + c + d) - mp.loggamma(d))
    total = mp.mpf(0)
    for i in range(a):
        total += term
        term = term * (c + i) * (b + i) / (c + i + b + d) / (1 + i)
    return total


def believe_shares(row, control, treatment):
    """Uniform priors: beta distributions. What is lost is E[max(control - treatment, 0)]."""
    a, b = 1 + int(control.sum), 1 + control.n - int(control.sum)
    c, d = 1 + int(treatment.sum), 1 + treatment.n - int(treatment.sum)
    with mp.workdps(200):
        row["chance_to_win"] = 1 - higher(a, b, c, d)
        loss = mp.mpf(a) / (a + b) * higher(a + 1, b, c, d) - mp.mpf(c) / (c + d) * higher(a, b, c + 1, d)
    row["expected_loss"] = +loss


def holm(p_values):
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted, largest = [None] * len(p_values), mp.mpf(0)
    for rank, place in enumerate(order):
        largest = max(largest, min(mp.mpf(1), (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted


def sample_ratio(counts):
    """Equal weights: chi-squared, and the Bayes factor of a Dirichlet of 10000 against the planned shares."""
    total, k = sum(counts), len(counts)
    expected = mp.mpf(total) / k
    statistic = sum((n - expected) ** 2 for n in counts) / expected
    a = mp.mpf(10000) / k
    ln_bf = mp.loggamma(10000) - mp.loggamma(10000 + total)
    ln_bf += sum(mp.loggamma(a + n) - mp.loggamma(a) + n * mp.log(k) for n in counts)
    p = chi_squared_tail(statistic, k - 1)
    sequential = min(mp.mpf(1), mp.exp(-ln_bf))
    return {
        "statistic": statistic,
        "p_value": p,
        "log10_p_value": log10(p),
        "sequential_p_value": sequential,
        "sequential_log10_p_value": log10(sequential),
        "log10_e_value": ln_bf / mp.log(10),
    }


def block(rows, settings, variants, is_whole):
    of_variant = {name: [row for row in rows if row[settings["variant"]] == name] for name in variants}
    covariate = settings.get("covariate")
    found = {
        "sample_ratio": sample_ratio([len(of_variant[name]) for name in variants]),
        "variants": [{"variant": name, "n": len(of_variant[name])} for name in variants],
        "metrics": [],
    }
    for metric in settings["metrics"]:
        arms = {name: Arm(of_variant[name], metric, covariate) for name in variants}
        control = arms[variants[0]]
        names = {"metric": metric["name"], "kind": metric["kind"]}
        found["metrics"].append({**names, "variant": variants[0], "n": control.n, "sum": real(control.sum), "level": real(control.level)})
        for name in variants[1:]:
            row = compare(metric, arms, variants[0], name, covariate)
            found["metrics"].append({**names, "variant": name, **row})
    if is_whole:
        treated = [row for row in found["metrics"] if row["variant"] != variants[0]]
        deciding = [row["cuped"]["fixed"] if covariate else row["fixed"] for row in treated]
        for row, p in zip(treated, holm([fixed["p_value"] for fixed in deciding])):
            row["adjusted_p_value"] = p
    return found


def plain(number):
    """As JSON: 17 digits are all that a double has."""
    if isinstance(number, dict):
        return {key: plain(inner) for key, inner in number.items()}
    if isinstance(number, list):
        return [plain(inner) for inner in number]
    return float(number) if isinstance(number, mp.mpf) else number


def main():
    settings = json.load(open(sys.argv[1]))
    rows = list(csv.DictReader(sys.stdin, delimiter=settings.get("separator", ",")))
    others = sorted({row[settings["variant"]] for row in rows} - {settings["control"]})
    variants = [settings["control"], *others]
    found = block(rows, settings, variants, True)
    found["breakdowns"] = []
    for column in settings.get("breakdowns", []):
        values = sorted({row[column] for row in rows})
        parts = [{"value": part, **block([row for row in rows if row[column] == part], settings, variants, False)} for part in values]
        found["breakdowns"].append({"name": column, "values": parts})
    json.dump(plain(found), sys.stdout, indent=1)


main()
