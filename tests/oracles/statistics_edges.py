"""Writes tests/cases/statistics/edges: cases at the edges, in the schema of tests/cases/statistics/reference, with mpmath at 60 digits.

    pip install mpmath && python tests/oracles/statistics_edges.py

The sums are taken as the very doubles that the tables hold; all that is rational is computed as fractions.
"""

import json
import pathlib
from fractions import Fraction as F

from mpmath import mp, mpf

mp.dps = 60
FOLDER = pathlib.Path(__file__).parent.parent / "cases/statistics/edges"
SQUARES = {"sum": "sum_squares"}


def real(x):
    return mpf(x.numerator) / x.denominator if isinstance(x, F) else mpf(x)


def t_density(df):
    scale = mp.exp(mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2)) / mp.sqrt(mp.pi * df)
    return lambda x: scale * mp.exp(-(df + 1) / 2 * mp.log1p(x * x / df))


def t_upper(t, df):
    """P(T > t)."""
    if t < 0:
        return 1 - t_upper(-t, df)
    if t == 0:
        return mpf(1) / 2
    if df > 1e6 and t > 8:
        # The series of the incomplete beta function takes for ever here; the density falls almost as fast as a normal one.
        density, step = t_density(df), (df + t * t) / ((df + 1) * t)
        return mp.quad(density, [t + place * step for place in range(0, 142, 2)], method="gauss-legendre")
    return mp.betainc(df / 2, mpf(1) / 2, 0, df / (df + t * t), regularized=True) / 2


def t_quantile(p, df):
    """The value exceeded with probability p."""
    z = mp.sqrt(2) * mp.erfinv(1 - 2 * p)
    start = z + (z**3 + z) / (4 * df)
    if df < 10:
        start = mp.findroot(lambda t: t_upper(t, df) - p, (start, start * 3), solver="anderson", tol=1e-25)
    for _ in range(8):
        start += (t_upper(start, df) - p) / t_density(df)(start)
    return start


def test(estimate, squared_error, df, alpha, one_sided=False):
    se = mp.sqrt(squared_error)
    t = estimate / se
    p = 2 * t_upper(abs(t), df)
    half = t_quantile(mpf(alpha) / 2, df) * se
    found = {"estimate": estimate, "standard_error": se, "degrees_of_freedom": df, "statistic": t, "p_value": p, "log10_p_value": mp.log10(p), "ci_low": estimate - half, "ci_high": estimate + half}
    if one_sided:
        # Written so that the tail near 1 keeps its logarithm.
        small = p / 2
        near_one = mp.log1p(-small) / mp.log(10)
        tails = {True: (small, mp.log10(small)), False: (1 - small, near_one)}
        for name, is_small in (("greater", t > 0), ("less", t < 0)):
            found[f"p_value_{name}"], found[f"log10_p_value_{name}"] = tails[bool(is_small)]
    return found


def satterthwaite(levels):
    total = sum(v for v, _ in levels)
    return total**2 / sum(v**2 / (n - 1) for v, n in levels)


def moments(arm, a, b, product):
    """Mean of a, mean of b, sample covariance."""
    n = arm["n"]
    sa, sb = F(arm[a]), F(arm[b])
    return (F(arm[product]) - sa * sb / n) / (n - 1)


def plain(value):
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, (F, mp.mpf)):
        return float(real(value))
    return value


def write(method, cases):
    whole = []
    for number, (tags, given, expected) in enumerate(cases, 1):
        case = {"id": f"{method}-e{number:03}", "tags": tags, "input": given, "expected": plain(expected)}
        whole.append(case | {"rel_tol_goal": 1e-9, "rel_tol": 1e-9})
    text = {"method": method, "schema_version": 1, "libraries": {"mpmath": mp.__class__.__module__ and __import__("mpmath").__version__}, "count": len(whole), "cases": whole}
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{method}.json").write_text(json.dumps(text, indent=1) + "\n")


