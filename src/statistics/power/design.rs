//! What a test fixes before it is run.

use crate::statistics::Undefined;
use crate::statistics::distribution::normal;
use crate::statistics::root;

/// A two-sided test of a treatment against the control.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Design {
    /// How often it may find an effect where there is none, in (0, 1).
    alpha: f64,
    /// The treatment's units by the control's, above 0.
    ratio: f64,
}

/// How many units each side has. Not whole: a plan rounds up at the end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Units {
    /// Of the control.
    pub control: f64,
    /// Of the treatment.
    pub treatment: f64,
}

impl Units {
    /// Of both.
    pub fn total(&self) -> f64 {
        self.control + self.treatment
    }
}

impl Design {
    /// A design with `ratio` units of the treatment for each of the control.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless alpha lies in (0, 1) and the ratio in `[1e-9, 1e9]`.
    pub fn new(alpha: f64, ratio: f64) -> Result<Self, Undefined> {
        if !(alpha > 0.0 && alpha < 1.0 && (1e-9..=1e9).contains(&ratio)) {
            return Err(Undefined::OutOfRange);
        }
        Ok(Self { alpha, ratio })
    }

    /// How often the test may find an effect where there is none.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// The treatment's units by the control's.
    pub fn ratio(&self) -> f64 {
        self.ratio
    }

    /// Both sides, of the control's units.
    pub fn units(&self, control: f64) -> Units {
        Units { control, treatment: control * self.ratio }
    }

    /// How many standard errors a normal test asks for.
    pub fn critical(&self) -> f64 {
        normal::upper_quantile(self.alpha / 2.0)
    }

    /// By what the root of the control's units turns a standardised effect into standard errors.
    pub(super) fn sharpness(&self) -> f64 {
        (self.ratio / (1.0 + self.ratio)).sqrt()
    }

    pub(super) fn check_power(&self, power: f64) -> Result<(), Undefined> {
        if power > self.alpha && power < 1.0 { Ok(()) } else { Err(Undefined::OutOfRange) }
    }
}

/// The power of a normal test whose estimate lies so many standard errors away from 0: beyond either critical value.
pub(super) fn normal_power(shift: f64, critical: f64) -> f64 {
    (normal::upper_tail(critical - shift).value + normal::upper_tail(critical + shift).value).min(1.0)
}

/// How many standard errors the estimate must lie away from 0 for the power.
///
/// # Errors
/// [`Undefined::NoSolution`] if the power is there without any effect.
pub(super) fn normal_shift(critical: f64, power: f64) -> Result<f64, Undefined> {
    // Beyond, even a power that `f64` cannot tell from 1 is there.
    let most = critical.abs() + 40.0;
    if power > 0.5 {
        // What is missed keeps its digits where the power is close to 1.
        let missed =
            |shift: f64| normal::upper_tail(shift - critical).value - normal::upper_tail(shift + critical).value;
        return root::find(0.0, most, 0.0, |shift| missed(shift) - (1.0 - power));
    }
    root::find(0.0, most, 0.0, |shift| normal_power(shift, critical) - power)
}
