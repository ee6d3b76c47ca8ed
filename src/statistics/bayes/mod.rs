//! What to believe of an effect, and of the arms, after the data.
//!
//! In: a [`Comparison`](super::Comparison) or counts, and a prior, or posteriors of several arms. Out: chances to win, what
//! a wrong choice costs, credible intervals, weights of a bandit. All by formulas and quadrature: no draw of chance anywhere.
//!
//! A chance to win is exposed to peeking like any other number on which one acts as soon as it looks good.
//!
//! | file | what |
//! |---|---|
//! | `effect` | a normal prior on the effect, of any metric |
//! | `shares` | beta priors on two shares: right at no conversions too |
//! | `log_odds` | integrals over the densities and tails of two beta distributions |
//! | `sweep` | the same in one walk, where the two are not far apart |
//! | `best_arm` | which of many arms is the best |
//! | `bandit` | how a bandit shares its next visitors |

mod bandit;
mod best_arm;
mod effect;
mod log_odds;
mod shares;
mod sweep;

pub use bandit::bandit_weights;
pub use best_arm::{BestArm, best_arm};
pub use effect::{Belief, EffectPrior, Scale};
pub use shares::{BetaPrior, Share, Shares, Trials, shares};
