"""Ten million rows of CSV through `segue analyse`, beside what others take to read and group the same file. All in one run.

    cargo build --release
    python3 benches/analyse.py                             # 10,000,000 rows, target/release/segue
    python3 benches/analyse.py --rows 100000 --segue target/debug/segue --rounds 1

Makes the file in a temporary folder (400 MB) and a virtual environment beside it in which pip installs polars and DuckDB; both are gone
afterwards, unless --keep FOLDER names a place for them. Rounds alternate, so that a noisy moment hits all; the best of them counts.

Each contestant does less than Segue: `wc` counts line ends, polars and DuckDB group by the variant and take counts, sums and sums of squares of three columns in
doubles. Segue groups by the visitor first, because rows may be events, adds without rounding, and makes the scorecard. The second form of polars and DuckDB also
groups by visitor first. The counts and sums of all must agree.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import venv

COLUMNS = "visitor,variant,device,spend_before,bought,revenue"

PLAIN = {
    "polars": """
import polars as pl, sys, json
columns = ["bought", "revenue", "spend_before"]
table = pl.scan_csv(sys.argv[1]).group_by("variant").agg(pl.len(), *[pl.col(c).sum() for c in columns], *[(pl.col(c) * pl.col(c)).sum().alias(c + "2") for c in columns])
found = table.collect(engine="streaming").sort("variant")
print(json.dumps([[row["len"], row["bought"], row["revenue"]] for row in found.to_dicts()]))
""",
    "polars, by visitor": """
import polars as pl, sys, json
columns = ["bought", "revenue", "spend_before"]
units = pl.scan_csv(sys.argv[1]).group_by("visitor").agg(pl.col("variant").first(), pl.col("bought").max(), pl.col("revenue").sum(), pl.col("spend_before").first())
table = units.group_by("variant").agg(pl.len(), *[pl.col(c).sum() for c in columns], *[(pl.col(c) * pl.col(c)).sum().alias(c + "2") for c in columns])
found = table.collect(engine="streaming").sort("variant")
print(json.dumps([[row["len"], row["bought"], row["revenue"]] for row in found.to_dicts()]))
""",
    "DuckDB": """
import duckdb, sys, json
duckdb.sql("set enable_progress_bar = false")
sums = ", ".join(f"sum({c}), sum({c} * {c}), sum({c} * spend_before)" for c in ["bought", "revenue", "spend_before"])
found = duckdb.sql(f"select variant, count(*), {sums} from read_csv('{sys.argv[1]}') group by variant order by variant").fetchall()
print(json.dumps([[row[1], row[2], row[5]] for row in found]))
""",
    "DuckDB, by visitor": """
import duckdb, sys, json
duckdb.sql("set enable_progress_bar = false")
sums = ", ".join(f"sum({c}), sum({c} * {c}), sum({c} * spend_before)" for c in ["bought", "revenue", "spend_before"])
units = f"select visitor, first(variant) as variant, max(bought) as bought, sum(revenue) as revenue, first(spend_before) as spend_before from read_csv('{sys.argv[1]}') group by visitor"
found = duckdb.sql(f"select variant, count(*), {sums} from ({units}) group by variant order by variant").fetchall()
print(json.dumps([[row[1], row[2], row[5]] for row in found]))
""",
}


def make(path, rows):
    """Visitors of two variants; ids as sites have them. The same file every time."""
    chance = random.Random(1)
    devices = ["mobile", "desktop", "tablet"]
    with open(path, "w") as file:
        file.write(COLUMNS + "\n")
        for start in range(0, rows, 100_000):
            lines = []
            for number in range(start, min(start + 100_000, rows)):
                draw = chance.getrandbits(60)
                variant = "treatment" if draw & 1 else "control"
                bought = (draw >> 1) % 1000 < (105 if draw & 1 else 100)
                revenue = f"{((draw >> 11) % 20_000) / 100:.2f}" if bought else "0"
                before = f"{((draw >> 26) % 40_000) / 100:.2f}"
                lines.append(f"u{(number * 2654435761) % 10**10:010d},{variant},{devices[(draw >> 42) % 3]},{before},{int(bought)},{revenue}\n")
            file.write("".join(lines))


def run(command, **options):
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, **options)
    seconds = time.perf_counter() - began
    if done.returncode > 1:
        sys.exit(f"{command}\n{done.stderr}")
    return seconds, done.stdout


def peak(command):
    """The most memory that a command took, in MiB."""
    script = "import resource,subprocess,sys; subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
    return int(subprocess.run([sys.executable, "-c", script, *command], capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--segue", default="target/release/segue")
    parser.add_argument("--keep", metavar="FOLDER")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or temporary
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, f"rows-{asked.rows}.csv")
        if not os.path.exists(path):
            print(f"making {asked.rows:,} rows", file=sys.stderr)
            make(path, asked.rows)
        python = os.path.join(folder, "venv", "bin", "python")
        if not os.path.exists(python):
            print("installing polars and DuckDB", file=sys.stderr)
            venv.create(os.path.join(folder, "venv"), with_pip=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "polars==1.35.2", "duckdb==1.4.2"], check=True)
        size = os.path.getsize(path) / 1e6

        segue = [asked.segue, "analyse", path, "--variant", "variant", "--control", "control", "--metric", "bought", "--metric", "revenue", "--covariate", "spend_before", "--format", "json"]
        contestants = {"wc -l": ["wc", "-l", path]}
        for name, script in PLAIN.items():
            contestants[name] = [python, "-c", script, path]
        contestants["segue analyse, each row a unit"] = segue
        contestants["segue analyse --unit visitor"] = [*segue, "--unit", "visitor"]
        contestants["segue analyse, 64 MiB of memory"] = [*segue, "--unit", "visitor", "--memory", "64"]

        best, answers = {}, {}
        for _ in range(asked.rounds):
            for name, command in contestants.items():
                seconds, answers[name] = run(command)
                best[name] = min(best.get(name, seconds), seconds)

        expected = None
        for name, answer in answers.items():
            if name.startswith("wc"):
                continue
            found = json.loads(answer)
            if isinstance(found, dict):
                # Conversions and revenue, each in control and treatment.
                rows = found["metrics"]
                found = [[rows[place]["n"], rows[place]["sum"], rows[place + 2]["sum"]] for place in (0, 1)]
            expected = expected or found
            for ours, theirs in zip(found, expected):
                assert all(abs(a - b) <= 1e-9 * abs(b) for a, b in zip(ours, theirs)), (name, found, expected)

        print(f"{asked.rows:,} rows, {size:,.0f} MB, best of {asked.rounds}\n")
        print("| | seconds | rows a second | MB a second | memory |\n|---|---:|---:|---:|---:|")
        for name, command in contestants.items():
            seconds = best[name]
            print(f"| {name} | {seconds:.2f} | {asked.rows / seconds / 1e6:.1f} M | {size / seconds:,.0f} | {peak(command):,} MiB |")


main()
