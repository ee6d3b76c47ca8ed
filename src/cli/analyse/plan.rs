//! The plan that the arguments say.

use anyhow::bail;
use clap::Args;

use crate::analysis::{Direction, Kind, Metric, Plan, Role, Stop, words};
use crate::cli::asked::{error_rate, rate, rate_or_all};
use crate::cli::units::{Measure, Measures, MetricColumn};
use crate::diagnostic::nearest;
use crate::statistics::group_sequential::Spending;

use super::{Arguments, StopAt};

/// Error rates and the stopping rule.
#[derive(Debug, Clone, Args)]
pub(super) struct Settings {
    /// When the experiment may be stopped, and so which interval decides
    #[arg(long, value_enum, default_value_t = StopAt::Fixed)]
    plan: StopAt,
    /// The two-sided rate of false alarms
    #[arg(long, value_name = "SHARE", default_value = "0.05", value_parser = error_rate)]
    alpha: f64,
    /// Planned units of all variants together; needed by group-sequential, sharpens anytime
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(2..))]
    visitors: Option<u64>,
    /// group-sequential: at which shares of the planned units one has looked before, ascending: 0.25,0.5
    #[arg(long, value_name = "SHARE,..", value_delimiter = ',', value_parser = rate_or_all)]
    pub earlier_looks: Vec<f64>,
    /// group-sequential: how the false alarms are spread over the looks [default: obrien-fleming]
    #[arg(long, value_enum)]
    spending: Option<SpendingWord>,
    /// The split of the traffic counts as broken, and a covariate as changed by the variant, at this p-value
    #[arg(long, value_name = "SHARE", default_value = "0.01", value_parser = rate)]
    sample_ratio_alpha: f64,
    /// The smallest lift worth finding: says how many units are missing to find it
    #[arg(long, value_name = "SHARE", value_parser = rate)]
    minimum_effect: Option<f64>,
    /// The chance to find the minimum effect
    #[arg(long, value_name = "SHARE", default_value = "0.8", value_parser = rate)]
    power: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum SpendingWord {
    /// Little at first: the last look costs almost nothing
    ObrienFleming,
    /// Evenly
    Pocock,
}

/// What is measured, and what each metric decides.
pub(super) struct Metrics {
    pub measures: Measures,
    columns: Vec<MetricColumn>,
    directions: Vec<Direction>,
    margins: Vec<Option<f64>>,
    guardrails_from: usize,
    names: Vec<String>,
}

