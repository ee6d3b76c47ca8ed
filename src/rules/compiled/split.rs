//! Which question divides a set of rules best.
//!
//! In: the rules of a subtree. Out: the [`Split`] after which the fewest rules are left for a visitor on average, or none
//! when no split is worth its step. Visitors are assumed to be where the rules are: a value that half of the rules name is
//! taken to be the value of half of the visitors. Of many rules a sample is looked at.

use super::grow::{Entry, Path};
use super::need::Need;
use super::predicate::{PredicateId, Predicates};
use super::rules::Rules;
use super::terms::{ConstantId, Shape, SourceId};

/// Of more rules only a sample of about this size is looked at.
const SAMPLE: usize = 2048;

/// A set of more values than this is not copied to each of them.
pub(super) const MAX_COPIES: u32 = 16;

/// On one way through the tree a rule is copied at most about this often.
const MAX_GROWTH: f64 = 8.0;

/// A visitor has several entries in a list, and each leads into a subtree in which all further work is done again. So lists
/// divide last, unless they are much better.
const ENTRIES: f64 = 8.0;

/// A split must save a visitor at least so many tries: as much as a step costs.
const WORTH: f64 = 4.0;

/// What a subtree asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Split {
    /// Which value.
    Equal(SourceId),
    /// On which side of a constant.
    Cut(SourceId, ConstantId),
    /// Whether a predicate holds.
    Gate(PredicateId),
}

/// What the rules of one sample ask for; kept between calls for its memory.
#[derive(Debug, Default)]
pub(super) struct Survey {
    asked: Vec<SourceId>,
    values: Vec<(SourceId, ConstantId)>,
    ranges: Vec<Range>,
    gates: Vec<PredicateId>,
}

/// A range of an ordered source, as positions, with the constants at its ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    source: SourceId,
    pub first: u32,
    pub last: u32,
    low: Option<ConstantId>,
    high: Option<ConstantId>,
}

impl Range {
    /// The range that a need sets to a source, if it does.
    pub(super) fn of(need: &Need, wanted: Option<SourceId>, predicates: &Predicates) -> Option<Self> {
        let (Need::OneOf { source, .. } | Need::Within { source, .. }) = need else { return None };
        if wanted.is_some_and(|wanted| wanted != *source) {
            return None;
        }
        let terms = predicates.terms.source(*source).filter(|terms| terms.shape == Shape::Ordered)?;
        match need {
            Need::OneOf { source, values } => {
                let by_position = |id: &&ConstantId| terms.position(**id);
                let values = predicates.values(*values);
                let low = *values.iter().min_by_key(by_position)?;
                let high = *values.iter().max_by_key(by_position)?;
                let (first, last) = (terms.position(low), terms.position(high));
                Some(Self { source: *source, first, last, low: Some(low), high: Some(high) })
            }
            Need::Within { source, low, high } => {
                let (first, last) = terms.range(*low, *high);
                // INVARIANT: no range ends before it begins. One that holds nothing may be looked at in vain.
                let last = last.max(first);
                let constant = |(constant, _)| constant;
                Some(Self {
                    source: *source,
                    first,
                    last,
                    low: low.end().map(constant),
                    high: high.end().map(constant),
                })
            }
            Need::Holds(_) => None,
        }
    }
}

