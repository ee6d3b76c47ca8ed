// Who is in which variant, after docs/assignment.md, in JavaScript alone: ids a line on standard input, variants on standard output.
//
//   printf 'v1\nv2\n' | node assignment.js '{"salt": "cart_hero_test", "layer": {"salt": "hero", "range": ["0%", "50%"]},
//     "traffic": "40%", "holdouts": [{"salt": "global", "share": "2%"}], "variants": {"control": "1", "reminder": "1"}}'

const [P1, P2, P3, P4, P5] = [11400714785074694791n, 14029467366897019727n, 1609587929392839161n, 9650029242287828579n, 2870177450012600261n];
const cut = (x) => BigInt.asUintN(64, x);
const turn = (x, by) => cut(cut(x) << by | cut(x) >> 64n - by);
const mix = (sum, lane) => cut(turn(sum + lane * P2, 31n) * P1);

function xxh64(data, seed) {
  let [at, lanes] = [0, [seed + P1 + P2, seed + P2, seed, seed - P1]];
  for (; at + 32 <= data.length; at += 32) lanes = lanes.map((lane, i) => mix(lane, data.readBigUInt64LE(at + 8 * i)));
  let hash = at ? lanes.reduce((sum, lane, i) => sum + turn(lane, [1n, 7n, 12n, 18n][i]), 0n) : seed + P5;
  for (const lane of at ? lanes : []) hash = (cut(hash) ^ mix(0n, lane)) * P1 + P4;
  hash += BigInt(data.length);
  for (; at + 8 <= data.length; at += 8) hash = turn(cut(hash) ^ mix(0n, data.readBigUInt64LE(at)), 27n) * P1 + P4;
  if (at + 4 <= data.length) {
    hash = turn(cut(hash) ^ cut(BigInt(data.readUInt32LE(at)) * P1), 23n) * P2 + P3;
    at += 4;
  }
  for (const byte of data.subarray(at)) hash = turn(cut(hash) ^ BigInt(byte) * P5, 11n) * P1;
  for (const [shift, prime] of [[33n, P2], [29n, P3], [32n, 1n]]) hash = (cut(hash) ^ cut(hash) >> shift) * prime;
  return cut(hash);
}

function bucket(purpose, salt, unit) {
  const key = Buffer.concat([Buffer.from(purpose), Buffer.alloc(4), Buffer.from(salt), unit]);
  key.writeUInt32LE(Buffer.byteLength(salt), 1);
  return xxh64(key, 1n);
}

// A number or a percentage, exactly: numerator and denominator.
function decimal(text) {
  const [whole, digits = ""] = text.replace("%", "").split(".");
  return [BigInt(whole + digits), 10n ** BigInt(digits.length + (text.endsWith("%") ? 2 : 0))];
}

function share(text) {
  const [over, under] = decimal(text);
  return (over << 64n) / under;
}

function variant({ salt, layer, traffic = "100%", holdouts = [], variants }, unit) {
  if (holdouts.some((out) => bucket("H", out.salt, unit) < share(out.share))) return null;
  const [start, end] = (layer ? layer.range : ["0%", "100%"]).map(share);
  let place = layer ? bucket("L", layer.salt, unit) : bucket("T", salt, unit);
  if (place < start || place >= start + ((end - start) * share(traffic) >> 64n)) return null;
  const weights = Object.values(variants).map(decimal).map(([over, under]) => 10n ** 6n * over / under);
  const total = weights.reduce((sum, weight) => sum + weight);
  let before = 0n;
  place = bucket("V", salt, unit);
  return Object.keys(variants).find((_, i) => place < ((before += weights[i]) << 64n) / total);
}

const experiment = JSON.parse(process.argv[2]);
const lines = require("fs").readFileSync(0);
const out = [];
for (let at = 0, end; at < lines.length; at = end + 1) {
  end = lines.indexOf(10, at) < 0 ? lines.length : lines.indexOf(10, at);
  out.push(variant(experiment, lines.subarray(at, end)) ?? "-");
}
console.log(out.join("\n"));