def mean_arm(n, mean, variance):
    """Doubles near these moments; what counts is what the doubles say."""
    total = float(F(mean) * n)
    return {"n": n, "sum": total, "sum_squares": float(F(variance) * (n - 1) + F(total) ** 2 / n)}


MEANS = {
    "n_two": (mean_arm(2, 1.5, 0.5), mean_arm(2, 2.25, 0.125), 0.05),
    "n_two n_huge": (mean_arm(2, 10.0, 4.0), mean_arm(10**9, 11.0, 4.0), 0.05),
    "huge_n": (mean_arm(10**9, 0.1, 0.09), mean_arm(10**9, 0.10002, 0.09), 0.05),
    "huge_n tiny_p": (mean_arm(3 * 10**9, 5.0, 25.0), mean_arm(10**9, 5.1, 30.0), 0.01),
    "mean_1e8": (mean_arm(4000, 1e8, 1.0), mean_arm(4100, 1e8 + 0.25, 7.0), 0.05),
    "mean_1e8 whole": ({"n": 4, "sum": 400000000.0, "sum_squares": 40000000000000000.0 + 8}, {"n": 4, "sum": 400000002.0, "sum_squares": 40000000400000008.0}, 0.05),
    "mean_1e6 huge_n": (mean_arm(10**6, 1e6, 1.0), mean_arm(2 * 10**6, 1e6 + 0.001, 1.5), 0.05),
    "variance_ratio_1e6": (mean_arm(500, 3.0, 1e-6), mean_arm(700, 3.05, 1.0), 0.05),
    "variance_ratio_1e12": (mean_arm(500, 3.0, 1e6), mean_arm(700, 3.0, 1e-6), 0.1),
    "negative_means": (mean_arm(321, -7.5, 4.0), mean_arm(300, -7.0, 9.0), 0.05),
    "sign_change": (mean_arm(321, -7.5, 4.0), mean_arm(300, 7.0, 9.0), 0.05),
    "treatment_zero": (mean_arm(50, 1.0, 1e4), {"n": 60, "sum": 0.0, "sum_squares": 1e-6}, 0.05),
    "equal": (mean_arm(50, 1.0, 2.0), mean_arm(50, 1.0, 2.0), 0.05),
    "tiny_numbers": (mean_arm(50, 1e-70, 1e-140), mean_arm(50, 1.5e-70, 2e-140), 0.05),
    "large_numbers": (mean_arm(50, 1e70, 1e140), mean_arm(50, 1.5e70, 2e140), 0.05),
    "tiny_alpha": (mean_arm(50, 1.0, 2.0), mean_arm(70, 1.5, 2.0), 1e-9),
    "large_alpha": (mean_arm(50, 1.0, 2.0), mean_arm(70, 1.5, 2.0), 0.9),
    "p_below_1e-308": (mean_arm(10**6, 1.0, 1.0), mean_arm(10**6, 1.1, 1.0), 0.05),
}


def welch(a, b, alpha):
    (na, nb) = (a["n"], b["n"])
    ma, mb = F(a["sum"]) / na, F(b["sum"]) / nb
    va, vb = (moments(arm, "sum", "sum", "sum_squares") for arm in (a, b))
    ea, eb = va / na, vb / nb
    df = real(satterthwaite([(ea, na), (eb, nb)]))
    found = {"status": "ok", "mean_control": ma, "mean_treatment": mb, "variance_control": va, "variance_treatment": vb}
    found |= test(real(mb - ma), real(ea + eb), df, alpha, one_sided=True)
    found["relative"] = test(real((mb - ma) / abs(ma)), real(eb / ma**2 + ea * mb**2 / ma**4), df, alpha)
    return found


