//! The quantiles of a table, exact and in bounded memory.
//!
//! Three goes over the table find an order statistic without putting anything in order: the first counts the values by the first bits of
//! their number, the next ones look only where the wanted one lies. One more go counts how each unit's values lie around what was found,
//! because values of one unit are not independent.

use std::collections::HashMap;

use crate::analysis::{Kind, Measured};
use crate::cli::units::{Measure, Table, Unit};
use crate::statistics::{LEAST_DISTINCT, Level, Observation, Quantile, QuantileEstimate, Sums, Undefined};

use super::tally::Groups;

/// By metric, for all units or for a part of them.
#[derive(Debug, Default)]
pub(super) struct Levels {
    metrics: Vec<Option<HashMap<Key, Result<Level, Undefined>>>>,
    variants: usize,
}

/// A place of a value in a parting, or all units; and the variant.
type Key = (Option<(usize, usize)>, usize);

/// How many bits each go tells apart: sign, exponent and nine bits first.
const GOES: [u32; 3] = [21, 21, 22];

impl Levels {
    /// Of each metric that is a quantile, its level in each variant; of each other none.
    pub fn of(&self, part: Option<(usize, usize)>) -> Vec<Option<Vec<Measured>>> {
        let level =
            |found: &HashMap<Key, _>, variant| found.get(&(part, variant)).copied().unwrap_or(Err(Undefined::NoUnits));
        let of_metric = |found: &Option<HashMap<Key, _>>| {
            let found = found.as_ref()?;
            Some((0..self.variants).map(|variant| Measured::Quantile(level(found, variant))).collect())
        };
        self.metrics.iter().map(of_metric).collect()
    }
}

/// Finds all quantiles that are asked for.
pub(super) fn levels(table: &Table, groups: &Groups, measures: &[Measure]) -> anyhow::Result<Levels> {
    let mut levels = Levels { metrics: Vec::new(), variants: groups.variants.len() };
    for measure in measures {
        levels.metrics.push(match measure.kind {
            Kind::Quantile(share) => {
                let search = Search { table, groups, column: measure.outcome(), quantile: Quantile::new(share)? };
                Some(search.levels()?)
            }
            _ => None,
        });
    }
    Ok(levels)
}

/// A search for the order statistics of one column.
struct Search<'a> {
    table: &'a Table,
    groups: &'a Groups,
    column: usize,
    quantile: Quantile,
}

/// Where an order statistic lies: the first bits of its number, and its place among the values that share them, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Trace {
    bits: u64,
    rank: u64,
}

/// What is known of a group of values.
struct Group {
    events: u64,
    /// Lower end, value, upper end.
    traces: [Trace; 3],
}

/// How the values of a group lie around its quantile.
#[derive(Default)]
struct Around {
    /// Different values in the outer interval, the first [`LEAST_DISTINCT`] of them that were met.
    distinct: Vec<u64>,
    /// Of each unit, how many of its values are at or below the quantile (outcome), and how many there are (denominator).
    clusters: Sums,
}

impl Around {
    fn tell_apart(&mut self, bits: u64) {
        if self.distinct.len() < LEAST_DISTINCT && !self.distinct.contains(&bits) {
            self.distinct.push(bits);
        }
    }
}

/// How often the next bits follow on the bits that are known.
type Counted = HashMap<(Key, u64), HashMap<u32, u64>>;

