//! Kleene's strong three-valued logic.

use serde::Serialize;

/// True, false, or not to be known from the facts at hand. Only true shows content.
///
/// Source: Kleene (1952), Introduction to Metamathematics, section 64, strong tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Truth {
    /// It holds.
    #[serde(rename = "yes")]
    True,
    /// It does not hold.
    #[serde(rename = "no")]
    False,
    /// A fact is missing.
    #[serde(rename = "unknown")]
    Unknown,
}

impl Truth {
    /// False wins over unknown, unknown over true.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::True, Self::True) => Self::True,
        }
    }

    /// True wins over unknown, unknown over false.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.negate().and(other.negate()).negate()
    }

    /// The opposite; of unknown, unknown.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }

    /// The word that explanations use.
    pub fn word(self) -> &'static str {
        match self {
            Self::True => "yes",
            Self::False => "no",
            Self::Unknown => "unknown",
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

/// `None` is unknown.
impl From<Option<bool>> for Truth {
    fn from(holds: Option<bool>) -> Self {
        holds.map_or(Self::Unknown, Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{False, True, Unknown};

    #[test]
    fn de_morgan_holds_for_all_nine_pairs() {
        for a in [True, False, Unknown] {
            for b in [True, False, Unknown] {
                assert_eq!(a.and(b).negate(), a.negate().or(b.negate()));
            }
        }
    }
}
