//! Who is among the top so many percent: the values that rules rank, sampled over all visitors once a minute.
//!
//! Persons are kept by a keyed hash, so those whose hashes are the smallest are a sample like any other, and always the
//! same one: at most [`RANK_SAMPLE`] persons are looked at, however many there are.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::id::VisitorHash;
use super::people::PERSON_ROWS;
use super::person::Person;
use super::{Core, Error};
use crate::behaviour::{RANK_SAMPLE, RankSample, Ranks};
use crate::profile::{Context, Value, Visitor};
use crate::release::Release;
use crate::rules::Situation;

/// Between two samples.
pub const RANK_TIME: Duration = Duration::from_secs(60);

impl Core {
    /// Takes a sample anew. On the keeper's thread, right after a round: sled then knows everybody.
    pub(super) fn rank(&self) -> Result<(), Error> {
        let course = self.course.load_full();
        let release = &course.release;
        let ranked = release.cells.ranked();
        if ranked.is_empty() {
            return Ok(());
        }
        let now = Timestamp::now();
        let mut samples: BTreeMap<Arc<str>, RankSample> = BTreeMap::new();
        let mut rows: Vec<(VisitorHash, Vec<u8>)> = Vec::new();
        self.people.shelf.each(PERSON_ROWS, &mut |key, row| {
            let root = key.get(PERSON_ROWS.len()..).and_then(|root| root.try_into().ok());
            rows.extend(root.map(|root| (VisitorHash(root), row.to_vec())));
            if rows.len() >= RANK_SAMPLE { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        for (root, row) in rows {
            let person = match self.people.at_hand(root).flatten() {
                Some(living) => Some(living.lock().person.clone()),
                None => self.people.open_row(root, &row, &release.schema)?,
            };
            if let Some(mut person) =
                person.filter(|person| person.messages > 0 && !person.is_bot && !person.is_internal)
            {
                course.put_in_order(&mut person);
                offer(release, &person, root, now, &mut samples);
            }
        }
        let ranks = Ranks::of(samples.iter().map(|(text, sample)| (Arc::clone(text), sample)));
        self.ranks.store(Arc::new(ranks));
        Ok(())
    }
}

/// Puts a person's values into the samples; a value that is unknown ranks nowhere.
fn offer(
    release: &Release,
    person: &Person,
    root: VisitorHash,
    now: Timestamp,
    samples: &mut BTreeMap<Arc<str>, RankSample>,
) {
    let mut visitor = Visitor::default();
    person.complete(&mut visitor);
    let context = Context::default();
    let situation = Situation::new(&release.program, &release.schema, &visitor, &context, now)
        .remembering(&release.cells, &person.memory);
    let number = root.0.first_chunk().copied().map_or(0, u64::from_be_bytes);
    for (text, expr) in release.cells.ranked() {
        if let Some(Value::Number(value)) = situation.value(expr) {
            samples.entry(Arc::clone(text)).or_default().offer(number, value);
        }
    }
}
