//! Help, usage errors and completions.

use super::Shop;

const COMMANDS: [&str; 10] =
    ["serve", "check", "format", "test", "decide", "simulate", "power", "calibrate", "releases", "completions"];

#[test]
fn every_command_has_help_with_an_example() {
    let shop = Shop::empty();
    for command in COMMANDS {
        let ran = shop.run(&format!("{command} --help"));
        assert_eq!(ran.code, 0, "{command}: {}", ran.err);
        let (_, examples) = ran.out.split_once("Example").unwrap_or_else(|| panic!("{command} has no example"));
        assert!(examples.contains(&format!("segue {command}")), "{command}: {examples}");
    }
}

#[test]
fn the_help_lists_every_command() {
    let ran = Shop::empty().run("--help");
    for command in COMMANDS {
        assert!(ran.out.contains(&format!("\n  {command} ")), "{command} is missing in\n{}", ran.out);
    }
}

#[test]
fn wrong_usage_exits_with_two_and_points_to_the_help() {
    let shop = Shop::new();
    let lines = ["", "no-such-command", "check --no-such-option", "completions no-such-shell", "decide --at yesterday"];
    for line in lines {
        let ran = shop.run(line);
        assert_eq!(ran.code, 2, "{line}");
        assert!(ran.err.contains("--help"), "{line}: {}", ran.err);
    }
}

#[test]
fn a_missing_rules_folder_exits_with_two_and_says_what_to_do() {
    let shop = Shop::empty();
    for line in ["check", "format", "test", "decide --id v1", "simulate", "releases publish --message m"] {
        let ran = shop.run(line);
        assert_eq!(ran.code, 2, "{line}: {}", ran.err);
        assert!(ran.err.contains("there is no folder `./rules`") && ran.err.contains("--rules"), "{line}: {}", ran.err);
    }
}

#[test]
fn completions_name_the_commands_in_every_shell() {
    let shop = Shop::empty();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = shop.run(&format!("completions {shell}"));
        assert_eq!(ran.code, 0, "{shell}");
        assert!(ran.out.contains("releases") && ran.out.contains("experiments"), "{shell}");
    }
}
