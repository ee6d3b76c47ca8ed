"""Who is in which variant, after docs/assignment.md, in Python alone: ids a line on standard input, variants on standard output.

    printf 'v1\nv2\n' | python3 assignment.py '{"salt": "cart_hero_test", "layer": {"salt": "hero", "range": ["0%", "50%"]},
        "traffic": "40%", "holdouts": [{"salt": "global", "share": "2%"}], "variants": {"control": "1", "reminder": "1"}}'
"""
import json, sys

P1, P2, P3, P4, P5 = (11400714785074694791, 14029467366897019727, 1609587929392839161, 9650029242287828579, 2870177450012600261)
M = 2**64 - 1
turn = lambda x, by: ((x & M) << by | (x & M) >> 64 - by) & M
word = lambda data, at, size=8: int.from_bytes(data[at:at + size], "little")
mix = lambda sum, lane: turn(sum + lane * P2, 31) * P1 & M

def xxh64(data, seed):
    at, end, lanes = 0, len(data), [seed + P1 + P2, seed + P2, seed, seed - P1]
    while at + 32 <= end:
        lanes, at = [mix(lane, word(data, at + 8 * i)) for i, lane in enumerate(lanes)], at + 32
    hash = sum(map(turn, lanes, (1, 7, 12, 18))) if at else seed + P5
    for lane in lanes if at else ():
        hash = (hash ^ mix(0, lane)) * P1 + P4 & M
    hash += end
    while at + 8 <= end:
        hash, at = turn(hash & M ^ mix(0, word(data, at)), 27) * P1 + P4, at + 8
    if at + 4 <= end:
        hash, at = turn(hash & M ^ word(data, at, 4) * P1 & M, 23) * P2 + P3, at + 4
    for byte in data[at:]:
        hash = turn(hash & M ^ byte * P5, 11) * P1
    for shift, prime in (33, P2), (29, P3), (32, 1):
        hash = ((hash & M) ^ (hash & M) >> shift) * prime
    return hash & M

def bucket(purpose, salt, unit):
    salt = salt.encode()
    return xxh64(purpose + len(salt).to_bytes(4, "little") + salt + unit, 1)

def decimal(text):
    """A number or a percentage, exactly: numerator and denominator."""
    whole, _, digits = text.rstrip("%").partition(".")
    return int(whole + digits), 10 ** (len(digits) + 2 * text.endswith("%"))

def share(text):
    over, under = decimal(text)
    return 2**64 * over // under

def variant(experiment, unit):
    if any(bucket(b"H", out["salt"], unit) < share(out["share"]) for out in experiment.get("holdouts", [])):
        return None
    layer = experiment.get("layer")
    start, end = map(share, layer["range"] if layer else ("0%", "100%"))
    place = bucket(b"L", layer["salt"], unit) if layer else bucket(b"T", experiment["salt"], unit)
    if not start <= place < start + (end - start) * share(experiment.get("traffic", "100%")) // 2**64:
        return None
    weights = [10**6 * over // under for over, under in map(decimal, experiment["variants"].values())]
    place, before = bucket(b"V", experiment["salt"], unit), 0
    for name, weight in zip(experiment["variants"], weights):
        before += weight
        if place < 2**64 * before // sum(weights):
            return name

experiment = json.loads(sys.argv[1])
for line in sys.stdin.buffer:
    print(variant(experiment, line.rstrip(b"\n")) or "-")
