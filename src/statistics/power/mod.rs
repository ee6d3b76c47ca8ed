//! What a test will see before it is run: power, sample sizes, smallest effects, and the price of looking.
//!
//! In: a [`Design`] and two of an effect, a number of units and a power. Out: the third. Numbers are not rounded, because a plan
//! rounds up once, at the end.
//!
//! | file | what |
//! |---|---|
//! | `design`, `means`, `proportions` | the fixed test: what it fixes; of two means; of two shares |
//! | `noncentral_t` | the distribution of a t statistic where there is an effect |
//! | `stopping` | fixed, planned looks and anytime side by side: the price of looking |

mod design;
mod means;
pub mod noncentral_t;
mod proportions;
mod stopping;

pub use design::{Design, Units};
pub use proportions::Rates;
pub use stopping::{Needed, Stopping};
