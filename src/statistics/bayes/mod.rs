//! What to believe of an effect, and of the arms, after the data.
//!
//! In: a [`Comparison`](super::Comparison) and a prior, or posteriors of several arms. Out: chances to win, what
//! a wrong choice costs, credible intervals, weights of a bandit. All by formulas and quadrature: no draw of chance anywhere.
//!
//! A chance to win is exposed to peeking like any other number on which one acts as soon as it looks good.
//!
//! | file | what |
//! |---|---|
//! | `effect` | a normal prior on the effect, of any metric |
//! | `best_arm` | which of many arms is the best |

mod best_arm;
mod effect;

pub use best_arm::{BestArm, best_arm};
pub use effect::{Belief, EffectPrior, Scale};
