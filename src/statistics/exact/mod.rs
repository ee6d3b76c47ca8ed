//! A sum without rounding: a wide fixed-point number.
//!
//! In: finite numbers and products of two. Out: the sum, rounded once, when it is read.
//! The order of additions changes nothing, and subtracting is the inverse of adding, bit for bit. Floating-point sums,
//! compensated ones too, have neither property. Kulisch's long accumulator has both and takes 536 bytes a sum; here a window of
//! 320 bits holds what people measure, added in a few nanoseconds, and what does not fit it is as long as it must be.

mod long;
mod text;

use std::cmp::Ordering;

use long::Long;

/// Bits of a limb.
const LIMB_BITS: i32 = 64;

/// Limbs of the window.
const LIMBS: usize = 5;

/// The lowest limb of the window: its last bit is 2^-192, so a square fits with all its digits from 1e-12 on.
const LOWEST: i32 = -3;

/// Bits of the window below the sign: numbers below 2^127, or the squares of 1e10 units of 1e14.
const BITS: i32 = 319;

/// An exact sum of finite numbers and of products of two.
///
/// Source: Kulisch, Miranker (1981), Computer Arithmetic in Theory and Practice (the long accumulator).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sum(Form);

/// Where a value stands depends on the value alone, so that equal sums are equal bits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Form {
    /// Two's complement, little end first, times 2^-192. Whatever fits.
    Near([u64; LIMBS]),
    /// Whatever does not.
    Far(Box<Long>),
}

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
        self.combine(other, false);
    }

    /// Takes another sum away: the inverse of [`Sum::merge`], bit for bit.
    pub fn subtract(&mut self, other: &Self) {
        self.combine(other, true);
    }

    /// The exact product of two sums.
    #[must_use]
    pub(super) fn times(&self, other: &Self) -> Self {
        Self::settle(self.to_long().times(&other.to_long()))
    }

    /// Whether it is exactly 0.
    pub fn is_zero(&self) -> bool {
        self.0 == Form::Near([0; LIMBS])
    }

    /// Whether it is below 0.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Form::Near([.., top]) => top.cast_signed() < 0,
            Form::Far(long) => long.parts().0,
        }
    }

    /// The nearest `f64`, ties to even; infinite beyond the range of `f64`.
    pub fn value(&self) -> f64 {
        self.to_long().value()
    }

    /// The quotient of two sums within an ulp or two, also where one of them lies beyond the range of `f64`; not finite if the quotient
    /// itself does, or if the divisor is 0.
    pub fn quotient(&self, divisor: &Self) -> f64 {
        self.to_long().quotient(&divisor.to_long())
    }

    /// Adds `±magnitude * 2^exponent`.
    fn add_scaled(&mut self, negative: bool, magnitude: u128, exponent: i32) {
        if magnitude == 0 {
            return;
        }
        let (limb, shift) = (exponent.div_euclid(LIMB_BITS), exponent.rem_euclid(LIMB_BITS));
        let rest = if shift == 0 { 0 } else { low(magnitude >> (2 * LIMB_BITS - shift)) };
        let shifted = magnitude << shift;
        let added = [low(shifted), low(shifted >> LIMB_BITS), rest];
        if let Form::Near(limbs) = &mut self.0
            && let Ok(offset) = usize::try_from(limb - LOWEST)
            && let Some(sum) = sum_at(limbs, offset, added, negative)
        {
            *limbs = sum;
            return;
        }
        self.combine_long(&Long::of(negative, limb, added.to_vec()), false);
    }

    fn combine(&mut self, other: &Self, negated: bool) {
        if let (Form::Near(limbs), Form::Near(others)) = (&mut self.0, &other.0)
            && let Some(sum) = sum_of(limbs, others, negated)
        {
            *limbs = sum;
            return;
        }
        self.combine_long(&other.to_long(), negated);
    }

    #[cold]
    fn combine_long(&mut self, other: &Long, negated: bool) {
        let mut long = self.to_long();
        if negated {
            long.subtract(other);
        } else {
            long.merge(other);
        }
        *self = Self::settle(long);
    }

    /// The form that belongs to the value.
    fn settle(long: Long) -> Self {
        let (negative, lowest, magnitude) = long.parts();
        let mut limbs = [0_u64; LIMBS];
        let fits =
            magnitude.is_empty() || (lowest >= LOWEST && LIMB_BITS * (lowest - LOWEST) + long.bit_length() <= BITS);
        if !fits {
            return Self(Form::Far(Box::new(long)));
        }
        let offset = usize::try_from(lowest - LOWEST).unwrap_or(0);
        for (limb, known) in limbs.iter_mut().skip(offset).zip(magnitude) {
            *limb = *known;
        }
        Self(Form::Near(if negative { negated(limbs) } else { limbs }))
    }

    fn to_long(&self) -> Long {
        match &self.0 {
            Form::Near(limbs) => {
                let negative = self.is_negative();
                let magnitude = if negative { negated(*limbs) } else { *limbs };
                Long::of(negative, LOWEST, magnitude.to_vec())
            }
            Form::Far(long) => long.as_ref().clone(),
        }
    }
}

