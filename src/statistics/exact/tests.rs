//! Sums against `f64` where it is exact, and against themselves.

use proptest::prelude::*;

use super::*;

fn total<'a>(numbers: impl IntoIterator<Item = &'a f64>) -> Sum {
    numbers.into_iter().fold(Sum::default(), |mut sum, number| {
        sum.add(*number);
        sum
    })
}

fn finite() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("finite", |number| number.is_finite())
}

/// Numbers inside the window, at its edges and beyond.
fn any_scale() -> impl Strategy<Value = f64> {
    let edge = (any::<bool>(), 1_u64..1 << 53, prop::sample::select(vec![-245, -192, -128, 0, 10, 63, 74, 75, 110]));
    prop_oneof![
        -1e3..1e3,
        finite(),
        edge.prop_map(|(negative, mantissa, exponent)| {
            let size = mantissa as f64 * 2.0_f64.powi(exponent);
            if negative { -size } else { size }
        }),
    ]
}

#[test]
fn the_edges_of_the_window_are_no_edges_of_the_numbers() {
    let power = |exponent: i32| 2.0_f64.powi(exponent);
    let mut sum = Sum::of(power(126));
    sum.add(power(126));
    assert_eq!(sum, Sum::of(power(127)));
    assert!(matches!(sum.0, Form::Far(_)));
    sum.add(-power(-192));
    assert!(matches!(sum.0, Form::Near(_)));
    sum.add(-power(127));
    assert_eq!(sum.value(), -power(-192));
    sum.add(-power(127));
    sum.add(power(-192));
    assert_eq!(sum, Sum::of(-power(127)));
    assert!(matches!(sum.0, Form::Far(_)));
    sum.add(power(126));
    assert_eq!(sum, Sum::of(-power(126)));
    sum.add(power(-193));
    assert!(matches!(sum.0, Form::Far(_)));
    sum.add(power(-193));
    assert!(matches!(sum.0, Form::Near(_)));
    // Bits that lie below the window only by their place in the mantissa.
    assert!(matches!(Sum::of(power(-192) * 3.0).0, Form::Near(_)));
}

#[test]
fn what_rounding_would_lose_is_kept() {
    let sum = total(&[1e308, 1.0, -1e308, 5e-324, 1e16, -1e16]);
    assert_eq!(sum.value(), 1.0);
    let mut rest = sum;
    rest.add(-1.0);
    assert_eq!(rest.value(), 5e-324);
    assert_eq!(total(&[f64::MAX, f64::MAX]).value(), f64::INFINITY);
}

proptest! {
    #[test]
    fn one_number_comes_back(number in finite()) {
        prop_assert_eq!(Sum::of(number).value(), number);
    }

    #[test]
    fn two_numbers_are_rounded_once(a in finite(), b in finite()) {
        prop_assert_eq!(total(&[a, b]).value(), a + b);
    }

    #[test]
    fn near_numbers_are_rounded_once(a in -1e3..1e3, b in -1e-14..1e-14) {
        prop_assert_eq!(total(&[a, b]).value(), a + b);
    }

    #[test]
    fn a_product_is_rounded_once(a in finite(), b in finite(), c in -1e9..1e9) {
        let mut sum = Sum::default();
        sum.add_product(a, b);
        prop_assert_eq!(sum.value(), a * b);
        prop_assert_eq!(Sum::of(a).times(&Sum::of(b)), sum);
        let mut sum = Sum::of(c);
        sum.add_product(c, c + 1.0);
        prop_assert_eq!(sum.value(), c.mul_add(c + 1.0, c));
    }

    #[test]
    fn the_order_changes_nothing(numbers in prop::collection::vec(finite(), 0..12), places in any::<prop::sample::Index>()) {
        let mut turned = numbers.clone();
        turned.rotate_left(places.index(numbers.len().max(1)));
        prop_assert_eq!(total(&numbers), total(&turned));
    }

    #[test]
    fn subtracting_is_the_inverse(a in prop::collection::vec(finite(), 0..6), b in prop::collection::vec(finite(), 0..6)) {
        let mut both = total(&a);
        both.merge(&total(&b));
        both.subtract(&total(&b));
        prop_assert_eq!(both, total(&a));
    }

    #[test]
    fn merging_has_no_order(
        a in prop::collection::vec(any_scale(), 0..6),
        b in prop::collection::vec(any_scale(), 0..6),
        c in prop::collection::vec(any_scale(), 0..6),
    ) {
        let (a, b, c) = (total(&a), total(&b), total(&c));
        let merged = |x: &Sum, y: &Sum| {
            let mut sum = x.clone();
            sum.merge(y);
            sum
        };
        prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
        prop_assert_eq!(merged(&a, &b), merged(&b, &a));
    }

    #[test]
    fn both_forms_are_one_number(numbers in prop::collection::vec((any_scale(), any_scale()), 0..12)) {
        let (mut near, mut far) = (Sum::default(), Long::default());
        for (a, b) in numbers {
            near.add(a);
            near.add_product(a, b);
            far.merge(&Sum::of(a).to_long());
            far.merge(&Sum::of(a).times(&Sum::of(b)).to_long());
            prop_assert_eq!(near.to_long(), far.clone());
            prop_assert_eq!(Sum::settle(far.clone()), near.clone());
            prop_assert_eq!(near.value().to_bits(), far.value().to_bits());
        }
    }

    #[test]
    fn sums_are_ordered_as_numbers(a in any_scale(), b in any_scale()) {
        prop_assert_eq!(Sum::of(a).cmp(&Sum::of(b)), (a + 0.0).partial_cmp(&(b + 0.0)).unwrap());
    }
}
