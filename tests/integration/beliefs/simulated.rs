//! The power of an anytime plan against a simulation of it, look by look.

use segue::statistics::anytime::Tuning;
use segue::statistics::distribution::normal;
use segue::statistics::power::Stopping;

/// Standard normal numbers, the same in every run: splitmix64 through the quantile.
struct Normals(u64);

impl Normals {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        #[expect(clippy::cast_precision_loss, reason = "53 bits")]
        let share = ((mixed >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0;
        normal::upper_quantile(share)
    }
}

#[test]
#[ignore = "slow suite: 80,000 simulated experiments of 100 looks"]
fn anytime_plans_need_what_they_say() {
    const RUNS: u32 = 20_000;
    let mut normals = Normals(1);
    for rule in [Stopping::AnytimeUntil, Stopping::Anytime(Tuning::default())] {
        let needed = rule.needed(0.05, 0.8, 20_000.0).unwrap();
        let looks: Vec<(f64, f64)> =
            rule.bounds(0.05, needed.most).unwrap().looks().iter().map(|look| (look.fraction, look.z)).collect();
        let fixed = normal::upper_quantile(0.025) + normal::upper_quantile(0.2);
        for (drift, expected_units, power) in
            [(fixed * (needed.most / 20_000.0).sqrt(), needed.with_effect, 0.8), (0.0, needed.without_effect, f64::NAN)]
        {
            let (mut found, mut used) = (0_u32, 0.0);
            for _ in 0..RUNS {
                let (mut score, mut before, mut stopped) = (0.0, 0.0, None);
                for (fraction, z) in &looks {
                    let step = fraction - before;
                    score += drift * step + step.sqrt() * normals.next();
                    before = *fraction;
                    if score.abs() >= z * fraction.sqrt() {
                        stopped = Some(*fraction);
                        break;
                    }
                }
                found += u32::from(stopped.is_some());
                used += stopped.unwrap_or(1.0);
            }
            let rate = f64::from(found) / f64::from(RUNS);
            // Four standard errors.
            if power.is_finite() {
                assert!((rate - power).abs() < 4.0 * (0.16 / f64::from(RUNS)).sqrt(), "{rule:?}: {rate}");
            } else {
                assert!(rate < 0.05 + 4.0 * (0.0475 / f64::from(RUNS)).sqrt(), "{rule:?}: {rate}");
            }
            let mean = used / f64::from(RUNS) * needed.most;
            assert!(
                (mean / expected_units - 1.0).abs() < 4.0 * 0.4 / f64::from(RUNS).sqrt(),
                "{rule:?}: {mean} {expected_units}"
            );
        }
    }
}
