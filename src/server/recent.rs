//! The decisions of late, to look at: bounded by number and age, in memory only.
//!
//! In: answers, after they were written. Out: their decisions, newest first. A ring in which each place has a lock of its own, so that
//! decisions wait neither for each other nor for whoever looks: two meet at one place only if a whole round passes meanwhile.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, Serializer};

use crate::decision::{Answer, ContentNames, Reason};
use crate::release::ReleaseId;

/// More recent decisions are not kept: each takes some two hundred bytes of memory for as long as the server runs.
pub const MAX_RECENT_DECISIONS: usize = 1_000_000;

/// How often decisions that are too old are dropped; until then they are kept, and not shown any more.
pub(super) const SWEEP_TIME: Duration = Duration::from_secs(60);

/// How much is kept of recent decisions.
#[derive(Debug, Clone, Copy)]
pub struct RecentOptions {
    /// How many, at most [`MAX_RECENT_DECISIONS`]; 0 = none.
    pub number: usize,
    /// For how long.
    pub age: SignedDuration,
}

impl Default for RecentOptions {
    fn default() -> Self {
        Self { number: 10_000, age: SignedDuration::from_hours(24) }
    }
}

/// One decision of late.
#[derive(Debug, Clone, Serialize)]
pub(super) struct RecentDecision {
    #[serde(serialize_with = "written")]
    pub(super) at: Timestamp,
    /// The id that the request gave.
    pub(super) visitor: Arc<str>,
    pub(super) slot: Arc<str>,
    pub(super) content: Option<ContentNames>,
    pub(super) reason: Reason,
    pub(super) rule: Option<String>,
    pub(super) experiment: Option<Arc<str>>,
    pub(super) variant: Option<Arc<str>>,
    pub(super) release: ReleaseId,
}

fn written<S: Serializer>(at: &Timestamp, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(&format_args!("{at:.3}"))
}

/// Room for a decision with its number, counted from the start of the server.
type Place = Mutex<Option<(u64, RecentDecision)>>;

/// The decisions of late.
#[derive(Debug)]
pub(super) struct Recent {
    places: Box<[Place]>,
    /// Of the next decision.
    next: AtomicU64,
    age: SignedDuration,
}

impl Recent {
    pub(super) fn new(options: RecentOptions) -> Self {
        let places = (0..options.number.min(MAX_RECENT_DECISIONS)).map(|_| Mutex::default());
        Self { places: places.collect(), next: AtomicU64::default(), age: options.age }
    }

    /// How many are kept at most.
    pub(super) fn capacity(&self) -> usize {
        self.places.len()
    }

    /// For how long they are kept.
    pub(super) fn age(&self) -> SignedDuration {
        self.age
    }

    /// Keeps the decisions of an answer.
    pub(super) fn keep(&self, answer: Answer, at: Timestamp) {
        if self.places.is_empty() {
            return;
        }
        let first = self.next.fetch_add(answer.decisions.len() as u64, Ordering::Relaxed);
        for (number, decision) in (first..).zip(answer.decisions) {
            let Some(mut place) = self.place(number) else { continue };
            // Whoever was held up for a whole round comes too late.
            if place.as_ref().is_some_and(|(newer, _)| *newer > number) {
                continue;
            }
            let visitor = Arc::clone(&answer.visitor);
            let kept = RecentDecision {
                at,
                visitor,
                slot: decision.slot,
                content: decision.content,
                reason: decision.reason,
                rule: decision.rule,
                experiment: decision.experiment,
                variant: decision.variant,
                release: decision.release,
            };
            *place = Some((number, kept));
        }
    }

    /// The newest that are wanted, newest first.
    pub(super) fn latest(
        &self,
        limit: usize,
        now: Timestamp,
        is_wanted: impl Fn(&RecentDecision) -> bool,
    ) -> Vec<RecentDecision> {
        let next = self.next.load(Ordering::Relaxed);
        let numbers = (next.saturating_sub(self.places.len() as u64)..next).rev();
        let kept = numbers.filter_map(|number| {
            let place = self.place(number)?;
            let (kept, decision) = place.as_ref()?;
            let is_it = *kept == number && !self.is_old(decision, now) && is_wanted(decision);
            is_it.then(|| decision.clone())
        });
        kept.take(limit).collect()
    }

    /// Forgets those of a visitor, under all of these ids. Says whether there were any.
    pub(super) fn forget(&self, ids: &[Arc<str>]) -> bool {
        self.drop_those(|decision| ids.contains(&decision.visitor))
    }

    /// Drops those that are too old.
    pub(super) fn sweep(&self, now: Timestamp) {
        self.drop_those(|decision| self.is_old(decision, now));
    }

