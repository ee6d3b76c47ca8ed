//! A scorecard between planned looks: what only a look may claim is taken back.

use super::{Answer, Code, Finding, Flag, NonInferiority, Row, Scorecard, Verdict};
use crate::statistics::Undefined;

impl Scorecard {
    /// Takes back what only a planned look may claim, for a reading at which none is due, and says `verdict` instead, unless the data cannot be
    /// trusted, are not all yet, or a breaker has stopped the experiment. Otherwise whoever reads often would look more often than the plan pays for.
    pub fn withhold(&mut self, verdict: Verdict) {
        self.metrics.iter_mut().filter(|row| !row.control).for_each(Row::withhold);
        let stands = |flag: &Flag| matches!(flag.code, "breaker_tripped" | "recounting");
        if self.verdict.code != Code::CheckData && !self.flags.iter().any(stands) {
            self.verdict = verdict;
        }
    }
}

impl Row {
    fn withhold(&mut self) {
        let not_due = || Some(Answer::Unknown(Undefined::NotDue));
        self.group_sequential = not_due();
        for adjusted in [&mut self.cuped, &mut self.post_stratified] {
            if let Some(Answer::Known(block)) = adjusted {
                block.group_sequential = not_due();
            }
        }
        self.adjusted_p_value = None;
        self.adjusted_log10_p_value = None;
        self.non_inferiority = self.non_inferiority.and_then(|found| NonInferiority::open(found.margin.get()).ok());
        self.undefined = Some(Undefined::NotDue);
        self.finding = Some(Finding::Undefined);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Data, Kind, Metric, Plan, Stop, Tripped, Variant, scorecard};
    use crate::statistics::Sums;
    use crate::statistics::group_sequential::Spending;

    #[test]
    fn between_looks_nothing_is_claimed() {
        let plan = Plan {
            stop: Stop::GroupSequential { spending: Spending::Pocock },
            visitors: Some(40_000),
            metrics: vec![Metric::new("order", Kind::Conversion)],
            ..Plan::default()
        };
        let variant = |name: &str| Variant { name: name.to_owned(), weight: 1.0, units: 5_000 };
        let data = Data {
            variants: vec![variant("control"), variant("b")],
            metrics: vec![vec![Sums::of_share(5_000, 500).into(), Sums::of_share(5_000, 700).into()]],
            ..Data::default()
        };
        let mut found = scorecard(&plan, &data).unwrap();
        assert_eq!(found.verdict.code, Code::Ship);
        let wait = Verdict { code: Code::Continue, variant: None, text: "Wait.".to_owned(), reasons: Vec::new() };
        found.withhold(wait.clone());
        assert_eq!(found.verdict, wait);
        let row = &found.metrics[1];
        assert_eq!((row.decided(), row.finding, row.adjusted_p_value), (None, Some(Finding::Undefined), None));
        let json = serde_json::to_value(row).unwrap();
        assert_eq!(json["group_sequential"]["undefined"], "not_due");
        assert!(json["anytime"]["p_value"].as_f64().unwrap() < 0.05, "what holds at any look stays");
    }

    #[test]
    fn a_tripped_breaker_is_said_between_looks_too() {
        let tripped = |part: &str| part.to_owned();
        let tripped =
            Tripped { metric: tripped("m"), variant: tripped("b"), at: tripped("now"), because: tripped("harm") };
        let variant = |name: &str| Variant { name: name.to_owned(), weight: 1.0, units: 500 };
        let variants = vec![variant("control"), variant("b")];
        let mut found =
            scorecard(&Plan::default(), &Data { variants, tripped: Some(tripped), ..Data::default() }).unwrap();
        let before = found.verdict.clone();
        found.withhold(Verdict { code: Code::Continue, variant: None, text: "Wait.".to_owned(), reasons: Vec::new() });
        assert_eq!((found.verdict.code, &found.verdict), (Code::KeepControl, &before));
    }

    #[test]
    fn every_code_has_its_word() {
        for code in [Code::Ship, Code::KeepControl, Code::Continue, Code::Inconclusive, Code::CheckData] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.word());
        }
    }
}
