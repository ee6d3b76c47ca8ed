//! A sum without rounding: a wide fixed-point number.
//!
//! In: finite numbers and products of two. Out: the sum, rounded once, when it is read.
//! The sum is an integer times a power of two, as long as it must be (Kulisch's long accumulator, kept only as wide as its
//! value): so the order of additions changes nothing, and subtracting is the inverse of adding, bit for bit. Floating-point
//! sums, compensated ones too, have neither property; a fixed window of 4,288 bits has both and takes 536 bytes a sum, where
//! this takes two or three words for what people measure.

use std::cmp::Ordering;

/// An exact sum of finite numbers and of products of two.
///
/// Source: Kulisch, Miranker (1981), Computer Arithmetic in Theory and Practice (the long accumulator).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Sum {
    // INVARIANT: the value is `±limbs * 2^(64 lowest)`, little end first; neither the first nor the last limb is 0; 0 is no limb, not negative, lowest 0.
    negative: bool,
    lowest: i32,
    limbs: Vec<u64>,
}

/// Bits of a limb.
const LIMB_BITS: i32 = 64;

impl Sum {
    /// The exact sum of one number.
    ///
    /// # Panics
    /// Never; a number that is not finite counts as 0, so check it before.
    pub fn of(number: f64) -> Self {
        let mut sum = Self::default();
        sum.add(number);
        sum
    }

    /// An exact integer.
    pub fn of_integer(integer: i128) -> Self {
        let mut sum = Self::default();
        sum.add_scaled(integer < 0, integer.unsigned_abs(), 0);
        sum
    }

    /// Adds a finite number. One that is not finite changes nothing.
    pub fn add(&mut self, number: f64) {
        let (negative, mantissa, exponent) = parts(number);
        self.add_scaled(negative, u128::from(mantissa), exponent);
    }

    /// Adds the exact product of two finite numbers. If one is not finite nothing changes.
    pub fn add_product(&mut self, a: f64, b: f64) {
        let (a_negative, a, a_exponent) = parts(a);
        let (b_negative, b, b_exponent) = parts(b);
        self.add_scaled(a_negative != b_negative, u128::from(a) * u128::from(b), a_exponent + b_exponent);
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        self.add_limbs(other.negative, other.lowest, &other.limbs);
    }

    /// Takes another sum away: the inverse of [`Sum::merge`], bit for bit.
    pub fn subtract(&mut self, other: &Self) {
        self.add_limbs(!other.negative, other.lowest, &other.limbs);
    }

