//! What a bucket holds.

/// What one bucket holds, or several together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Values.
    pub values: u64,
    /// Units whose lowest bucket this is.
    pub units: u64,
    /// Over units, `c²` here less `c²` in the bucket below.
    pub squares: u64,
    /// Over units, all values of the unit by those it has here.
    pub products: u64,
}

impl Counts {
    pub fn plus(self, other: Self) -> Option<Self> {
        Some(Self {
            values: self.values.checked_add(other.values)?,
            units: self.units.checked_add(other.units)?,
            squares: self.squares.checked_add(other.squares)?,
            products: self.products.checked_add(other.products)?,
        })
    }

    /// What is left; `None` if something would be below 0, or nothing of the values but something of the rest.
    pub fn less(self, other: Self) -> Option<Self> {
        let left = Self {
            values: self.values.checked_sub(other.values)?,
            units: self.units.checked_sub(other.units)?,
            squares: self.squares.checked_sub(other.squares)?,
            products: self.products.checked_sub(other.products)?,
        };
        (left.is_possible() || left == Self::default()).then_some(left)
    }

    /// Whether a bucket may hold this: each value adds at least 1 to `c²` and to `c n`.
    pub fn is_possible(self) -> bool {
        self.values > 0 && self.units <= self.values && self.squares >= self.values && self.products >= self.values
    }
}