impl Search<'_> {
    fn levels(&self) -> anyhow::Result<HashMap<Key, Result<Level, Undefined>>> {
        let mut groups: HashMap<Key, Result<Group, Undefined>> = HashMap::new();
        let mut known = 0;
        for width in GOES {
            let counted = self.count(&groups, known, width)?;
            if known == 0 {
                groups = counted.iter().map(|((key, _), counts)| (*key, self.group(counts.values().sum()))).collect();
            }
            for (key, group) in &mut groups {
                let Ok(group) = group else { continue };
                for trace in &mut group.traces {
                    if let Some(counts) = counted.get(&(*key, trace.bits)) {
                        *trace = trace.follow(counts, width);
                    }
                }
            }
            known += width;
        }
        let mut around = self.around(&groups)?;
        let level = |(key, group): (Key, Result<Group, Undefined>)| {
            let level = group.and_then(|group| {
                let Group { events, traces: [lower, value, upper] } = group;
                let Around { distinct, clusters } = around.remove(&key).unwrap_or_default();
                // Units with one value each are independent.
                let clusters = Some(clusters).filter(|sums| sums.units() < events);
                let (lower, value, upper) = (number(lower.bits), number(value.bits), number(upper.bits));
                let distinct = Some(distinct.len());
                let estimate = QuantileEstimate { events, sampled: events, value, lower, upper, distinct, clusters };
                self.quantile.level_of(&estimate, None)
            });
            (key, level)
        };
        Ok(groups.into_iter().map(level).collect())
    }

    fn group(&self, events: u64) -> Result<Group, Undefined> {
        let ranks = self.quantile.ranks(events)?;
        let trace = |rank| Trace { bits: 0, rank };
        Ok(Group { events, traces: [trace(ranks.lower), trace(ranks.value), trace(ranks.upper)] })
    }

    /// Counts the next bits of the values whose first bits are wanted.
    fn count(
        &self,
        groups: &HashMap<Key, Result<Group, Undefined>>,
        known: u32,
        width: u32,
    ) -> anyhow::Result<Counted> {
        let add = |counted: &mut Counted, unit: &Unit<'_>| {
            let keys = self.keys(unit);
            for value in unit.values(self.column) {
                let bits = ordered(value);
                let first = if known == 0 { 0 } else { bits >> (64 - known) };
                let next = (bits << known) >> (64 - width);
                for key in &keys {
                    let is_wanted = known == 0
                        || matches!(groups.get(key), Some(Ok(group)) if group.traces.iter().any(|trace| trace.bits == first));
                    if is_wanted {
                        let next = u32::try_from(next).unwrap_or_default();
                        *counted.entry((*key, first)).or_default().entry(next).or_default() += 1;
                    }
                }
            }
            Ok(())
        };
        let merge = |mut counted: Counted, others: Counted| {
            for (key, counts) in others {
                let known = counted.entry(key).or_default();
                counts.into_iter().for_each(|(next, count)| *known.entry(next).or_default() += count);
            }
            Ok(counted)
        };
        self.table.fold(Counted::new, add, merge)
    }

    /// How the values lie around what was found.
    fn around(&self, groups: &HashMap<Key, Result<Group, Undefined>>) -> anyhow::Result<HashMap<Key, Around>> {
        let add = |around: &mut HashMap<Key, Around>, unit: &Unit<'_>| {
            for key in self.keys(unit) {
                let Some(Ok(Group { traces: [lower, found, upper], .. })) = groups.get(&key) else { continue };
                let around = around.entry(key).or_default();
                let (mut below, mut all) = (0.0, 0.0);
                for bits in unit.values(self.column).map(ordered) {
                    below += f64::from(u8::from(bits <= found.bits));
                    all += 1.0;
                    if (lower.bits..=upper.bits).contains(&bits) {
                        around.tell_apart(bits);
                    }
                }
                if all > 0.0 {
                    around.clusters.add(Observation { outcome: below, denominator: all, covariate: 0.0 })?;
                }
            }
            Ok(())
        };
        let merge = |mut around: HashMap<Key, Around>, others: HashMap<Key, Around>| {
            for (key, others) in others {
                let around = around.entry(key).or_default();
                others.distinct.iter().for_each(|bits| around.tell_apart(*bits));
                around.clusters.merge(&others.clusters)?;
            }
            Ok(around)
        };
        self.table.fold(HashMap::new, add, merge)
    }

    /// The groups that a unit is in.
    fn keys(&self, unit: &Unit<'_>) -> Vec<Key> {
        let Some(variant) = self.groups.variant(unit) else { return Vec::new() };
        let parts = self.groups.partings().enumerate();
        let parts = parts.map(|(place, parting)| (Some((place, unit.word(parting.column))), variant));
        std::iter::once((None, variant)).chain(parts).collect()
    }
}

impl Trace {
    /// Goes on to the next bits.
    fn follow(self, counts: &HashMap<u32, u64>, width: u32) -> Self {
        let mut sorted: Vec<(u32, u64)> = counts.iter().map(|(next, count)| (*next, *count)).collect();
        sorted.sort_unstable();
        let mut rank = self.rank;
        for (next, count) in sorted {
            if rank <= count {
                return Self { bits: self.bits << width | u64::from(next), rank };
            }
            rank -= count;
        }
        self
    }
}

/// A number that is in order where the values are.
fn ordered(value: f64) -> u64 {
    // Adding 0 makes -0 plain 0, which is no smaller.
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The value of such a number.
fn number(bits: u64) -> f64 {
    f64::from_bits(if bits >> 63 == 1 { bits & !(1 << 63) } else { !bits })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn order_is_kept_and_undone(a in -1e300..1e300_f64, b in -1e3..1e3_f64) {
            prop_assert_eq!(ordered(a).cmp(&ordered(b)), a.partial_cmp(&b).unwrap());
            prop_assert_eq!(number(ordered(a)), a);
        }
    }

    #[test]
    fn zero_has_no_sign() {
        assert_eq!(ordered(0.0), ordered(-0.0));
    }
}
