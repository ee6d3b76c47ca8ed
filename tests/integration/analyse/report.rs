//! The report that people read.

use super::{Tables, sample};

fn tables() -> Tables {
    Tables::with("checkout.csv", sample().replace("spend_before", "before").replace("load_ms", "load"))
}

const LINE: &str = "checkout.csv --unit visitor --variant variant --control control --metric bought --metric revenue --covariate before --guardrail refunded:down:50% --breakdown device --plan anytime";

#[test]
fn a_report_says_first_what_to_do() {
    let ran = tables().run(LINE);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    insta::assert_snapshot!(ran.out, @r"
    checkout.csv: 2,400 units
    plan anytime, confidence 95 %: the intervals below hold at every look, whenever one stops

    Go on: with short bought is up 35 % (5 % to 75 %) and revenue is up 43 % (3.6 % to 100 %), but
    refunded is not shown to be within its margin of 50 %.
      short: bought is up 35 % (5 % to 75 %): better than chance explains (adjusted p = 0.02).
      short: revenue is up 43 % (3.6 % to 100 %): better than chance explains (adjusted p = 0.022).
      short: guardrail refunded (lower is better) waits for more data (11 of 50 effective units in the
        smaller variant).

      variant            units    share  planned
      control (control)  1,217  50.71 %  50.00 %
      short              1,183  49.29 %  50.00 %
      split of the traffic: as planned, as far as chance tells (p = 1 at every look)

    bought: share of units; primary metric; higher is better
      variant                   value  difference      lift         95 % interval        p
      control (control)       17.26 %
      short                   23.25 %
        if looked at once                +5.99 pp  +34.72 %  +14.73 % .. +58.19 %  0.00026
        at every look                    +5.99 pp  +34.72 %   +4.77 % .. +75.19 %    0.011
        adjusted, once                   +6.01 pp  +34.83 %  +15.04 % .. +58.75 %  0.00023
        adjusted, every look             +6.01 pp  +34.83 %   +4.99 % .. +75.14 %     0.01  decides
      short: chance to win 99.99 %, expected loss if shipped under 0.01 pp; p adjusted for all tests
        0.02; the covariate explains 0.98 % of the variance

    revenue: mean per unit; secondary metric; higher is better
      variant                 value  difference      lift         95 % interval        p
      control (control)       7.585
      short                   10.82
        if looked at once                +3.239  +42.71 %  +15.86 % .. +76.56 %  0.00093
        at every look                    +3.239  +42.71 %  +2.51 % .. +100.94 %    0.028
        adjusted, once                   +3.264  +43.04 %  +16.69 % .. +76.17 %  0.00065
        adjusted, every look             +3.264  +43.04 %  +3.56 % .. +100.00 %    0.022  decides
      short: chance to win 99.97 %, expected loss if shipped under 0.01 % of its value; p adjusted for
        all tests 0.022; the covariate explains 4.32 % of the variance

    refunded: share of units; guardrail, may be 50 % higher; lower is better
      variant                  value  difference      lift          95 % interval     p
      control (control)       0.90 %
      short                   1.52 %
        if looked at once               +0.62 pp  +68.34 %  -19.68 % .. +250.36 %  0.17
        at every look                   +0.62 pp  +68.34 %            too few yet
        adjusted, once                  +0.62 pp  +68.29 %  -21.67 % .. +336.91 %  0.17
        adjusted, every look            +0.62 pp  +68.29 %            too few yet        decides
      short, at every look: no number, because 11 of 50 effective units in the smaller variant
      short, adjusted, every look: no number, because 11 of 50 effective units in the smaller variant
      short: chance to win 8.40 %, expected loss if shipped 0.63 pp; the covariate explains 0.005715 %
        of the variance; may exceed its margin of 50 %

    by device: parts of the units tell where to look, not what to do; `marked` is beyond chance, all
    parts taken together
      bought   variant  units    value      lift          95 % interval     p
      desktop  short      492  23.78 %  +35.64 %  -12.16 % .. +118.89 %  0.28
      mobile   short      691  22.87 %  +34.01 %    -4.55 % .. +91.63 %  0.12
      revenue  variant  units  value      lift          95 % interval      p
      desktop  short      492   10.6  +34.03 %  -25.89 % .. +156.87 %   0.64
      mobile   short      691  10.98  +49.08 %   -3.38 % .. +134.03 %  0.084
      refunded  variant  units   value       lift  95 % interval
      desktop   short      492  2.03 %  +223.55 %    too few yet
      mobile    short      691  1.16 %    +7.92 %    too few yet
    ");
}

#[test]
fn a_covariate_that_says_nothing_of_anybody_adjusts_nothing() {
    let rows: String =
        (0..400_u32).map(|unit| format!("{unit},{},{},0\n", ["a", "b"][unit as usize % 2], unit % 7)).collect();
    let tables = Tables::with("new.csv", format!("id,variant,spend,before\n{rows}"));
    let ran =
        tables.run("new.csv --unit id --variant variant --control a --metric spend --covariate before --plan anytime");
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let words: Vec<&str> = ran.out.split_whitespace().collect();
    assert!(words.join(" ").contains("nothing is known from before, so nothing is adjusted"), "{}", ran.out);
    assert!(!ran.out.contains("adjusted, ") && !ran.out.contains("explains"), "{}", ran.out);
}

#[test]
fn a_narrow_terminal_gets_lists() {
    let ran = tables().run_with(
        "checkout.csv --unit visitor --variant variant --control control --metric revenue",
        "",
        &[("COLUMNS", "60")],
    );
    assert_eq!((ran.code, &*ran.err), (0, ""));
    insta::assert_snapshot!(ran.out, @r"
    checkout.csv: 2,400 units
    plan fixed, confidence 95 %: the intervals below hold if
    this is the only look; --plan anytime holds at every look

    Ship short: revenue is up 43 % (16 % to 77 %) against
    control.
      short: revenue is up 43 % (16 % to 77 %): better than
        chance explains (adjusted p = 0.00093).

      variant            units    share  planned
      control (control)  1,217  50.71 %  50.00 %
      short              1,183  49.29 %  50.00 %
      split of the traffic: as planned, as far as chance tells
        (p = 0.49)

    revenue: mean per unit; primary metric; higher is better
      control (control)
        value          7.585
      short
        value          10.82
        if looked at once
          difference     +3.239
          lift           +42.71 %
          95 % interval  +15.86 % .. +76.56 %
          p              0.00093
                         decides
        at every look
          difference     +3.239
          lift           +42.71 %
          95 % interval  +2.51 % .. +100.94 %
          p              0.028
      short: chance to win 99.95 %, expected loss if shipped
        under 0.01 % of its value; p adjusted for all tests
        0.00093
    ");
}

/// A report of 20,000 units and a metric that is far better in one variant than chance could ever make it.
fn huge(more: &str) -> String {
    let rows: String = (0..20_000_u32)
        .map(|unit| {
            let (variant, lift) = if unit % 2 == 0 { ("a", 0) } else { ("b", 100) };
            let small = if unit < 6 { "tiny" } else { "large" };
            format!("{unit},{variant},{},{},{small}\n", u8::from(lift > 0 || unit % 100 == 0), lift + unit % 7)
        })
        .collect();
    let tables = Tables::with("huge.csv", format!("id,variant,bought,spend,size\n{rows}"));
    let ran =
        tables.run(&format!("huge.csv --unit id --variant variant --control a --metric bought --metric spend {more}"));
    assert_eq!((ran.code, &*ran.err), (0, ""));
    ran.out
}

#[test]
fn an_effect_of_any_size_is_said_in_numbers_that_mean_something() {
    for plan in ["fixed", "anytime", "group-sequential --visitors 40000"] {
        let text = huge(&format!("--plan {plan} --breakdown size"));
        for never in ["NaN", "inf", "chance to win 100", "chance of 100"] {
            assert!(!text.contains(never), "`{never}` in\n{text}");
        }
        for said in ["chance to win more than 99.99 %", "under 0.01 pp", "under 0.01 % of its value"] {
            assert!(text.contains(said), "`{said}` is not in\n{text}");
        }
    }
    // Three of six have no interval yet, and the table says so where it would stand.
    assert!(huge("--plan anytime --breakdown size").contains("too few yet"));
}

#[test]
fn the_p_value_of_the_split_is_the_one_that_judges() {
    let line = "checkout.csv --unit visitor --variant variant --control control --metric bought";
    let (once, always) = (tables().run(line).out, tables().run(&format!("{line} --plan anytime")).out);
    assert!(once.contains("as far as chance tells (p = 0.49)"), "{once}");
    assert!(always.contains("as far as chance tells (p = 1 at every look)"), "{always}");
}

#[test]
fn a_planned_look_that_stops_shows_the_estimate_without_the_bias_of_stopping() {
    let line = "checkout.csv --unit visitor --variant variant --control control --metric bought --plan group-sequential --earlier-looks 0.25";
    let said = tables().run(&format!("{line} --visitors 4800")).out;
    assert!(said.contains("(median-unbiased) +5."), "{said}");
    let open = tables().run(&format!("{line} --visitors 9000")).out;
    assert!(!open.contains("median-unbiased"), "{open}");
}
