//! A scorecard for people: what to do first, then what it rests on.

mod grid;
mod metric;
mod paragraph;
mod parts;
mod split;

use std::io::{self, Write};

use super::{Plan, Scorecard, Stop, words};

pub use paragraph::paragraph;

/// A scorecard with what a reader must know beside it.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    /// What was analysed, in one line.
    pub title: &'a str,
    /// What was fixed before anybody looked.
    pub plan: &'a Plan,
    /// What came of it.
    pub found: &'a Scorecard,
    /// What is said right after the verdict, a paragraph each, such as where the plan was changed after the start.
    pub notes: &'a [String],
    /// How to write the plan that may be looked at, such as `--plan anytime`.
    pub plan_option: &'a str,
    /// Whether differences between strata were taken out.
    pub has_strata: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Whether the verdict may be bold.
    pub is_styled: bool,
}

impl Report<'_> {
    /// Prints everything.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let Self { plan, found, width, .. } = *self;
        let (bold, plain) = if self.is_styled { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
        writeln!(out, "{}", self.title)?;
        paragraph(&self.stopping(), "", width, out)?;
        writeln!(out)?;
        paragraph(&format!("{bold}{}{plain}", found.verdict.text), "", width, out)?;
        // Where nobody was counted, that is the reason of everything.
        let has_any = found.variants.iter().any(|variant| variant.n > 0);
        for reason in found.verdict.reasons.iter().filter(|_| has_any) {
            paragraph(reason, "  ", width, out)?;
        }
        for note in self.notes {
            paragraph(note, "", width, out)?;
        }
        for flag in &found.flags {
            let word = if flag.fails { "data check failed: " } else { "note: " };
            paragraph(&format!("{word}{}", flag.text), "", width, out)?;
        }
        writeln!(out)?;
        split::write(found, plan, width, out)?;
        if !has_any {
            return writeln!(out, "\nNobody was counted yet: there are no numbers.");
        }
        for name in plan.metrics.iter().map(|metric| &metric.name) {
            let rows: Vec<_> = found.metrics.iter().filter(|row| row.metric == *name).collect();
            writeln!(out)?;
            metric::write(&rows, plan, self.has_strata, width, out)?;
        }
        for block in &found.breakdowns {
            writeln!(out)?;
            parts::write(block, plan, width, out)?;
        }
        Ok(())
    }

    /// What the intervals promise.
    fn stopping(&self) -> String {
        let confidence = words::percent(1.0 - self.plan.alpha);
        let rule = match self.plan.stop {
            Stop::Anytime => "the intervals below hold at every look, whenever one stops".to_owned(),
            Stop::GroupSequential { .. } => "the intervals below hold at the planned looks".to_owned(),
            Stop::Fixed => {
                format!("the intervals below hold if this is the only look; {} holds at every look", self.plan_option)
            }
        };
        format!("plan {}, confidence {confidence}: {rule}", self.plan.stop.code().replace('_', "-"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Data, Kind, Measured, Metric, Role, Variant, scorecard};

    #[test]
    fn where_nobody_was_counted_it_is_said_once() {
        let guardrail = Metric { role: Role::Guardrail, ..Metric::new("errors", Kind::Conversion) };
        let plan = Plan { metrics: vec![Metric::new("bought", Kind::Conversion), guardrail], ..Plan::default() };
        let variant = |name: &str| Variant { name: name.to_owned(), weight: 1.0, units: 0 };
        let empty = || Measured::Sums(Box::default());
        let data = Data {
            variants: vec![variant("a"), variant("b")],
            metrics: vec![vec![empty(), empty()], vec![empty(), empty()]],
            ..Data::default()
        };
        let found = scorecard(&plan, &data).unwrap();
        let report = Report {
            title: "a test",
            plan: &plan,
            found: &found,
            notes: &[],
            plan_option: "`stop: anytime`",
            has_strata: false,
            width: 100,
            is_styled: false,
        };
        let mut text = Vec::new();
        report.write(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.ends_with("\n\nNobody was counted yet: there are no numbers.\n"), "{text}");
        assert!(text.lines().count() < 14 && !text.contains("no number, because"), "{text}");
    }
}