def fieller(a, b, alpha):
    (na, nb) = (a["n"], b["n"])
    ma, mb = F(a["sum"]) / na, F(b["sum"]) / nb
    ea, eb = (moments(arm, "sum", "sum", "sum_squares") / arm["n"] for arm in (a, b))
    q = mp.sqrt(2) * mp.erfinv(1 - mpf(alpha))
    r, g = real(mb / ma), q**2 * real(ea / ma**2)
    se = mp.sqrt(real(eb / ma**2 + ea * mb**2 / ma**4))
    found = {"ratio_of_means": r, "g": g, "delta_lift": r - 1, "delta_standard_error": se, "delta_ci_low": r - 1 - q * se, "delta_ci_high": r - 1 + q * se}
    if g < 1:
        half = q / abs(real(ma)) * mp.sqrt(real(eb) + r**2 * real(ea) - g * real(eb)) / (1 - g)
        found |= {"status": "ok", "fieller_ci_low": r / (1 - g) - half - 1, "fieller_ci_high": r / (1 - g) + half - 1}
    else:
        found |= {"status": "unbounded", "fieller_ci_low": None, "fieller_ci_high": None}
    if ma > 0 and mb > 0:
        low, high = (mp.expm1(mp.log(r) + sign * q * se / r) for sign in (-1, 1))
        found |= {"log_ci_low": low, "log_ci_high": high}
    return found


def ratio_arm(n, mean, denominator, var, var_d, correlation):
    cov = F(correlation) * F(var * var_d) ** F(1)
    cov = F(float(mp.sqrt(mpf(var) * var_d)) * correlation)
    m, d = float(F(mean) * n), float(F(denominator) * n)
    return {
        "n": n,
        "numerator_sum": m,
        "numerator_sum_squares": float(F(var) * (n - 1) + F(m) ** 2 / n),
        "denominator_sum": d,
        "denominator_sum_squares": float(F(var_d) * (n - 1) + F(d) ** 2 / n),
        "numerator_denominator_sum_of_products": float(cov * (n - 1) + F(m) * F(d) / n),
    }


RATIOS = {
    "n_two": (ratio_arm(2, 3.0, 2.0, 0.5, 0.25, 0.5), ratio_arm(2, 3.5, 2.0, 0.5, 0.25, 0.25), 0.05),
    "huge_n": (ratio_arm(10**9, 0.3, 2.0, 0.25, 4.0, 0.5), ratio_arm(10**9, 0.3001, 2.0, 0.25, 4.0, 0.5), 0.05),
    "near_1_correlation": (ratio_arm(5000, 6.0, 2.0, 9.0, 1.0, 0.9999999), ratio_arm(5000, 6.0, 2.0, 9.0, 1.0, 0.999999), 0.05),
    "near_1_correlation cancelling": (ratio_arm(1024, 3072.0, 1024.0, 9.0, 1.0, 0.9999), ratio_arm(1024, 3073.0, 1024.0, 9.0, 1.0, 0.9999), 0.05),
    "negative": (ratio_arm(700, -6.0, 2.0, 9.0, 1.0, -0.3), ratio_arm(500, -5.5, 2.5, 9.0, 1.0, -0.3), 0.05),
    "denominator_far_from_0": (ratio_arm(4096, 1e6, 1e6, 4.0, 2.0, 0.5), ratio_arm(4096, 1e6 + 1, 1e6, 4.0, 2.0, 0.5), 0.1),
}


def ratio(a, b, alpha, kind):
    levels = []
    for arm in (a, b):
        n = arm["n"]
        m, d = F(arm["numerator_sum"]) / n, F(arm["denominator_sum"]) / n
        v = moments(arm, "numerator_sum", "numerator_sum", "numerator_sum_squares")
        vd = moments(arm, "denominator_sum", "denominator_sum", "denominator_sum_squares")
        c = moments(arm, "numerator_sum", "denominator_sum", "numerator_denominator_sum_of_products")
        levels.append((m / d, v / d**2 - 2 * c * m / d**3 + m**2 * vd / d**4, n))
    (ra, va, na), (rb, vb, nb) = levels
    df = real(satterthwaite([(va / na, na), (vb / nb, nb)]))
    found = {"status": "ok", "ratio_control": ra, "ratio_treatment": rb, "variance_control": va, "variance_treatment": vb}
    if kind == "absolute":
        return found | test(real(rb - ra), real(va / na + vb / nb), df, alpha)
    return found | test(real((rb - ra) / abs(ra)), real(vb / nb / ra**2 + va / na * rb**2 / ra**4), df, alpha)


