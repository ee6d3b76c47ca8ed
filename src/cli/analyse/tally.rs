//! Exact sums of each metric in each variant, as a whole and for parts of the units.

use anyhow::{anyhow, bail};

use crate::analysis::{Breakdown, Cell, Counts, Data, Kind, Measured, Variant};
use crate::cli::units::{Measure, Table, Unit};
use crate::diagnostic::nearest;
use crate::statistics::Observation;

use super::Arguments;
use super::quantile::Levels;

/// Variants, and the ways in which units are parted.
pub(super) struct Groups {
    /// The control first, the others in order.
    pub variants: Vec<(String, f64)>,
    /// By the place of a word in the table: the variant's place above.
    places: Vec<usize>,
    pub strata: Option<Parting>,
    pub breakdowns: Vec<Parting>,
}

/// A column that parts the units.
pub(super) struct Parting {
    /// Among the columns of words.
    pub column: usize,
    pub name: String,
    pub values: Vec<String>,
}

/// The column of the variant among the columns of words: the first.
pub(super) const VARIANT: usize = 0;

impl Groups {
    pub fn new(arguments: &Arguments, table: &Table) -> anyhow::Result<Self> {
        let found = table.words(VARIANT);
        let Arguments { control, variant: column, weights, .. } = arguments;
        if table.rows() == 0 {
            bail!(
                "there is no row in {}\nhelp: below the heading stands a row for each unit or event; was the table written to its end?",
                arguments.named()
            );
        }
        let is_known = found.contains(control) || weights.as_ref().is_some_and(|weights| weights.of(control).is_some());
        if !is_known {
            let near =
                nearest(control, found.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`? "));
            bail!(
                "no row has `{control}` in column `{column}`\nhelp: {}its values are {}",
                near.unwrap_or_default(),
                listed(found)
            );
        }
        let mut names: Vec<&String> = found.iter().collect();
        if let Some(weights) = weights {
            let planned = weights.0.iter().map(|(name, _)| name).filter(|name| !found.contains(name));
            names.extend(planned.collect::<Vec<_>>());
        }
        names.sort_by_key(|name| (*name != control, name.as_str()));
        if names.len() < 2 {
            bail!(
                "column `{column}` has one variant alone: {}\nhelp: an experiment needs a control and at least one other variant; is it the right column?",
                listed(found)
            );
        }
        if names.len() > MAX_VARIANTS {
            bail!(
                "column `{column}` has {} different values, and more than {MAX_VARIANTS} variants are no experiment\nhelp: is it the right column? Its values are {}",
                names.len(),
                listed(found)
            );
        }
        let weight = |name: &String| match weights {
            None => Ok(1.0),
            Some(weights) => weights.of(name).ok_or_else(|| {
                anyhow!(
                    "--weights does not name the variant `{name}`\nhelp: give its weight; 0 if nobody should be in it"
                )
            }),
        };
        let variants =
            names.iter().map(|name| Ok(((*name).clone(), weight(name)?))).collect::<anyhow::Result<Vec<_>>>()?;
        let place = |word: &String| variants.iter().position(|(name, _)| name == word).unwrap_or_default();
        let places = found.iter().map(place).collect();
        let parting =
            |column: usize, name: &String| Parting { column, name: name.clone(), values: table.words(column).to_vec() };
        let strata = arguments.strata.as_ref().map(|name| parting(1, name));
        let first = 1 + usize::from(strata.is_some());
        let breakdowns = arguments.breakdowns.iter().enumerate().map(|(place, name)| parting(first + place, name));
        Ok(Self { breakdowns: breakdowns.collect(), variants, places, strata })
    }

    /// The variant of a unit; `None` if it was seen in several.
    pub fn variant(&self, unit: &Unit<'_>) -> Option<usize> {
        if unit.differs(VARIANT) { None } else { self.places.get(unit.word(VARIANT)).copied() }
    }

    /// All ways to part the units: strata, then breakdowns.
    pub fn partings(&self) -> impl Iterator<Item = &Parting> {
        self.strata.iter().chain(&self.breakdowns)
    }
}

/// More variants are most likely another column.
pub const MAX_VARIANTS: usize = 100;

/// A message lists so many values.
const LISTED_VALUES: usize = 10;

fn listed(values: &[String]) -> String {
    let mut text: Vec<String> = values.iter().take(LISTED_VALUES).map(|value| format!("`{value}`")).collect();
    if values.len() > LISTED_VALUES {
        text.push("..".into());
    }
    text.join(", ")
}

/// What was counted.
pub(super) struct Tally {
    all: Counts,
    /// By parting, then by value; `None` = nobody yet.
    parts: Vec<Vec<Option<Counts>>>,
    /// Units that were seen in more than one variant.
    pub several: u64,
    /// Units whose covariate is not the same in all rows.
    pub covariate_varies: u64,
    /// By parting, units whose value is not the same in all rows.
    pub parting_varies: Vec<u64>,
    /// Units without any value, by metric, then by variant.
    pub missing: Vec<Vec<u64>>,
    /// Whether rows of a unit came after its first one.
    accumulates: bool,
}

impl Tally {
    /// Goes through all units.
    pub fn of(table: &Table, groups: &Groups, measures: &[Measure], covariate: Option<usize>) -> anyhow::Result<Self> {
        let (metrics, variants) = (measures.len(), groups.variants.len());
        let new = || Self {
            all: Counts::new(metrics, variants),
            parts: groups.partings().map(|parting| vec![None; parting.values.len()]).collect(),
            several: 0,
            covariate_varies: 0,
            parting_varies: groups.partings().map(|_| 0).collect(),
            missing: vec![vec![0; variants]; metrics],
            accumulates: false,
        };
        let add = |tally: &mut Self, unit: &Unit<'_>| {
            let Some(variant) = groups.variant(unit) else {
                tally.several += 1;
                return Ok(());
            };
            let observations: Vec<Observation> =
                measures.iter().map(|measure| measure.observe(unit, unit.rows())).collect();
            tally.all.add(variant, &observations)?;
            tally.accumulates |= unit.accumulates();
            for (missing, measure) in tally.missing.iter_mut().zip(measures) {
                missing
                    .iter_mut()
                    .skip(variant)
                    .take(1)
                    .for_each(|count| *count += u64::from(measure.is_missing(unit)));
            }
            tally.covariate_varies += u64::from(covariate.is_some_and(|covariate| unit.varies(covariate)));
            for ((parting, parts), varies) in groups.partings().zip(&mut tally.parts).zip(&mut tally.parting_varies) {
                *varies += u64::from(unit.differs(parting.column));
                if let Some(counts) = parts.get_mut(unit.word(parting.column)) {
                    counts.get_or_insert_with(|| Counts::new(metrics, variants)).add(variant, &observations)?;
                }
            }
            Ok(())
        };
        table.fold(new, add, Self::merged)
    }

    fn merged(mut self, other: Self) -> anyhow::Result<Self> {
        self.all.merge(&other.all)?;
        self.several += other.several;
        self.covariate_varies += other.covariate_varies;
        self.accumulates |= other.accumulates;
        let missing = self.missing.iter_mut().flatten().zip(other.missing.into_iter().flatten());
        missing.for_each(|(count, others)| *count += others);
        self.parting_varies.iter_mut().zip(other.parting_varies).for_each(|(varies, others)| *varies += others);
        for (counts, others) in self.parts.iter_mut().flatten().zip(other.parts.into_iter().flatten()) {
            match (counts.as_mut(), others) {
                (Some(counts), Some(others)) => counts.merge(&others)?,
                (None, others) => *counts = others,
                (Some(_), None) => {}
            }
        }
        Ok(self)
    }

    /// How many units are in one variant.
    pub fn units(&self) -> u64 {
        self.all.units.iter().sum()
    }

    /// What room `analysis` wants.
    pub fn data(self, groups: &Groups, levels: &Levels) -> Data {
        let named = groups.variants.iter().zip(&self.all.units);
        let named = named.map(|((name, weight), units)| Variant { name: name.clone(), weight: *weight, units: *units });
        let named = named.collect();
        let mut parts = groups.partings().zip(self.parts).enumerate().map(|(place, (parting, parts))| {
            let cell = |(value, (name, counts)): (usize, (&String, Option<Counts>))| {
                // Of a value that only units of several variants have there is nothing to say.
                let counts = counts.filter(|counts| counts.units.iter().any(|units| *units > 0))?;
                let shown = if name.is_empty() { "(empty)".to_owned() } else { name.clone() };
                let units = counts.units.clone();
                Some(Cell { value: shown, units, metrics: measured(counts, levels.of(Some((place, value)))) })
            };
            let values = parting.values.iter().zip(parts).enumerate().filter_map(cell).collect();
            Breakdown { name: parting.name.clone(), values }
        });
        let strata = if groups.strata.is_some() { parts.next().map(|strata| strata.values) } else { None };
        let breakdowns = parts.collect();
        Data {
            variants: named,
            control: 0,
            metrics: measured(self.all, levels.of(None)),
            strata: strata.unwrap_or_default(),
            breakdowns,
            accumulates: self.accumulates,
            ..Data::default()
        }
    }
}

/// By metric, then by variant; quantiles from where they were found.
fn measured(counts: Counts, quantiles: Vec<Option<Vec<Measured>>>) -> Vec<Vec<Measured>> {
    counts.measured().into_iter().zip(quantiles).map(|(sums, quantile)| quantile.unwrap_or(sums)).collect()
}

/// Whether a metric's numbers are sums; those of a quantile are not.
pub(super) fn is_of_sums(measure: &Measure) -> bool {
    !matches!(measure.kind, Kind::Quantile(_))
}
