//! One thing after another, from what is remembered.

use jiff::{SignedDuration, Timestamp};

use super::occurrences::{Known, known};
use super::spec::Spec;
use crate::behaviour::{Cell, Progress};
use crate::language::checked::{Chain, Window};
use crate::rules::Situation;
use crate::rules::behaviour::{Evidence, last};

impl<'a> Situation<'a> {
    pub(super) fn remembered_chain(
        &self,
        cells: &[(&Spec, Option<&'a Cell>)],
        chain: &Chain,
        window: Window,
    ) -> Evidence {
        match cells {
            [(spec, cell)] if spec.queries.len() > 1 => {
                let progress = match cell {
                    Some(Cell::Chain(cell)) => cell.progress(self.now.as_millisecond()),
                    _ => Progress::default(),
                };
                self.progressed(&progress, chain, window)
            }
            steps => {
                let known = |(spec, cell): &(&Spec, Option<&'a Cell>)| {
                    let mut known = known(spec, *cell);
                    known.retain(|known| known.at <= self.now);
                    known
                };
                let steps: Vec<Vec<Known<'a>>> = steps.iter().map(known).collect();
                match chain {
                    Chain::Then(links) => self.followed(&steps, links.iter().map(|(_, within)| *within), window),
                    Chain::Without(_, within) => self.left_undone(&steps, *within, window),
                }
            }
        }
    }

    /// The last time is enough: a window that ends now includes it or none.
    fn progressed(&self, progress: &Progress, chain: &Chain, window: Window) -> Evidence {
        let done = progress.reached.iter().take_while(|reached| reached.is_some()).count();
        let at = match chain {
            Chain::Then(links) => progress.reached.get(links.len()).copied().flatten(),
            Chain::Without(..) => progress.abandoned,
        };
        let times: Vec<Timestamp> = at.and_then(|at| Timestamp::from_millisecond(at).ok()).into_iter().collect();
        last(&times, self.interval(window), done)
    }

    fn followed(
        &self,
        steps: &[Vec<Known<'a>>],
        within: impl Iterator<Item = SignedDuration>,
        window: Window,
    ) -> Evidence {
        let mut steps = steps.iter();
        let mut reached = steps.next().cloned().unwrap_or_default();
        let mut done = usize::from(!reached.is_empty());
        for (step, within) in steps.zip(within) {
            let mut next = step.clone();
            next.retain(|known| follows(known, &reached, within));
            done += usize::from(!next.is_empty());
            reached = next;
        }
        let times: Vec<Timestamp> = reached.iter().map(|known| known.at).collect();
        last(&times, self.interval(window), done)
    }

    fn left_undone(&self, steps: &[Vec<Known<'a>>], within: SignedDuration, window: Window) -> Evidence {
        let all: Vec<Timestamp> = steps.iter().flatten().map(|known| known.at).collect();
        let started = steps.first().map(Vec::as_slice).unwrap_or_default();
        let mut times: Vec<Timestamp> = Vec::new();
        for start in started {
            let Ok(due) = start.at.checked_add(within) else { continue };
            if due <= self.now && !all.iter().any(|at| start.at < *at && *at <= due) {
                times.push(due);
            }
        }
        last(&times, self.interval(window), usize::from(!started.is_empty()))
    }
}

/// Whether one of the former events lies at most `within` before this one and is another one.
fn follows(known: &Known<'_>, former: &[Known<'_>], within: SignedDuration) -> bool {
    former.iter().any(|before| {
        before.at <= known.at && known.at.duration_since(before.at) <= within && before.order != known.order
    })
}
