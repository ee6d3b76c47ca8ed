//! `segue analyse --plot`.

use regex::Regex;

use super::Shop;

/// 1,200 visitors of three arms over a month; `b` has thirty points more than the control, `c` nothing.
fn experiment() -> String {
    let mut text = "visitor,arm,at,order,spend <net> & tax\n".to_owned();
    for visitor in 0..1200_u32 {
        let arm = ["a", "b", "c"][(visitor.wrapping_mul(2_654_435_761) >> 8) as usize % 3];
        let luck = visitor.wrapping_mul(40_503) % 100;
        let order = u32::from(luck < if arm == "b" { 60 } else { 30 });
        let day = 1 + visitor / 40;
        text.push_str(&format!("v{visitor},{arm},2026-09-{day:02},{order},{}\n", order * (10 + luck)));
    }
    text
}

/// The SVG that the command writes, with further options.
fn plotted(more: &[&str]) -> String {
    let shop = Shop::empty();
    shop.write("experiment.csv", &experiment());
    let line = "analyse experiment.csv --unit visitor --variant arm --control a --plan anytime --plot chart.svg";
    let words: Vec<&str> = line.split(' ').chain(more.iter().copied()).collect();
    let ran = shop.run_words(&words, "");
    assert!(ran.code < 2, "{}", ran.err);
    shop.read("chart.svg")
}

/// What stands between tags, and the names of the tags that are open at each place. Fails where the text is no well-formed XML of the kind that is
/// written here: no comments, no processing instructions.
fn check_well_formed(svg: &str) {
    let tag = Regex::new(r#"^<(/?)([A-Za-z]+)((?:\s+[A-Za-z][A-Za-z0-9:-]*="[^"<]*")*)\s*(/?)>$"#).unwrap();
    let entity = Regex::new(r"&(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);").unwrap();
    let mut open: Vec<String> = Vec::new();
    let mut rest = svg;
    while let Some(start) = rest.find('<') {
        let text = entity.replace_all(&rest[..start], "");
        assert!(!text.contains(['&', '>']) || open.last().is_some_and(|name| name == "style"), "{text}");
        assert!(!open.is_empty() || text.trim().is_empty(), "outside of the document: {text}");
        let end = start + rest[start..].find('>').expect("a tag is closed") + 1;
        let found = tag.captures(&rest[start..end]).unwrap_or_else(|| panic!("{}", &rest[start..end]));
        match (&found[1], &found[4]) {
            ("/", _) => assert_eq!(open.pop().as_deref(), Some(&found[2])),
            (_, "/") => {}
            _ => open.push(found[2].to_owned()),
        }
        rest = &rest[end..];
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} {rest}");
}

fn count(svg: &str, what: &str) -> usize {
    svg.matches(what).count()
}

#[test]
fn there_is_a_panel_for_each_metric_and_treatment_with_what_it_says() {
    let svg = plotted(&["--metric", "order", "--metric", "spend <net> & tax", "--time", "at"]);
    check_well_formed(&svg);
    assert_eq!(count(&svg, "class=\"panel\""), 4);
    assert_eq!(count(&svg, "too few units for an anytime-valid interval"), 0);
    for said in [
        "<title id=\"chart-title\">Difference to the control at each look, with 95 % anytime-valid intervals</title>",
        "<title>order: b against a: at the last look +",
        "(percentage points), excludes 0 from 2026-09-",
        "spend &lt;net&gt; &amp; tax: c against a",
        "prefers-color-scheme: dark",
        "time (UTC), 2026",
        "percentage points",
        ">\nexcludes 0 from 2026-09-",
        "role=\"img\"",
    ] {
        assert!(svg.contains(said), "`{said}` is not in\n{}", &svg[..3000]);
    }
    // The arm without effect has no such place.
    let summary = |name: &str| {
        svg.split("<title>").find(|part| part.starts_with(name)).unwrap().split("</title>").next().unwrap()
    };
    assert!(!summary("order: c against a").contains("excludes 0"), "{}", summary("order: c against a"));
}

#[test]
fn without_times_the_axis_counts_units() {
    let svg = plotted(&["--metric", "order"]);
    check_well_formed(&svg);
    assert_eq!((count(&svg, "class=\"panel\""), count(&svg, "time (UTC)")), (2, 0));
    // Once a panel.
    assert_eq!(count(&svg, "units counted"), 2);
}

#[test]
fn every_number_in_it_is_a_number() {
    let svg = plotted(&["--metric", "order"]);
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    // The same data give the same picture.
    assert_eq!(svg, plotted(&["--metric", "order"]));
}

#[test]
fn a_metric_that_waits_to_the_end_says_so() {
    let shop = Shop::empty();
    let rows =
        (0..60).map(|visitor| format!("v{visitor},{},{}\n", if visitor % 2 == 0 { "a" } else { "b" }, visitor % 5));
    shop.write("few.csv", &("visitor,arm,spend\n".to_owned() + &rows.collect::<String>()));
    let ran = shop.run("analyse few.csv --unit visitor --variant arm --control a --metric spend:sum --plot few.svg");
    assert!(ran.code < 2, "{}", ran.err);
    let svg = shop.read("few.svg");
    check_well_formed(&svg);
    assert!(svg.contains("too few units for an anytime-valid interval"), "{svg}");
    assert!(svg.contains("no anytime-valid interval yet"), "{svg}");
}
