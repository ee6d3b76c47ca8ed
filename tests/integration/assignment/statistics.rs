//! The split over ten million ids of each kind: uniform, independent between salts and purposes, shares as written.

use std::fmt::Write;
use std::thread;

use segue::experiment::{Purpose, Share, bucket};
use segue::statistics::{goodness_of_fit, independence};

use super::{NAMES, mixed};

/// What is hashed, twenty of it: names as teams choose them, names that differ in one letter, one salt for all purposes.
const KEYS: [(Purpose, &str); 20] = [
    (Purpose::Variant, "cart_hero_test"),
    (Purpose::Variant, "checkout_test"),
    (Purpose::Variant, "win_back_test"),
    (Purpose::Variant, "exp-checkout-000001"),
    (Purpose::Variant, "exp-checkout-000002"),
    (Purpose::Variant, "exp-checkout-000003"),
    (Purpose::Variant, "exp-checkout-100003"),
    (Purpose::Variant, "a"),
    (Purpose::Variant, "b"),
    (Purpose::Variant, "B"),
    (Purpose::Variant, "blåbær"),
    (Purpose::Variant, "🙂"),
    (Purpose::Variant, "a salt that is longer than a block of thirty-two bytes: 1"),
    (Purpose::Variant, "a salt that is longer than a block of thirty-two bytes: 2"),
    (Purpose::Variant, "1"),
    (Purpose::Variant, "2"),
    (Purpose::Layer, "hero"),
    (Purpose::Traffic, "hero"),
    (Purpose::Variant, "hero"),
    (Purpose::Holdout, "hero"),
];

/// Cells of the uniformity test.
const CELLS: usize = 1_000;

/// Rows and columns of the joint table of two neighbours in [`KEYS`].
const SIDE: usize = 100;

/// Shares that experiments have, as parts of a million.
const SHARES: [u64; 5] = [500_000, 333_333, 100_000, 20_000, 1_000];

/// Writes the id of this number into an empty text.
type Writes = fn(u64, &mut String);

const KINDS: [(&str, Writes); 3] = [
    ("sequential integers", |number, id| write!(id, "{number}").unwrap()),
    ("UUIDs", |number, id| {
        let (high, low) = (mixed(number), mixed(!number));
        let (a, b, c) = (high >> 32, high >> 16 & 0xffff, high & 0xfff);
        write!(id, "{a:08x}-{b:04x}-4{c:03x}-{:04x}-{:012x}", low >> 48 & 0x3fff | 0x8000, low & 0xffff_ffff_ffff)
            .unwrap();
    }),
    ("e-mail addresses", |number, id| {
        id.push_str(NAMES[usize::try_from(number).unwrap() % NAMES.len()]);
        write!(id, "{number}@example.com").unwrap();
    }),
];

/// What was counted for every key.
struct Counts {
    uniform: Vec<Vec<u64>>,
    /// Of each key with the next one; the last with the first.
    joint: Vec<Vec<[u64; SIDE]>>,
    /// Below each of [`SHARES`].
    below: Vec<[u64; SHARES.len()]>,
}

impl Counts {
    fn new() -> Self {
        Self {
            uniform: vec![vec![0; CELLS]; KEYS.len()],
            joint: vec![vec![[0; SIDE]; SIDE]; KEYS.len()],
            below: vec![[0; SHARES.len()]; KEYS.len()],
        }
    }

    fn count(numbers: std::ops::Range<u64>, write: Writes) -> Self {
        let shares = SHARES.map(|share| Share::of_weights(share, 1_000_000));
        let mut counts = Self::new();
        let mut id = String::new();
        for number in numbers {
            id.clear();
            write(number, &mut id);
            let buckets = KEYS.map(|(purpose, salt)| bucket(purpose, salt, &id));
            let places = buckets.map(|bucket| part(bucket, SIDE));
            for (key, bucket) in buckets.into_iter().enumerate() {
                counts.uniform[key][part(bucket, CELLS)] += 1;
                counts.joint[key][places[key]][places[(key + 1) % KEYS.len()]] += 1;
                for (below, share) in counts.below[key].iter_mut().zip(shares) {
                    *below += u64::from(share.holds(bucket));
                }
            }
        }
        counts
    }

    fn add(&mut self, other: &Self) {
        let all = |counts: &Self| -> Vec<u64> {
            let Self { uniform, joint, below } = counts;
            uniform.concat().into_iter().chain(joint.concat().concat()).chain(below.concat()).collect()
        };
        let others = all(other);
        let own = self.uniform.iter_mut().flatten();
        let own = own.chain(self.joint.iter_mut().flatten().flatten()).chain(self.below.iter_mut().flatten());
        own.zip(others).for_each(|(own, other)| *own += other);
    }
}

/// The index of a bucket's part of so many equal ones.
fn part(bucket: u64, parts: usize) -> usize {
    usize::try_from((u128::from(bucket) * parts as u128) >> 64).unwrap()
}

/// Counts on all cores.
fn count(ids: u64, write: Writes) -> Counts {
    let threads = thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let mut counts = Counts::new();
    thread::scope(|scope| {
        let parts = (0..threads).map(|index| ids * index / threads..ids * (index + 1) / threads);
        let parts: Vec<_> = parts.map(|part| scope.spawn(|| Counts::count(part, write))).collect();
        parts.into_iter().for_each(|part| counts.add(&part.join().unwrap()));
    });
    counts
}

#[test]
fn a_hundred_thousand_ids_split_well() {
    // A hundred tests see a rare count by chance; what is broken is far beyond this.
    splits_well(100_000, 1e-5, 5.0);
}

#[test]
#[ignore = "slow suite: ten million ids of three kinds under twenty salts"]
fn ten_million_ids_split_well() {
    splits_well(10_000_000, 0.001, 4.0);
}

/// Neither tail of any test may be rarer than `least_p`, no share further off than so many standard errors.
#[expect(clippy::cast_precision_loss, reason = "counts of visitors are far below 2^53")]
fn splits_well(ids: u64, least_p: f64, errors: f64) {
    let likely = |p_value: f64| (least_p..=1.0 - least_p).contains(&p_value);
    let mut faults = Vec::new();
    for (kind, write) in KINDS {
        let counts = count(ids, write);
        for (key, (purpose, salt)) in KEYS.into_iter().enumerate() {
            let uniform = goodness_of_fit(&counts.uniform[key], &[1.0; CELLS]).unwrap().p_value.value;
            if !likely(uniform) {
                faults.push(format!("{kind}, {purpose:?} `{salt}`: not uniform, p = {uniform}"));
            }
            let joint = independence(&counts.joint[key]).unwrap().pearson.p_value.value;
            if !likely(joint) {
                faults.push(format!("{kind}, {purpose:?} `{salt}` and the next: not independent, p = {joint}"));
            }
            for (share, below) in SHARES.into_iter().zip(counts.below[key]) {
                let share = share as f64 / 1e6;
                let error = (share * (1.0 - share) / ids as f64).sqrt();
                let z = (below as f64 / ids as f64 - share) / error;
                if z.abs() > errors {
                    faults.push(format!("{kind}, {purpose:?} `{salt}`: {z} standard errors off at {share}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
