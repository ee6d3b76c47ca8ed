//! The whole scorecard.

use serde::Serialize;

use super::{Number, Row};

/// What an experiment says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scorecard {
    /// The plan's stopping rule, [`Stop::code`](super::Stop::code).
    pub plan: &'static str,
    /// The two-sided rate of false alarms.
    pub alpha: Number,
    /// Whether the traffic was split as planned.
    pub sample_ratio: SampleRatio,
    /// How many units each variant had.
    pub variants: Vec<VariantCount>,
    /// By metric, then by variant.
    pub metrics: Vec<Row>,
    /// The same for parts of the units.
    pub breakdowns: Vec<Block>,
    /// What a reader should know about the data.
    pub flags: Vec<Flag>,
    /// What to do, and why.
    pub verdict: Verdict,
}

/// What to do, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// A stable word: `ship`, `keep_control`, `continue`, `inconclusive`, `check_data`.
    pub code: &'static str,
    /// The variant that the text is about, if it is about one.
    pub variant: Option<String>,
    /// For people.
    pub text: String,
    /// One sentence each.
    pub reasons: Vec<String>,
}

/// How many units a variant had.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VariantCount {
    /// The variant's name.
    pub variant: String,
    /// How many units.
    pub n: u64,
    /// Its planned share of the traffic, in `[0, 1]`.
    pub weight: Number,
    /// How many there should be.
    pub expected: Number,
    /// Whether it is the control.
    pub control: bool,
}

/// Whether the traffic was split as planned.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SampleRatio {
    /// Of the chi-squared test; `None` where there is none.
    pub p_value: Option<Number>,
    /// Goes on where `p_value` is 0.
    pub log10_p_value: Option<Number>,
    /// Chi-squared.
    pub statistic: Option<Number>,
    /// Of the test that stays honest at every look.
    pub sequential_p_value: Option<Number>,
    /// Whether the split counts as broken, and by which test.
    pub alarm: Option<Alarm>,
    /// Why there is no p-value, as a code; `impossible` is an alarm too.
    pub undefined: Option<&'static str>,
}

/// Which check failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Alarm {
    /// The chi-squared test.
    Fixed,
    /// The sequential test.
    Sequential,
    /// Somebody is in a variant of weight 0.
    Impossible,
}

/// A breakdown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Block {
    /// Such as `device`.
    pub name: String,
    /// In the order of the data.
    pub values: Vec<Value>,
}

/// The units that have one thing in common.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Value {
    /// What they have in common.
    pub value: String,
    /// Whether the traffic was split as planned among them. Its alarm is e-BH's over all values of all breakdowns.
    pub sample_ratio: SampleRatio,
    /// How many units each variant had.
    pub variants: Vec<VariantCount>,
    /// By metric, then by variant; no adjusted p-value, but a mark of e-BH over all values of all breakdowns.
    pub metrics: Vec<Row>,
}

/// What a reader should know about the data.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flag {
    /// A stable word, such as `units_in_several_variants`.
    pub code: &'static str,
    /// How often.
    pub count: u64,
    /// For people.
    pub text: String,
    /// Whether the data cannot be trusted because of it.
    pub fails: bool,
}
