//! Quantiles, such as the 95th percentile of load times, also of events that belong to the same units.
//!
//! In: three order statistics of each variant and, where units have several events, how many of each lie at or below the quantile.
//! Out: a [`Level`] whose variance comes from the width of the outer interval, for a [`Comparison`]. No density is estimated.

use super::comparison::{Comparison, Level};
use super::distribution::normal;
use super::measure::Measure;
use super::sums::{Observation, Sums, defined, real};
use super::undefined::Undefined;

/// Which quantile: 0.5 is the median.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Quantile(f64);

/// What the events of one variant say of their quantile.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantileEstimate {
    /// How many events there are.
    pub events: u64,
    /// How many events `lower` and `upper` were taken from: `events`, or those of a sample.
    pub sampled: u64,
    /// The quantile itself.
    pub value: f64,
    /// The order statistic of [`Quantile::ranks`] below it.
    pub lower: f64,
    /// The order statistic of [`Quantile::ranks`] above it.
    pub upper: f64,
    /// How many different values lie from `lower` to `upper`, both included, counted up to [`LEAST_DISTINCT`]; `None`: nobody counted.
    pub distinct: Option<usize>,
    /// Of units with several events: the sums of their events at or below the quantile (outcome) and of all their events (denominator).
    pub clusters: Option<Sums>,
}

/// A variance that no quantile goes below.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Floor {
    /// Of one event, in the square of the metric's unit.
    pub variance: f64,
    /// From how many events on.
    pub events: u64,
}

impl Floor {
    /// As gbstats has it. An absolute number: it means nothing for a metric in seconds, and everything for one in millions.
    pub const GBSTATS: Self = Self { variance: 1e-5, events: 100 };
}

/// The places of three events among all in order, from 1 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranks {
    /// The one that is the lower end.
    pub lower: u64,
    /// The one that is the quantile.
    pub value: u64,
    /// The one that is the upper end.
    pub upper: u64,
}

/// The outer interval is that of 95 %, whatever the test asks for: only its width is used, as an estimate of the density.
const OUTER_ALPHA: f64 = 0.05;

/// With fewer different values in its outer interval a quantile is undefined. The interval's width is then one or two steps of the values
/// whatever the data, and the smallest difference that there can be is 2.8 standard errors: of A/A tests on whole numbers it would reject up to a half.
pub const LEAST_DISTINCT: usize = 4;

/// Below so many events a quantile of which the interval has no width is undefined, floor or not.
const LEAST_TIED: u64 = 1000;

