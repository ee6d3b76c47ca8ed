//! The report as people read it.

use std::io::{self, Write};

use crate::analysis::paragraph;
use crate::analysis::words::{count, percent, plain, probability};
use crate::cli::output::Output;
use crate::cli::width::width;

use super::report::{Metric, NOT_UNIFORM_P_VALUE, Rate, Report, StartUp, Uniformity};

impl Report {
    pub(super) fn write(&self, out: &mut Output) -> io::Result<()> {
        let of = if self.units < self.units_read {
            format!("{} of {} units (drawn by their ids)", count(self.units), count(self.units_read))
        } else {
            format!("{} units", count(self.units))
        };
        let days = self.days.map(|days| format!(" of {days:.1} days")).unwrap_or_default();
        writeln!(out, "{}: {of}{days}", self.files.join(", "))?;
        if self.bad_rows > 0 {
            writeln!(out, "{} rows were left out", count(self.bad_rows))?;
        }
        writeln!(
            out,
            "{} replays in which nothing is different, {} looks each; alpha {}, seed {}",
            count(self.runs),
            self.looks,
            percent(self.alpha),
            self.seed
        )?;
        for metric in &self.metrics {
            writeln!(out)?;
            metric.write(out, self)?;
        }
        writeln!(out)?;
        paragraph(&self.verdict.text, "", width(), out)
    }
}

impl Metric {
    fn write(&self, out: &mut Output, report: &Report) -> io::Result<()> {
        let adjusted = if self.adjusted { ", adjusted by the covariate" } else { "" };
        let level = self.level.map(|level| match self.kind {
            "conversion" => format!(", {} convert", percent(level)),
            "ratio" => format!(", ratio {}", plain(level)),
            _ => format!(", mean {}", plain(level)),
        });
        writeln!(out, "{} ({}{}{adjusted})", self.metric, self.kind, level.unwrap_or_default())?;
        if self.is_untested() {
            return self.write_findings(out);
        }
        let names: Vec<String> = self.rates.iter().map(|rate| rate.plan.name(report.looks)).collect();
        let widest = names.iter().map(String::len).max().unwrap_or_default();
        writeln!(out, "  {:widest$}  {:>12}  {:>17}", "", "false alarms", "99.9 % interval")?;
        for (name, rate) in names.iter().zip(&self.rates) {
            let Rate { promised, exceeds, .. } = *rate;
            let interval = format!("{} to {}", percent(rate.lower), percent(rate.upper));
            let mark = match (promised, exceeds) {
                (true, true) => "  MORE THAN PROMISED",
                (false, true) => "  promises nothing",
                _ => "",
            };
            writeln!(out, "  {name:widest$}  {:>12}  {interval:>17}{mark}", percent(rate.rate))?;
        }
        if let Some(Uniformity { p_value, log10_p_value, .. }) = self.uniformity {
            let is = if p_value <= NOT_UNIFORM_P_VALUE { "are NOT uniform" } else { "are uniform, as they should be" };
            writeln!(
                out,
                "  the p-values of the fixed test {is} (Kolmogorov-Smirnov p = {})",
                probability(log10_p_value)
            )?;
        }
        if self.start_up.waited_share > 0.0 {
            let StartUp { waited_share, never_opened_share } = self.start_up;
            let never = if never_opened_share > 0.0 {
                format!(", and to the end of {} of the replays", percent(never_opened_share))
            } else {
                String::new()
            };
            writeln!(out, "  the start-up rule waited at {} of the looks{never}", percent(waited_share))?;
        }
        let found =
            self.detectable.iter().filter_map(|found| Some(format!("{} {}", found.plan.word(), percent(found.lift?))));
        let found = found.collect::<Vec<_>>();
        if !found.is_empty() {
            let (units, power) = (count(report.units), percent(report.power));
            let found = format!("{units} units find, with a chance of {power}, a lift of: {}", found.join("; "));
            paragraph(&found, "  ", width(), out)?;
        }
        self.write_findings(out)
    }

    fn write_findings(&self, out: &mut Output) -> io::Result<()> {
        self.findings.iter().try_for_each(|finding| paragraph(&format!("! {}", finding.text), "  ", width(), out))
    }
}
