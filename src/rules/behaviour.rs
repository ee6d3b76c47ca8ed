//! What the visitor did, how often, when.
//!
//! In: a behaviour and the plain list of events. Out: [`Evidence`], from which both the truth and the explanation are
//! read, so that they never disagree.

use jiff::{SignedDuration, Timestamp};

use super::window::Interval;
use super::{Situation, calendar, page};
use crate::language::checked::{Behaviour, CalendarUnit, Chain, Compare, EventKind, EventQuery, Frequency, Window};
use crate::profile::{Event, PAGE_EVENT};

use super::Truth;

/// What the events say about one behaviour.
#[derive(Debug, PartialEq)]
pub(super) enum Evidence {
    /// How many events lie in the window, and how many different or consecutive periods have one, as the frequency asks.
    Count(u64),
    /// For a behaviour without chain and frequency, and for chains: when it last came about.
    Last {
        /// Inside the window.
        inside: Option<Timestamp>,
        /// Ever.
        ever: Option<Timestamp>,
        /// How many steps of a chain happened in order, the first included; 0 without a chain.
        steps: usize,
    },
}

impl Evidence {
    /// Whether the behaviour holds.
    pub(super) fn holds(&self, behaviour: &Behaviour) -> bool {
        match (self, behaviour.frequency) {
            (Self::Last { inside, .. }, _) => inside.is_some(),
            (
                Self::Count(count),
                Some(Frequency::Times(compare, number) | Frequency::Different(compare, number, _)),
            ) => compare.holds(*count, number),
            (Self::Count(count), Some(Frequency::InARow(number, _))) => *count >= number,
            (Self::Count(count), None) => Compare::AtLeast.holds(*count, 1),
        }
    }
}

impl<'a> Situation<'a> {
    /// What the events say, or what is remembered of them by the behaviour's text; `None` where consent is missing.
    pub(super) fn evidence(&self, text: &str, behaviour: &Behaviour) -> Option<Evidence> {
        if let Some(remembered) = self.remembered {
            return self.remembered_evidence(remembered, text, behaviour);
        }
        let window = behaviour.window;
        match (&behaviour.chain, behaviour.frequency) {
            (Some(Chain::Then(steps)), _) => self.sequence(&behaviour.subject, steps, window),
            (Some(Chain::Without(other, span)), _) => self.abandoned(&behaviour.subject, other, *span, window),
            (None, None) => {
                let times: Vec<Timestamp> =
                    self.occurrences(&behaviour.subject)?.iter().map(|event| event.at).collect();
                Some(last(&times, self.interval(window), 0))
            }
            (None, Some(Frequency::Times(..))) => {
                Some(Evidence::Count(self.occurrences_in(&behaviour.subject, window)?.len() as u64))
            }
            (None, Some(Frequency::Different(_, _, unit))) => {
                Some(Evidence::Count(self.periods(&behaviour.subject, window, unit)?.len() as u64))
            }
            (None, Some(Frequency::InARow(_, unit))) => {
                let periods = self.periods(&behaviour.subject, window, unit)?;
                Some(Evidence::Count(calendar::longest_run(&periods, unit, self.run_must_reach(window, unit))))
            }
        }
    }

