//! What is kept of each rule body and each segment: its code, and what it needs.
//!
//! The work on a body depends on the body, the segments and the measures alone, so a body that was there before is not
//! looked at again.

use std::sync::Arc;

use foldhash::HashMap;

use super::code;
use super::need::{Alternatives, Need, needs};
use super::predicate::{Predicates, Span, part};
use super::terms::number;
use crate::language::checked::{RuleBody, Segment};

/// A distinct body.
pub(super) type BodyId = u32;

/// A distinct conjunction of needs of a body.
pub(super) type ConjunctionId = u32;

/// All bodies and segments of a release.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    /// Of all conditions.
    pub code: Vec<u32>,
    bodies: Vec<Body>,
    /// What each conjunction needs.
    conjunctions: Vec<Span>,
    needs: Vec<Need>,
    /// By address; `held` keeps the addresses taken.
    by_address: HashMap<usize, BodyId>,
    held: Vec<Arc<RuleBody>>,
    segments: Vec<SegmentCode>,
}

/// What is kept of a body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Body {
    /// Where the code of its time and condition begins.
    pub code: u32,
    /// The ways in which it can be true.
    pub conjunctions: Span,
}

#[derive(Debug, Clone, Default)]
struct SegmentCode {
    code: u32,
    /// Once asked for: what it needs to be true, and to be false.
    needs: [Option<Alternatives>; 2],
}

impl Rules {
    /// Takes in the segments, before any body.
    pub(super) fn add_segments(&mut self, predicates: &mut Predicates, segments: &[Segment]) {
        for segment in segments {
            let active = segment.active.as_ref().map(|active| predicates.of_active(active));
            let code = code::write(&segment.condition, active, predicates, &mut self.code);
            self.segments.push(SegmentCode { code, needs: [None, None] });
        }
    }

    /// Where the code of a segment begins.
    pub(super) fn segment_code(&self, index: u32) -> Option<u32> {
        self.segments.get(index as usize).map(|segment| segment.code)
    }

    /// What a segment needs to be true, or to be false.
    pub(super) fn segment_needs(&mut self, predicates: &mut Predicates, index: u32, wanted: bool) -> Alternatives {
        let Some(segment) = self.segments.get(index as usize) else { return Alternatives::new() };
        let [to_hold, to_fail] = &segment.needs;
        if let Some(known) = if wanted { to_hold } else { to_fail } {
            return known.clone();
        }
        // Ends: a segment never names itself, however far round.
        let words = code::words(&self.code, segment.code).to_vec();
        let found = needs(self, predicates, &words, wanted);
        if let Some(segment) = self.segments.get_mut(index as usize) {
            let [to_hold, to_fail] = &mut segment.needs;
            *(if wanted { to_hold } else { to_fail }) = Some(found.clone());
        }
        found
    }

    /// The number of a body; compiles it when it is new.
    pub(super) fn body(&mut self, predicates: &mut Predicates, body: &Arc<RuleBody>) -> BodyId {
        let address = Arc::as_ptr(body).addr();
        if let Some(known) = self.by_address.get(&address) {
            return *known;
        }
        let active = body.then.active.as_ref().map(|active| predicates.of_active(active));
        let code = code::write(&body.condition, active, predicates, &mut self.code);
        let words = code::words(&self.code, code).to_vec();
        let alternatives = needs(self, predicates, &words, true);
        let conjunctions = Span { start: number(self.conjunctions.len()), len: number(alternatives.len()) };
        for conjunction in alternatives {
            self.conjunctions.push(Span { start: number(self.needs.len()), len: number(conjunction.len()) });
            self.needs.extend(conjunction);
        }
        let id = number(self.bodies.len());
        self.bodies.push(Body { code, conjunctions });
        self.by_address.insert(address, id);
        self.held.push(Arc::clone(body));
        id
    }

    pub(super) fn len(&self) -> usize {
        self.bodies.len()
    }

    pub(super) fn get(&self, id: BodyId) -> Option<&Body> {
        self.bodies.get(id as usize)
    }

    /// What a conjunction needs.
    pub(super) fn needs(&self, id: ConjunctionId) -> &[Need] {
        self.conjunctions.get(id as usize).map(|span| part(&self.needs, *span)).unwrap_or_default()
    }

    /// About how many bytes this takes, the checked tree that it shares not counted.
    pub(super) fn bytes(&self) -> usize {
        /// An address, a number, and their place in the map.
        const AN_ADDRESS: usize = 20;
        size_of_val(self.code.as_slice())
            + self.bodies.len() * (size_of::<Body>() + size_of::<Arc<RuleBody>>() + AN_ADDRESS)
            + size_of_val(self.conjunctions.as_slice())
            + size_of_val(self.needs.as_slice())
            + size_of_val(self.segments.as_slice())
    }
}