    /// The exact product of two sums.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        let mut limbs = vec![0_u64; self.limbs.len() + other.limbs.len()];
        for (place, a) in self.limbs.iter().enumerate() {
            let mut carry = 0_u128;
            let row = limbs.iter_mut().skip(place);
            for (limb, b) in row.zip(other.limbs.iter().chain(std::iter::once(&0))) {
                let here = u128::from(*a) * u128::from(*b) + u128::from(*limb) + carry;
                *limb = low(here);
                carry = here >> LIMB_BITS;
            }
        }
        let mut product = Self { negative: self.negative != other.negative, lowest: self.lowest + other.lowest, limbs };
        product.normalise();
        product
    }

    /// Whether it is exactly 0.
    pub fn is_zero(&self) -> bool {
        self.limbs.is_empty()
    }

    /// Whether it is below 0.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// The nearest `f64`, ties to even; infinite beyond the range of `f64`.
    pub fn value(&self) -> f64 {
        let bit_length = self.bit_length();
        if bit_length == 0 {
            return 0.0;
        }
        let lowest_bit = LIMB_BITS * self.lowest;
        // Exponent of the last bit kept: 53 bits, or fewer where the result is subnormal.
        let last = (lowest_bit + bit_length - 53).max(-1074);
        let (kept, half, rest) = self.round_at(last - lowest_bit);
        let rounded = kept + u64::from(half && (rest || kept & 1 == 1));
        let size = scale(rounded, last);
        if self.negative { -size } else { size }
    }

    /// The quotient of two sums within an ulp or two, also where one of them lies beyond the range of `f64`; not finite if the quotient
    /// itself does, or if the divisor is 0.
    pub fn quotient(&self, divisor: &Self) -> f64 {
        let ((above, above_exponent), (below, below_exponent)) = (self.rounded(), divisor.rounded());
        power_of_two(above / below, above_exponent - below_exponent)
    }

    /// The nearest number of 53 bits, as a whole number and the exponent of its last bit.
    fn rounded(&self) -> (f64, i32) {
        let last = self.bit_length() - 53;
        let (kept, half, rest) = self.round_at(last);
        let size = scale(kept + u64::from(half && (rest || kept & 1 == 1)), 0);
        (if self.negative { -size } else { size }, LIMB_BITS * self.lowest + last)
    }

    /// How many bits there are from the first that is set to the end of the first limb.
    fn bit_length(&self) -> i32 {
        let all = i32::try_from(self.limbs.len()).unwrap_or(i32::MAX / LIMB_BITS) * LIMB_BITS;
        self.limbs.last().map_or(0, |top| all - top.leading_zeros().cast_signed())
    }

    /// The magnitude from this bit upwards, which fits 64 bits; the bit below; whether one below that is set.
    fn round_at(&self, bit: i32) -> (u64, bool, bool) {
        let limb =
            |index: i32| usize::try_from(index).ok().and_then(|index| self.limbs.get(index)).copied().unwrap_or(0);
        let from = |bit: i32| {
            let (index, shift) = (bit.div_euclid(LIMB_BITS), bit.rem_euclid(LIMB_BITS));
            low((u128::from(limb(index)) | (u128::from(limb(index + 1)) << LIMB_BITS)) >> shift)
        };
        let below = bit - 1;
        let half = from(below) & 1 == 1;
        let (index, shift) = (below.div_euclid(LIMB_BITS), below.rem_euclid(LIMB_BITS));
        let whole = usize::try_from(index).unwrap_or(0).min(self.limbs.len());
        let rest = below > 0
            && (self.limbs.iter().take(whole).any(|limb| *limb != 0) || limb(index) & ((1 << shift) - 1) != 0);
        (from(bit), half, rest)
    }

    /// Adds `±magnitude * 2^exponent`.
    fn add_scaled(&mut self, negative: bool, magnitude: u128, exponent: i32) {
        let (lowest, shift) = (exponent.div_euclid(LIMB_BITS), exponent.rem_euclid(LIMB_BITS));
        let (first, rest) = (magnitude << shift, if shift == 0 { 0 } else { magnitude >> (2 * LIMB_BITS - shift) });
        self.add_limbs(negative, lowest, &[low(first), low(first >> LIMB_BITS), low(rest)]);
    }

    /// Adds `±limbs * 2^(64 lowest)`.
    fn add_limbs(&mut self, negative: bool, lowest: i32, limbs: &[u64]) {
        let end = limbs.iter().rposition(|limb| *limb != 0).map_or(0, |last| last + 1);
        let limbs = limbs.get(..end).unwrap_or_default();
        if limbs.is_empty() {
            return;
        }
        if self.is_zero() {
            *self = Self { negative, lowest, limbs: limbs.to_vec() };
            self.normalise();
            return;
        }
        self.reach(lowest, limbs.len());
        let offset = usize::try_from(lowest - self.lowest).unwrap_or(0);
        if self.negative == negative {
            self.carry(offset, limbs);
        } else if self.borrow(offset, limbs) {
            // What was taken away was larger: the two's complement is the magnitude with the other sign.
            self.negate();
        }
        self.normalise();
    }

    /// Makes room for limbs from `lowest` on, and one for the carry.
    fn reach(&mut self, lowest: i32, count: usize) {
        if lowest < self.lowest {
            let missing = usize::try_from(self.lowest - lowest).unwrap_or(0);
            self.limbs.splice(0..0, std::iter::repeat_n(0, missing));
            self.lowest = lowest;
        }
        let needed = usize::try_from(lowest - self.lowest).unwrap_or(0) + count + 1;
        if self.limbs.len() < needed {
            self.limbs.resize(needed, 0);
        }
        if self.limbs.last() != Some(&0) {
            self.limbs.push(0);
        }
    }

    fn carry(&mut self, offset: usize, limbs: &[u64]) {
        let mut carry = false;
        for (limb, added) in self.limbs.iter_mut().skip(offset).zip(limbs.iter().chain(std::iter::repeat(&0))).by_ref()
        {
            let (sum, first) = limb.overflowing_add(*added);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            *limb = sum;
            carry = first || second;
        }
    }

    /// Whether the result is negative, as two's complement.
    fn borrow(&mut self, offset: usize, limbs: &[u64]) -> bool {
        let mut borrow = false;
        for (limb, taken) in self.limbs.iter_mut().skip(offset).zip(limbs.iter().chain(std::iter::repeat(&0))) {
            let (difference, first) = limb.overflowing_sub(*taken);
            let (difference, second) = difference.overflowing_sub(u64::from(borrow));
            *limb = difference;
            borrow = first || second;
        }
        borrow
    }

    fn negate(&mut self) {
        let mut carry = true;
        for limb in &mut self.limbs {
            (*limb, carry) = (!*limb).overflowing_add(u64::from(carry));
        }
        self.negative = !self.negative;
    }

    /// The one form of each value.
    fn normalise(&mut self) {
        while self.limbs.last() == Some(&0) {
            self.limbs.pop();
        }
        let zeros = self.limbs.iter().take_while(|limb| **limb == 0).count();
        if zeros > 0 {
            self.limbs.drain(..zeros);
            self.lowest += i32::try_from(zeros).unwrap_or(0);
        }
        if self.limbs.is_empty() {
            (self.negative, self.lowest) = (false, 0);
        }
    }
}