impl Quantile {
    /// A quantile in (0, 1).
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`].
    pub fn new(level: f64) -> Result<Self, Undefined> {
        if level > 0.0 && level < 1.0 { Ok(Self(level)) } else { Err(Undefined::OutOfRange) }
    }

    /// The share of events below it, in (0, 1).
    pub fn level(self) -> f64 {
        self.0
    }

    /// Which events in order are the quantile and the ends of its outer interval.
    ///
    /// # Errors
    /// [`Undefined::NoUnits`]; [`Undefined::TooFewUnits`] where the interval would reach beyond the smallest or largest event.
    ///
    /// Source: Deng, Knoblich, Lu (2018), KDD, section 4.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and the number of events")]
    pub fn ranks(self, events: u64) -> Result<Ranks, Undefined> {
        self.check(events)?;
        let (n, z) = (real(events), outer_z());
        let half = z * (n * self.0 * (1.0 - self.0)).sqrt();
        let rank = |place: f64| place.clamp(1.0, n) as u64;
        Ok(Ranks {
            lower: rank((n * self.0 - half).floor()),
            value: rank((n * self.0).ceil()),
            upper: rank((n * self.0 + half).ceil()),
        })
    }

    /// The quantile of events that belong to a unit each. The events are put in order as far as needed.
    ///
    /// # Errors
    /// As [`Quantile::ranks`], and [`Undefined::TooLarge`] if a number is not finite.
    pub fn of_events(self, events: &mut [f64]) -> Result<QuantileEstimate, Undefined> {
        if events.iter().any(|event| !event.is_finite()) {
            return Err(Undefined::TooLarge);
        }
        let count = events.len() as u64;
        let Ranks { lower, value, upper } = self.ranks(count)?;
        let mut at = |rank: u64| {
            let place = usize::try_from(rank - 1).unwrap_or(usize::MAX).min(events.len() - 1);
            *events.select_nth_unstable_by(place, f64::total_cmp).1
        };
        let (value, lower, upper) = (at(value), at(lower), at(upper));
        let mut distinct: Vec<f64> = Vec::with_capacity(LEAST_DISTINCT);
        for event in events.iter().filter(|event| (lower..=upper).contains(*event)) {
            if distinct.len() < LEAST_DISTINCT && !distinct.contains(event) {
                distinct.push(*event);
            }
        }
        let distinct = Some(distinct.len());
        Ok(QuantileEstimate { events: count, sampled: count, value, lower, upper, distinct, clusters: None })
    }

    /// The quantile of events of which a unit may have several: one list for each unit that has any.
    ///
    /// # Errors
    /// As [`Quantile::of_events`].
    pub fn of_units<U: AsRef<[f64]>>(self, units: &[U]) -> Result<QuantileEstimate, Undefined> {
        let mut events: Vec<f64> = units.iter().flat_map(|unit| unit.as_ref()).copied().collect();
        let estimate = self.of_events(&mut events)?;
        let mut clusters = Sums::default();
        for unit in units.iter().map(AsRef::as_ref).filter(|unit| !unit.is_empty()) {
            let below = unit.iter().filter(|event| **event <= estimate.value).count();
            let (outcome, denominator) = (real(below as u64), real(unit.len() as u64));
            clusters.add(Observation { outcome, denominator, covariate: 0.0 })?;
        }
        Ok(QuantileEstimate { clusters: Some(clusters), ..estimate })
    }

    /// The level of a variant: the quantile, with the variance that makes the outer interval as wide as it is.
    ///
    /// # Errors
    /// [`Undefined::NoUnits`], [`Undefined::TooFewUnits`], [`Undefined::OutOfRange`] if the ends contradict one another,
    /// [`Undefined::TooLarge`]; [`Undefined::ZeroVariance`] where so many events are tied that the interval has no width,
    /// [`Undefined::TiedValues`] where it holds fewer than [`LEAST_DISTINCT`] different values.
    ///
    /// Source: Deng, Knoblich, Lu (2018), KDD, section 4: the outer interval, with the variance between units put in afterwards.
    pub fn level_of(self, estimate: &QuantileEstimate, floor: Option<Floor>) -> Result<Level, Undefined> {
        let QuantileEstimate { events, sampled, value, lower, upper, distinct, .. } = *estimate;
        self.check(events)?;
        if !(value.is_finite() && lower <= upper) {
            return Err(Undefined::OutOfRange);
        }
        let independent = {
            let error = (upper - lower) / (2.0 * outer_z());
            real(sampled) / real(events) * real(events - 1) * error * error
        };
        let variance = match self.indicator_variance(estimate)? {
            Some(between) => independent * between / self.indicator_variance_of_independent(events),
            None => independent,
        };
        let variance = defined(variance)?;
        if variance <= 0.0 && (floor.is_none() || events < LEAST_TIED) {
            return Err(Undefined::ZeroVariance);
        }
        if floor.is_none() && distinct.is_some_and(|distinct| distinct < LEAST_DISTINCT) {
            return Err(Undefined::TiedValues);
        }
        let least = floor.filter(|floor| events >= floor.events).map_or(0.0, |floor| floor.variance);
        Ok(Level { units: events, value, variance: variance.max(least) })
    }

    /// Of the share of events at or below the quantile: its variance where units have several, by the delta method.
    ///
    /// # Errors
    /// As [`Measure::level`].
    pub fn indicator_variance(self, estimate: &QuantileEstimate) -> Result<Option<f64>, Undefined> {
        let of = |sums| Measure::Ratio.level(sums).map(|level| level.squared_error());
        estimate.clusters.as_ref().map(of).transpose()
    }

    /// Welch's comparison of the quantile in two variants.
    ///
    /// # Errors
    /// As [`Quantile::level_of`].
    pub fn compare(
        self,
        control: &QuantileEstimate,
        treatment: &QuantileEstimate,
        floor: Option<Floor>,
    ) -> Result<Comparison, Undefined> {
        Comparison::of_independent(self.level_of(control, floor)?, self.level_of(treatment, floor)?)
    }

    fn indicator_variance_of_independent(self, events: u64) -> f64 {
        self.0 * (1.0 - self.0) / real(events)
    }

    /// Enough events for both ends of the outer interval.
    fn check(self, events: u64) -> Result<(), Undefined> {
        if events == 0 {
            return Err(Undefined::NoUnits);
        }
        let odds = self.0 / (1.0 - self.0);
        let z = outer_z();
        if events < 2 || real(events) <= z * z * odds.max(1.0 / odds) {
            return Err(Undefined::TooFewUnits);
        }
        Ok(())
    }
}

fn outer_z() -> f64 {
    normal::upper_quantile(OUTER_ALPHA / 2.0)
}
