//! Buckets of numbers by the logarithm of their size.

/// Bits of the fraction that tell buckets apart: 128 buckets for each doubling.
const FRACTION_BITS: u32 = 7;

/// How wide a bucket is, relatively: so far at most is a number in it from any other; numbers below 2.3e-308 in size have no such bound.
pub const RELATIVE_ERROR: f64 = 1.0 / 128.0;

/// The bits of a number that its bucket leaves out.
const LEFT_OUT: u32 = f64::MANTISSA_DIGITS - 1 - FRACTION_BITS;

/// The numbers that one bucket holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    pub lower: f64,
    pub upper: f64,
}

impl Bucket {
    /// The bucket of a place.
    pub fn of(place: i32) -> Self {
        let edge = |outwards: u32| f64::from_bits(u64::from(outwards) << LEFT_OUT).min(f64::MAX);
        let outwards = place.unsigned_abs();
        match place {
            0 => Self { lower: 0.0, upper: 0.0 },
            1.. => Self { lower: edge(outwards - 1), upper: edge(outwards) },
            _ => Self { lower: -edge(outwards), upper: -edge(outwards - 1) },
        }
    }
}

/// Which bucket a finite number belongs to: 0 for zero, then outwards from 1 and -1.
pub fn place(number: f64) -> i32 {
    if number == 0.0 {
        return 0;
    }
    // The bits of a positive number are in the order of the numbers. At most 2^18 here.
    let outwards = i32::try_from(number.abs().to_bits() >> LEFT_OUT).unwrap_or(i32::MAX - 1) + 1;
    if number < 0.0 { -outwards } else { outwards }
}