/// The sum of a window and three limbs of it, unless it does not fit.
fn sum_at(limbs: &[u64; LIMBS], offset: usize, [a, b, c]: [u64; 3], negative: bool) -> Option<[u64; LIMBS]> {
    let others = match offset {
        0 => [a, b, c, 0, 0],
        1 => [0, a, b, c, 0],
        2 => [0, 0, a, b, c],
        3 if c == 0 => [0, 0, 0, a, b],
        4 if c == 0 && b == 0 => [0, 0, 0, 0, a],
        _ => return None,
    };
    let [.., top] = others;
    if top.cast_signed() < 0 { None } else { sum_of(limbs, &others, negative) }
}

/// The sum or the difference of two windows, unless it does not fit.
fn sum_of(limbs: &[u64; LIMBS], others: &[u64; LIMBS], negated: bool) -> Option<[u64; LIMBS]> {
    let mask = if negated { u64::MAX } else { 0 };
    let [a0, a1, a2, a3, a4] = *limbs;
    let [b0, b1, b2, b3, b4] = others.map(|limb| limb ^ mask);
    let (s0, carry) = a0.carrying_add(b0, negated);
    let (s1, carry) = a1.carrying_add(b1, carry);
    let (s2, carry) = a2.carrying_add(b2, carry);
    let (s3, carry) = a3.carrying_add(b3, carry);
    let (s4, _) = a4.carrying_add(b4, carry);
    // Two of one sign have no sum of the other.
    let overflow = ((a4 ^ s4) & (b4 ^ s4)).cast_signed() < 0;
    // The window is symmetric: what is as low as it gets has no opposite in it.
    let lowest = s4 == 1 << 63 && s0 | s1 | s2 | s3 == 0;
    if overflow || lowest { None } else { Some([s0, s1, s2, s3, s4]) }
}

fn negated(limbs: [u64; LIMBS]) -> [u64; LIMBS] {
    let mut carry = true;
    limbs.map(|limb| {
        let (sum, carried) = (!limb).overflowing_add(u64::from(carry));
        carry = carried;
        sum
    })
}

/// Sign, mantissa and exponent of `±mantissa * 2^exponent`; of what is not finite, 0.
fn parts(number: f64) -> (bool, u64, i32) {
    let bits = number.to_bits();
    let (fraction, exponent) = (bits & ((1 << 52) - 1), i32::try_from((bits >> 52) & 0x7ff).unwrap_or(0));
    match exponent {
        0 => (number.is_sign_negative(), fraction, -1074),
        0x7ff => (false, 0, 0),
        _ => (number.is_sign_negative(), fraction | (1 << 52), exponent - 1075),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the low half is what is asked for")]
fn low(wide: u128) -> u64 {
    wide as u64
}

impl Default for Sum {
    fn default() -> Self {
        Self(Form::Near([0; LIMBS]))
    }
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
        } else if difference.is_negative() {
            Ordering::Less
        } else {
            Ordering::Greater
        }
    }
}

#[cfg(test)]
mod tests;
