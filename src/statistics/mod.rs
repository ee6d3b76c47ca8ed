//! Sums in, honest answers out.
//!
//! In: [`Sums`] or counts of each variant. Out: estimates, intervals and p-values, or the reason why there is none
//! ([`Undefined`]). Pure functions: no clock, no randomness, no floor under small probabilities. A p-value comes from the
//! survival function, never from `1 - cdf`, which is 0 or noise where it matters most.
//!
//! Not all of it is asked for by the scorecard: Bonferroni's, Šidák's, Hochberg's and Benjamini and Yekutieli's corrections, Boschloo's
//! test, the interval of Agresti and Caffo, arcsine forms, the lift by logarithms, `g` by Fieller and the quantile rule of gbstats stand
//! here for analysts who use the crate, and for the reference tables.
//!
//! | file | what |
//! |---|---|
//! | `exact`, `sums` | what is kept of a variant: sums without rounding, which merge in any order and subtract |
//! | `comparison` | a treatment beside the control: the shape that every method hands on |
//! | `anytime` | what holds at every look |
//! | `group_sequential` | looks planned by the information that has come |
//! | `multiple` | many tests at once |
//! | `measure`, `adjustment` | means and ratios, and either adjusted by what was known before (CUPED) |
//! | `stratified` | means within cells of units, weighted by the cells' shares |
//! | `batches`, `changing_split` | bandits: differences within batches, and whether each batch was split as it should be |
//! | `quantile`, `histogram` | quantiles of events, also of events of the same units; the same from logarithmic buckets, which merge and subtract |
//! | `lift` | the difference relative to the control |
//! | `proportions` | conversions of units in two variants: z, score and exact tests, intervals |
//! | `chi_squared`, `sample_ratio` | tables of counts; whether the traffic is split as planned |
//! | `calibration` | whether promised rates are kept in replays |
//! | `bayes` | what to believe of an effect, and of many arms |
//! | `power` | what a test will see before it is run |
//! | `distribution` | tails and quantiles |
//! | `quadrature`, `panels`, `root` | integrals of smooth functions, and where to cut them; where a function is 0 |

pub mod anytime;
pub mod bayes;
pub mod calibration;
pub mod distribution;
pub mod group_sequential;
pub mod multiple;
pub mod power;
pub mod quadrature;
pub mod root;

mod adjustment;
mod batches;
mod changing_split;
mod chi_squared;
mod combination;
mod comparison;
mod deviance;
mod exact;
mod histogram;
mod lift;
mod measure;
mod panels;
mod parts;
mod probability;
mod proportions;
mod quantile;
mod sample_ratio;
mod stratified;
mod sums;
mod undefined;

pub use adjustment::Adjustment;
pub use batches::{Batch, Batched, compare_batches};
pub use changing_split::SplitBatch;
pub use chi_squared::{ChiSquared, Independence, goodness_of_fit, independence};
pub use comparison::{Comparison, Effect, Interval, Level};
pub use exact::Sum;
pub use histogram::{Histogram, RELATIVE_ERROR};
pub use lift::Region;
pub use measure::Measure;
pub use probability::Probability;
pub use proportions::{Alternative, Fisher, LARGEST_UNCONDITIONAL, Method, Proportion, Tested, TwoProportions};
pub use quantile::{Floor, LEAST_DISTINCT, Quantile, QuantileEstimate, Ranks};
pub use sample_ratio::{CONCENTRATION, SampleRatio, SampleRatioLooks, Split};
pub use stratified::{Cell, Stratified, compare_within};
pub(crate) use sums::real;
pub use sums::{Observation, Sums, Variable};
pub use undefined::Undefined;
