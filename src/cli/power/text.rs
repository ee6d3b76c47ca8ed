//! The report as people read it.

use std::io::{self, Write};

use crate::analysis::words::{count, percent, plain, signed_percent};
use crate::cli::output::{Output, counted};

use super::report::{Change, Metric, Report};
use super::row::{Ends, Row};

impl Report {
    pub(super) fn write(&self, out: &mut Output) -> io::Result<()> {
        self.metric.write(out)?;
        self.write_question(out)?;
        writeln!(
            out,
            "needed: by then it is found in {} of the experiments; beside it when they end on average",
            percent(self.power_each)
        )?;
        writeln!(out)?;
        let has_days = self.visitors_per_day.is_some();
        let (wide, dash) = (if has_days { 22 } else { 13 }, "-");
        writeln!(
            out,
            "{:20}  {:>9}  {:>wide$}  {:>wide$}  {:>wide$}",
            "", "", "needed", "if it is there", "if nothing is"
        )?;
        let unit = if has_days { "visitors   days" } else { "visitors" };
        writeln!(out, "{:20}  {:>9}  {unit:>wide$}  {unit:>wide$}  {unit:>wide$}", "plan", "finds")?;
        for row in &self.plans {
            let lift = row.effect.map_or_else(|| dash.to_owned(), |effect| signed_percent(effect.relative));
            let cells = row.cells(has_days);
            let [most, with, without] = &cells;
            writeln!(out, "{:20}  {lift:>9}  {most:>wide$}  {with:>wide$}  {without:>wide$}", row.plan.word())?;
        }
        let most = |ends: &Ends<u64>| ends.most;
        if let Some(fixed) =
            self.plans.first().filter(|row| row.visitors.as_ref().map(most).is_some() && self.variants.len() > 1)
        {
            let each: Vec<String> = fixed.visitors_per_variant.iter().map(|visitors| count(*visitors)).collect();
            writeln!(out, "\nfixed, by variant: {}", each.join(", "))?;
        }
        for row in &self.plans {
            writeln!(out, "\n{}\n  read     {}\n  peeking  {}", row.plan.word(), row.read, row.peeking)?;
            if let Some(why) = &row.because {
                writeln!(out, "  no number: {why}")?;
            }
        }
        Ok(())
    }

    fn write_question(&self, out: &mut Output) -> io::Result<()> {
        let per_day = self
            .visitors_per_day
            .map(|visitors| format!("; {} visitors a day", plain_count(visitors)))
            .unwrap_or_default();
        let weights: Vec<String> = self.variants.iter().map(f64::to_string).collect();
        if let Some(Change { relative, level, .. }) = self.minimum_effect {
            writeln!(
                out,
                "to find {}: {} -> {}",
                signed_percent(relative),
                self.metric.level(self.metric.value),
                self.metric.level(level)
            )?;
        }
        writeln!(
            out,
            "{} variants {}; alpha {}, chance to find it {}{per_day}",
            self.variants.len(),
            weights.join(":"),
            percent(self.alpha),
            percent(self.power)
        )?;
        if (self.alpha_each, self.power_each) != (self.alpha, self.power) {
            writeln!(
                out,
                "so that {} x {}, {} together keep that: alpha {} and a chance of {} for each",
                counted(self.metrics as usize, "metric"),
                counted(self.variants.len().saturating_sub(1), "treatment"),
                counted(self.guardrails as usize, "guardrail"),
                percent(self.alpha_each),
                percent(self.power_each)
            )?;
        }
        Ok(())
    }
}

impl Metric {
    fn write(&self, out: &mut Output) -> io::Result<()> {
        let name = self.name.clone().unwrap_or_else(|| "the metric".to_owned());
        match self.kind {
            "conversion" => write!(out, "{name}: {} of the visitors convert", percent(self.value))?,
            _ => write!(out, "{name}: {} a visitor, standard deviation {}", plain(self.value), plain(self.deviation))?,
        }
        if let Some(source) = &self.history {
            write!(out, " ({}: {} visitors", source.file, count(source.units))?;
            if let Some(days) = source.days {
                write!(out, " in {days:.1} days")?;
            }
            if source.bad_rows > 0 {
                write!(out, "; {} rows left out", count(source.bad_rows))?;
            }
            write!(out, ")")?;
        }
        writeln!(out)?;
        match self.explained_share {
            Some(share) => writeln!(
                out,
                "the covariate explains {} of the variance and saves as many of the visitors",
                percent(share)
            ),
            None => Ok(()),
        }
    }

    fn level(&self, level: f64) -> String {
        if self.kind == "conversion" { percent(level) } else { plain(level) }
    }
}

impl Row {
    /// At most, with and without effect.
    fn cells(&self, has_days: bool) -> [String; 3] {
        let Some(visitors) = self.visitors else { return ["-", "-", "-"].map(str::to_owned) };
        let cell = |visitors: u64, days: Option<f64>| match days {
            Some(days) if has_days => format!("{} {days:>6}", count(visitors)),
            _ => count(visitors),
        };
        let days = self.days;
        let without = match visitors.without_effect {
            Some(visitors) => cell(visitors, days.and_then(|days| days.without_effect)),
            None => "until you give up".to_owned(),
        };
        [
            cell(visitors.most, days.map(|days| days.most)),
            cell(visitors.with_effect, days.map(|days| days.with_effect)),
            without,
        ]
    }
}

fn plain_count(visitors: f64) -> String {
    if visitors.fract() == 0.0 || visitors >= 1000.0 { format!("{visitors:.0}") } else { plain(visitors) }
}
