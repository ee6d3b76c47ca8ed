//! A plan and the sums of each variant -> a whole scorecard, with a verdict in words.
//!
//! In: what the team fixed before it looked ([`Plan`]) and what was counted since ([`Data`]: sums alone, no rows). Out: a
//! [`Scorecard`], the shape that `segue analyse` prints and the server answers with. Pure: the same plan and sums give the same bytes, in
//! whatever order the sums were merged. What has no honest number says why ([`Answer`]); no number in it is NaN or infinite ([`Number`]).
//!
//! | file | what |
//! |---|---|
//! | `plan`, `data`, `check` | what goes in, and whether it fits together |
//! | `counts` | exact sums, from which the data are made |
//! | `scorecard`, `table`, `breakdown` | what comes out, and the way from one to the other |
//! | `covariate` | whether a covariate was known before |
//! | `compare`, `bandit`, `lens` | from sums to a comparison, and how a plan reads it |
//! | `row` | one metric in one variant, with a file for each block of it: `fixed`, `anytime`, .. |
//! | `multiplicity`, `finding`, `candidate`, `verdict` | the decision rule |
//! | `sentence`, `words`, `report` | what it says, in a sentence and at length |

mod adjusted;
mod answer;
mod anytime;
mod bandit;
mod belief;
mod bounds;
mod breakdown;
mod candidate;
mod check;
mod compare;
mod counts;
mod covariate;
mod data;
mod decided;
mod error;
mod finding;
mod fixed;
mod flag;
mod group_sequential;
mod harm;
mod history;
mod lens;
mod live_flags;
mod multiplicity;
mod non_inferiority;
mod number;
mod omnibus;
mod plan;
mod power;
mod report;
mod row;
mod sample_ratio;
mod scorecard;
mod sentence;
mod stage;
mod table;
mod verdict;
mod withheld;
pub mod words;

pub use adjusted::Adjusted;
pub use answer::Answer;
pub use anytime::Anytime;
pub use belief::bandit_weights;
pub use bounds::{Bounds, Tested};
pub use breakdown::{Block, Value};
pub use compare::Compared;
pub use counts::Counts;
pub use data::{Batch, Breakdown, Cell, Change, Data, Measured, Quality, Seen, Tripped, Variant};
pub use decided::{Basis, Decided};
pub use error::Error;
pub use finding::Finding;
pub use fixed::{Delta, Fixed, Method};
pub use flag::Flag;
pub use group_sequential::GroupSequential;
pub use harm::{Harm, harms};
pub use history::{Look, Point, history};
pub use non_inferiority::NonInferiority;
pub use number::Number;
pub use omnibus::{Omnibus, Test, Tests};
pub use plan::{Direction, Kind, Metric, Plan, Role, Stop};
pub use power::Power;
pub use report::{Report, paragraph};
pub use row::Row;
pub use sample_ratio::{Alarm, SampleRatio, VariantCount};
pub use scorecard::{Scorecard, scorecard};
pub use verdict::{Code, RULE, Verdict};
