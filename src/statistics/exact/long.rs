//! A sum as long as it must be: the slow form, for whatever does not fit the window of [`super::Sum`].

use super::{LIMB_BITS, low};

/// `±limbs * 2^(64 lowest)`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Long {
    // INVARIANT: little end first; neither the first nor the last limb is 0; 0 is no limb, not negative, lowest 0.
    negative: bool,
    lowest: i32,
    limbs: Vec<u64>,
}

impl Long {
    /// The one form of `±limbs * 2^(64 lowest)`.
    pub(super) fn of(negative: bool, lowest: i32, limbs: Vec<u64>) -> Self {
        let mut long = Self { negative, lowest, limbs };
        long.normalise();
        long
    }

    /// Whether it is below 0, its lowest limb, and its limbs.
    pub(super) fn parts(&self) -> (bool, i32, &[u64]) {
        (self.negative, self.lowest, &self.limbs)
    }

    /// Adds another sum.
    pub(super) fn merge(&mut self, other: &Self) {
        self.add_limbs(other.negative, other.lowest, &other.limbs);
    }

    /// Takes another sum away: the inverse of [`Long::merge`], bit for bit.
    pub(super) fn subtract(&mut self, other: &Self) {
        self.add_limbs(!other.negative, other.lowest, &other.limbs);
    }

    /// The exact product of two sums.
    #[must_use]
    pub(super) fn times(&self, other: &Self) -> Self {
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
    pub(super) fn is_zero(&self) -> bool {
        self.limbs.is_empty()
    }

    /// The nearest `f64`, ties to even; infinite beyond the range of `f64`.
    pub(super) fn value(&self) -> f64 {
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
    pub(super) fn quotient(&self, divisor: &Self) -> f64 {
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
    pub(super) fn bit_length(&self) -> i32 {
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