def cuped_arm(n, post, pre, var, var_pre, correlation):
    arm = ratio_arm(n, post, pre, var, var_pre, correlation)
    names = {"numerator_sum": "post_sum", "numerator_sum_squares": "post_sum_squares", "denominator_sum": "pre_sum", "denominator_sum_squares": "pre_sum_squares", "numerator_denominator_sum_of_products": "post_pre_sum_of_products", "n": "n"}
    return {names[name]: value for name, value in arm.items()}


CUPED = {
    "n_two": (cuped_arm(2, 3.0, 2.0, 0.5, 0.25, 0.5), cuped_arm(2, 3.5, 2.0, 0.5, 0.25, 0.25), 0.05),
    "huge_n": (cuped_arm(10**9, 0.3, 2.0, 0.25, 4.0, 0.7), cuped_arm(10**9, 0.30005, 2.0, 0.25, 4.0, 0.7), 0.05),
    "near_1_correlation": (cuped_arm(4000, 6.0, 2.0, 9.0, 1.0, 0.9999999), cuped_arm(5000, 6.001, 2.0, 9.0, 1.0, 0.999999), 0.05),
    "near_minus_1_correlation": (cuped_arm(4000, 6.0, 2.0, 9.0, 1.0, -0.9999), cuped_arm(5000, 6.001, 2.0, 9.0, 1.0, -0.99999), 0.05),
    "mean_1e6": (cuped_arm(4096, 1e6, 1e6, 4.0, 2.0, 0.8), cuped_arm(8192, 1e6 + 1, 1e6, 4.0, 2.0, 0.8), 0.1),
    "negative": (cuped_arm(700, -6.0, -2.0, 9.0, 1.0, 0.6), cuped_arm(500, -5.5, -2.0, 9.0, 1.0, 0.6), 0.05),
    "constant_in_one": (cuped_arm(700, 6.0, 2.0, 9.0, 0.0, 0.0), cuped_arm(500, 5.5, 2.5, 9.0, 1.0, 0.6), 0.05),
    "variance_ratio_1e6": (cuped_arm(700, 6.0, 2.0, 9e-6, 1e-6, 0.5), cuped_arm(500, 6.5, 2.0, 9.0, 1.0, 0.5), 0.05),
}


def cuped(a, b, alpha, kind):
    def of(arm):
        return (
            arm["n"],
            F(arm["post_sum"]) / arm["n"],
            F(arm["pre_sum"]) / arm["n"],
            moments(arm, "post_sum", "post_sum", "post_sum_squares"),
            moments(arm, "pre_sum", "pre_sum", "pre_sum_squares"),
            moments(arm, "post_sum", "pre_sum", "post_pre_sum_of_products"),
        )

    _, _, _, _, joint_pre, joint_cov = of({name: F(a[name]) + F(b[name]) if name != "n" else a[name] + b[name] for name in a})
    theta = joint_cov / joint_pre if joint_pre else F(0)
    (na, ya, xa, va, ua, ca), (nb, yb, xb, vb, ub, cb) = of(a), of(b)
    wa, wb = (v - 2 * theta * c + theta**2 * u for v, c, u in ((va, ca, ua), (vb, cb, ub)))
    df = real(satterthwaite([(wa / na, na), (wb / nb, nb)]))
    difference = (yb - theta * xb) - (ya - theta * xa)
    found = {
        "status": "ok",
        "theta": theta,
        "adjusted_mean_control": ya - theta * xa,
        "adjusted_mean_treatment": yb - theta * xb,
        "adjusted_variance_control": wa,
        "adjusted_variance_treatment": wb,
        "variance_reduction": 1 - (wa / na + wb / nb) / (va / na + vb / nb),
    }
    if kind == "absolute":
        return found | test(real(difference), real(wa / na + wb / nb), df, alpha)
    r = yb / ya
    squared_error = wb / (nb * ya**2) + (va * r**2 - 2 * theta * ca * r + theta**2 * ua) / (na * ya**2)
    return found | test(real(difference / abs(ya)), real(squared_error), df, alpha)


