//! A live result for people: the scorecard's report, and beside it what happened on the way.

use super::Results;
use crate::analysis::{Report, words};

impl Results {
    /// Everything in lines of at most so many letters; the verdict may be bold on a terminal.
    pub fn report(&self, width: usize, is_styled: bool) -> String {
        let notes = self.notes();
        let report = Report {
            title: &self.title(),
            plan: &self.plan,
            found: &self.scorecard,
            notes: &notes,
            plan_option: "`stop: anytime`",
            has_strata: false,
            width,
            is_styled,
        };
        let mut text = Vec::new();
        // Writing to memory does not fail.
        let _ = report.write(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    }

    /// `banner_test, running since 2026-11-01T10:00:00Z: 64,000 units at 2026-11-15T10:00:00Z`
    fn title(&self) -> String {
        let units = self.scorecard.units();
        let since = self.started.as_ref().map(|since| format!(" since {since}")).unwrap_or_default();
        format!("{}, {}{since}: {} at {}", self.experiment, self.status, words::units(units), self.at)
    }

    /// What a reader must know beside the verdict and the flags, which tell of breaker, deviations and estimates after stopping.
    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = Vec::new();
        if self.more_deviations > 0 {
            let more = self.more_deviations;
            notes.push(format!(
                "deviation: {} more {} after the start",
                words::count(more),
                if more == 1 { "change" } else { "changes" }
            ));
        }
        notes.extend(self.caps.iter().map(|cap| cap.text.clone()));
        if let Some(batch) = &self.batch {
            let share = |weight: &super::WeightOf| format!("{} {}", weight.variant, words::percent(weight.share));
            let shares: Vec<String> = batch.weights.iter().map(share).collect();
            notes.push(format!("split since {}: {}", batch.since, words::list(&shares)));
        }
        if !self.outlook.text.is_empty() {
            notes.push(self.outlook.text.clone());
        }
        let changes = match self.changes() {
            0 => "nothing was changed".to_owned(),
            1 => "1 deviation".to_owned(),
            more => format!("{} deviations", words::count(more)),
        };
        notes.push(format!("plan {}: {changes} since the start", self.terms_hash));
        notes
    }

    /// How often something that was settled was changed.
    fn changes(&self) -> u64 {
        (self.deviations.len() as u64).saturating_add(self.more_deviations)
    }
}