impl Metrics {
    pub fn new(arguments: &Arguments) -> anyhow::Result<Self> {
        let rails = &arguments.guardrails;
        let columns: Vec<MetricColumn> = arguments
            .metrics
            .iter()
            .map(|aim| &aim.metric)
            .chain(rails.iter().map(|rail| &rail.metric))
            .cloned()
            .collect();
        let margins = arguments.metrics.iter().map(|_| None).chain(rails.iter().map(|rail| rail.margin)).collect();
        let mut names: Vec<String> = Vec::new();
        for column in &columns {
            let plain = column.name();
            // The share of buyers and the number of purchases may both be of interest.
            let name = match (column.kind, names.contains(&plain)) {
                (Some(kind), true) => format!("{plain}:{}", kind.code()),
                _ => plain,
            };
            if names.contains(&name) {
                bail!("`{name}` is asked for twice\nhelp: leave one out, or give them different kinds");
            }
            names.push(name);
        }
        for lower in &arguments.lower_is_better {
            let is_named = names.contains(lower) || columns.iter().any(|metric| metric.column == *lower);
            if !is_named {
                let near =
                    nearest(lower, names.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`? "));
                bail!(
                    "--lower-is-better names `{lower}`, which is no metric\nhelp: {}the metrics are {}",
                    near.unwrap_or_default(),
                    names.join(", ")
                );
            }
        }
        let said =
            arguments.metrics.iter().map(|aim| aim.direction).chain(rails.iter().map(|rail| Some(rail.direction)));
        let directions = names.iter().zip(&columns).zip(said).map(|((name, column), said)| {
            let is_lower = arguments.lower_is_better.iter().any(|lower| lower == name || *lower == column.column);
            match said {
                Some(Direction::Up) if is_lower => bail!(
                    "of `{name}` less is better, says --lower-is-better, and more is, says `up` behind it\nhelp: leave one of them out"
                ),
                Some(direction) => Ok(direction),
                None if is_lower => Ok(Direction::Down),
                None => Ok(Direction::Up),
            }
        });
        let directions = directions.collect::<anyhow::Result<Vec<Direction>>>()?;
        let is_of_sums = |metric: &MetricColumn| !matches!(metric.kind, Some(Kind::Quantile(_)));
        if arguments.plot.is_some() && !columns.iter().any(is_of_sums) {
            bail!(
                "--plot draws no quantile, and there is no other metric\nhelp: leave --plot out, or add a metric that is a share, a mean or a ratio"
            );
        }
        arguments.check_columns(&columns)?;
        let measures = Measures::new(&columns, arguments.covariate.as_deref());
        Ok(Self { measures, columns, directions, margins, guardrails_from: arguments.metrics.len(), names })
    }

    /// The columns of each metric, with the metric's name.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &MetricColumn)> {
        self.names.iter().map(String::as_str).zip(&self.columns)
    }

    /// Refuses an earlier look that was not earlier.
    pub fn check_looks(settings: &Settings, units: u64) -> anyhow::Result<()> {
        let (Some(planned), Some(last)) = (settings.visitors, settings.earlier_looks.last()) else { return Ok(()) };
        #[expect(clippy::cast_precision_loss, reason = "shares need no more than f64 has")]
        let present = units as f64 / planned as f64;
        if *last >= present {
            bail!(
                "--earlier-looks names {last}, and the present look is at {units} of {planned} planned units, which is {}\nhelp: name the looks before this one alone, each by its share of the planned units",
                words::plain(present)
            );
        }
        Ok(())
    }

    /// The plan, now that it is known what each metric is.
    pub fn plan(&self, arguments: &Arguments, measures: &[Measure]) -> anyhow::Result<Plan> {
        let settings = &arguments.settings;
        let stop = match settings.plan {
            StopAt::Fixed => Stop::Fixed,
            StopAt::Anytime => Stop::Anytime,
            StopAt::GroupSequential => Stop::GroupSequential {
                spending: match settings.spending {
                    None | Some(SpendingWord::ObrienFleming) => Spending::ObrienFleming,
                    Some(SpendingWord::Pocock) => Spending::Pocock,
                },
            },
        };
        if settings.plan == StopAt::GroupSequential && settings.visitors.is_none() {
            bail!(
                "--plan group-sequential needs the planned number of units\nhelp: say --visitors COUNT, of all variants together"
            );
        }
        if settings.plan != StopAt::GroupSequential {
            let planned =
                [("--earlier-looks", !settings.earlier_looks.is_empty()), ("--spending", settings.spending.is_some())];
            if let Some((option, _)) = planned.into_iter().find(|(_, is_said)| *is_said) {
                bail!("{option} belongs to --plan group-sequential\nhelp: say that plan, or leave {option} out");
            }
        }
        if !settings.earlier_looks.is_sorted_by(|earlier, later| earlier < later) {
            bail!(
                "--earlier-looks must ascend, each look once\nhelp: write them as they were taken, such as --earlier-looks 0.25,0.5"
            );
        }
        let metric = |place: usize, measure: &Measure, name: &String| Metric {
            role: match place {
                0 => Role::Primary,
                place if place < self.guardrails_from => Role::Secondary,
                _ => Role::Guardrail,
            },
            direction: self.directions.get(place).copied().unwrap_or(Direction::Up),
            margin: self.margins.get(place).copied().flatten(),
            minimum_effect: settings.minimum_effect,
            has_covariate: arguments.covariate.is_some() && !matches!(measure.kind, Kind::Quantile(_)),
            ..Metric::new(name.clone(), measure.kind)
        };
        let metrics = measures.iter().zip(&self.names).enumerate();
        Ok(Plan {
            alpha: settings.alpha,
            power: settings.power,
            stop,
            visitors: settings.visitors,
            sample_ratio_alpha: settings.sample_ratio_alpha,
            metrics: metrics.map(|(place, (measure, name))| metric(place, measure, name)).collect(),
        })
    }
}