def means(method, compute):
    return [(tags.split(), {"control": a, "treatment": b, "alpha": alpha}, compute(a, b, alpha)) for tags, (a, b, alpha) in MEANS.items()]


def both(cases, compute):
    for tags, (a, b, alpha) in cases.items():
        for kind in ("absolute", "relative"):
            given = {"control": a, "treatment": b, "alpha": alpha, "difference_type": kind}
            yield tags.split(), given, compute(a, b, alpha, kind)


def undefined(fields, **known):
    return {name: None for name in fields} | known


TEST = ("standard_error", "degrees_of_freedom", "statistic", "p_value", "log10_p_value", "ci_low", "ci_high")
ONE, SAME = {"n": 1, "sum": 3.0, "sum_squares": 9.0}, {"n": 9, "sum": 27.0, "sum_squares": 81.0}
NOBODY, AROUND_0 = {"n": 0, "sum": 0.0, "sum_squares": 0.0}, {"n": 4, "sum": 0.0, "sum_squares": 10.0}
REASONS = [
    ("one_unit", ONE, SAME, undefined((*TEST, "variance_control", "relative"), status="too_few_units", mean_control=3.0, mean_treatment=3.0, variance_treatment=0.0, estimate=0.0)),
    ("no_unit", SAME, NOBODY, undefined((*TEST, "variance_treatment", "mean_treatment", "estimate", "relative"), status="no_units", mean_control=3.0, variance_control=0.0)),
    ("zero_variance", SAME, SAME, undefined((*TEST, "relative"), status="zero_variance", mean_control=3.0, mean_treatment=3.0, variance_control=0.0, variance_treatment=0.0, estimate=0.0)),
    ("zero_baseline", AROUND_0, AROUND_0, undefined(("relative",), status="zero_baseline", mean_control=0.0, mean_treatment=0.0, estimate=0.0, statistic=0.0, p_value=1.0, degrees_of_freedom=6.0)),
]


def quantile_arm(level, n, n_star, hat, lower, upper, clusters=None):
    arm = {"n": n, "n_star": n_star, "quantile": level, "quantile_hat": hat, "quantile_lower": lower, "quantile_upper": upper}
    if clusters:
        names = ("main_sum", "main_sum_squares", "denominator_sum", "denominator_sum_squares", "main_denominator_sum_product", "n_clusters")
        arm |= dict(zip(names, clusters))
    return arm


QUANTILES = {
    "high": (quantile_arm(0.99, 400, 400, 9.5, 8.0, 12.25), quantile_arm(0.99, 5000, 5000, 9.75, 9.5, 10.125)),
    "low": (quantile_arm(0.01, 100000, 100000, 1e-7, 0.9e-7, 1.1e-7), quantile_arm(0.01, 90000, 90000, 1.5e-7, 1.25e-7, 1.75e-7)),
    "few": (quantile_arm(0.5, 99, 99, 0.001, 0.0009, 0.0011), quantile_arm(0.5, 4, 4, 0.002, 0.001, 0.003)),
    "tied": (quantile_arm(0.5, 1000, 1000, 3.0, 3.0, 3.0), quantile_arm(0.5, 2000, 1024, 4.0, 4.0, 4.0)),
    "negative": (quantile_arm(0.9, 800, 512, -5.0, -6.0, -4.0), quantile_arm(0.9, 700, 512, -4.5, -5.0, -4.0)),
    "clustered": (quantile_arm(0.75, 900, 900, 5.0, 4.5, 5.75, (675, 2500, 900, 4200, 3100, 250)), quantile_arm(0.75, 950, 900, 6.0, 5.25, 6.5, (710, 2600, 950, 4500, 3300, 260))),
    "two_clusters": (quantile_arm(0.5, 1000, 1000, 5.0, 4.5, 5.75, (500, 126000, 1000, 500200, 250100, 2)), quantile_arm(0.5, 1000, 1000, 5.5, 5.0, 6.0, (501, 126001, 1000, 500018, 250500, 2))),
}


