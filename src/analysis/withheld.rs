//! A scorecard between planned looks: what only a look may claim is taken back.

use super::{Answer, Code, Finding, Flag, NonInferiority, Row, Scorecard, Stop, Verdict};
use crate::statistics::Undefined;

impl Scorecard {
    /// Takes back what only a planned look may claim, for a reading at which none is due, and [settles](Scorecard::settle) the verdict. Otherwise
    /// whoever reads often would look more often than the plan pays for.
    pub fn withhold(&mut self, stop: Stop, verdict: Verdict) {
        self.metrics.iter_mut().filter(|row| !row.control).for_each(|row| row.withhold(stop));
        self.withhold_parts(stop);
        if stop == Stop::Fixed {
            self.omnibus.clear();
        }
        self.settle(verdict);
    }

    /// The same of the parts of the units alone, which no look is planned for: under a fixed plan they too would be read once.
    pub fn withhold_parts(&mut self, stop: Stop) {
        let values = self.breakdowns.iter_mut().flat_map(|block| &mut block.values);
        let rows = values.flat_map(|value| &mut value.metrics).filter(|row| !row.control);
        rows.filter(|_| stop == Stop::Fixed).for_each(|row| row.withhold(stop));
    }

    /// Says what was decided at a look, or that none was taken yet, unless the data cannot be trusted, are not all yet, or a breaker has stopped the
    /// experiment.
    pub fn settle(&mut self, verdict: Verdict) {
        let stands = |flag: &Flag| matches!(flag.code, "breaker_tripped" | "recounting");
        if self.verdict.code != Code::CheckData && !self.flags.iter().any(stands) {
            self.verdict = verdict;
        }
    }
}

impl Row {
    fn withhold(&mut self, stop: Stop) {
        let not_due = Undefined::NotDue;
        let is_fixed = stop == Stop::Fixed;
        if is_fixed {
            self.fixed = Some(Answer::Unknown(not_due));
        } else {
            self.group_sequential = Some(Answer::Unknown(not_due));
        }
        for adjusted in [&mut self.cuped, &mut self.post_stratified] {
            match adjusted {
                Some(Answer::Known(block)) if is_fixed => block.fixed = Answer::Unknown(not_due),
                Some(Answer::Known(block)) => block.group_sequential = Some(Answer::Unknown(not_due)),
                _ => {}
            }
        }
        self.adjusted_p_value = None;
        self.adjusted_log10_p_value = None;
        self.non_inferiority = self.non_inferiority.and_then(|found| NonInferiority::open(found.margin.get()).ok());
        self.undefined = Some(not_due);
        self.finding = Some(Finding::Undefined);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Alarm, Breakdown, Cell, Data, Kind, Metric, Plan, Seen, Tripped, Variant, scorecard};
    use crate::statistics::Sums;
    use crate::statistics::group_sequential::Spending;

    #[test]
    fn before_its_one_look_a_fixed_plan_shows_nothing_that_is_read_once() {
        let plan =
            Plan { visitors: Some(40_000), metrics: vec![Metric::new("order", Kind::Conversion)], ..Plan::default() };
        let variant = |name: &str| Variant { name: name.to_owned(), weight: 1.0, units: 5_000 };
        let metrics = vec![vec![Sums::of_share(5_000, 500).into(), Sums::of_share(5_000, 700).into()]];
        let cell = Cell { value: "mobile".to_owned(), units: vec![5_000; 2], metrics: metrics.clone() };
        let data = Data {
            variants: vec![variant("control"), variant("b")],
            metrics,
            breakdowns: vec![Breakdown { name: "device".to_owned(), values: vec![cell] }],
            seen: Seen::Live,
            ..Data::default()
        };
        let mut found = scorecard(&plan, &data).unwrap();
        let wait = Verdict { code: Code::Continue, variant: None, text: "Wait.".to_owned(), reasons: Vec::new() };
        found.withhold(plan.stop, wait.clone());
        assert_eq!(found.verdict, wait);
        for row in [&found.metrics[1], &found.breakdowns[0].values[0].metrics[1]] {
            assert_eq!((row.decided(), row.finding, row.adjusted_p_value), (None, Some(Finding::Undefined), None));
            let json = serde_json::to_value(row).unwrap();
            assert_eq!(json["fixed"]["undefined"], "not_due");
            assert!(json["anytime"]["p_value"].as_f64().unwrap() < 0.05, "what holds at any look stays");
        }
    }

    /// 4 % of the units are in the wrong variant: no matter for a sequence yet, but for the one look at the end.
    #[test]
    fn of_live_data_chi_squared_raises_the_alarm_at_the_end_alone() {
        let variant = |name: &str, units| Variant { name: name.to_owned(), weight: 1.0, units };
        let alarm = |stop: Stop, seen: Seen, treated: u64| {
            let plan = Plan { stop, visitors: Some(20_000), ..Plan::default() };
            let variants = vec![variant("control", 5_000), variant("b", treated)];
            let found = scorecard(&plan, &Data { variants, seen, ..Data::default() }).unwrap();
            assert!(found.sample_ratio.p_value.is_some(), "it is shown beside");
            found.sample_ratio.alarm
        };
        let planned = Stop::GroupSequential { spending: Spending::Pocock };
        for (stop, seen, treated, expected) in [
            (Stop::Fixed, Seen::AsPlanned, 5_300, Some(Alarm::Fixed)),
            (Stop::Fixed, Seen::Live, 5_300, None),
            (planned, Seen::Live, 5_300, None),
            (Stop::Anytime, Seen::Live, 5_300, None),
            (Stop::Fixed, Seen::AtTheEnd, 5_300, Some(Alarm::Fixed)),
            (Stop::Anytime, Seen::AtTheEnd, 5_300, Some(Alarm::Fixed)),
            (Stop::Anytime, Seen::Ended, 5_300, None),
            (Stop::Anytime, Seen::Ended, 6_000, Some(Alarm::Sequential)),
            (Stop::Fixed, Seen::Live, 6_000, Some(Alarm::Sequential)),
            (Stop::Fixed, Seen::AtTheEnd, 5_050, None),
        ] {
            assert_eq!(alarm(stop, seen, treated), expected, "{stop:?} {seen:?} {treated}");
        }
    }

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
        found.withhold(plan.stop, wait.clone());
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
        found.withhold(
            Stop::Fixed,
            Verdict { code: Code::Continue, variant: None, text: "Wait.".to_owned(), reasons: Vec::new() },
        );
        assert_eq!((found.verdict.code, &found.verdict), (Code::KeepControl, &before));
    }

    #[test]
    fn every_code_has_its_word() {
        for code in [Code::Ship, Code::KeepControl, Code::Continue, Code::Inconclusive, Code::CheckData] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.word());
        }
    }
}