/// Sign, mantissa and exponent of `±mantissa * 2^exponent`; of what is not finite, 0.
fn parts(number: f64) -> (bool, u64, i32) {
    if !number.is_finite() {
        return (false, 0, 0);
    }
    let bits = number.to_bits();
    let (fraction, exponent) = (bits & ((1 << 52) - 1), i32::try_from((bits >> 52) & 0x7ff).unwrap_or(0));
    match exponent {
        0 => (number.is_sign_negative(), fraction, -1074),
        _ => (number.is_sign_negative(), fraction | (1 << 52), exponent - 1075),
    }
}

/// `mantissa * 2^exponent`, exact for a mantissa of at most 53 bits and an exponent from -1074 on; infinite beyond the range.
fn scale(mantissa: u64, exponent: i32) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "at most 2^53")]
    let size = mantissa as f64;
    power_of_two(size, exponent)
}

/// A number times a power of two.
fn power_of_two(number: f64, exponent: i32) -> f64 {
    // In two steps, each of which is exact, because 2^exponent may lie outside the range of normal numbers.
    let first = exponent.clamp(-1000, 1000);
    number * 2.0_f64.powi(first) * 2.0_f64.powi((exponent - first).clamp(-1000, 1000))
}

#[expect(clippy::cast_possible_truncation, reason = "the low half is what is asked for")]
fn low(wide: u128) -> u64 {
    wide as u64
}

impl PartialOrd for Sum {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Sum {
    fn cmp(&self, other: &Self) -> Ordering {
        let mut difference = self.clone();
        difference.subtract(other);
        if difference.is_zero() {
            Ordering::Equal
        } else if difference.negative {
            Ordering::Less
        } else {
            Ordering::Greater
        }
    }
}

#[cfg(test)]
mod tests {
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
    }
}
