//! How an experiment came to stand as it does: its points, as they are sent and read again.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Point;

/// An experiment's points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Its name.
    pub experiment: Arc<str>,
    /// One an hour and one for each planned look, oldest first.
    pub points: Vec<PointAt>,
}

/// A point with its instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PointAt {
    /// When; RFC 3339.
    pub at: String,
    /// How the metrics stood.
    #[serde(flatten)]
    pub point: Point,
}

impl History {
    /// Of points with their instants.
    pub fn new(experiment: Arc<str>, points: Vec<(Timestamp, Point)>) -> Self {
        let points = points.into_iter().map(|(at, point)| PointAt { at: at.to_string(), point });
        Self { experiment, points: points.collect() }
    }
}
