//! How a sum is written down: an odd hexadecimal integer times a power of two, such as `-1fp-3`; 0 is `0`.
//!
//! Each sum has one text and each text that is read is the text of its sum, so that what is stored can be compared.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

use super::long::Long;
use super::{LIMB_BITS, Sum};

/// The exponent of the last bit of a product of two of the smallest numbers, and no sum of products has a lower one.
const LEAST_EXPONENT: i32 = -2148;

/// Bits of 2^128 products of two of the largest numbers: more than anybody adds.
const MOST_BITS: i32 = 2176;

/// Digits of the longest sum, and its sign, point and exponent.
const LONGEST: usize = ((MOST_BITS - LEAST_EXPONENT) / 4) as usize + 8;

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let long = self.to_long();
        let (negative, lowest, limbs) = long.parts();
        let Some((first, _)) = limbs.split_first() else {
            return f.write_str("0");
        };
        if negative {
            f.write_str("-")?;
        }
        let zeros = first.trailing_zeros();
        // Shifted down so that the last digit is odd.
        let above = limbs.iter().skip(1).chain(std::iter::once(&0));
        let shifted = limbs
            .iter()
            .zip(above)
            .map(|(limb, above)| if zeros == 0 { *limb } else { (limb >> zeros) | (above << (u64::BITS - zeros)) });
        let mut digits: Vec<u64> = shifted.collect();
        while digits.last() == Some(&0) {
            digits.pop();
        }
        for (place, limb) in digits.iter().rev().enumerate() {
            if place == 0 { write!(f, "{limb:x}")? } else { write!(f, "{limb:016x}")? }
        }
        write!(f, "p{}", LIMB_BITS * lowest + zeros.cast_signed())
    }
}

/// The sum of a text; `None` of any other than its own.
fn parse(text: &str) -> Option<Sum> {
    if text == "0" {
        return Some(Sum::default());
    }
    if text.len() > LONGEST {
        return None;
    }
    let (digits, exponent) = text.strip_prefix('-').unwrap_or(text).split_once('p')?;
    let exponent: i32 = exponent.parse().ok()?;
    let bits = i32::try_from(digits.len()).ok()?.checked_mul(4)?;
    if !(LEAST_EXPONENT..=MOST_BITS).contains(&exponent) || exponent + bits > MOST_BITS {
        return None;
    }
    let (lowest, shift) = (exponent.div_euclid(LIMB_BITS), exponent.rem_euclid(LIMB_BITS));
    let mut limbs = vec![0_u64; digits.len() / 16 + 2];
    for digit in digits.chars() {
        let mut carry = u64::from(digit.to_digit(16)?);
        for limb in &mut limbs {
            (*limb, carry) = ((*limb << 4) | carry, *limb >> 60);
        }
    }
    let mut carry = 0;
    for limb in limbs.iter_mut().filter(|_| shift > 0) {
        (*limb, carry) = ((*limb << shift) | carry, *limb >> (LIMB_BITS - shift));
    }
    let sum = Sum::settle(Long::of(text.starts_with('-'), lowest, limbs));
    (sum.to_string() == text).then_some(sum)
}

impl Serialize for Sum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        parse(&text).ok_or_else(|| D::Error::custom("not the text of an exact sum"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_sum_has_one_text() {
        let mut sum = Sum::of(-3.875);
        assert_eq!(sum.to_string(), "-1fp-3");
        sum.add(3.875);
        assert_eq!(sum.to_string(), "0");
        assert_eq!(Sum::of_integer(96).to_string(), "3p5");
        sum.add_product(5e-324, 5e-324);
        assert_eq!(sum.to_string(), "1p-2148");
        sum.add_product(f64::MAX, f64::MAX);
        assert_eq!(parse(&sum.to_string()), Some(sum));
    }

    #[test]
    fn other_texts_are_refused() {
        let long = format!("1{}1p0", "0".repeat(2000));
        for text in [
            "",
            "-",
            "p",
            "-0",
            "0p0",
            "2p0",
            "01p0",
            "1",
            "1p",
            "1p+1",
            "1p01",
            "1p-2149",
            "1p2176",
            "1p99999999999",
            "Fp0",
            "1 p0",
            "--1p0",
            "+1p0",
            "1p-",
            "gp0",
            "é",
            &long,
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_sum_comes_back(numbers in prop::collection::vec((any::<f64>(), any::<f64>()), 0..5), small in any::<i32>()) {
            let mut sum = Sum::of_integer(i128::from(small));
            for (a, b) in numbers {
                sum.add_product(a, b);
            }
            let text = serde_json::to_string(&sum).unwrap();
            prop_assert_eq!(serde_json::from_str::<Sum>(&text).unwrap(), sum);
        }

        #[test]
        fn no_text_makes_it_panic(text in "-?[0-9a-f]{0,40}p?-?[0-9]{0,12}") {
            if let Some(sum) = parse(&text) {
                prop_assert_eq!(sum.to_string(), text);
            }
        }
    }
}
