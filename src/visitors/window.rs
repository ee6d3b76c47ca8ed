//! Which messages came before: a message counts once as long as its id is remembered.
//!
//! Two generations of ids. When the younger one is old or full, the older one is forgotten, so an id is remembered for at
//! least [`WindowLimits::period`] or the last [`WindowLimits::ids`] ids, and at most for twice that. Time counts from arrival; an id
//! that has left the window is taken for a new one.

use std::collections::HashSet;

use foldhash::fast::RandomState;
use jiff::{SignedDuration, Timestamp};

use super::id::MessageHash;
use crate::store::journal::Position;

/// How much a window remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowLimits {
    /// At least so long, unless there are too many.
    pub period: SignedDuration,
    /// At least so many, unless they are too old. Each takes about 20 bytes of memory, twice.
    pub ids: usize,
}

impl Default for WindowLimits {
    /// A day and two million ids.
    fn default() -> Self {
        Self { period: SignedDuration::from_hours(24), ids: 2_000_000 }
    }
}

/// The ids of the messages that arrived lately. Equal messages in equal order leave equal windows, so it can be made again from the journal.
#[derive(Debug)]
pub(super) struct Window {
    limits: WindowLimits,
    young: HashSet<MessageHash, RandomState>,
    old: HashSet<MessageHash, RandomState>,
    /// When the first of the young ids arrived, and the place before its record.
    young_since: Option<(Timestamp, Position)>,
    /// The place before the record of the first of the old ids.
    old_since: Option<Position>,
}

impl Window {
    pub(super) fn new(limits: WindowLimits) -> Self {
        Self { limits, young: HashSet::default(), old: HashSet::default(), young_since: None, old_since: None }
    }

    /// Whether a message came before.
    pub(super) fn knows(&self, id: MessageHash) -> bool {
        self.young.contains(&id) || self.old.contains(&id)
    }

    /// Remembers a message of the record behind `before`; `false` when it came before.
    pub(super) fn remember(&mut self, id: MessageHash, received: Timestamp, before: Position) -> bool {
        if let Some((since, first)) = self.young_since
            && (received.duration_since(since) >= self.limits.period || self.young.len() >= self.limits.ids)
        {
            self.old = std::mem::take(&mut self.young);
            self.old_since = Some(first);
            self.young_since = None;
        }
        if self.knows(id) {
            return false;
        }
        self.young_since.get_or_insert((received, before));
        self.young.insert(id);
        true
    }

    /// The place from which this window can be made again; `None` when it is empty.
    pub(super) fn since(&self) -> Option<Position> {
        self.old_since.or(self.young_since.map(|(_, before)| before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(sequence: u64) -> Position {
        Position { sequence, ..Position::ORIGIN }
    }

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).unwrap()
    }

    #[test]
    fn an_id_is_known_for_a_period_and_forgotten_after_two() {
        let mut window = Window::new(WindowLimits { period: SignedDuration::from_hours(24), ids: 10 });
        assert!(window.remember(1, at(0), place(1)));
        assert!(!window.remember(1, at(1), place(2)));
        assert!(window.remember(2, at(24), place(3)), "begins a generation");
        assert!(!window.remember(1, at(47), place(4)), "the old generation is still known");
        assert!(window.remember(3, at(48), place(5)));
        assert!(window.remember(1, at(49), place(6)), "accepted as new");
        assert_eq!(window.since(), Some(place(3)));
    }

    #[test]
    fn many_ids_push_old_ones_out() {
        let mut window = Window::new(WindowLimits { period: SignedDuration::from_hours(24), ids: 3 });
        for id in 0..7 {
            assert!(window.remember(id, at(0), place(id as u64 + 1)));
        }
        let known: Vec<_> = (0..7).filter(|id| window.knows(*id)).collect();
        assert_eq!(known, [3, 4, 5, 6]);
        assert_eq!(window.since(), Some(place(4)));
    }

    /// What is remembered after a restart is what a window that began there holds.
    #[test]
    fn a_window_is_made_again_from_where_it_begins() {
        let ids: Vec<u128> = (0..500).map(|number| (number * 7919) % 211).collect();
        let limits = WindowLimits { period: SignedDuration::from_hours(20), ids: 30 };
        let mut whole = Window::new(limits);
        let feed = |window: &mut Window, from: usize| {
            for (index, id) in ids.iter().enumerate().skip(from) {
                window.remember(*id, at(index as i64 / 3), place(index as u64 + 1));
            }
        };
        feed(&mut whole, 0);
        let mut again = Window::new(limits);
        feed(&mut again, whole.since().unwrap().sequence as usize - 1);
        assert!((0..211).all(|id| whole.knows(id) == again.knows(id)));
    }
}
