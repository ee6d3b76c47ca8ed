//! Hard cases against mpmath at 25 to 50 digits: finite sums for whole parameters, quadrature elsewhere.

use std::f64::consts::{LOG10_2, SQRT_2};

use segue::statistics::Undefined;
use segue::statistics::bayes::{Belief, BetaPrior, Trials, best_arm, shares};
use segue::statistics::power::{Design, Rates, noncentral_t};

fn close(found: f64, expected: f64, tolerance: f64, what: &str) {
    let error = if expected == 0.0 { found.abs() } else { (found / expected - 1.0).abs() };
    assert!(error <= tolerance, "{what}: {found:e} is not {expected:e}, off by {error:.1e}");
}

/// Units and conversions of both; log10 of the chances to win and to lose; losses of shipping and keeping.
type Case = ((u64, u64, u64, u64), f64, f64, f64, f64);

fn compare(prior: f64, cases: &[Case]) {
    for ((units, conversions, other_units, other_conversions), win, lose, ship, keep) in cases.iter().copied() {
        let control = Trials { units, conversions };
        let treatment = Trials { units: other_units, conversions: other_conversions };
        let found = shares(control, treatment, BetaPrior { alpha: prior, beta: prior }, false).unwrap();
        let what = format!("{control:?} {treatment:?}");
        // Of a chance of 1 mpmath's sum does not know the logarithm.
        if win < -1e-15 {
            close(found.chance_to_win.log10, win, 1e-12, &what);
        }
        if lose < -1e-15 {
            close(found.chance_to_lose.log10, lose, 1e-12, &what);
        }
        close(found.loss_of_shipping, ship, 1e-12, &what);
        close(found.loss_of_keeping, keep, 1e-12, &what);
    }
}

#[test]
fn shares_with_whole_parameters() {
    compare(
        1.0,
        &[
            (
                (1_000_000_000, 1999, 1_000_000_000, 2599),
                0.0,
                -18.39768480679881,
                2.9946181180679336e-27,
                5.999999988e-07,
            ),
            ((1_000_002, 2, 1_000_898, 899), 0.0, -265.83196795067227, 1.4782882744909153e-272, 0.0008961907403444419),
            ((9998, 4999, 9998, 7499), 0.0, -295.77116139150303, 3.170798617250246e-300, 0.25),
            ((0, 0, 0, 0), -LOG10_2, -LOG10_2, 1.0 / 6.0, 1.0 / 6.0),
            ((5, 0, 5, 5), -0.0004702701941946439, -2.9656719712201065, 8.325008325008325e-05, 0.7143689643689644),
            ((1, 1, 1_000_000_000, 0), -17.69897000650749, 0.0, 0.6666666656666667, 1.999999982e-27),
            ((300, 0, 300, 300), 0.0, -179.73201885080434, 3.073716702394187e-183, 0.9933774834437086),
        ],
    );
}

#[test]
fn shares_with_halves() {
    compare(
        0.5,
        &[
            ((40, 0, 45, 3), -0.01717011308793447, -1.411567927991563, 0.0007602632437458707, 0.0646520978142655),
            (
                (1000, 120, 1000, 150),
                -0.01088165982416217,
                -1.606518635711035,
                0.00014286169313201363,
                0.030112891663161983,
            ),
            ((10, 0, 10, 0), -LOG10_2, -LOG10_2, 0.028256670977565873, 0.028256670977565873),
            (
                (200, 199, 100, 100),
                -0.1594655645705585,
                -0.5124132036419346,
                0.002192478396938865,
                0.004704669914598093,
            ),
        ],
    );
}

#[test]
fn arms_of_very_different_sharpness() {
    let compare = |arms: &[(f64, f64)], expected: &[(f64, f64)]| {
        let found = best_arm(arms, false).unwrap();
        for (arm, (best, second)) in expected.iter().enumerate() {
            let near = |found: f64, expected: f64| (found - expected).abs() < 1e-13;
            assert!(near(found.best[arm], *best) && near(found.second_best[arm], *second), "{arms:?} {found:?}");
        }
        let mirrored: Vec<(f64, f64)> = arms.iter().map(|(mean, deviation)| (-mean, *deviation)).collect();
        assert_eq!(best_arm(&mirrored, true).unwrap(), found);
    };
    compare(
        &[(0.0, 1.0), (1e-6, 1e-6), (0.5, 1e-3)],
        &[
            (0.3085376267422581, 0.19146197431546153),
            (0.0, 0.5000003989422804),
            (0.691462373257742, 0.3085376267422581),
        ],
    );
    compare(
        &[(10.0, 1e-3), (0.0, 3.5), (9.9999, 1e-6), (-100.0, 30.0)],
        &[
            (0.5386085919487408, 0.4603505203290578),
            (0.0021364610453944548, 1.77375485034392e-06),
            (0.45913211762821565, 0.5396476617116825),
            (0.00012282937764912427, 4.420440929927485e-08),
        ],
    );
    compare(
        &[(1e8, 0.5), (1e8 + 0.25, 1.0), (1e8 - 1.0, 2.0)],
        &[
            (0.29728820521689514, 0.5031423239310908),
            (0.47450420442777713, 0.35138489325009553),
            (0.22820759035532773, 0.14547278281881365),
        ],
    );
    compare(&[(3.0, 0.1); 20], &[(0.05, 0.05); 20]);
    // Far apart: certain.
    compare(&[(0.0, 1e-300), (1.0, 1e-300), (2.0, 1e300_f64.recip())], &[(0.0, 0.0), (0.0, 1.0), (1.0, 0.0)]);
}

