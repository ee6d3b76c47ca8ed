//! Numbers that look random, and are the same everywhere.

/// Makes any difference of the input a difference of half of the output's bits; different for different numbers.
///
/// Source: Steele, Lea, Flood (2014), Fast splittable pseudorandom number generators, OOPSLA, 453-472; a step of `SplitMix64`.
pub(super) fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_generator_that_is_published() {
        // The first output of SplitMix64 seeded with 0, and with 1234567.
        assert_eq!(mixed(0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(mixed(1_234_567), 6_457_827_717_110_365_317);
    }
}
