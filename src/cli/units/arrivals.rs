//! When units came, and in how many days.

/// The first and the last of some moments, in microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct Arrivals {
    first: i64,
    last: i64,
    /// Whether all are midnights, so that nothing but dates was written down.
    are_dates: bool,
}

const MICROSECONDS_A_DAY: i64 = 86_400_000_000;

impl Arrivals {
    /// One moment.
    pub fn at(moment: i64) -> Self {
        Self { first: moment, last: moment, are_dates: moment.rem_euclid(MICROSECONDS_A_DAY) == 0 }
    }

    /// These and others.
    pub fn and(self, other: Self) -> Self {
        Self {
            first: self.first.min(other.first),
            last: self.last.max(other.last),
            are_dates: self.are_dates && other.are_dates,
        }
    }

    /// From the first to the last, in days. A date lasts to the end of its day: seven dates in a row are seven days.
    #[expect(clippy::cast_precision_loss, reason = "days are shown with a few digits")]
    pub fn days(self) -> f64 {
        let end = self.last.saturating_add(if self.are_dates { MICROSECONDS_A_DAY } else { 0 });
        end.saturating_sub(self.first) as f64 / MICROSECONDS_A_DAY as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(moments: &[i64]) -> f64 {
        moments.iter().map(|moment| Arrivals::at(*moment)).reduce(Arrivals::and).unwrap().days()
    }

    #[test]
    fn dates_last_to_the_end_of_their_day_and_moments_do_not() {
        let day = MICROSECONDS_A_DAY;
        assert_eq!(days(&[0, 3 * day, 6 * day]), 7.0);
        assert_eq!(days(&[-day]), 1.0);
        assert_eq!(days(&[0, 3 * day + 1, 6 * day]), 6.0);
        assert_eq!(days(&[day / 2]), 0.0);
    }
}