#[test]
fn an_arm_that_says_nothing_is_no_arm() {
    assert_eq!(best_arm(&[(1.0, 1.0)], false), Err(Undefined::TooFewCells));
    assert_eq!(best_arm(&[(1.0, 1.0), (2.0, 0.0)], false), Err(Undefined::ZeroVariance));
    assert_eq!(best_arm(&[(1.0, 1.0), (f64::NAN, 1.0)], false), Err(Undefined::OutOfRange));
    assert_eq!(best_arm(&[(f64::MAX, 1.0), (f64::MIN, 1.0)], false), Err(Undefined::TooLarge));
}

/// mpmath: `E max(d, 0)` as an integral of the tail.
#[test]
fn losses_far_out_have_all_digits() {
    let loss = |z: f64| Belief::new(z, 1.0, false).unwrap().loss_of_shipping();
    close(loss(0.0), 0.3989422804014327, 1e-15, "0");
    close(loss(1.9), 0.011054351124273176, 1e-14, "1.9");
    close(loss(2.0), 0.008490702616829637, 1e-14, "2");
    close(loss(10.0), 7.474560254589328e-25, 1e-14, "10");
    close(loss(37.0), 1.5451991905122057e-301, 1e-13, "37");
    assert_eq!(loss(1e200), 0.0);
    close(Belief::new(-5e-9, 1e-9, true).unwrap().loss_of_keeping(), 5e-9, 1e-6, "lower is better");
}

#[test]
fn noncentral_t_is_a_number_everywhere() {
    for (t, freedom, noncentrality, expected) in [
        (1.9720174778363073, 198.0, SQRT_2, 0.29026640457220176),
        (12.706204736174705, 1.0, 1.0, 0.0677630138547981),
        (12.706204736174705, 1.0, 30.0, 0.9814160376125579),
        (636.6192487687199, 1.0, 400.0, 0.4702045360488451),
        (4.302652729749462, 2.0, 0.0, 0.025),
        (2.0, 1e9, 3.0, 0.8413447459475576),
        (1.96, 1e12, 2.8, 0.7995458067394615),
        (2.5, 7.25, -1.5, 0.0003764059063886352),
        (2.0, 50.0, 60.0, 1.0),
        (3.2, 10.5, 2.0, 0.17750241958518004),
        (6.0, 29.0, 5.9, 0.48687741254300104),
        (2.0, 4.0, -6.0, 1.353291588178513e-12),
        (2.0, 10.0, 1e6, 1.0),
        (2.0, 10.0, -1e6, 0.0),
        (1e-300, 1e15, 1e300, 1.0),
    ] {
        let found = noncentral_t::upper_tail(t, freedom, noncentrality).unwrap();
        close(found, expected, 2e-13, &format!("{t} {freedom} {noncentrality}"));
    }
}

#[test]
fn a_design_out_of_range_is_refused() {
    let design = Design::new(0.05, 1.0).unwrap();
    assert_eq!(Design::new(0.0, 1.0), Err(Undefined::OutOfRange));
    assert_eq!(Design::new(0.05, f64::NAN), Err(Undefined::OutOfRange));
    assert_eq!(design.power_of_means(0.1, 1.4), Err(Undefined::TooFewUnits));
    assert_eq!(design.units_for_means(0.0, 0.8), Err(Undefined::NoSolution));
    assert_eq!(design.units_for_means(0.1, 0.05), Err(Undefined::OutOfRange));
    assert_eq!(design.units_for_difference(Rates::new(0.1, 0.1).unwrap(), 0.8), Err(Undefined::NoSolution));
    assert_eq!(design.power_of_difference(Rates::new(0.0, 1.0).unwrap(), 10.0), Err(Undefined::ZeroVariance));
    assert!(Rates::new(-0.1, 0.5).is_err() && Rates::new(0.1, 1.5).is_err());
}

#[test]
fn arms_that_begin_at_one_level_but_for_rounding_come_to_an_end() {
    let far = [(1e18, 1.0), (1e18, 2.0), (-1e18, 3.0)];
    let wide = [(1e300, 1e-300), (0.0, 1e-5), (1.0, 1e290)];
    let nested = [(9.0, 1.0), (18.0, 2.0), (0.0, 1e-9), (-9e-9, 1e-12)];
    for arms in [&far[..], &wide, &nested] {
        let found = best_arm(arms, false).unwrap();
        assert!((found.best.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{arms:?} {found:?}");
    }
}
