//! A plan and the sums of each variant -> a whole scorecard, with a verdict in words.
//!
//! In: what the team fixed before it looked ([`Plan`]) and what was counted since ([`Data`]: sums alone, no rows). Out: a
//! [`Scorecard`], the shape that `segue analyse` prints and the server answers with. Pure: the same plan and sums give the same bytes, in
//! whatever order the sums were merged. What has no honest number says why ([`Answer`]); no number in it is NaN or infinite ([`Number`]).
//!
//! | file | what |
//! |---|---|
//! | `plan`, `data` | what goes in |
//! | `scorecard` | what comes out, and the way from one to the other |
//! | `row` | one metric in one variant, with a file for each block of it: `fixed`, `anytime`, .. |
//! | `verdict` | the decision rule |

mod answer;
mod data;
mod error;
mod fixed;
mod history;
mod number;
mod plan;
mod row;
mod scorecard;

pub use answer::Answer;
pub use data::{Breakdown, Cell, Data, Measured, Quality, Variant};
pub use error::Error;
pub use fixed::{Delta, Fixed, Method};
pub use history::{Look, Point};
pub use number::Number;
pub use plan::{Direction, Kind, Metric, Plan, Role, Spending, Stop};
pub use row::{Adjusted, Anytime, GroupSequential, NonInferiority, Power, Row};
pub use scorecard::{Alarm, Block, Flag, SampleRatio, Scorecard, Value, VariantCount, Verdict};
