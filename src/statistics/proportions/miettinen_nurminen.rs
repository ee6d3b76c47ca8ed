//! The score interval of a difference of two rates.

use super::{Proportion, TwoProportions, critical};
use crate::statistics::sums::{real, wide};
use crate::statistics::{Interval, Undefined, root};

impl TwoProportions {
    /// Miettinen's and Nurminen's interval of the difference of the rates: all differences that the score test does not reject,
    /// its variance times `N / (N - 1)`. Lies in `[-1, 1]` and has a width above 0 where Wald's has none.
    ///
    /// statsmodels 0.15 and before answer otherwise: a coefficient of their cubic is wrong
    /// (<https://github.com/statsmodels/statsmodels/issues/10269>). Here the likelihood's own equation is solved.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless `alpha` lies in (0, 1).
    ///
    /// Source: Miettinen, Nurminen (1985), Statistics in Medicine 4, 213-226, equations 8 and 9.
    pub fn miettinen_nurminen(&self, alpha: f64) -> Result<Interval, Undefined> {
        let z = critical(alpha)?;
        Ok(Interval { lower: -self.swapped().upper_end(z)?, upper: self.upper_end(z)? })
    }

    /// The largest difference whose score is not beyond `z`.
    fn upper_end(&self, z: f64) -> Result<f64, Undefined> {
        let (difference, most) = (self.difference(), self.room_above());
        let mut failure = None;
        // As the distance from the estimate, so that an interval far narrower than its place keeps its digits.
        let mut beyond = |distance: f64| match self.score_variance(difference, distance) {
            // The variance may be 0 at the estimate, but not beside it.
            Ok(variance) if distance == 0.0 && variance == 0.0 => -most,
            Ok(variance) => distance - z * variance.sqrt(),
            Err(why) => {
                failure = Some(why);
                f64::NAN
            }
        };
        if most <= 0.0 {
            return Ok(1.0);
        }
        let distance = root::find(0.0, most, 0.0, &mut beyond);
        match failure {
            Some(why) => Err(why),
            None => Ok((difference + distance?).min(1.0)),
        }
    }

    /// `1 - difference`, without its rounding: `(x_a n_b + y_b n_a) / (n_a n_b)`.
    fn room_above(&self) -> f64 {
        let control = u128::from(self.control.conversions()) * u128::from(self.treatment.units());
        let treatment = u128::from(self.treatment.others()) * u128::from(self.control.units());
        (wide(control) + wide(treatment)) / self.product()
    }

    /// The variance of the estimate if the true difference lies by `distance` above it, at the likeliest rates that differ by so much.
    fn score_variance(&self, estimate: f64, distance: f64) -> Result<f64, Undefined> {
        let difference = estimate + distance;
        let (low, high, room) = if difference >= 0.0 {
            (self.control, self.treatment, self.room_above() - distance)
        } else {
            (self.treatment, self.control, self.swapped().room_above() + distance)
        };
        let (difference, room) = (difference.abs(), room.clamp(0.0, 1.0));
        let (low_rate, high_others) = likeliest(low, high, difference, room)?;
        let of_low = low_rate * (high_others + difference) / real(low.units());
        let of_high = (low_rate + difference) * high_others / real(high.units());
        let units = real(self.units());
        Ok((of_low + of_high) * (units / (units - 1.0)))
    }
}

/// The likeliest rates that differ by `difference`, at least 0: the lower rate, and what the higher lacks to 1; together they are
/// `room`, which is `1 - difference`.
///
/// Of the two it solves for the smaller one, so that neither loses digits to the other.
fn likeliest(low: Proportion, high: Proportion, difference: f64, room: f64) -> Result<(f64, f64), Undefined> {
    let Some(score) = score(low, high, difference, room, room / 2.0) else {
        return Ok((0.0, 0.0));
    };
    if score <= 0.0 {
        let low_rate = likeliest_low(low, high, difference, room)?;
        Ok((low_rate, room - low_rate))
    } else {
        let high_others = likeliest_low(high.complement(), low.complement(), difference, room)?;
        Ok((room - high_others, high_others))
    }
}

/// The derivative of the log-likelihood by the lower rate, which falls; `None` where there is no room for rates to differ in.
fn score(low: Proportion, high: Proportion, difference: f64, room: f64, rate: f64) -> Option<f64> {
    let part = |count: u64, probability: f64| if count == 0 { 0.0 } else { real(count) / probability };
    (room > 0.0).then(|| {
        part(low.conversions(), rate) - part(low.others(), 1.0 - rate) + part(high.conversions(), rate + difference)
            - part(high.others(), room - rate)
    })
}

/// The lower rate where the likelihood is largest, known to lie in the lower half of the room.
fn likeliest_low(low: Proportion, high: Proportion, difference: f64, room: f64) -> Result<f64, Undefined> {
    let (conversions, others) = (low.conversions() + high.conversions(), low.others() + high.others());
    if difference == 0.0 {
        return Ok(real(conversions) / real(conversions + others));
    }
    let (middle, score) = (room / 2.0, |rate: f64| score(low, high, difference, room, rate).unwrap_or(0.0));
    if low.conversions() == 0 {
        // Nothing keeps the lower rate above 0 unless the higher one pulls it up.
        return if score(0.0) <= 0.0 { Ok(0.0) } else { falling(middle, score) };
    }
    // Times the rate, so that there is no pole at 0.
    let least = real(low.conversions());
    falling(middle, |rate| if rate == 0.0 { least } else { rate * score(rate) })
}

/// Where a function is 0 that is above 0 at 0, and not above it at `upper` but for rounding.
fn falling(upper: f64, function: impl Fn(f64) -> f64) -> Result<f64, Undefined> {
    if function(upper) >= 0.0 { Ok(upper) } else { root::find(0.0, upper, 0.0, function) }
}
