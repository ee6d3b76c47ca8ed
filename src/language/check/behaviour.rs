//! What a visitor did, how often, when.

use jiff::SignedDuration;
use jiff::civil::{DateTime, Time};

use super::Checker;
use crate::diagnostic::Span;
use crate::language::checked::{Behaviour, CalendarUnit, Chain, Compare, EventKind, EventQuery, Frequency, Window};
use crate::language::format::unit_word;
use crate::language::syntax::{self, Moment, MomentKind, Occurrence, SpanLiteral};

/// A sequence of more steps is refused: each step of each sequence is remembered for each visitor.
pub const MAX_STEPS: usize = 16;

impl<'a> Checker<'a> {
    pub(super) fn behaviour(&mut self, behaviour: &syntax::Behaviour) -> Option<Behaviour> {
        let subject = self.occurrence(&behaviour.subject);
        let chain = behaviour.chain.as_ref().map(|chain| self.chain(chain));
        let window = self.window(behaviour.window.as_ref());
        let frequency = match &behaviour.frequency {
            Some(frequency) if chain.is_some() => {
                self.frequency_after_chain(frequency);
                return None;
            }
            Some(frequency) => Some(self.frequency(frequency, window)?),
            None => None,
        };
        Some(Behaviour {
            subject: subject?,
            chain: chain.map_or(Some(None), |chain| chain.map(Some))?,
            frequency,
            window: window?,
        })
    }

    fn occurrence(&mut self, occurrence: &Occurrence) -> Option<EventQuery> {
        match occurrence {
            Occurrence::Did(event) => self.event_query(event),
            Occurrence::Visited(text) => {
                let pattern = self.page_pattern(text)?;
                Some(EventQuery { kind: EventKind::Page(pattern), purposes: Vec::new(), filter: None })
            }
        }
    }

    fn chain(&mut self, chain: &syntax::Chain) -> Option<Chain> {
        match chain {
            syntax::Chain::Then(steps) => {
                let checked: Vec<_> = steps
                    .iter()
                    .map(|step| (self.occurrence(&step.occurrence), self.span_above_zero(&step.within)))
                    .collect();
                if let Some(step) = steps.get(MAX_STEPS - 1) {
                    let finding = self
                        .error(
                            "too-many-steps",
                            step.within.at.0,
                            format!("this sequence has {} steps", steps.len() + 1),
                        )
                        .label(format!("at most {MAX_STEPS} are allowed"))
                        .help("look at the steps that matter");
                    self.report(finding);
                    return None;
                }
                let steps =
                    checked.into_iter().map(|(query, within)| Some((query?, within?))).collect::<Option<_>>()?;
                Some(Chain::Then(steps))
            }
            syntax::Chain::Without(event, within) => {
                let (query, within) = (self.event_query(event), self.span_above_zero(within));
                Some(Chain::Without(query?, within?))
            }
        }
    }

    fn frequency_after_chain(&mut self, frequency: &syntax::Frequency) {
        let (syntax::Frequency::Times(_, number)
        | syntax::Frequency::Different(_, number, _)
        | syntax::Frequency::InARow(number, _)) = frequency;
        let finding = self
            .error("frequency-after-chain", number.at.0, "a sequence is not counted: it has happened or it has not")
            .label("a frequency cannot follow `then` or `without`")
            .help("leave the frequency out, or count one event by itself: did order at least 3 times in last 7 days");
        self.report(finding);
    }

    fn frequency(&mut self, frequency: &syntax::Frequency, window: Option<Window>) -> Option<Frequency> {
        let (checked, compare, number, most) = match frequency {
            syntax::Frequency::Times(compare, number) => {
                (Frequency::Times(*compare, self.count(number)?), *compare, number, None)
            }
            syntax::Frequency::Different(compare, number, unit) => {
                let most = window.and_then(|window| most_periods(window, *unit));
                (Frequency::Different(*compare, self.count(number)?, *unit), *compare, number, most)
            }
            syntax::Frequency::InARow(number, unit) => {
                let most = window.and_then(|window| most_periods(window, *unit));
                (Frequency::InARow(self.count(number)?, *unit), Compare::AtLeast, number, most)
            }
        };
        self.trivial_count(compare, number.value, most, number.at.0);
        Some(checked)
    }

