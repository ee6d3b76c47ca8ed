//! Whom a change of weights moves: exactly the buckets between an old boundary of two variants and the new one.

use proptest::prelude::*;
use segue::experiment::{Purpose, Variant, bucket};

use super::{Definition, Site, ids};

/// Where variants end, without the last, which ends where the buckets end.
fn boundaries(variants: &[Variant]) -> Vec<u128> {
    let ends = variants.iter().map(|variant| variant.range.end.buckets());
    ends.take(variants.len() - 1).collect()
}

/// The index of the variant that owns a bucket.
fn owner(variants: &[Variant], bucket: u64) -> usize {
    variants.iter().position(|variant| variant.range.holds(bucket)).unwrap()
}

/// How many buckets change owner, counted piece by piece between all boundaries.
fn moved(before: &[Variant], after: &[Variant]) -> u128 {
    let mut cuts = [vec![0, 1 << 64], boundaries(before), boundaries(after)].concat();
    cuts.sort_unstable();
    let pieces = cuts.windows(2).filter(|piece| piece[0] < piece[1]);
    let moved = pieces.filter(|piece| {
        let first = u64::try_from(piece[0]).unwrap();
        owner(before, first) != owner(after, first)
    });
    moved.map(|piece| piece[1] - piece[0]).sum()
}

/// The variants before and after a change of weights.
fn change(before: &[u32], after: &[u32]) -> (Site, Site) {
    (Site::of("", &[&Definition::new("probe", before)]), Site::of("", &[&Definition::new("probe", after)]))
}

/// Weights of so many variants, before and after.
fn weights(count: impl Strategy<Value = usize>) -> impl Strategy<Value = (Vec<u32>, Vec<u32>)> {
    let some = |count| {
        proptest::collection::vec(0_u32..1_000, count)
            .prop_filter("weight", |all: &Vec<u32>| all.iter().any(|w| *w > 0))
    };
    count.prop_flat_map(move |count| (some(count), some(count)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn with_two_variants_exactly_the_changed_share_moves((old, new) in weights(Just(2))) {
        let (before, after) = change(&old, &new);
        let (before, after) = (&before.get("probe").variants, &after.get("probe").variants);
        let changed = before[0].range.share().buckets().abs_diff(after[0].range.share().buckets());
        prop_assert_eq!(moved(before, after), changed);
    }

    #[test]
    fn with_more_variants_those_between_old_and_new_boundaries_move((old, new) in weights(2_usize..7)) {
        let (before, after) = change(&old, &new);
        let (before, after) = (&before.get("probe").variants, &after.get("probe").variants);
        let pairs: Vec<(u128, u128)> = boundaries(before).into_iter().zip(boundaries(after)).collect();
        let bound: u128 = pairs.iter().map(|(old, new)| old.abs_diff(*new)).sum();
        prop_assert!(moved(before, after) <= bound);
        for id in ids(100) {
            let place = bucket(Purpose::Variant, "probe", &id);
            let crossed = pairs.iter().any(|(old, new)| (old.min(new)..old.max(new)).contains(&&u128::from(place)));
            prop_assert_eq!(owner(before, place) != owner(after, place), crossed);
        }
    }

    #[test]
    fn splitting_one_variant_moves_nobody_else(old in proptest::collection::vec(1_u32..1_000, 2..6), part in 1_u32..100) {
        // The last variant gives a part of its weight to a new one behind it.
        let mut new = old.iter().map(|weight| weight * 100).collect::<Vec<_>>();
        let given = old.last().unwrap() * part;
        *new.last_mut().unwrap() -= given;
        new.push(given);
        let (before, after) = change(&old, &new);
        let (before, after) = (&before.get("probe").variants, &after.get("probe").variants);
        prop_assert_eq!(moved(before, after), after.last().unwrap().range.share().buckets());
    }
}

#[test]
fn moving_a_fifth_of_the_weight_moves_a_fifth_of_the_visitors() {
    let (before, after) = change(&[50, 50], &[70, 30]);
    let moved: Vec<(String, String)> = ids(100_000)
        .map(|id| (before.assign("probe", &id).unwrap().to_owned(), after.assign("probe", &id).unwrap().to_owned()))
        .filter(|(before, after)| before != after)
        .collect();
    assert!(moved.iter().all(|change| *change == ("b".to_owned(), "a".to_owned())));
    // 20,000 expected; 5 standard errors are 632.
    assert!(moved.len().abs_diff(20_000) < 632, "{}", moved.len());
}

#[test]
fn a_change_in_front_shifts_all_that_follow() {
    // Thirds become 1/2, 1/4, 1/4: the first boundary moves by 1/6, the second by 1/12. A quarter moves, though the
    // shares differ by a sixth.
    let (before, after) = change(&[1, 1, 1], &[2, 1, 1]);
    let moved = moved(&before.get("probe").variants, &after.get("probe").variants);
    assert!(moved.abs_diff((1 << 64) / 4) <= 2, "{moved}");
}
