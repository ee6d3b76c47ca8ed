//! Notices who sends faster than people act.
//!
//! Counts by minute of the event's own time, so that a phone which sends a day's events at once is no bot, and an old
//! file is none either. Memory is bounded: what does not fit is not counted.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// Visitors and addresses that are counted within one minute of the clock; 2 MiB.
const COUNTED: usize = 65_536;

/// People behind one address that are taken for granted: offices and mobile networks share addresses.
const PEOPLE_OF_AN_ADDRESS: u32 = 10;

/// How many events one visitor may send about one minute.
#[derive(Debug)]
pub struct Pace {
    events_a_minute: NonZeroU32,
    hasher: foldhash::fast::RandomState,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// The minute of arrival to which they belong.
    minute: i64,
    events: HashMap<u64, u32>,
}

impl Pace {
    /// More events a minute than this are a bot's; ten times as many from one address.
    pub fn new(events_a_minute: NonZeroU32) -> Self {
        Self { events_a_minute, hasher: foldhash::fast::RandomState::default(), counts: Mutex::default() }
    }

    /// Counts one event; whether it is one too many.
    pub(super) fn is_exceeded(&self, visitor: &str, ip: Option<IpAddr>, at: Timestamp, received: Timestamp) -> bool {
        let minute = |moment: Timestamp| moment.as_second().div_euclid(60);
        let limit = self.events_a_minute.get();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.enter(minute(received));
        let by_visitor = counts.count(self.hasher.hash_one((visitor, minute(at)))) > limit;
        let by_address = ip.is_some_and(|ip| {
            counts.count(self.hasher.hash_one((ip, minute(at)))) > limit.saturating_mul(PEOPLE_OF_AN_ADDRESS)
        });
        by_visitor || by_address
    }
}

impl Counts {
    fn enter(&mut self, minute: i64) {
        if self.minute != minute {
            self.minute = minute;
            self.events.clear();
        }
    }

    fn count(&mut self, key: u64) -> u32 {
        if self.events.len() >= COUNTED && !self.events.contains_key(&key) {
            return 0;
        }
        let count = self.events.entry(key).or_default();
        *count = count.saturating_add(1);
        *count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_visitor_or_one_address_may_not_send_too_much_about_one_minute() {
        let pace = Pace::new(NonZeroU32::new(2).unwrap());
        let now: Timestamp = "2026-11-20T10:00:30Z".parse().unwrap();
        let before: Timestamp = "2026-11-20T09:00:00Z".parse().unwrap();
        let sent = |at| pace.is_exceeded("v1", None, at, now);
        assert_eq!([sent(now), sent(now), sent(now)], [false, false, true]);
        assert!(!sent(before), "what happened in another minute is counted there");
        assert!(!pace.is_exceeded("v2", None, now, now));
        let from = |visitor: usize| pace.is_exceeded(&visitor.to_string(), "192.0.2.1".parse().ok(), now, now);
        assert!((100..120).all(|visitor| !from(visitor)));
        assert!(from(200));
        let later = "2026-11-20T10:01:00Z".parse().unwrap();
        assert!(!pace.is_exceeded("v1", None, now, later), "the next minute of the clock counts from nothing");
    }

    #[test]
    fn memory_is_bounded() {
        let pace = Pace::new(NonZeroU32::MIN);
        let now: Timestamp = "2026-11-20T10:00:30Z".parse().unwrap();
        for visitor in 0..COUNTED + 1000 {
            pace.is_exceeded(&visitor.to_string(), None, now, now);
        }
        assert_eq!(pace.counts.lock().unwrap().events.len(), COUNTED);
    }
}
