//! The logarithms of factorials, looked up: for whoever asks for thousands of them.

use super::wide::Wide;

/// `ln 0!` to `ln n!`.
#[derive(Debug)]
pub(in crate::statistics) struct LnFactorials(Vec<Wide>);

impl LnFactorials {
    /// So many, from 0 on. Each is the one before and a logarithm: 1e-25 is lost to ten thousand of them.
    #[expect(clippy::cast_precision_loss, reason = "a table of 2^53 does not fit memory")]
    pub(in crate::statistics) fn up_to(most: u64) -> Self {
        let mut sum = Wide::from(0.0);
        let rest = (1..=most).map(|n| {
            sum = sum + Wide::from(n as f64).ln();
            sum
        });
        Self(std::iter::once(Wide::from(0.0)).chain(rest).collect())
    }

    /// As [`ln_choose`](super::counts::ln_choose), of numbers in the table.
    pub(in crate::statistics) fn ln_choose(&self, n: u64, k: u64) -> f64 {
        self.choose(n, k).value()
    }

    /// As [`ln_hypergeometric`](super::counts::ln_hypergeometric), of numbers in the table.
    pub(in crate::statistics) fn ln_hypergeometric(&self, k: u64, n: u64, m: u64, successes: u64) -> f64 {
        let ways = self.choose(n, k) + self.choose(m, successes.saturating_sub(k));
        (ways - self.choose(n.saturating_add(m), successes)).value()
    }

    fn choose(&self, n: u64, k: u64) -> Wide {
        self.of(n) - self.of(k) - self.of(n.saturating_sub(k))
    }

    fn of(&self, n: u64) -> Wide {
        let known = usize::try_from(n).ok().and_then(|n| self.0.get(n));
        debug_assert!(known.is_some(), "{n} is beyond the table");
        known.copied().unwrap_or(Wide::from(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::super::counts;
    use super::*;

    #[test]
    fn the_table_agrees_with_the_function() {
        let known = LnFactorials::up_to(3_000);
        for (k, n, m, successes) in [(0, 0, 1, 0), (3, 10, 20, 7), (700, 1_500, 1_500, 1_400), (1, 2_999, 1, 2)] {
            let (got, expected) =
                (known.ln_hypergeometric(k, n, m, successes), counts::ln_hypergeometric(k, n, m, successes));
            assert!((got - expected).abs() <= 1e-15 * expected.abs().max(1.0), "{got:e} {expected:e}");
        }
    }
}
