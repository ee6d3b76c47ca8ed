//! When a truth may change by itself, without any event.

use jiff::{SignedDuration, Timestamp};

use super::CellPlan;
use crate::behaviour::Memory;
use crate::language::checked::Program;
use crate::profile::Schema;

impl CellPlan {
    /// The earliest instant after now at which the truth of one of these segments (by their place in the program) may change
    /// although nothing happens: never too late, perhaps too early. `None`: never.
    pub fn next_change(
        &self,
        program: &Program,
        schema: &Schema,
        segments: &[usize],
        memory: &Memory,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let _ = (program, schema, segments, memory);
        now.checked_add(SignedDuration::from_secs(1)).ok()
    }
}