    /// The first of the purposes, tracking before all, that makes a query unknown.
    pub(super) fn refused_query<'q>(&self, query: &'q EventQuery) -> Option<&'q str> {
        if self.is_tracked() { self.refused(&query.purposes) } else { Some(crate::profile::TRACKING) }
    }

    /// The events that a query names and whose filter is true, oldest first; `None` where consent is missing.
    pub(super) fn occurrences(&self, query: &EventQuery) -> Option<Vec<&'a Event>> {
        if self.refused_query(query).is_some() {
            return None;
        }
        let fits = |event: &&&Event| match &query.filter {
            Some(filter) => self.truth_within(filter, Some(event)) == Truth::True,
            None => true,
        };
        Some(match &query.kind {
            EventKind::Named(name) => {
                self.events().iter().filter(|event| event.name == *name).filter(fits).copied().collect()
            }
            EventKind::Page(pattern) => {
                let on_page = |event: &&&Event| {
                    &*event.name == PAGE_EVENT && event.path.as_deref().is_some_and(|path| page::fits(pattern, path))
                };
                self.events().iter().filter(on_page).filter(fits).copied().collect()
            }
            EventKind::VisitStart => self.visits().starts.iter().filter(fits).copied().collect(),
        })
    }

    /// Those of them that lie in a window.
    pub(super) fn occurrences_in(&self, query: &EventQuery, window: Window) -> Option<Vec<&'a Event>> {
        let mut events = self.occurrences(query)?;
        match self.interval(window) {
            Some(interval) => events.retain(|event| interval.contains(event.at)),
            None => events.clear(),
        }
        Some(events)
    }

    /// The local days, weeks or months with an event, each in that event's own zone where it names one; sorted.
    fn periods(&self, query: &EventQuery, window: Window, unit: CalendarUnit) -> Option<Vec<jiff::civil::Date>> {
        let local_day = |event: &&Event| event.zone(self.zone()).to_datetime(event.at).date();
        let events = self.occurrences_in(query, window)?;
        let mut periods: Vec<_> = events.iter().map(|event| calendar::period(local_day(event), unit)).collect();
        periods.sort_unstable();
        periods.dedup();
        Some(periods)
    }

    /// With no window a run must go on: reach this period or the one before.
    pub(super) fn run_must_reach(&self, window: Window, unit: CalendarUnit) -> Option<jiff::civil::Date> {
        let today = self.zone().to_datetime(self.now).date();
        (window == Window::Ever).then(|| calendar::previous(calendar::period(today, unit), unit))
    }

    /// `A then B within D then ..`: tA <= tB <= tA + D, consecutive steps being different events; the window applies to the
    /// last step.
    fn sequence(&self, first: &EventQuery, steps: &[(EventQuery, SignedDuration)], window: Window) -> Option<Evidence> {
        let mut reached = self.occurrences(first)?;
        let mut done = usize::from(!reached.is_empty());
        for (step, within) in steps {
            let mut next = self.occurrences(step)?;
            next.retain(|event| follows(event, &reached, *within));
            done += usize::from(!next.is_empty());
            reached = next;
        }
        let times: Vec<Timestamp> = reached.iter().map(|event| event.at).collect();
        Some(last(&times, self.interval(window), done))
    }

    /// `A without B within D`: comes about at tA + D when neither A nor B lies in (tA, tA + D]; the window applies to that
    /// instant.
    fn abandoned(
        &self,
        subject: &EventQuery,
        other: &EventQuery,
        span: SignedDuration,
        window: Window,
    ) -> Option<Evidence> {
        let started = self.occurrences(subject)?;
        let ended = self.occurrences(other)?;
        let mut times = Vec::new();
        for event in &started {
            let Ok(due) = event.at.checked_add(span) else { continue };
            let interrupted = |others| next_after(others, event.at).is_some_and(|next| next <= due);
            if due <= self.now && !interrupted(&started) && !interrupted(&ended) {
                times.push(due);
            }
        }
        Some(last(&times, self.interval(window), usize::from(!started.is_empty())))
    }
}

/// Whether one of the former events lies at most `within` before this one and is another one.
fn follows(event: &Event, former: &[&Event], within: SignedDuration) -> bool {
    let upto = former.partition_point(|before| before.at <= event.at);
    former
        .iter()
        .take(upto)
        .rev()
        .take_while(|before| event.at.duration_since(before.at) <= within)
        .any(|before| !std::ptr::eq(*before, event))
}

/// The first event after an instant.
fn next_after(events: &[&Event], at: Timestamp) -> Option<Timestamp> {
    events.get(events.partition_point(|event| event.at <= at)).map(|event| event.at)
}

/// The last of the times inside an interval, and the last of all.
pub(super) fn last(times: &[Timestamp], interval: Option<Interval>, steps: usize) -> Evidence {
    let inside = times.iter().rfind(|at| interval.is_some_and(|interval| interval.contains(**at)));
    Evidence::Last { inside: inside.copied(), ever: times.last().copied(), steps }
}
