//! The decision rule: what to do, and why.

use serde::{Deserialize, Serialize};

use super::candidate::{Candidate, best};
use super::flag::Flag;
use super::row::Row;
use super::sample_ratio::{SampleRatio, VariantCount};
use super::sentence::{movement, reason, split};
use super::{Finding, Plan, Role, Seen, Stop, Tripped, words};

/// The rule in words, as the documents and `segue analyse` print it.
pub const RULE: &str = "\
A treatment ships when a success metric (primary or secondary) improves after Holm's correction over success metrics and treatments, \
every guardrail that has a margin is shown to be no worse than the margin, nothing else deteriorates, and no quality check fails. \
What improves, deteriorates or stays within its margin is judged at the plan's alpha by the numbers of the plan's own stopping rule: \
of a metric with a covariate, the adjusted ones. Deterioration is not corrected for the number of metrics, so that no harm hides behind it. \
A guardrail within its margin does not count as deteriorated. Of several treatments that ship, the one that is most probably the best in \
the first primary metric is named. If every treatment deteriorates, the control stays; so it does once a breaker has stopped the experiment. A fixed plan decides nothing before \
its planned visitors have come.";

/// What to do, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// For programs.
    pub code: Code,
    /// The variant that the text is about, if it is about one.
    pub variant: Option<String>,
    /// For people: what to do and why, and what is still needed.
    pub text: String,
    /// What each metric says of each treatment, one sentence each.
    pub reasons: Vec<String>,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Show the named variant to everybody.
    Ship,
    /// Keep the control: every treatment does harm.
    KeepControl,
    /// It is too early to say.
    Continue,
    /// All that was planned has come, and it does not say.
    Inconclusive,
    /// The data cannot be trusted.
    CheckData,
}

impl Code {
    /// The stable word: `ship`, `keep_control`, `continue`, `inconclusive`, `check_data`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ship => "ship",
            Self::KeepControl => "keep_control",
            Self::Continue => "continue",
            Self::Inconclusive => "inconclusive",
            Self::CheckData => "check_data",
        }
    }
}

/// What a verdict is made from.
pub struct Evidence<'a> {
    pub plan: &'a Plan,
    pub control: &'a str,
    pub variants: &'a [VariantCount],
    pub rows: &'a [Row],
    pub sample_ratio: &'a SampleRatio,
    pub flags: &'a [Flag],
    pub tripped: Option<&'a Tripped>,
    pub is_recounting: bool,
    pub lacks_cap: bool,
    pub seen: Seen,
    pub accumulates: bool,
}

