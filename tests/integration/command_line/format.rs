//! `segue format`.

use super::{HOME_RULES, Shop};

const LOOSE: &str =
    "slot home_hero{if   country is \"DE\"\n\n show german_hero\n# nobody else\n otherwise show default_hero}";

const TIDY: &str = "slot home_hero {
  if country is \"DE\" show german_hero
  # nobody else
  otherwise show default_hero
}
";

#[test]
fn a_formatted_folder_is_left_alone() {
    let shop = Shop::new();
    let before = std::fs::metadata(shop.path("rules/home.rules")).unwrap().modified().unwrap();
    let ran = shop.run("format");
    assert_eq!((ran.code, &*ran.out), (0, ""));
    assert_eq!(shop.read("rules/home.rules"), HOME_RULES);
    assert_eq!(std::fs::metadata(shop.path("rules/home.rules")).unwrap().modified().unwrap(), before);
}

#[test]
fn files_are_rewritten_in_place_and_nothing_is_left_behind() {
    let shop = Shop::new();
    shop.write("rules/home.rules", LOOSE);
    let ran = shop.run("format");
    assert_eq!((ran.code, &*ran.out), (0, "formatted ./rules/home.rules\n"), "{}", ran.err);
    assert_eq!(shop.read("rules/home.rules"), TIDY);
    let names: Vec<_> =
        std::fs::read_dir(shop.path("rules")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 4, "{names:?}");
}

#[test]
fn check_lists_the_files_that_differ_and_changes_nothing() {
    let shop = Shop::new();
    assert_eq!(shop.run("format --check").code, 0);
    shop.write("rules/other/loose.rules", "segment a{age>3}");
    let ran = shop.run("format --check");
    assert_eq!((ran.code, &*ran.out), (1, "./rules/other/loose.rules\n"));
    assert_eq!(shop.read("rules/other/loose.rules"), "segment a{age>3}");
}

#[test]
fn only_the_files_that_are_named_are_formatted() {
    let shop = Shop::new();
    shop.write("rules/a.rules", "segment a{age>3}");
    shop.write("rules/b.rules", "segment b{age>3}");
    let ran = shop.run("format rules/b.rules");
    assert_eq!((ran.code, &*ran.out), (0, "formatted rules/b.rules\n"));
    assert_eq!(shop.read("rules/a.rules"), "segment a{age>3}");
    assert_eq!(shop.read("rules/b.rules"), "segment b { age > 3 }\n");
}

#[test]
fn a_file_that_does_not_parse_is_left_alone_and_the_others_are_formatted() {
    let shop = Shop::new();
    let broken = "segment a{age>3}\nsegment b { did order at least 3 in last 7 days }";
    shop.write("rules/broken.rules", broken);
    shop.write("rules/loose.rules", "segment c{age>3}");
    let ran = shop.run("format");
    assert_eq!((ran.code, &*ran.out), (1, "formatted ./rules/loose.rules\n"));
    assert!(ran.err.contains("--> ./rules/broken.rules:2:"), "{}", ran.err);
    assert_eq!(shop.read("rules/broken.rules"), broken);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let shop = Shop::new();
    let ran = shop.run_with_input("format -", LOOSE);
    assert_eq!((ran.code, &*ran.out, &*ran.err), (0, TIDY, ""));
    assert_eq!(shop.run_with_input("format --check -", LOOSE).code, 1);
    assert_eq!(shop.run_with_input("format --check -", TIDY).code, 0);
    let broken = shop.run_with_input("format -", "segment {");
    assert_eq!((broken.code, &*broken.out), (1, ""));
    assert!(broken.err.contains("<stdin>:1:"), "{}", broken.err);
}

#[test]
fn bare_rules_move_into_the_slot_of_their_content() {
    let shop = Shop::new();
    let content = shop.read("rules/content/home.yaml");
    let named = content.replace("{value: Willkommen}", "{value: Willkommen, slots: [home_hero]}");
    shop.write("rules/content/home.yaml", &named);
    shop.write("rules/content/more.yaml", "slots: {promo: {type: text}}\n");
    let bare = "if country is \"AT\" show german_hero\n";
    let ran = shop.run_with_input("format -", bare);
    assert_eq!(ran.out, "slot home_hero {\n  if country is \"AT\" show german_hero\n}\n", "{}", ran.err);
    // Thanks may stand in either slot.
    let homeless = "if country is \"AT\" show thanks_hero\n";
    assert_eq!(shop.run_with_input("format -", homeless).out, homeless);
}

#[test]
#[cfg(unix)]
fn a_symbolic_link_and_the_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let shop = Shop::new();
    shop.write("elsewhere.rules", "segment a{age>3}");
    let target = shop.path("elsewhere.rules");
    std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&target, shop.path("rules/link.rules")).unwrap();
    assert_eq!(shop.run("format").code, 0);
    assert_eq!(shop.read("elsewhere.rules"), "segment a { age > 3 }\n");
    assert!(std::fs::symlink_metadata(shop.path("rules/link.rules")).unwrap().is_symlink());
    assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
}