    /// Warns of a count that every visitor has, or none.
    fn trivial_count(&mut self, compare: Compare, number: u64, most: Option<u64>, at: Span) {
        let never = match (compare, most) {
            (Compare::FewerThan, _) => number == 0,
            (Compare::AtLeast | Compare::Exactly, Some(most)) => number > most,
            (Compare::MoreThan, Some(most)) => number >= most,
            _ => false,
        };
        if compare == Compare::AtLeast && number == 0 {
            let finding = self
                .warning("always-true", at, "this count is always reached")
                .label("every count is at least 0")
                .help(
                    "for something that was done write at least 1; for something that was not done write: not did ..",
                );
            self.report(finding);
        } else if never {
            let finding = match most {
                Some(_) if number > 0 => self
                    .warning("never-true", at, "this count can never be reached")
                    .label("more than the window holds")
                    .help("make the window longer, or ask for fewer"),
                _ => self
                    .warning("never-true", at, "this count can never be reached")
                    .label("no count is below 0")
                    .help("for something that was not done write: not did .."),
            };
            self.report(finding);
        }
    }

    /// The window of a behaviour or aggregate; absent = ever.
    pub(super) fn window(&mut self, window: Option<&syntax::Window>) -> Option<Window> {
        Some(match window {
            None => Window::Ever,
            Some(syntax::Window::Last(span)) => Window::Last(self.span_above_zero(span)?),
            Some(syntax::Window::ThisVisit) => Window::ThisVisit,
            Some(syntax::Window::This(unit)) => Window::This(*unit),
            Some(syntax::Window::Ago(newer, older)) => self.ago(newer, older)?,
            Some(syntax::Window::Since(moment)) => Window::Since(self.civil(moment, "since")?),
        })
    }

    fn ago(&mut self, first: &SpanLiteral, second: &SpanLiteral) -> Option<Window> {
        let (newer, older) = (self.span(first), self.span(second));
        let (newer, older) = (newer?, older?);
        if newer < older {
            return Some(Window::Ago { newer, older });
        }
        let at = first.at.0.to(second.at.0);
        let finding = if newer == older {
            self.error("empty-window", at, "nothing lies between a moment and itself")
                .label("both ends are the same")
                .help("write two different spans: between 30 days and 90 days ago")
        } else {
            let span = |span: &SpanLiteral| format!("{} {}", span.count, unit_word(span.unit, span.count));
            self.error("reversed-window", at, "this window ends before it begins")
                .label("the shorter span comes first")
                .help(format!("write: between {} and {} ago", span(second), span(first)))
        };
        self.report(finding);
        None
    }

    /// A date, or a date with its time; `word` is what it follows.
    pub(super) fn civil(&mut self, moment: &Moment, word: &str) -> Option<DateTime> {
        match moment.kind {
            MomentKind::Date(date) => Some(date.to_datetime(Time::midnight())),
            MomentKind::DateTime(civil) => Some(civil),
            MomentKind::Time(_) => {
                let finding = self
                    .error("time-without-date", moment.at.0, format!("`{word}` needs a date"))
                    .label("a time of day alone")
                    .help(format!(
                        "write: {word} 2026-11-27T18:00   (for hours of every day: local.time between 18:00 and 22:00)"
                    ));
                self.report(finding);
                None
            }
        }
    }
}

/// An upper bound of the different local days, weeks or months that a window touches; `None` = no bound.
///
/// Each event counts in its own zone, and zones lie up to 26 hours apart: three periods more than the window's length
/// are never exceeded.
fn most_periods(window: Window, unit: CalendarUnit) -> Option<u64> {
    let period = SignedDuration::from_hours(match unit {
        CalendarUnit::Day => 24,
        CalendarUnit::Week => 7 * 24,
        CalendarUnit::Month => 28 * 24,
    });
    let length = match window {
        Window::Last(span) => span,
        Window::Ago { newer, older } => older - newer,
        Window::This(CalendarUnit::Day) => SignedDuration::from_hours(25),
        Window::This(CalendarUnit::Week) => SignedDuration::from_hours(7 * 24 + 1),
        Window::This(CalendarUnit::Month) => SignedDuration::from_hours(31 * 24 + 1),
        Window::Ever | Window::ThisVisit | Window::Since(_) => return None,
    };
    u64::try_from(length.as_secs() / period.as_secs()).ok().map(|periods| periods + 3)
}