impl Survey {
    /// The best split of more than a leaf's rules; `None` when none is worth its step.
    pub(super) fn best(
        &mut self,
        entries: &[Entry],
        path: &Path,
        rules: &Rules,
        predicates: &Predicates,
    ) -> Option<Split> {
        self.take(entries, path, rules, predicates);
        let sampled = entries.len().div_ceil(step(entries.len()));
        let all = Sample { rules: entries.len() as f64, scale: entries.len() as f64 / sampled as f64 };
        let mut best: Option<(f64, Split)> = None;
        let mut offer = |cost: f64, split: Split| {
            if cost + WORTH < all.rules && best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, split));
            }
        };
        for group in self.values.chunk_by(|a, b| a.0 == b.0) {
            let Some((source, _)) = group.first().copied() else { continue };
            let asked = run(&self.asked, source);
            if let Some(cost) = equal_cost(all, group, asked, path, source, predicates) {
                offer(cost, Split::Equal(source));
            }
        }
        for group in self.ranges.chunk_by(|a, b| a.source == b.source) {
            if let Some((cost, source, at)) = cut_cost(all, group, predicates) {
                offer(cost, Split::Cut(source, at));
            }
        }
        for group in self.gates.chunk_by(|a, b| a == b) {
            let Some(gate) = group.first() else { continue };
            // Nothing is known of how many visitors pass.
            offer(all.rules - 0.5 * all.scale * group.len() as f64, Split::Gate(*gate));
        }
        best.map(|(_, split)| split)
    }

    fn take(&mut self, entries: &[Entry], path: &Path, rules: &Rules, predicates: &Predicates) {
        self.asked.clear();
        self.values.clear();
        self.ranges.clear();
        self.gates.clear();
        for entry in entries.iter().step_by(step(entries.len())) {
            let begun = self.asked.len();
            for need in rules.needs(entry.conjunction) {
                if let Need::OneOf { source, values } = *need
                    && values.len <= MAX_COPIES
                    && !path.used.contains(&source)
                    && self.asked.get(begun..).is_some_and(|asked| !asked.contains(&source))
                {
                    self.asked.push(source);
                    self.values.extend(predicates.values(values).iter().map(|value| (source, *value)));
                }
                if let Need::Holds(predicate) = need
                    && !path.gates.contains(predicate)
                {
                    self.gates.push(*predicate);
                }
                self.ranges.extend(Range::of(need, None, predicates));
            }
        }
        self.asked.sort_unstable();
        self.values.sort_unstable();
        self.ranges.sort_by_key(|range| range.source);
        self.gates.sort_unstable();
    }
}

/// How many rules there are, and how many of them each rule of the sample stands for.
#[derive(Clone, Copy)]
struct Sample {
    rules: f64,
    scale: f64,
}

fn step(entries: usize) -> usize {
    (entries / SAMPLE).max(1)
}

/// How often a source is asked for, in a sorted list.
fn run(asked: &[SourceId], source: SourceId) -> usize {
    asked.partition_point(|other| *other <= source) - asked.partition_point(|other| *other < source)
}

/// How many rules are left on average after a division by value; `None` when it makes too many copies.
fn equal_cost(
    all: Sample,
    values: &[(SourceId, ConstantId)],
    asked: usize,
    path: &Path,
    source: SourceId,
    predicates: &Predicates,
) -> Option<f64> {
    let copies = values.len() as f64 / asked as f64;
    if path.copies * copies > MAX_GROWTH {
        return None;
    }
    let pairs: usize = values.chunk_by(|a, b| a == b).map(|same| same.len() * (same.len() - 1)).sum();
    let together = all.scale * pairs as f64 / values.len() as f64 + 1.0;
    let many = predicates.terms.source(source).is_some_and(|source| source.shape == Shape::Many);
    let entries = if many { ENTRIES } else { 1.0 };
    Some(all.rules - all.scale * asked as f64 + entries * together + f64::from(predicates.source_price(source)))
}

/// How many rules are left on average after a whole tree of cuts, and where to cut first; `None` when no cut divides.
fn cut_cost(all: Sample, ranges: &[Range], predicates: &Predicates) -> Option<(f64, SourceId, ConstantId)> {
    let source = ranges.first()?.source;
    let terms = predicates.terms.source(source)?;
    let mut lows: Vec<u32> = ranges.iter().map(|range| range.first).collect();
    let mut highs: Vec<u32> = ranges.iter().map(|range| range.last).collect();
    lows.sort_unstable();
    highs.sort_unstable();
    let around = |at: u32| lows.partition_point(|low| *low <= at) - highs.partition_point(|high| *high < at);
    let ends = |range: &Range| if range.first > 0 { range.first } else { range.last };
    let together: usize = ranges.iter().map(|range| around(ends(range))).sum();
    let together = all.scale * together as f64 / ranges.len() as f64;
    let median = |mut constants: Vec<ConstantId>| {
        constants.sort_unstable_by_key(|constant| terms.position(*constant));
        constants.get(constants.len() / 2).copied()
    };
    let starts = median(ranges.iter().filter_map(|range| range.low).collect());
    let stops = median(ranges.iter().filter_map(|range| range.high).collect());
    let largest = |at: ConstantId| {
        let at = terms.position(at);
        let below = highs.partition_point(|high| *high < at);
        let above = lows.len() - lows.partition_point(|low| *low <= at);
        below.max(above).max(ranges.len() - below - above)
    };
    let at = starts.into_iter().chain(stops).min_by_key(|at| largest(*at))?;
    if largest(at) * 10 > ranges.len() * 9 {
        return None;
    }
    let depth = all.rules.log2();
    let cost = all.rules - all.scale * ranges.len() as f64 + 1.25 * together + depth;
    Some((cost + f64::from(predicates.source_price(source)), source, at))
}
