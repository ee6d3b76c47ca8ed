"""Makes samples/checkout.csv: 2,400 simulated visitors of a shop, half of whom saw a shorter checkout. Always the same file.

    python3 samples/checkout.py >samples/checkout.csv
"""

import math
import random

chance = random.Random(20261101)
print("visitor,variant,device,first_seen,spend_before,bought,revenue,refunded,views,clicks,load_ms")
for number in range(1, 2401):
    variant = chance.choice(["control", "short"])
    device = "mobile" if chance.random() < 0.6 else "desktop"
    # Minutes of two weeks; fewer come at night.
    minute = int(14 * 24 * 60 * (number - chance.random()) / 2400)
    day, rest = divmod(minute, 24 * 60)
    seen = f"2026-11-{1 + day:02}T{rest // 60:02}:{rest % 60:02}:00Z"
    liking = chance.gauss(0, 1)
    spend_before = round(math.exp(2.6 + 0.9 * liking + chance.gauss(0, 0.4)), 2) if chance.random() < 0.7 else 0.0
    logit = -1.75 + 0.45 * liking + (0.38 if variant == "short" else 0) + (0.2 if device == "desktop" else 0)
    bought = int(chance.random() < 1 / (1 + math.exp(-logit)))
    revenue = round(math.exp(3.4 + 0.5 * liking + chance.gauss(0, 0.5)), 2) if bought else 0
    refunded = int(bought and chance.random() < 0.06)
    views = 1 + int(chance.expovariate(1 / 5))
    clicks = sum(chance.random() < (0.23 if variant == "short" else 0.22) for _ in range(views))
    load = round(math.exp(5.5 + (0.5 if device == "mobile" else 0) + chance.gauss(0, 0.5)))
    cells = [f"v{number:04}", variant, device, seen, f"{spend_before:g}", bought, f"{revenue:g}", refunded, views, clicks, load]
    print(*cells, sep=",")