    fn drop_those(&self, is_one: impl Fn(&RecentDecision) -> bool) -> bool {
        let mut any = false;
        for place in &self.places {
            let mut place = lock(place);
            if place.as_ref().is_some_and(|(_, decision)| is_one(decision)) {
                *place = None;
                any = true;
            }
        }
        any
    }

    fn is_old(&self, decision: &RecentDecision, now: Timestamp) -> bool {
        now.duration_since(decision.at) > self.age
    }

    fn place(&self, number: u64) -> Option<MutexGuard<'_, Option<(u64, RecentDecision)>>> {
        let place = usize::try_from(number.checked_rem(self.places.len() as u64)?).ok()?;
        self.places.get(place).map(lock)
    }
}

fn lock<T>(place: &Mutex<T>) -> MutexGuard<'_, T> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::{Request, decide};
    use crate::release::{FileSet, Release};

    const RULES: &str = "slot a { otherwise show 1 }\nslot b { otherwise show 2 }\n";

    fn release() -> Release {
        let files = [
            ("rules/home.rules".into(), RULES.into()),
            ("rules/content/home.yaml".into(), "slots: {a: {type: number}, b: {type: number}}".into()),
        ];
        Release::compile(FileSet::from_files(files).unwrap()).0.unwrap()
    }

    fn minute(minute: i64) -> Timestamp {
        Timestamp::from_second(60 * minute).unwrap()
    }

    /// Keeps the two decisions of one request at a minute.
    fn keep(recent: &Recent, release: &Release, visitor: &str, at: i64) {
        let body = format!(r#"{{"visitor": {{"id": "{visitor}"}}}}"#);
        let request = Request::read(body.as_bytes(), &release.schema, minute(at)).unwrap();
        recent.keep(decide(release, &request, minute(at)).unwrap(), minute(at));
    }

    fn kept(recent: &Recent, now: i64) -> Vec<String> {
        let latest = recent.latest(usize::MAX, minute(now), |_| true);
        latest.iter().map(|decision| format!("{} {}", decision.visitor, decision.slot)).collect()
    }

    fn of(number: usize, minutes: i64) -> Recent {
        Recent::new(RecentOptions { number, age: SignedDuration::from_mins(minutes) })
    }

    #[test]
    fn the_newest_come_first_and_the_oldest_make_room() {
        let (recent, release) = (of(5, 60), release());
        assert_eq!(kept(&recent, 0), Vec::<String>::new());
        for (at, visitor) in ["v1", "v2", "v3"].into_iter().enumerate() {
            keep(&recent, &release, visitor, i64::try_from(at).unwrap());
        }
        assert_eq!(kept(&recent, 3), ["v3 b", "v3 a", "v2 b", "v2 a", "v1 b"]);
        let two = recent.latest(2, minute(3), |decision| &*decision.slot == "a");
        assert_eq!(two.iter().map(|decision| &*decision.visitor).collect::<Vec<_>>(), ["v3", "v2"]);
    }

    #[test]
    fn what_is_too_old_is_not_shown_and_soon_gone() {
        let (recent, release) = (of(10, 5), release());
        keep(&recent, &release, "v1", 0);
        keep(&recent, &release, "v2", 3);
        assert_eq!(kept(&recent, 5).len(), 4);
        assert_eq!(kept(&recent, 6), ["v2 b", "v2 a"]);
        recent.sweep(minute(6));
        // A clock that is set back shows that it is really gone.
        assert_eq!(kept(&recent, 0), ["v2 b", "v2 a"]);
    }

    #[test]
    fn a_visitor_is_forgotten_under_every_id() {
        let (recent, release) = (of(10, 5), release());
        for visitor in ["v1", "v2", "device"] {
            keep(&recent, &release, visitor, 0);
        }
        assert!(recent.forget(&["v1".into(), "device".into()]));
        assert_eq!(kept(&recent, 0), ["v2 b", "v2 a"]);
        assert!(!recent.forget(&["v1".into()]));
    }

    #[test]
    fn nothing_is_kept_where_none_are_wanted() {
        let (recent, release) = (of(0, 5), release());
        keep(&recent, &release, "v1", 0);
        assert_eq!(kept(&recent, 0), Vec::<String>::new());
    }

    #[test]
    fn many_at_once_lose_nothing() {
        let (recent, release) = (of(1_000, 5), release());
        std::thread::scope(|scope| {
            for thread in 0..5 {
                let (recent, release) = (&recent, &release);
                scope.spawn(move || (0..100).for_each(|index| keep(recent, release, &format!("{thread}-{index}"), 0)));
            }
        });
        let found: std::collections::BTreeSet<String> = kept(&recent, 0).into_iter().collect();
        assert_eq!(found.len(), 1_000);
    }
}
