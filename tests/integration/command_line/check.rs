//! `segue check`.

use serde_json::json;

use super::Shop;

#[test]
fn a_set_without_faults_is_fine() {
    let ran = Shop::new().run("check");
    assert_eq!((ran.code, &*ran.out, &*ran.err), (0, "1 segment, 1 slot, 2 rules: fine\n", ""));
}

#[test]
fn every_error_is_drawn_with_its_place_and_the_exit_code_is_one() {
    let shop = Shop::new();
    shop.write("rules/more.rules", "segment nordic { contry is \"NO\" }\nsegment late { segment nordick }\n");
    let ran = shop.run("check");
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.out, @r#"
    error[unknown-attribute]: unknown attribute `contry`
     --> ./rules/more.rules:1:18
      |
    1 | segment nordic { contry is "NO" }
      |                  ^^^^^^ not declared in rules/schema
      |
      = help: did you mean `country`?

    error[unknown-segment]: unknown segment `nordick`
     --> ./rules/more.rules:2:24
      |
    2 | segment late { segment nordick }
      |                        ^^^^^^^ no file defines it
      |
      = help: did you mean `nordic`?

    2 errors
    "#);
    assert_eq!(ran.err, "");
}

#[test]
fn programs_read_the_findings_as_json() {
    let shop = Shop::new();
    shop.write("rules/more.rules", "segment nordic { contry is \"NO\" }\n");
    let ran = shop.run("check --format json");
    assert_eq!(ran.code, 1);
    let findings = ran.json();
    let keys: Vec<_> = findings[0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["code", "severity", "file", "line", "column", "message", "help"]);
    assert_eq!(findings[0]["code"], "unknown-attribute");
    assert_eq!(findings[0]["file"], "./rules/more.rules");
    assert_eq!((&findings[0]["line"], &findings[0]["column"]), (&json!(1), &json!(18)));
}

#[test]
fn no_findings_are_an_empty_list() {
    let ran = Shop::new().run("check --format json");
    assert_eq!((ran.code, ran.json()), (0, json!([])));
}

#[test]
fn a_warning_fails_only_when_the_check_is_strict() {
    let shop = Shop::new();
    shop.write("rules/more.rules", "segment nobody { age > 50 and age < 40 }\n");
    let (lax, strict) = (shop.run("check"), shop.run("check --strict"));
    assert_eq!((lax.code, strict.code), (0, 1), "{}", lax.out);
    assert!(
        lax.out.ends_with("2 segments, 1 slot, 2 rules: 2 warnings\n") || lax.out.ends_with(": 1 warning\n"),
        "{}",
        lax.out
    );
    assert_eq!(lax.out, strict.out);
}

#[test]
fn the_folders_may_have_other_names() {
    let shop = Shop::new();
    std::fs::rename(shop.path("rules"), shop.path("shop")).unwrap();
    assert_eq!(shop.run("check --rules shop").code, 0);
    shop.write("shop/more.rules", "segment nordic { contry is \"NO\" }\n");
    assert!(shop.run("check --rules shop").out.contains("--> shop/more.rules:1:18"));
}

#[test]
fn nothing_is_coloured_off_a_terminal() {
    let shop = Shop::new();
    shop.write("rules/more.rules", "segment nordic { contry is \"NO\" }\n");
    assert!(!shop.run("check").out.contains('\u{1b}'));
}

#[test]
fn every_command_that_needs_a_release_lists_the_same_findings() {
    let shop = Shop::new();
    shop.write("rules/more.rules", "segment nordic { contry is \"NO\" }\n");
    let list = shop.run("check --format json").json();
    for line in ["test", "decide --id v1", "releases publish --message m"] {
        let ran = shop.run(&format!("{line} --format json"));
        assert_eq!((ran.code, ran.json()), (1, list.clone()), "{line}");
        let ran = shop.run(line);
        assert_eq!((ran.code, &*ran.out), (1, ""), "{line}");
        assert!(ran.err.contains("--> ./rules/more.rules:1:18"), "{line}: {}", ran.err);
    }
}

