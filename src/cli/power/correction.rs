//! What each of several metrics and treatments needs, so that the experiment as a whole errs no more than asked.

/// What is asked of each comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::cli) struct Correction {
    /// The rate of false alarms of one comparison.
    pub(in crate::cli) alpha: f64,
    /// The chance of one comparison to find the effect.
    pub(in crate::cli) power: f64,
}

impl Correction {
    /// Shares alpha among success metrics and treatments (Bonferroni; Holm's rule, by which results are judged, is never stricter), and
    /// the chance to miss among the guardrails and the success metric: a treatment ships if the metric improves *and* no guardrail
    /// gets worse, so all of them must be found. Guardrails need no share of alpha: each alone can only keep a treatment from shipping.
    ///
    /// Source: Schultzberg, Ankargren, Frånberg (2024), Risk-aware product decisions in A/B tests with multiple metrics, arXiv 2402.11609.
    pub(in crate::cli) fn new(alpha: f64, power: f64, metrics: u32, treatments: u32, guardrails: u32) -> Self {
        let comparisons = f64::from(metrics) * f64::from(treatments);
        Self { alpha: alpha / comparisons, power: 1.0 - (1.0 - power) / f64::from(guardrails + 1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_is_shared_by_comparisons_and_misses_by_what_must_hold() {
        assert_eq!(Correction::new(0.05, 0.75, 1, 1, 0), Correction { alpha: 0.05, power: 0.75 });
        assert_eq!(Correction::new(0.06, 0.75, 3, 2, 1), Correction { alpha: 0.01, power: 0.875 });
    }
}
