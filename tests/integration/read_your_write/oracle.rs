//! What visitors must be known for: a plain list of what happened to each, counted anew for every question.
//!
//! Ids that were joined are found by union-find. Nothing here is shared with the server.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// The rungs of a count, highest first: a slot shows the highest that is reached.
pub const COUNTS: [u64; 8] = [40, 20, 12, 8, 5, 3, 2, 1];
/// The rungs of a sum, highest first, in cents.
pub const CENTS: [u64; 6] = [500_000, 200_000, 50_000, 10_000, 2_500, 500];

/// What one message says.
#[derive(Debug, Clone)]
pub enum Said {
    Order { cents: u64 },
    Look { category: &'static str },
    Page { path: &'static str },
    Plan(&'static str),
    Join,
}

/// One message, with what decides its place in time.
#[derive(Debug, Clone)]
struct Past {
    /// Days before the run; 0: now.
    days_ago: u64,
    /// In the order of sending.
    number: usize,
    said: Said,
}

/// Everybody.
#[derive(Default)]
pub struct Oracle {
    parent: Vec<usize>,
    pasts: Vec<Vec<Past>>,
    sent: usize,
}

impl Oracle {
    /// Somebody whom nobody knows yet.
    pub fn newcomer(&mut self) -> usize {
        self.parent.push(self.parent.len());
        self.pasts.push(Vec::new());
        self.parent.len() - 1
    }

    /// How many ids there are.
    pub fn ids_given(&self) -> usize {
        self.parent.len()
    }

    fn root(&self, mut id: usize) -> usize {
        while self.parent[id] != id {
            id = self.parent[id];
        }
        id
    }

    /// All ids of the same visitor.
    pub fn ids(&self, id: usize) -> Vec<usize> {
        let root = self.root(id);
        (0..self.parent.len()).filter(|other| self.root(*other) == root).collect()
    }

    pub fn told(&mut self, id: usize, days_ago: u64, said: Said) {
        self.sent += 1;
        let root = self.root(id);
        self.pasts[root].push(Past { days_ago, number: self.sent, said });
    }

    pub fn joined(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if one != other {
            self.parent[other] = one;
            let past = std::mem::take(&mut self.pasts[other]);
            self.pasts[one].extend(past);
        }
    }

    /// What every slot must show.
    pub fn expected(&self, id: usize) -> BTreeMap<String, Value> {
        let past = &self.pasts[self.root(id)];
        let count = |wanted: &dyn Fn(&Past) -> bool| past.iter().filter(|it| wanted(it)).count() as u64;
        let is_order = |it: &Past| matches!(it.said, Said::Order { .. });
        let is_week = |it: &Past| it.days_ago < 7;
        let is_page = |it: &Past, wanted: &str| matches!(it.said, Said::Page { path } if path.starts_with(wanted));
        let cents = |wanted: &dyn Fn(&Past) -> bool| -> u64 {
            let orders = past.iter().filter(|it| wanted(it));
            orders.map(|it| if let Said::Order { cents } = it.said { cents } else { 0 }).sum()
        };
        let shoes = count(&|it| matches!(it.said, Said::Look { category: "shoes" }));
        let looks = past.iter().filter_map(|it| match it.said {
            Said::Look { category } => Some(((std::cmp::Reverse(it.days_ago), it.number), category)),
            _ => None,
        });
        let kinds: BTreeSet<&str> = looks.clone().map(|(_, category)| category).collect();
        let last_look = looks.max().map_or("none", |(_, category)| category);
        let plans = past.iter().filter_map(|it| match it.said {
            Said::Plan(plan) => Some(((std::cmp::Reverse(it.days_ago), it.number), plan)),
            _ => None,
        });
        let plan = plans.max().map_or("none", |(_, plan)| plan);
        let orders = count(&is_order);
        let week = count(&|it| is_order(it) && is_week(it));
        let priced = count(&|it| is_page(it, "/pricing"));
        let is_buyer = orders >= 2 && priced >= 1;
        let rows = [
            ("orders", json!(rung(&COUNTS, orders))),
            ("orders_week", json!(rung(&COUNTS, week))),
            ("shoes", json!(rung(&COUNTS, shoes))),
            ("pricing", json!(rung(&COUNTS, priced))),
            ("tents_week", json!(rung(&COUNTS, count(&|it| is_page(it, "/tents") && is_week(it))))),
            ("spent", json!(rung(&CENTS, cents(&is_order)))),
            ("spent_week", json!(rung(&CENTS, cents(&|it| is_order(it) && is_week(it))))),
            ("kinds", json!(kinds.len())),
            ("last_look", json!(last_look)),
            ("plan", json!(plan)),
            ("buyer", json!(is_buyer)),
            ("pro_or_quiet", json!(plan == "pro" || (week == 0 && is_buyer))),
        ];
        rows.map(|(slot, value)| (slot.to_owned(), value)).into()
    }
}

fn rung(rungs: &[u64], reached: u64) -> u64 {
    rungs.iter().copied().find(|rung| *rung <= reached).unwrap_or(0)
}