def quantile(a, b, alpha, kind):
    z = mp.sqrt(2) * mp.erfinv(mpf("0.95"))
    levels = []
    for arm in (a, b):
        n, q = arm["n"], F(arm["quantile"])
        variance = mpf(arm["n_star"]) / n * (n - 1) * (real(F(arm["quantile_upper"]) - F(arm["quantile_lower"])) / (2 * z)) ** 2
        between = None
        if "n_clusters" in arm:
            clusters = arm | {"n": arm["n_clusters"]}
            k, s, d = clusters["n"], F(arm["main_sum"]), F(arm["denominator_sum"])
            v = moments(clusters, "main_sum", "main_sum", "main_sum_squares")
            vd = moments(clusters, "denominator_sum", "denominator_sum", "denominator_sum_squares")
            c = moments(clusters, "main_sum", "denominator_sum", "main_denominator_sum_product")
            between = (v - 2 * s / d * c + (s / d) ** 2 * vd) / (k * (d / k) ** 2)
            variance *= real(between / (q * (1 - q) / n))
        if n >= 100:
            variance = max(variance, mpf(1e-5))
        levels.append((real(F(arm["quantile_hat"])), variance, n, between))
    (qa, va, na, ba), (qb, vb, nb, bb) = levels
    df = satterthwaite([(va / na, na), (vb / nb, nb)])
    found = {"status": "ok", "variance_control": va, "variance_treatment": vb, "indicator_cluster_variance_control": ba, "indicator_cluster_variance_treatment": bb}
    if kind == "absolute":
        return found | test(qb - qa, va / na + vb / nb, df, alpha)
    return found | test((qb - qa) / abs(qa), vb / nb / qa**2 + va / na * qb**2 / qa**4, df, alpha)


def quantiles():
    for tags, (a, b) in QUANTILES.items():
        for kind in ("absolute", "relative"):
            given = {"clustered": "n_clusters" in a, "control": a, "treatment": b, "alpha": 0.05, "difference_type": kind}
            expected = quantile(a, b, 0.05, kind)
            if tags == "tied":
                given["control"] = a | {"n": 999}
                names = [name for name in expected if name != "variance_treatment"]
                expected = undefined(names, status="zero_variance", variance_treatment=1e-5, estimate=1.0 if kind == "absolute" else F(1, 3))
            yield tags.split(), given, expected
    too_few = quantile_arm(0.99, 380, 380, 9.5, 8.0, 12.25)
    enough = QUANTILES["high"][1]
    given = {"clustered": False, "control": too_few, "treatment": enough, "alpha": 0.05, "difference_type": "absolute"}
    yield ["too_few"], given, undefined((*TEST, "variance_control"), status="too_few_units", estimate=0.25)


write("welch_t", means("welch_t", welch) + [([tag], {"control": a, "treatment": b, "alpha": 0.05}, expected) for tag, a, b, expected in REASONS])
write("quantile_clustered", list(quantiles()))
write("relative_lift_fieller", means("relative_lift_fieller", fieller))
write("ratio_delta", list(both(RATIOS, ratio)))
write("cuped", list(both(CUPED, cuped)))