impl Evidence<'_> {
    /// Applies the rule.
    pub fn verdict(&self) -> Verdict {
        let (code, variant, text) = self.decide();
        let reasons = self.rows.iter().filter(|row| !self.is_said(row)).filter_map(reason).collect();
        Verdict { code, variant: variant.map(str::to_owned), text, reasons }
    }

    /// Whether the breaker says all of a row: it has a test of its own, and the one that decides may still wait for data.
    fn is_said(&self, row: &Row) -> bool {
        let is_of = |tripped: &Tripped| tripped.metric == row.metric && tripped.variant == row.variant;
        self.tripped.is_some_and(is_of) && row.finding != Some(Finding::Deteriorated)
    }

    fn decide(&self) -> (Code, Option<&str>, String) {
        if let Some(tripped) = self.tripped {
            return (Code::KeepControl, Some(self.control), self.stopped(tripped));
        }
        if self.is_recounting {
            let text = "Wait: the visitors are being counted anew, and these are not all of them yet.".to_owned();
            return (Code::Continue, None, text);
        }
        if self.lacks_cap {
            let text = "Wait: a metric is capped at a percentile that is not known yet.".to_owned();
            return (Code::Continue, None, text);
        }
        if let Some(text) = self.broken() {
            return (Code::CheckData, None, text);
        }
        if let Some(text) = self.too_early() {
            return (Code::Continue, None, text);
        }
        let candidates = self.candidates();
        if let Some(best) = best(&candidates) {
            return (Code::Ship, Some(best.name), self.ship(best, &candidates));
        }
        if !candidates.is_empty() && candidates.iter().all(|candidate| !candidate.deteriorated.is_empty()) {
            return (Code::KeepControl, Some(self.control), self.keep(&candidates));
        }
        if self.more_to_come() {
            return (Code::Continue, None, format!("Go on: {}.{}", self.open(&candidates), self.needed()));
        }
        (Code::Inconclusive, None, format!("No winner: {}.{}", self.open(&candidates), self.sensitivity()))
    }

    /// What the breaker did. What cannot be trusted of the data is said too, but first it is the control that stays.
    fn stopped(&self, tripped: &Tripped) -> String {
        let Tripped { metric, variant, at, because } = tripped;
        let mut text = format!(
            "Keep {control}: the breaker stopped the experiment at {at}, because {variant} does harm to {metric} ({because}). Everybody gets \
             {control}, and who came since is not counted.",
            control = self.control
        );
        if let Some(broken) = self.broken() {
            text += &format!(" {broken}");
        }
        text
    }

    /// Why the data cannot be trusted, if they cannot.
    fn broken(&self) -> Option<String> {
        let mut faults: Vec<String> = Vec::new();
        if self.sample_ratio.alarm.is_some() {
            faults.push(split(self.sample_ratio, self.variants));
        }
        faults.extend(self.flags.iter().filter(|flag| flag.fails).map(|flag| flag.text.clone()));
        if faults.is_empty() {
            return None;
        }
        Some(format!("Do not act on these numbers: {}. Find out why first.", words::list(&faults)))
    }

    fn too_early(&self) -> Option<String> {
        let (Stop::Fixed, Some(planned)) = (self.plan.stop, self.plan.visitors) else { return None };
        if self.seen.is_over() {
            return None;
        }
        let units = self.units();
        (units < planned).then(|| {
            format!(
                "Wait: {} of {} planned visitors have come, and a fixed plan is read once, at its end.",
                words::count(units),
                words::count(planned)
            )
        })
    }

    fn candidates(&self) -> Vec<Candidate<'_>> {
        // Who is planned to be nowhere and is nowhere was not compared.
        let treatments = self.variants.iter().filter(|variant| !variant.control && !variant.is_idle());
        treatments.map(|variant| Candidate::of(&variant.variant, self.rows)).collect()
    }

    fn ship(&self, best: &Candidate<'_>, candidates: &[Candidate<'_>]) -> String {
        let gains: Vec<String> = best.improved.iter().map(|row| movement(row)).collect();
        let mut text = format!("Ship {}: {} against {}.", best.name, words::list(&gains), self.control);
        let guardrails: Vec<&str> = self
            .rows
            .iter()
            .filter(|row| row.variant == best.name && row.role == Role::Guardrail)
            .map(|row| row.metric.as_str())
            .collect();
        if !guardrails.is_empty() {
            text += &format!(" No guardrail stands against it ({}).", words::list(&guardrails));
        }
        let others = candidates.iter().filter(|other| other.ships() && other.name != best.name);
        let others: Vec<&str> = best_first(others).iter().map(|other| other.name).collect();
        if !others.is_empty() {
            text += &format!(
                " {} would do too, but {} is the best with a chance of {}.",
                words::few(&others),
                best.name,
                words::chance(best.chance_best)
            );
        }
        text
    }

    fn keep(&self, candidates: &[Candidate<'_>]) -> String {
        let harms = named(&best_first(candidates), |candidate| Some(candidate.harm()));
        format!("Keep {}: {}, which is worse.", self.control, harms.join("; "))
    }

    /// What stands in the way of a decision: of each treatment what it does.
    fn open(&self, candidates: &[Candidate<'_>]) -> String {
        let comparisons = self.comparisons();
        let all = named(&best_first(candidates), |candidate| candidate.obstacle(comparisons, self.plan.alpha));
        if all.is_empty() { "no success metric was compared".to_owned() } else { all.join("; ") }
    }

    /// How many hypotheses Holm's correction is over.
    fn comparisons(&self) -> usize {
        self.rows.iter().filter(|row| !row.control && row.role != Role::Guardrail).count()
    }

    fn units(&self) -> u64 {
        super::sample_ratio::units(self.variants)
    }

    fn more_to_come(&self) -> bool {
        match self.plan.stop {
            _ if self.seen.is_over() => self.accumulates,
            Stop::Fixed => false,
            Stop::GroupSequential { .. } | Stop::Anytime => {
                self.plan.visitors.is_none_or(|planned| self.units() < planned)
            }
        }
    }

    /// What is still needed, as a sentence with a space before it.
    fn needed(&self) -> String {
        if self.seen.is_over() {
            return " Nobody new comes, but what visitors do still counts.".to_owned();
        }
        let planned = self.plan.visitors.map(|planned| planned.saturating_sub(self.units()));
        let powers =
            self.rows.iter().filter(|row| row.role == Role::Primary).filter_map(|row| row.power.as_ref()?.known());
        let most = powers.filter(|power| power.units_needed > 0).max_by_key(|power| power.units_needed);
        match (most, planned) {
            (Some(power), _) => format!(
                " About {} more visitors are needed to find a lift of {} with a chance of {}.",
                words::rounded_count(power.units_needed),
                words::percent(power.minimum_effect.get()),
                words::percent(self.plan.power)
            ),
            (None, Some(left)) => format!(" {} of the planned visitors are still to come.", words::count(left)),
            (None, None) => String::new(),
        }
    }

    /// What the data would have found, as a sentence with a space before it.
    fn sensitivity(&self) -> String {
        let primary = self.rows.iter().filter(|row| row.role == Role::Primary);
        let detectable = primary.filter_map(|row| row.power.as_ref()?.known()?.detectable);
        let worst = detectable.map(super::Number::get).reduce(f64::max);
        worst.map_or_else(String::new, |lift| {
            format!(
                " So much data finds a lift of {} with a chance of {}.",
                words::percent(lift),
                words::percent(self.plan.power)
            )
        })
    }
}

/// All of them, where there are few; else the most promising first. Of equals, the order stays.
fn best_first<'b, 'a: 'b>(candidates: impl IntoIterator<Item = &'b Candidate<'a>>) -> Vec<&'b Candidate<'a>> {
    let mut all: Vec<&Candidate<'a>> = candidates.into_iter().collect();
    if all.len() > words::NAMED {
        all.sort_by(|one, other| other.chance_best.total_cmp(&one.chance_best));
    }
    all
}

/// What is said of the first few, and how many others there are: the reasons below name each of them.
fn named(candidates: &[&Candidate<'_>], said: impl Fn(&Candidate<'_>) -> Option<String>) -> Vec<String> {
    let said: Vec<String> = candidates.iter().filter_map(|candidate| said(candidate)).collect();
    let others = said.len().saturating_sub(words::NAMED);
    let mut first: Vec<String> = said.into_iter().take(words::NAMED).collect();
    if others > 0 {
        first.push(format!("{} below", if others == 1 { "1 other".to_owned() } else { format!("{others} others") }));
    }
    first
}
