//! One fault is told once: what follows from it is not.

use std::sync::Arc;

use segue::content::Catalogue;
use segue::experiment::Experiments;
use segue::language::{Nouns, RuleFile, check};
use segue::profile::Schema;

use super::read;

#[test]
fn a_name_whose_item_did_not_parse_is_not_unknown() {
    let text = "segment vip { country = \"DE\" }\nmeasure spend sum\nsegment b { segment vip and spend > 3 and segment gone }\n\
                segment open {\n  x is 1\nmeasure lost = 3\n";
    let broken = read(text).1.diagnostics;
    let mut findings = Vec::new();
    let file = RuleFile { inside: "home.rules".into(), file: Arc::from("home.rules"), text: text.into() };
    let (schema, catalogue) = (Schema::default(), Catalogue::default());
    check(
        &[file],
        Nouns { schema: &schema, catalogue: &catalogue, experiments: &Experiments::default() },
        &mut findings,
    );
    let new = findings.iter().filter(|finding| !broken.contains(finding));
    let told: Vec<&str> = new.map(|finding| finding.message.as_str()).collect();
    assert_eq!((broken.len(), told), (3, vec!["unknown segment `gone`"]));
}
