//! What one call held.

use std::sync::Arc;

use super::{Message, Rejected};

/// The messages of one call, in the order in which they were sent.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// May be kept. Ids may repeat, also within one batch: who keeps them drops what came before.
    pub messages: Vec<Message>,
    /// May not.
    pub rejected: Vec<Rejected>,
    /// The `writeKey` of the body. A key in the request's head counts before it.
    pub write_key: Option<Arc<str>>,
}
