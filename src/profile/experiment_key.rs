//! What tells one experiment from another.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// An experiment as long as its salt stands: another salt is another experiment of the same name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ExperimentKey {
    /// Its name.
    pub name: Arc<str>,
    /// Its salt.
    pub salt: Arc<str>,
}