/// `file:line code` of the errors that `check` finds.
fn found(shop: &Shop) -> Vec<String> {
    let findings = shop.run("check --format json").json();
    let line = |finding: &serde_json::Value| {
        format!("{}:{} {}", finding["file"].as_str().unwrap(), finding["line"], finding["code"].as_str().unwrap())
    };
    let errors = findings.as_array().unwrap().iter().filter(|finding| finding["severity"] == "error");
    errors.map(line).collect()
}

#[test]
fn a_file_of_nouns_that_cannot_be_read_hides_no_more_than_the_names_it_may_declare() {
    let shop = Shop::new();
    shop.write("rules/more.rules", "segment nordic { contry is \"NO\" and segment grown }\n");
    let content = shop.read("rules/content/home.yaml");
    shop.write("rules/content/home.yaml", &content.replace("Welcome", "&a \"x\""));
    assert_eq!(found(&shop), ["./rules/content/home.yaml:4 yaml-feature", "./rules/more.rules:1 unknown-segment"]);
    shop.write("rules/content/home.yaml", &content);
    let schema = shop.read("rules/schema/shop.yaml");
    shop.write("rules/schema/shop.yaml", &schema.replace("events:", "events: ["));
    let lines = found(&shop);
    assert!(lines.iter().any(|line| line == "./rules/more.rules:1 unknown-segment"), "{lines:?}");
    assert!(lines.iter().all(|line| line.ends_with("unknown-segment") || line.ends_with("yaml-syntax")), "{lines:?}");
}

#[test]
fn a_file_that_is_no_text_is_listed_beside_the_other_findings() {
    let shop = Shop::new();
    std::fs::write(shop.path("rules/latin.rules"), b"segment nordic {\n  country is \"\xc5land\" }\n").unwrap();
    shop.write("rules/more.rules", "segment empty { age > \"old\" }\n");
    let findings = shop.run("check --format json");
    assert_eq!(findings.code, 1);
    let first = findings.json()[0].clone();
    assert_eq!((&first["code"], &first["line"], &first["column"]), (&json!("not-text"), &json!(2), &json!(15)));
    assert_eq!(found(&shop), ["./rules/latin.rules:2 not-text", "./rules/more.rules:1 wrong-type"]);
}

#[test]
fn what_deciding_costs_is_shown_slot_by_slot() {
    let shop = Shop::new();
    let ran = shop.run("check --cost");
    assert_eq!(ran.code, 0);
    assert!(ran.out.starts_with("1 segment, 1 slot, 2 rules: fine\n\nslot "), "{}", ran.out);
    let json = shop.run("check --cost --format json").json();
    assert_eq!(json["diagnostics"], json!([]));
    let slot = &json["cost"]["slots"][0];
    assert_eq!((&slot["rules"], &slot["tries"], &slot["depth"]), (&json!(2), &json!(2), &json!(1)));
    let (tests, bytes) = (&json["cost"]["predicates"], &json["cost"]["bytes"]);
    let deciding = format!("\n{tests} different tests in {bytes} bytes\n\nrule ");
    assert!(ran.out.contains(&deciding), "{}", ran.out);
    let memory = &json["cost"]["memory"];
    assert_eq!(memory["limit"], 32_768);
    let remembered = format!(" of each visitor, {} bytes at most; the limit is 32768\n", memory["bytes"]);
    assert!(ran.out.ends_with(&remembered), "{}", ran.out);
    shop.write("rules/more.rules", "segment nordic { contry is \"NO\" }\n");
    let ran = shop.run("check --cost --format json");
    assert_eq!(
        (ran.code, &ran.json()["cost"], ran.json()["diagnostics"].as_array().unwrap().len()),
        (1, &json!(null), 1)
    );
}
